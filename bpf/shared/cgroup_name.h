/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Whether a new cgroup may be a container's, as far as its name tells: asked in the kernel at the moment it is made, so
 * that what cannot be one counts as the host's at once, and what may be one does not. User space reads the whole path a
 * moment later (sensor/process/cgroup_path), which alone decides. Here, yes is said too often rather than too rarely:
 * cgroup_name_test.cpp compares the two.
 */
#ifndef PICKET_BPF_SHARED_CGROUP_NAME_H
#define PICKET_BPF_SHARED_CGROUP_NAME_H

#include "bpf/shared/judge.h"

#define PK_CGROUP_NAME 128
#define PK_CONTAINER_ID 25 /* letters and digits of the shortest id that a name has without saying whose it is */

/* Filled up with zeroes. */
union pk_cgroup_name {
	__u8 bytes[PK_CGROUP_NAME];
	__u64 words[PK_CGROUP_NAME / 8];
};

#define PK_LETTERS(a, b, c, d, e, f, g, h)                                                                             \
	((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 | (__u64)(f) << 40 |    \
	 (__u64)(g) << 48 | (__u64)(h) << 56)

/* 1 when the first `count` bytes of both are the same. Arithmetic: each comparison would be a branch. */
static inline __attribute__((always_inline)) __u64 pk_begins(__u64 word, __u64 with, const int count)
{
	return 1 ^ pk_any((word ^ with) & (~0ull >> (64 - 8 * count)));
}

static inline __attribute__((always_inline)) __u64 pk_within(__u64 byte, const __u64 first, const __u64 last)
{
	__u64 off = (byte - first) | (last - byte);

	off >>= 63;
	PK_FORGET(off); /* else the compiler makes a branch of the bit */
	return 1 ^ off;
}

/* 1 when as many small letters and digits follow each other as an id has. */
static inline __attribute__((always_inline)) __u64 pk_has_id(const union pk_cgroup_name *name)
{
	__u64 run = 0, found = 0;

	PK_UNROLL
	for (int i = 0; i < PK_CGROUP_NAME; i++) {
		const __u64 byte = name->bytes[i];

		run = (run + 1) & -(pk_within(byte, '0', '9') | pk_within(byte, 'a', 'z'));
		found |= pk_within(run, PK_CONTAINER_ID, PK_CGROUP_NAME);
		PK_FORGET(run);
		PK_FORGET(found);
	}
	return found;
}

/* `length`: bytes of the name, without a NUL; `above`: the first seven of the name of the cgroup above. */
static inline __attribute__((always_inline)) __u32 pk_may_be_container(const union pk_cgroup_name *name, __u32 length,
								       __u64 above)
{
	const __u64 word = name->words[0];
	__u64 may = pk_within(length, PK_CGROUP_NAME - 1, ~0u); /* not whole */

	may |= pk_has_id(name);
	may |= pk_begins(word, PK_LETTERS('r', 'u', 'n', 'c', '-', 0, 0, 0), 5);
	may |= pk_begins(word, PK_LETTERS('c', 'r', 'u', 'n', '-', 0, 0, 0), 5);
	may |= pk_begins(word, PK_LETTERS('l', 'x', 'c', '.', 'p', 'a', 'y', 'l'), 8);
	may |= pk_begins(word, PK_LETTERS('m', 'a', 'c', 'h', 'i', 'n', 'e', '-'), 8);
	may |= pk_begins(word, PK_LETTERS('s', 'y', 's', 't', 'e', 'm', 'd', '-'), 8) &
	       pk_begins(name->words[1], PK_LETTERS('n', 's', 'p', 'a', 'w', 'n', '@', 0), 7);
	may |= pk_begins(above, PK_LETTERS('l', 'x', 'c', 0, 0, 0, 0, 0), 4);
	may |= pk_begins(above, PK_LETTERS('l', 'x', 'c', '.', 'p', 'a', 'y', 0), 7);
	return (__u32)may;
}

#endif
