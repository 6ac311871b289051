// SPDX-License-Identifier: GPL-2.0-only
//
// A process comes into being. At sched_process_fork the child is complete and has not run yet, so this is the first
// record that names it.
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/process.bpf.h"
#include "bpf/lib/subject.bpf.h"

static __always_inline int report_fork(const enum tier tier, struct task_struct *parent, struct task_struct *child)
{
	struct namespaces namespaces;
	struct pk_fork *record;

	if (child->pid != child->tgid) /* a thread */
		return 0;
	inherit_subject(task_key(parent), task_key(child));
	record = emit_reserve(tier, PK_fork, sizeof(*record));
	if (!record)
		return 0;
	fill_header(tier, &record->header, sizeof(*record), parent, child);
	record->creator = task_key(parent);
	record->parent = task_key(child->real_parent);
	record->start_time = child->start_boottime;
	namespaces = read_namespaces(tier, child);
	record->vpid = namespaces.vpid;
	record->pid_namespace = namespaces.pid;
	record->mount_namespace = namespaces.mount;
	record->net_namespace = namespaces.net;
	record->user_namespace = namespaces.user;
	record->cgroup_namespace = namespaces.cgroup;
	emit_submit(record);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	return report_fork(TIER_FULL, parent, child);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork_older, struct task_struct *parent, struct task_struct *child)
{
	return report_fork(TIER_OLDER, parent, child);
}
