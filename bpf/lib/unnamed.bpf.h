/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that are in no directory and have no path: what stands in for it. A memfd has a name, "memfd:evil". Pipes and
 * namespaces, which can be opened through /proc, have none; they are shown as the kernel shows them in /proc/PID/fd:
 * "pipe:[207]", "net:[4026531840]". For other such files it is the name of the file system and the inode number.
 */
#ifndef PICKET_BPF_LIB_UNNAMED_H
#define PICKET_BPF_LIB_UNNAMED_H

#include "bpf/lib/kernel.bpf.h"

#define UNNAMED_PREFIX 32 /* room for the part before the colon */
#define UNNAMED_DIGITS 20 /* of a 64-bit number */

static __always_inline const char *unnamed_prefix(struct inode *inode)
{
	unsigned long magic = BPF_CORE_READ(inode, i_sb, s_magic);
	struct ns_common *space;

	if (magic == PIPEFS_MAGIC)
		return "pipe";
	if (magic == NSFS_MAGIC) {
		space = BPF_CORE_READ(inode, i_private);
		return BPF_CORE_READ(space, ops, name);
	}
	return BPF_CORE_READ(inode, i_sb, s_type, name);
}

static __always_inline __u32 unnamed_size(struct dentry *dentry)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	__u64 rest = BPF_CORE_READ(inode, i_ino);
	char prefix[UNNAMED_PREFIX];
	long got = bpf_probe_read_kernel_str(prefix, sizeof(prefix), unnamed_prefix(inode));
	__u32 size = sizeof(":[]") - 1;

	if (got > 0)
		size += got - 1; /* without the NUL */
	for (int digit = 0; digit < UNNAMED_DIGITS; digit++) {
		size++;
		rest /= 10;
		if (!rest)
			break;
	}
	return size;
}

/* Writes the `size` bytes that were measured. There is room for the longest that there could be, 63. */
static __always_inline void unnamed_write(struct dentry *dentry, char *to, __u32 size)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	__u64 rest = BPF_CORE_READ(inode, i_ino);
	long got = bpf_probe_read_kernel_str(to, UNNAMED_PREFIX, unnamed_prefix(inode));
	__u32 place = got > 0 ? got - 1 : 0;

	to[place & 63] = ':';
	to[(place + 1) & 63] = '[';
	place = (size - 1) & 63;
	to[place] = ']';
	for (int digit = 0; digit < UNNAMED_DIGITS; digit++) {
		place = (place - 1) & 63;
		to[place] = '0' + rest % 10;
		rest /= 10;
		if (!rest)
			break;
	}
}

#endif
