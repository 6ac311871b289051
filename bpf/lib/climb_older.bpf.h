/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In the older tier the walks are made in global functions, which its verifier looks at once and not turn by turn: of
 * what they return it knows nothing. They take no pointers, so that the way up lies in a scratch, and what they write
 * goes through a buffer. Weak, so that clang too knows nothing of what they return.
 */
#ifndef PICKET_BPF_LIB_CLIMB_OLDER_H
#define PICKET_BPF_LIB_CLIMB_OLDER_H

#include "bpf/lib/climb.bpf.h"
#include "bpf/lib/copy.bpf.h"

/* One name. Returns false when the walk ends there. */
__weak __noinline __u32 count_step_older(__u32 number)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &number);

	return scratch && !step_probed(&scratch->walk.climb, VISIT_COUNT);
}

__weak __noinline __u32 write_step_older(__u32 number)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &number);

	return scratch && !step_probed(&scratch->walk.climb, VISIT_BUFFER);
}

__weak __noinline __u32 hash_step_older(__u32 number)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &number);

	return scratch && !step_probed(&scratch->walk.climb, VISIT_HASH_HERE);
}

/* All of them, in two loops: the verifier goes through the turns of each once, and not through all that they make. */
#define SOME_TURNS 64

#define PATH_OLDER(visit)                                                                                              \
	__weak __noinline __u32 visit##_some_older(__u32 number)                                                       \
	{                                                                                                              \
		for (int turn = 0; turn < SOME_TURNS; turn++) {                                                        \
			if (!visit##_step_older(number))                                                               \
				return false;                                                                          \
		}                                                                                                      \
		return true;                                                                                           \
	}                                                                                                              \
	__weak __noinline __u32 visit##_path_older(__u32 number)                                                       \
	{                                                                                                              \
		for (int turn = 0; turn < WALK_TURNS / SOME_TURNS; turn++) {                                           \
			if (!visit##_some_older(number))                                                               \
				return true;                                                                           \
		}                                                                                                      \
		return false;                                                                                          \
	}

PATH_OLDER(count)
PATH_OLDER(write)
PATH_OLDER(hash)
#undef PATH_OLDER

/* In a scratch, which is taken for it. Without one nothing is found, and the path is flagged as truncated. */
static __always_inline struct scratch *walk_older(struct walk *walk, const enum visit visit)
{
	struct scratch *scratch = take_scratch();
	__u32 whole;

	walk->climb.counted.digest = 1;
	start_climb(&walk->climb, false, walk->mount);
	if (!scratch)
		return NULL;
	scratch->walk = *walk;
	whole = visit == VISIT_COUNT ? count_path_older(scratch->number) : write_path_older(scratch->number);
	barrier_var(whole);
	*walk = scratch->walk;
	return scratch;
}

#endif
