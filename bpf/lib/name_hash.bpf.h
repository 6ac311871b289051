/* SPDX-License-Identifier: GPL-2.0-only */
/* The hash of a name of the kernel's, as bpf/shared/judge.h defines it. */
#ifndef PICKET_BPF_LIB_NAME_HASH_H
#define PICKET_BPF_LIB_NAME_HASH_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/lib/scratch.bpf.h"

#define NAME_PIECES (NAME_BYTES / PK_PIECE_BYTES + 1)

static __always_inline __u64 hash_piece(struct scratch *scratch, __u64 hash, const void *from)
{
	bpf_probe_read_kernel(scratch->piece, PK_PIECE_BYTES, from);
	return pk_hash_piece(hash, scratch->piece);
}

/* The last piece, of less than PK_PIECE_BYTES. */
static __always_inline __u64 hash_end(struct scratch *scratch, __u64 hash, const void *from, __u32 bytes)
{
	__builtin_memset(scratch->piece, 0, sizeof(scratch->piece));
	bpf_probe_read_kernel(scratch->piece, bytes, from);
	return pk_hash_end(hash, scratch->piece, bytes);
}

/* Of names that have more than one piece. */
static __always_inline __u64 hash_pieces(struct scratch *scratch, const unsigned char *name, __u32 length)
{
	__u64 hash = scratch->seed;

	for (int piece = 0; piece < NAME_PIECES; piece++) {
		if (length < PK_PIECE_BYTES)
			break;
		hash = hash_piece(scratch, hash, name);
		name += PK_PIECE_BYTES;
		length -= PK_PIECE_BYTES;
	}
	return hash_end(scratch, hash, name, length & (PK_PIECE_BYTES - 1));
}

/* Below all others on the stack, of which there is no more left. */
static __noinline __u64 hash_long_name(struct scratch *scratch, const unsigned char *name, __u32 length)
{
	return hash_pieces(scratch, name, length);
}

/*
 * As pk_hash_end() has it, of a name that is read by plain loads: of a cast (has_casts), or in a map. Only such words
 * are read as have bytes of the name or the NUL behind it, and what else is in the last one is masked out.
 */
static __always_inline __u64 hash_end_plain(__u64 hash, const struct itimerspec64 *from, __u32 length)
{
	const __u64 kept = ~(~0ull << (length & 7) * 8);

	if (length < 8)
		return pk_mix(hash ^ (from->it_interval.tv_sec & kept));
	hash = pk_mix(hash ^ from->it_interval.tv_sec);
	if (length < 16)
		return pk_mix(hash + (from->it_interval.tv_nsec & kept));
	hash = pk_mix(hash + from->it_interval.tv_nsec);
	if (length < 24)
		return pk_mix(hash ^ (from->it_value.tv_sec & kept));
	hash = pk_mix(hash ^ from->it_value.tv_sec);
	return pk_mix(hash + (from->it_value.tv_nsec & kept));
}

static __always_inline __u64 hash_piece_plain(__u64 hash, const void *name)
{
	const struct itimerspec64 *from = words_at(name);
	const __u64 words[PK_PIECE_WORDS] = {from->it_interval.tv_sec, from->it_interval.tv_nsec, from->it_value.tv_sec,
					     from->it_value.tv_nsec};

	return pk_hash_piece(hash, words);
}

static __noinline __u64 hash_long_name_plain(const struct scratch *scratch, const unsigned char *name, __u32 length)
{
	__u64 hash = scratch->seed;
	__u32 left = length;

	for (int piece = 0; piece < NAME_PIECES; piece++) {
		if (left < PK_PIECE_BYTES)
			break;
		hash = hash_piece_plain(hash, name + piece * PK_PIECE_BYTES);
		left -= PK_PIECE_BYTES;
	}
	return hash_end_plain(hash, words_at(name + (length & ~(PK_PIECE_BYTES - 1))), left & (PK_PIECE_BYTES - 1));
}

static __always_inline __u64 hash_name_plain(const struct scratch *scratch, const unsigned char *name, __u32 length)
{
	length &= NAME_BYTES;
	if (length >= PK_PIECE_BYTES)
		return hash_long_name_plain(scratch, name, length);
	return hash_end_plain(scratch->seed, words_at(name), length);
}

static __always_inline __u64 hash_name(struct scratch *scratch, const unsigned char *name, __u32 length)
{
	length &= NAME_BYTES;
	if (length >= PK_PIECE_BYTES)
		return hash_long_name(scratch, name, length);
	return hash_end(scratch, scratch->seed, name, length & (PK_PIECE_BYTES - 1));
}

#endif
