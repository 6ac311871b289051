/* SPDX-License-Identifier: GPL-2.0-only */
/* The hash of a name of the kernel's, as bpf/shared/judge.h defines it. */
#ifndef PICKET_BPF_LIB_NAME_HASH_H
#define PICKET_BPF_LIB_NAME_HASH_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/lib/scratch.bpf.h"

#define NAME_PIECES (NAME_BYTES / PK_PIECE_BYTES + 1)

static __always_inline __u64 hash_piece(struct scratch *scratch, __u64 hash, const void *from, __u32 bytes)
{
	__builtin_memset(scratch->piece, 0, sizeof(scratch->piece));
	bpf_probe_read_kernel(scratch->piece, bytes, from);
	return pk_hash_piece(hash, scratch->piece);
}

/* Of names that have more than one piece. */
static __noinline __u64 hash_long_name(struct scratch *scratch, const unsigned char *name, __u32 length)
{
	__u64 hash = scratch->seed;
	__u32 left = length;

	for (int piece = 0; piece < NAME_PIECES; piece++) {
		if (left < PK_PIECE_BYTES)
			break;
		hash = hash_piece(scratch, hash, name + piece * PK_PIECE_BYTES, PK_PIECE_BYTES);
		left -= PK_PIECE_BYTES;
	}
	hash = hash_piece(scratch, hash, name + (length & ~(PK_PIECE_BYTES - 1)), left & (PK_PIECE_BYTES - 1));
	return pk_hash_name(hash, length);
}

static __always_inline __u64 hash_name(struct scratch *scratch, const unsigned char *name, __u32 length)
{
	length &= NAME_BYTES;
	if (length >= PK_PIECE_BYTES)
		return hash_long_name(scratch, name, length);
	return pk_hash_name(hash_piece(scratch, scratch->seed, name, length & (PK_PIECE_BYTES - 1)), length);
}

#endif
