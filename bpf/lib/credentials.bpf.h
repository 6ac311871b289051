/* SPDX-License-Identifier: GPL-2.0-only */
/* What credentials hold and what they allow. */
#ifndef PICKET_BPF_LIB_CREDENTIALS_H
#define PICKET_BPF_LIB_CREDENTIALS_H

#include "bpf/lib/kernel.bpf.h"

static __always_inline __u64 read_capabilities(const kernel_cap_t *set)
{
	__u64 bits = 0;

	bpf_probe_read_kernel(&bits, sizeof(bits), set);
	return bits;
}

static __always_inline bool has_capability(__u64 set, __u32 capability)
{
	return set >> capability & 1;
}

/*
 * Whether the group is among the supplementary ones, of which there are 65,536 at most: the kernel keeps them sorted,
 * so that 17 halvings find it. They are done without a branch, and with an address that is a mere number: the verifier
 * would follow both ways of each halving, 2^17 in all.
 */
static __always_inline bool is_member(const struct cred *cred, __u32 group)
{
	const int halvings = 17;
	struct group_info *groups = cred->group_info;
	unsigned long first = 0;
	__u64 low = 0, high = groups->ngroups, found = 0;
	__u32 here = 0;

	bpf_probe_read_kernel(&first, sizeof(first), &cred->group_info);
	first += bpf_core_field_offset(groups->gid);
#pragma unroll /* 5.10 takes no loop that goes back to behind a call */
	for (int turn = 0; turn < halvings; turn++) {
		const __u64 middle = (low + high) / 2;
		__u64 open, less, more;

		bpf_probe_read_kernel(&here, sizeof(here), (void *)(first + middle * sizeof(here)));
		open = (low - high) >> 63; /* 1 while anything is left between them */
		less = open & (((__u64)here - group) >> 63);
		more = open & (less ^ 1);
		found |= open & (((__u64)(here ^ group) - 1) >> 63);
		low += -less & (middle + 1 - low);
		high -= -more & (high - middle);
		barrier_var(low);
		barrier_var(high);
		barrier_var(found);
	}
	return found;
}

/*
 * Whether somebody may write to a regular file, as access(2) has it: `user` and `group` besides the supplementary
 * groups of `cred`, with those capabilities. Not taken into account: ACLs, whose limit shows as the group's
 * permissions; mounts with mapped ids; and that CAP_DAC_OVERRIDE counts for some files in a user namespace, too.
 */
static __always_inline bool may_write(struct file *file, struct inode *inode, __u32 user, __u32 group,
				      const struct cred *cred, __u64 capabilities)
{
	const __u16 owner_bit = 0200, group_bit = 0020, other_bit = 0002;
	struct vfsmount *mount = file->f_path.mnt;
	__u32 file_group = inode->i_gid.val;

	if (mount->mnt_flags & MNT_READONLY || inode->i_sb->s_flags & SB_RDONLY || inode->i_flags & S_IMMUTABLE)
		return false;
	if (has_capability(capabilities, CAP_DAC_OVERRIDE) && cred->user_ns->level == 0)
		return true;
	if (user == inode->i_uid.val)
		return inode->i_mode & owner_bit;
	if (group == file_group || is_member(cred, file_group))
		return inode->i_mode & group_bit;
	return inode->i_mode & other_bit;
}

#endif
