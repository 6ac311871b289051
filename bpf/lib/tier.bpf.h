/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two tiers, and the loop that differs most between them.
 */
#ifndef PICKET_BPF_LIB_TIER_H
#define PICKET_BPF_LIB_TIER_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/*
 * Every program exists twice, and sensor/kernel loads the one that the kernel can take:
 *
 *   TIER_FULL   5.17 and later: bpf_loop (5.17), bpf_task_pt_regs (5.15), atomic operations that return a value (5.12),
 *               bpf_get_current_task_btf (5.11)
 *   TIER_OLDER  5.10 to 5.16: bounded loops, which the verifier walks through one turn at a time, and probed reads of
 *               the current task. 5.10 refuses the newer instructions even in code that cannot be reached, so that a
 *               test at run time would not do.
 *
 * The tier is a constant parameter of inlined functions. Programs of the older tier have the suffix _older.
 *
 * Functions that are called with pointers and that take the verifier long exist twice as well. Those of the full tier
 * are global (weak, so that clang knows nothing of what they return): the verifier looks at such a function once, for
 * any values, and not at each of its calls with what is known there. It takes it that each pointer may be NULL. Those
 * of the older tier are static, since its verifier takes no pointers there (5.12).
 */
enum tier {
	TIER_OLDER,
	TIER_PROBED, /* walks of the full tier from where the verifier does not know the types */
	TIER_FULL,
};

/*
 * Calls step(turn, context) until it returns 1, at most `turns` times in the full tier and `turns_older` times in the
 * older one, where the verifier pays for each.
 */
static __always_inline void repeat(const enum tier tier, const __u32 turns, const __u32 turns_older,
				   long (*step)(__u32 turn, void *context), void *context)
{
	if (tier != TIER_OLDER) {
		bpf_loop(turns, step, context, 0);
		return;
	}
	for (__u32 turn = 0; turn < turns_older; turn++) {
		if (step(turn, context))
			return;
	}
}

#endif
