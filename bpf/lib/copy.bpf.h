/* SPDX-License-Identifier: GPL-2.0-only */
/* Copying strings of any length into a record, piece by piece: the verifier wants an upper bound for each. */
#ifndef PICKET_BPF_LIB_COPY_H
#define PICKET_BPF_LIB_COPY_H

#include "bpf/lib/tier.bpf.h"
#include "bpf/shared/wire.h"

/*
 * Bytes at a record's end that stay unused. The verifier knows of a name only that it is at most so long, so it has to
 * fit wherever it may begin.
 */
#define RECORD_SLACK 256

#define PIECE_BYTES RECORD_SLACK

struct copying {
	char *record;
	const char *from;
	__u64 last_place;
	__u32 place;
	__u32 left;
};

static __always_inline long copy_piece(struct copying *copying, const bool from_user)
{
	__u64 place = copying->place;
	__u64 bytes = copying->left;
	void *to;
	long failed;

	if (bytes == 0 || place > copying->last_place)
		return 1;
	barrier_var(bytes); /* or the compiler proves more than the verifier does */
	if (bytes > PIECE_BYTES)
		bytes = PIECE_BYTES;
	to = copying->record + place;
	failed = from_user ? bpf_probe_read_user(to, bytes, copying->from)
			   : bpf_probe_read_kernel(to, bytes, copying->from);
	if (failed)
		return 1;
	copying->place += bytes;
	copying->from += bytes;
	copying->left -= bytes;
	return 0;
}

static __noinline long copy_kernel_piece(__u32 turn, void *copying)
{
	return copy_piece(copying, false);
}

static __noinline long copy_user_piece(__u32 turn, void *copying)
{
	return copy_piece(copying, true);
}

/* `few`: in as many turns as it takes, and not in as many as there may be. The verifier takes longer over that. */
static __always_inline void copy_text(const enum tier tier, const bool few, void *record, const __u64 capacity,
				      __u32 offset, const char *from, const bool from_user, const __u64 most,
				      __u32 size, pk_text *text)
{
	const __u32 turns = (most < capacity ? most : capacity) / PIECE_BYTES;
	struct copying copying = {
		.record = record,
		.last_place = capacity - PIECE_BYTES,
		.place = offset,
		.left = size,
		.from = from,
	};

	if (few && tier != TIER_OLDER) /* the mask is for the verifier */
		bpf_loop((size + PIECE_BYTES - 1) / PIECE_BYTES & (2 * turns - 1),
			 from_user ? copy_user_piece : copy_kernel_piece, &copying, 0);
	else
		repeat(tier, turns, turns, from_user ? copy_user_piece : copy_kernel_piece, &copying);
	text->offset = offset;
	text->size = size - copying.left;
}

/*
 * Copies `size` bytes, of which there are `most` at most, to record[offset] and says so in `text`. What lies behind an
 * address that cannot be read (user memory that is not there) stays out; the text then is shorter than `size`.
 */
static __always_inline void text_copy(const enum tier tier, void *record, const __u64 capacity, __u32 offset,
				      const char *from, const bool from_user, const __u64 most, __u32 size,
				      pk_text *text)
{
	copy_text(tier, false, record, capacity, offset, from, from_user, most, size, text);
}

#endif
