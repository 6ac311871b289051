/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scratch: what a decision needs besides 512 bytes of stack. Several for each CPU, since a program may be preempted by
 * another one on its CPU; who takes one sets its bit. Eight programs that preempted each other in the midst of their
 * decisions would have to meet for a ninth to find none.
 *
 * Besides, what lies here is unknown to the verifier, so that it does not go through the programs once for each of the
 * values that it could have.
 */
#ifndef PICKET_BPF_LIB_SCRATCH_H
#define PICKET_BPF_LIB_SCRATCH_H

#include "bpf/lib/tier.bpf.h"
#include "bpf/shared/identity.h"
#include "bpf/shared/judge.h"

#define SCRATCHES 8

/* A file's other names, while they are asked about one after another. */
struct by_name {
	struct pk_name_key key;
	__u64 live;  /* what all but this path leaves */
	__u64 words; /* as of judge() */
};

struct scratch {
	__u64 bit; /* its own among those that are taken */
	struct pk_subject_rows subject;
	__u32 rows[PK_EVENT_ROWS];
	__u32 count;			/* names of the path that is looked up */
	__u64 seed;			/* the image's */
	__u64 piece[PK_PIECE_WORDS];	/* of a name that is hashed */
	__u64 last_name;		/* hashes: of its last name, */
	__u64 names[PK_PATH_DEPTH + 1]; /* and of the topmost ones, number i at i % 16, counted from the last */
	struct by_name by_name;
	struct pk_known_name name;	/* a path that is to be remembered */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} scratches_taken __weak SEC(".maps");

/* To be given back. In the older tier programs are not preempted, and there are no atomic operations with a result. */
static __always_inline struct scratch *take_scratch(const enum tier tier)
{
	__u32 zero = 0, number = 0;
	__u64 *taken = bpf_map_lookup_elem(&scratches_taken, &zero);
	struct scratch *scratch;

	if (tier != TIER_OLDER && taken) {
#pragma unroll
		for (int one = 0; one < SCRATCHES; one++) {
			if (!(__sync_fetch_and_or(taken, 1ull << one) >> one & 1))
				break;
			number = one + 1;
		}
	}
	scratch = bpf_map_lookup_elem(&scratches, &number);
	if (scratch)
		scratch->bit = 1ull << number;
	return scratch;
}

static __always_inline void give_back(const enum tier tier, struct scratch *scratch)
{
	__u32 zero = 0;
	__u64 *taken = bpf_map_lookup_elem(&scratches_taken, &zero);

	if (tier != TIER_OLDER && taken)
		__sync_fetch_and_and(taken, ~scratch->bit);
}

#endif
