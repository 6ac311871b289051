/* SPDX-License-Identifier: GPL-2.0-only */
/* Strings of the kernel's and of user memory: how long they are. Copied they are by copy.bpf.h. */
#ifndef PICKET_BPF_LIB_TEXT_H
#define PICKET_BPF_LIB_TEXT_H

#include "bpf/lib/copy.bpf.h"
#include "bpf/lib/kernel.bpf.h"
#include "bpf/lib/nul.bpf.h"
#include "bpf/lib/path.bpf.h"
#include "bpf/shared/wire.h"

/* Measures a string of the kernel's by reading it; what is read is thrown away. */
struct measuring {
	const char *from;
	struct untracked left; /* bytes that it may still have; begins with PK_PATH_MAX */
};

static __always_inline __u32 measured(const struct measuring *string)
{
	/* `left` never grows beyond what it began with; the mask says so without a branch for the verifier to follow */
	return (PK_PATH_MAX - string->left.value) & (2 * PK_PATH_MAX - 1);
}

/* `got` is what bpf_probe_read_kernel_str() returned for one more piece of at most `most` bytes with its NUL. */
static __always_inline long measure_more(struct measuring *string, long got, const long most)
{
	if (got <= 1 || got - 1 > string->left.value) /* the end of it, an error, or too long */
		return 1;
	string->from += got - 1;
	string->left.value -= got - 1;
	return got < most;
}

static __noinline long measure_piece(__u32 turn, void *context)
{
	struct measuring *string = context;
	char piece[128];

	return measure_more(string, bpf_probe_read_kernel_str(piece, sizeof(piece), string->from), sizeof(piece));
}

/* Bytes of a kernel string without its NUL, at most PK_PATH_MAX. */
static __always_inline __u32 string_size(const enum tier tier, const char *string)
{
	const __u32 turns = PK_PATH_MAX / 127 + 1;
	struct measuring measuring = {.from = string, .left.value = PK_PATH_MAX};

	repeat(tier, turns, turns, measure_piece, &measuring);
	return measured(&measuring);
}

/* The same by plain loads, four words a turn: the helper looks at each byte. */
static __noinline long measure_words(__u32 turn, void *context)
{
	struct measuring *string = context;
	const struct itimerspec64 *words = words_at(string->from);
	__u64 nuls = nul_bytes(words->it_interval.tv_sec);
	__u32 bytes = 0;

	if (!nuls) {
		nuls = nul_bytes(words->it_interval.tv_nsec);
		bytes = 8;
	}
	if (!nuls) {
		nuls = nul_bytes(words->it_value.tv_sec);
		bytes = 16;
	}
	if (!nuls) {
		nuls = nul_bytes(words->it_value.tv_nsec);
		bytes = 24;
	}
	bytes += bytes_before_nul(nuls);
	string->from += bytes;
	string->left.value -= bytes;
	return bytes < sizeof(*words);
}

/*
 * The same for a string that is aligned, as those are that the kernel allocates: none of its words is on two pages, and
 * what is behind its end does not matter, nor whether it can be read. It is looked at when `wanted` is ~0; when that is
 * 0, the answer is 0. Not a condition: the verifier would go through all that follows twice.
 */
static __always_inline __u32 aligned_size(const enum tier tier, const char *string, const __u32 wanted)
{
	const __u32 turns = PK_PATH_MAX / 127 + 1, turns_of_words = PK_PATH_MAX / sizeof(struct itimerspec64);
	struct measuring measuring = {.from = string, .left.value = PK_PATH_MAX};

	if (tier == TIER_OLDER)
		repeat(tier, turns, turns, measure_piece, &measuring);
	else if (has_casts)
		bpf_loop(turns_of_words & wanted, measure_words, &measuring, 0);
	else
		bpf_loop(turns & wanted, measure_piece, &measuring, 0);
	return measured(&measuring) & wanted;
}

#endif
