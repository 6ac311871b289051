/* SPDX-License-Identifier: GPL-2.0-only */
/* Strings of the kernel's and of user memory: how long they are. Copied they are by copy.bpf.h. */
#ifndef PICKET_BPF_LIB_TEXT_H
#define PICKET_BPF_LIB_TEXT_H

#include "bpf/lib/copy.bpf.h"
#include "bpf/lib/kernel.bpf.h"
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

#endif
