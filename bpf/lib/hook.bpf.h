/* SPDX-License-Identifier: GPL-2.0-only */
/* What the LSM programs share: the current task, what they return, and the proof that they are called at all. */
#ifndef PICKET_BPF_LIB_HOOK_H
#define PICKET_BPF_LIB_HOOK_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/lib/task.bpf.h"

/*
 * A kernel without `bpf` in its LSM list attaches LSM programs and never calls them. So the sensor does, once, what
 * each hook is about, while `checking_thread` is its own thread; a program that is called for it sets its kind's bit
 * and makes no record.
 */
__u32 checking_thread __weak = 0;
__u64 hooks_called __weak = 0;

static __always_inline struct task_struct *current_task(const enum tier tier)
{
	if (tier == TIER_FULL)
		return bpf_get_current_task_btf();
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline bool is_check(const __u16 kind)
{
	if (!checking_thread || (__u32)bpf_get_current_pid_tgid() != checking_thread)
		return false;
	hooks_called |= 1ULL << kind; /* only one thread comes here */
	return true;
}

static __always_inline void fill_current(const enum tier tier, struct pk_header *header, __u32 size,
					 struct task_struct *task)
{
	if (tier == TIER_FULL)
		fill_header(tier, header, size, task, task);
	else
		fill_header_probed(header, size, task);
}

/* What the programs before this one decided. Later verifiers insist on a value that can only be 0 or an errno. */
static __always_inline int verdict(int decided)
{
	const int max_errno = 4095;

	barrier_var(decided); /* not before it is needed: all that follows would be verified twice */
	if (decided > 0 || decided < -max_errno)
		return 0;
	return decided;
}

#endif
