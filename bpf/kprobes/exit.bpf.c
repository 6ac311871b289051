// SPDX-License-Identifier: GPL-2.0-only
//
// A process ends. sched_process_exit fires for every thread; the process is gone when its last one is.
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/subject.bpf.h"

/*
 * Two last threads that exit side by side both find that none is left. The first to enter the process's key here
 * reports.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, pk_key);
	__type(value, __u8);
} exits SEC(".maps");

/* A process that never had a second thread cannot get here twice: no thread is there but the leader, and none has run.
 */
static __always_inline bool is_single(struct task_struct *task, struct signal_struct *signal)
{
	return task->pid == task->tgid && signal->nr_threads == 1 && signal->sum_sched_runtime == 0;
}

/* What wait() will give to the parent: wait_task_zombie() puts it together in the same way. */
static __always_inline __u32 wait_status(struct task_struct *task, struct signal_struct *signal)
{
	return signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : task->group_leader->exit_code;
}

static __always_inline int report_exit(const enum tier tier, struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	pk_key key = task_key(task);
	struct pk_exit *record;
	__u8 reported = 1;

	if (signal->live.counter != 0)
		return 0;
	if (!is_single(task, signal) && bpf_map_update_elem(&exits, &key, &reported, BPF_NOEXIST))
		return 0;
	forget_subject(key);
	record = emit_reserve(tier, PK_exit, sizeof(*record));
	if (!record)
		return 0;
	fill_moment(&record->header, sizeof(*record), task->flags);
	record->header.process = key;
	record->header.cgroup = task_cgroup(task);
	fill_actor(tier, &record->header, task, task->cred);
	record->status = wait_status(task, signal);
	record->reserved = 0;
	emit_submit_in(LIFECYCLE_RING, record);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	return report_exit(TIER_FULL, task);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit_older, struct task_struct *task)
{
	return report_exit(TIER_OLDER, task);
}
