/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a string ends within a word of its bytes: calculated, without a look at each byte. */
#ifndef PICKET_BPF_LIB_NUL_H
#define PICKET_BPF_LIB_NUL_H

#include <linux/types.h>

#define EACH_BYTE 0x0101010101010101ull

/* A bit in each byte from the first NUL on that is one; none when there is no NUL. That of the first is always right.
 */
static __always_inline __u64 nul_bytes(__u64 word)
{
	return (word - EACH_BYTE) & ~word & EACH_BYTE << 7;
}

/* All bits of the bytes in front of the first NUL. `nuls` are those that nul_bytes() tells. */
static __always_inline __u64 before_nul(__u64 nuls)
{
	return ((nuls & -nuls) >> 7) - 1;
}

/* How many bytes are in front of the first NUL: 8 when there is none. */
static __always_inline __u32 bytes_before_nul(__u64 nuls)
{
	return (before_nul(nuls) & EACH_BYTE) * EACH_BYTE >> 56;
}

#endif
