/* SPDX-License-Identifier: GPL-2.0-only */
/* What file records say of the file itself: the four members that most of them have. */
#ifndef PICKET_BPF_LIB_INODE_H
#define PICKET_BPF_LIB_INODE_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/shared/wire.h"

/* The number of names, as far as 16 bits can tell. */
static __always_inline __u16 link_count(const struct inode *inode)
{
	const __u32 most = 65535;
	__u32 links = inode->i_nlink;

	return links < most ? links : most;
}

/* To the members of a record. An entry without inode cannot come to the hooks that call this; it would read as zero. */
static __always_inline void fill_inode(const struct inode *inode, pk_u64 *number, pk_u32 *device, pk_u16 *mode,
				       pk_u16 *links)
{
	*number = inode ? inode->i_ino : 0;
	*device = inode ? inode->i_sb->s_dev : 0;
	*mode = inode ? inode->i_mode : 0;
	*links = inode ? link_count(inode) : 0;
}

#endif
