// SPDX-License-Identifier: GPL-2.0-only
//
// Extended attributes: lsm/inode_setxattr, which every setxattr call, io_uring and 32-bit ones come to, and since 6.2
// lsm/inode_set_acl for the two that hold ACLs. The hooks know the directory entry only: see reach.bpf.h.
//
// overlayfs sets the same attribute, and its own, in its layers with the credentials of whoever mounted it, and asks
// the hooks again. A task that acts with others than its own credentials does so for the kernel, unless it is io_uring,
// where anybody can have them; there, what overlayfs does beneath is reported, too (with a path that is flagged as
// truncated where the layer cannot be reached), because not to report it would be a way not to be seen.
#include "bpf/lib/reach.bpf.h"
#include "bpf/lib/report_texts.bpf.h"

#define IO_URING_ENTER 426 /* in all system call tables */

struct attribute {
	struct dentry *dentry;
	__u64 size;
	__u32 flags;
};

static __always_inline bool is_kernels_own(const enum tier tier)
{
	struct task_struct *task = current_task(tier);
	struct pk_header now = {};

	if (BPF_CORE_READ(task, cred) == BPF_CORE_READ(task, real_cred))
		return false;
	fill_current(tier, &now, 0, task);
	return !(now.flags & PK_FLAG_io_worker) && (now.syscall & ~X32_BIT) != IO_URING_ENTER;
}

static __always_inline void fill_setxattr(const enum tier tier, void *to, const void *subject)
{
	const struct attribute *attribute = subject;
	struct inode *inode = attribute->dentry->d_inode;
	struct pk_setxattr *record = to;

	record->inode = inode ? inode->i_ino : 0;
	record->device = inode ? inode->i_sb->s_dev : 0;
	record->size = attribute->size;
	record->flags = attribute->flags;
}

static __always_inline int report_setxattr(const enum tier tier, struct dentry *dentry, const char *name, __u64 size,
					   __u32 flags, int decided)
{
	const struct attribute attribute = {.dentry = dentry, .size = size, .flags = flags};
	struct string strings[1];

	if (is_kernels_own(tier))
		return verdict(decided);
	strings[0] = string_of(tier, name, KEEP_SHORT, offsetof(struct pk_setxattr, name));
	return report_strings(tier, REPORT(setxattr, path), dentry, find_mount(tier, dentry), strings, 1, fill_setxattr,
			      &attribute, decided);
}

/* The first argument is new in 5.12. */

SEC("lsm/inode_setxattr")
int BPF_PROG(inode_setxattr, void *map, struct dentry *dentry, const char *name, const void *value, __u64 size,
	     int flags, int decided)
{
	return report_setxattr(TIER_FULL, PLAIN(dentry), name, size, flags, decided);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(inode_setxattr_older, void *map, struct dentry *dentry, const char *name, const void *value, __u64 size,
	     int flags, int decided)
{
	return report_setxattr(TIER_OLDER, dentry, name, size, flags, decided);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(setxattr_unmapped, struct dentry *dentry, const char *name, const void *value, __u64 size, int flags,
	     int decided)
{
	return report_setxattr(TIER_FULL, PLAIN(dentry), name, size, flags, decided);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(setxattr_unmapped_older, struct dentry *dentry, const char *name, const void *value, __u64 size, int flags,
	     int decided)
{
	return report_setxattr(TIER_OLDER, dentry, name, size, flags, decided);
}

/* Of an ACL the hook gets the kernel's form; the attribute has a head of 4 bytes and 8 bytes for each entry. */
static __always_inline __u64 acl_size(struct posix_acl *acl)
{
	return acl ? 4 + 8 * (__u64)BPF_CORE_READ(acl, a_count) : 0;
}

SEC("lsm/inode_set_acl")
int BPF_PROG(inode_set_acl, void *map, struct dentry *dentry, const char *name, struct posix_acl *acl, int decided)
{
	return report_setxattr(TIER_FULL, PLAIN(dentry), name, acl_size(acl), 0, decided);
}

SEC("lsm/inode_set_acl")
int BPF_PROG(inode_set_acl_older, void *map, struct dentry *dentry, const char *name, struct posix_acl *acl,
	     int decided)
{
	return report_setxattr(TIER_OLDER, dentry, name, acl_size(acl), 0, decided);
}
