/* SPDX-License-Identifier: GPL-2.0-only */
/* What kind of file it is that is executed or mapped to be executed, and when it was changed. */
#ifndef PICKET_BPF_LIB_EXECUTABLE_H
#define PICKET_BPF_LIB_EXECUTABLE_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/shared/wire.h"

/*
 * Overlayfs is a module, and a module's types need not be at hand. But behind the inode proper, struct ovl_inode has
 * had
 * __upperdentry since 4.13, so that the size of struct inode, which the kernel's own types tell, is where it lies. A
 * file has an upper dentry from when it is made or first changed in the container.
 */
static __always_inline __u32 read_layer(struct inode *inode)
{
	void *upper = NULL;

	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper ? PK_EXE_upper_layer : PK_EXE_lower_layer;
}

/* A memfd, like other files that are only in memory, is an entry of the kernel's own tmpfs that is in no directory. */
static __always_inline __u32 read_exe_flags(struct file *file, struct inode *inode)
{
	struct dentry *entry = file->f_path.dentry;
	unsigned long magic = inode->i_sb->s_magic;
	__u32 flags = 0;

	if (magic == TMPFS_MAGIC || magic == RAMFS_MAGIC)
		flags |= PK_EXE_tmpfs;
	if (magic == TMPFS_MAGIC && entry->d_parent == entry)
		flags |= PK_EXE_memfd;
	if (magic == OVERLAYFS_SUPER_MAGIC)
		flags |= read_layer(inode);
	if (inode->i_nlink == 0)
		flags |= PK_EXE_unlinked;
	return flags;
}

/* Before 1970 is 0. */
static __always_inline __u64 nanoseconds(long long seconds, __u32 fraction)
{
	const __u64 second = 1000000000;

	return seconds < 0 ? 0 : seconds * second + fraction;
}

static __always_inline __u64 read_mtime(struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_mtime_sec))
		return nanoseconds(inode->i_mtime_sec, inode->i_mtime_nsec);
	if (bpf_core_field_exists(inode->__i_mtime))
		return nanoseconds(inode->__i_mtime.tv_sec, inode->__i_mtime.tv_nsec);
	return nanoseconds(inode->i_mtime.tv_sec, inode->i_mtime.tv_nsec);
}

/* The nanoseconds' highest bit is a mark of 6.13 and later: somebody has asked for the time since it was set. */
static __always_inline __u64 read_ctime(struct inode *inode)
{
	const __u32 asked_for = 1u << 31;

	if (bpf_core_field_exists(inode->i_ctime_sec))
		return nanoseconds(inode->i_ctime_sec, inode->i_ctime_nsec & ~asked_for);
	if (bpf_core_field_exists(inode->__i_ctime))
		return nanoseconds(inode->__i_ctime.tv_sec, inode->__i_ctime.tv_nsec);
	return nanoseconds(inode->i_ctime.tv_sec, inode->i_ctime.tv_nsec);
}

#endif
