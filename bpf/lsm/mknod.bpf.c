// SPDX-License-Identifier: GPL-2.0-only
//
// Nodes: devices, pipes, sockets (also those that bind makes), and regular files that mknod makes.
//
// lsm/path_mknod is asked about regular files by opens, too. These are reported where it is known that they were made
// (file.bpf.c), and refused by a program of their own (create.bpf.c).
#include "bpf/lib/maker.bpf.h"
#include "bpf/lib/report.bpf.h"

struct node {
	struct vfsmount *mount;
	__u32 mode;
	__u32 device; /* as new_encode_dev() has it: mmmM MMmm */
};

static __always_inline void fill_mknod(const enum tier tier, void *to, const void *subject)
{
	const struct node *node = subject;
	struct pk_mknod *record = to;
	__u32 type = node->mode & S_IFMT;
	__u32 major = node->device >> 8 & 0xfff;
	__u32 minor = (node->device & 0xff) | (node->device >> 12 & 0xfff00);

	record->device = node->mount->mnt_sb->s_dev;
	record->node_device = type == S_IFCHR || type == S_IFBLK ? major << 20 | minor : 0;
	record->mode = (node->mode & S_IALLUGO) | (type ?: S_IFREG);
	record->reserved = 0;
}

static __always_inline int report_mknod(const enum tier tier, const struct path *directory, struct dentry *dentry,
					__u32 mode, __u32 device, int decided)
{
	const struct node node = {.mount = directory->mnt, .mode = mode, .device = device};

	if ((mode & S_IFMT) == S_IFREG && file_maker(tier) != BY_MKNOD)
		return verdict(decided);
	return report_path(tier, REPORT(mknod, path), dentry, directory->mnt, fill_mknod, &node, decided);
}

SEC("lsm/path_mknod")
int BPF_PROG(path_mknod, const struct path *directory, struct dentry *dentry, __u16 mode, unsigned int device,
	     int decided)
{
	return report_mknod(TIER_FULL, PLAIN(directory), PLAIN(dentry), mode, device, decided);
}

SEC("lsm/path_mknod")
int BPF_PROG(path_mknod_older, const struct path *directory, struct dentry *dentry, __u16 mode, unsigned int device,
	     int decided)
{
	return report_mknod(TIER_OLDER, directory, dentry, mode, device, decided);
}
