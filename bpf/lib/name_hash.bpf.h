/* SPDX-License-Identifier: GPL-2.0-only */
/* The hash of a name of the kernel's, as bpf/shared/judge.h defines it. */
#ifndef PICKET_BPF_LIB_NAME_HASH_H
#define PICKET_BPF_LIB_NAME_HASH_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/shared/judge.h"

#define NAME_PIECES (NAME_BYTES / PK_PIECE_BYTES + 1)

/* Of names that have more than one piece. A global function: the verifier goes through it once, and not for each call.
 */
__weak __noinline __u64 hash_long_name(__u64 hash, __u64 name, __u32 length)
{
	__u64 words[PK_PIECE_WORDS];

	for (__u32 piece = 0; piece < NAME_PIECES; piece++) {
		__u32 left = length - piece * PK_PIECE_BYTES;

		__builtin_memset(words, 0, sizeof(words));
		if (left >= PK_PIECE_BYTES)
			bpf_probe_read_kernel(words, PK_PIECE_BYTES, (const void *)(name + piece * PK_PIECE_BYTES));
		else
			bpf_probe_read_kernel(words, left & (PK_PIECE_BYTES - 1),
					      (const void *)(name + piece * PK_PIECE_BYTES));
		hash = pk_hash_piece(hash, words);
		if (left < PK_PIECE_BYTES)
			break;
	}
	return pk_hash_name(hash, length);
}

static __always_inline __u64 hash_name(__u64 seed, const unsigned char *name, __u32 length)
{
	__u64 words[PK_PIECE_WORDS] = {};

	length &= NAME_BYTES;
	if (length >= PK_PIECE_BYTES)
		return hash_long_name(seed, (unsigned long)name, length);
	bpf_probe_read_kernel(words, length & (PK_PIECE_BYTES - 1), name);
	return pk_hash_name(pk_hash_piece(seed, words), length);
}

#endif
