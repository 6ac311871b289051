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
	struct task_struct *official;
	struct pk_fork *record;
	pk_key creator, key;

	if (child->pid != child->tgid) /* a thread */
		return 0;
	creator = task_key(parent);
	key = task_key(child);
	inherit_subject(creator, key);
	record = emit_reserve(tier, PK_fork, sizeof(*record));
	if (!record)
		return 0;
	fill_moment(&record->header, sizeof(*record), parent->flags);
	record->header.process = key;
	record->header.cgroup = task_cgroup(child);
	fill_actor(tier, &record->header, parent, parent->cred);
	official = child->real_parent; /* another one with CLONE_PARENT */
	record->creator = creator;
	record->parent = official == parent ? creator : task_key(official);
	record->start_time = child->start_boottime;
	namespaces = read_namespaces(tier, child, child->cred);
	record->vpid = namespaces.vpid;
	record->pid_namespace = namespaces.pid;
	record->mount_namespace = namespaces.mount;
	record->net_namespace = namespaces.net;
	record->user_namespace = namespaces.user;
	record->cgroup_namespace = namespaces.cgroup;
	emit_submit_in(LIFECYCLE_RING, record);
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
