/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The environment variables that the sensor was asked for, looked for in the memory of the program that begins.
 *
 * Each piece is read straight to where it would belong in the record; if the variable is not wanted, the next one is
 * read over it. So one walk does, and no byte is copied twice.
 */
#ifndef PICKET_BPF_LIB_ENVIRONMENT_H
#define PICKET_BPF_LIB_ENVIRONMENT_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/lib/path.bpf.h"
#include "bpf/shared/environment.h"
#include "bpf/shared/wire.h"

/* Set by the sensor: what a wanted variable begins with, NAME= and zeroes, and a mask of ones under NAME=. */
const volatile __u64 env_text[PK_ENV_NAMES][PK_ENV_WORDS] = {};
const volatile __u64 env_mask[PK_ENV_NAMES][PK_ENV_WORDS] = {};
const volatile __u32 env_count = 0;

#define ENV_PIECE 128
#define ENV_TURNS 4096

struct environment {
	char *record;
	const char *from;
	const char *end;
	__u64 last_place;	/* of the record */
	struct untracked limit; /* of what was set aside */
	struct untracked place;
	struct untracked wanted; /* what is being read: 1 no, 2 yes */
	struct untracked inside; /* 1 at a variable's begin, 2 behind it */
	struct untracked cut;	 /* 1 no, 2 yes */
};

/*
 * 1 when the variable is wanted, else 0. There is no branch in it nor, but for the ends, in a turn of the walk: the
 * older tier's verifier would follow each of them in each turn.
 */
static __always_inline __u64 is_wanted(const char *variable)
{
	const __u64 *words = (const __u64 *)variable;
	__u64 none = 1;

	for (__u32 i = 0; i < PK_ENV_NAMES && i < env_count; i++) {
		__u64 difference = 0;

		for (int word = 0; word < PK_ENV_WORDS; word++)
			difference |= (words[word] ^ env_text[i][word]) & env_mask[i][word];
		none &= (difference | -difference) >> 63;
		barrier_var(none);
	}
	return none ^ 1;
}

static __always_inline long env_turn(struct environment *environment)
{
	__u64 place = environment->place.value;
	char *to = environment->record + place;
	__u64 begins, wanted, full, empty;
	long got;

	if (environment->from >= environment->end)
		return 1;
	environment->cut.value = 2; /* unless the piece can be read */
	if (place > environment->last_place || place > environment->limit.value)
		return 1;
	got = bpf_probe_read_user_str(to, ENV_PIECE, environment->from);
	if (got < 0)
		return 1;
	environment->cut.value = 1;
	/* of an empty string the helper says 0, and of others the size with the NUL byte */
	empty = ((__u64)got - 1) >> 63;
	barrier_var(empty);
	*to &= (char)(empty - 1);
	got += empty;

	/* a piece that is full may go on: its last byte is a NUL of the helper's own */
	full = (__u64)got / ENV_PIECE;
	begins = 2 - environment->inside.value;
	wanted = environment->wanted.value - 1;
	barrier_var(full);
	barrier_var(begins);
	wanted = (is_wanted(to) & begins) | (wanted & ~begins);
	barrier_var(wanted);
	environment->inside.value = 1 + full;
	environment->wanted.value = 1 + wanted;
	environment->from += got - full;
	environment->place.value = place + (-wanted & (got - full));
	return 0;
}

static __noinline long env_step(__u32 turn, void *environment)
{
	return env_turn(environment);
}

/* How much room the variables may need. */
static __always_inline __u32 env_room(const struct mm_struct *mm)
{
	__u64 bytes;

	if (!env_count)
		return 0;
	bytes = mm->env_end - mm->env_start;
	return bytes < PK_ENV_MAX ? bytes : PK_ENV_MAX;
}

/*
 * Writes the variables to record[offset] on, where `room` bytes are set aside, and returns whether they are whole. Not
 * inlined, so that its caller's stack is not also that of this walk: 512 bytes are all there is.
 */
static __noinline bool env_write_full(struct pk_exec *record, struct mm_struct *mm, __u64 capacity, __u32 offset,
				      __u32 room)
{
	struct environment environment = {
		.record = (char *)record,
		.from = (const char *)mm->env_start,
		.end = (const char *)mm->env_end,
		.last_place = capacity - RECORD_SLACK,
		.limit = {.value = offset + room},
		.place = {.value = offset},
		.wanted = {.value = 1},
		.inside = {.value = 1},
		.cut = {.value = 1},
	};

	repeat(TIER_FULL, ENV_TURNS, 0, env_step, &environment);
	record->env.size = environment.place.value - offset;
	return environment.cut.value == 1 && environment.from >= environment.end;
}

/* The older verifier takes too long over one more loop: there, none of the environment is looked through. */
static __always_inline bool env_write(const enum tier tier, struct pk_exec *record, struct mm_struct *mm,
				      __u64 capacity, __u32 offset, __u32 room)
{
	record->env.offset = offset;
	record->env.size = 0;
	if (!env_count)
		return true;
	return tier == TIER_FULL && env_write_full(record, mm, capacity, offset, room);
}

#endif
