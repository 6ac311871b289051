/* SPDX-License-Identifier: GPL-2.0-only */
/* What the LSM programs share: the current task, and what was decided before them. */
#ifndef PICKET_BPF_LIB_HOOK_H
#define PICKET_BPF_LIB_HOOK_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/lib/task.bpf.h"

/*
 * Set by the sensor on kernels that do not run BPF LSM programs. The programs are then loaded for the end of the
 * functions that call the hooks: `decided` is what all security modules said, and nothing but 0 may be returned.
 */
const volatile __u32 observe_only = 0; /* a number: bpftool writes a bool as C does, which C++ has not */

static __always_inline struct task_struct *current_task(const enum tier tier)
{
	if (tier == TIER_FULL)
		return PLAIN(bpf_get_current_task_btf());
	return (struct task_struct *)bpf_get_current_task();
}

/* Of the process of a task, of which the verifier knows that it is the current one. */
static __always_inline __u64 leader_start(struct task_struct *task)
{
	__u64 start;

	if (task->pid == task->tgid) { /* it is the leader */
		start = task->start_boottime;
		barrier_var(start); /* or both loads become one, through a pointer that is not trusted */
		return start;
	}
	return PLAIN(task)->group_leader->start_boottime;
}

/*
 * The process that acts. Numbers are loaded through the pointer that the verifier trusts, which takes one instruction
 * instead of eight: what it would take long over is pointers (PLAIN()).
 */
static __always_inline pk_key current_key(const enum tier tier)
{
	struct task_struct *task;

	if (tier == TIER_FULL) {
		task = bpf_get_current_task_btf();
		return pk_process_key(task->tgid, leader_start(task));
	}
	task = current_task(tier);
	return pk_process_key(BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, group_leader, start_boottime));
}

static __always_inline __u32 current_flags(const enum tier tier)
{
	return tier == TIER_FULL ? bpf_get_current_task_btf()->flags : BPF_CORE_READ(current_task(tier), flags);
}

/* Numbers through the pointer that the verifier trusts, as above. */
static __always_inline void fill_current_full(struct pk_header *header, __u32 size, struct task_struct *task)
{
	struct task_struct *trusted = bpf_get_current_task_btf();

	fill_moment(header, size, trusted->flags);
	header->process = pk_process_key(trusted->tgid, leader_start(trusted));
	header->cgroup = task_cgroup(task);
	fill_actor(TIER_FULL, header, trusted, task->cred);
}

static __always_inline void fill_current(const enum tier tier, struct pk_header *header, __u32 size,
					 struct task_struct *task)
{
	if (tier == TIER_FULL)
		fill_current_full(header, size, task);
	else
		fill_header_probed(header, size, task);
}

/*
 * An argument of the program as a number. From 6.3 on the verifier takes it for certain that a pointer which a hook
 * gets is not NULL, and cuts out the code for the other case, though some hooks do get NULL (mmap_file's file,
 * task_kill's info and credentials). Of a number it cannot know.
 */
static __always_inline unsigned long argument_address(const void *context, int number)
{
	unsigned long address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), context + number * sizeof(address));
	return address;
}

/* What the security modules before this program decided: 0 or a negative errno. */
static __always_inline int decision(int decided)
{
	const int max_errno = 4095;

	barrier_var(decided); /* not before it is needed: all that follows would be verified twice */
	if (decided > 0 || decided < -max_errno)
		return 0;
	return decided;
}

/* What a hook's program returns that has nothing to say itself. */
static __always_inline int verdict(int decided)
{
	return observe_only ? 0 : decision(decided);
}

#endif
