// SPDX-License-Identifier: GPL-2.0-only
//
// What a file is like: chmod, chown, truncate. The path_* hooks run before anything changes.
//
// Truncation has two hooks since 6.2: by path, and by descriptor (ftruncate, open with O_TRUNC, io_uring). Before,
// lsm/path_truncate was asked in all cases.
#include "bpf/lib/inode.bpf.h"
#include "bpf/lib/report.bpf.h"

struct attribute_change {
	const struct path *path;
	__u32 mode;
	__u32 uid;
	__u32 gid;
};

static __always_inline void fill_chmod(const enum tier tier, void *to, const void *subject)
{
	const struct attribute_change *change = subject;
	struct pk_chmod *record = to;
	__u16 links;

	fill_inode(change->path->dentry->d_inode, &record->inode, &record->device, &record->old_mode, &links);
	record->mode = change->mode & S_IALLUGO;
}

static __always_inline int report_chmod(const enum tier tier, const struct path *path, __u32 mode, int decided)
{
	const struct attribute_change change = {.path = path, .mode = mode};

	return report_path(tier, REPORT(chmod, path), path->dentry, path->mnt, fill_chmod, &change, decided);
}

SEC("lsm/path_chmod")
int BPF_PROG(path_chmod, const struct path *path, __u16 mode, int decided)
{
	return report_chmod(TIER_FULL, PLAIN(path), mode, decided);
}

SEC("lsm/path_chmod")
int BPF_PROG(path_chmod_older, const struct path *path, __u16 mode, int decided)
{
	return report_chmod(TIER_OLDER, path, mode, decided);
}

static __always_inline void fill_chown(const enum tier tier, void *to, const void *subject)
{
	const struct attribute_change *change = subject;
	struct pk_chown *record = to;
	struct inode *inode = change->path->dentry->d_inode;
	__u16 mode, links;

	fill_inode(inode, &record->inode, &record->device, &mode, &links);
	record->mode = mode;
	record->uid = change->uid;
	record->gid = change->gid;
	record->old_uid = inode ? inode->i_uid.val : 0;
	record->old_gid = inode ? inode->i_gid.val : 0;
}

/*
 * The ids are structs of one number, handed over by value: kernels before 6.1 take no program of this kind for such a
 * function (see kprobes/chown.bpf.c). For those that do each is one argument.
 */
static __always_inline int report_chown(const enum tier tier, const struct path *path, __u32 uid, __u32 gid,
					int decided)
{
	const struct attribute_change change = {.path = path, .uid = uid, .gid = gid};

	return report_path(tier, REPORT(chown, path), path->dentry, path->mnt, fill_chown, &change, decided);
}

SEC("lsm/path_chown")
int BPF_PROG(path_chown, const struct path *path, __u64 uid, __u64 gid, int decided)
{
	return report_chown(TIER_FULL, PLAIN(path), uid, gid, decided);
}

SEC("lsm/path_chown")
int BPF_PROG(path_chown_older, const struct path *path, __u64 uid, __u64 gid, int decided)
{
	return report_chown(TIER_OLDER, path, uid, gid, decided);
}

static __always_inline void fill_truncate(const enum tier tier, void *to, const void *subject)
{
	const struct inode *inode = subject;
	struct pk_truncate *record = to;

	fill_inode(inode, &record->inode, &record->device, &record->mode, &record->links);
	record->size = inode ? inode->i_size : 0;
}

static __always_inline int report_truncate(const enum tier tier, struct dentry *dentry, struct vfsmount *mount,
					   int decided)
{
	return report_path(tier, REPORT(truncate, path), dentry, mount, fill_truncate, dentry->d_inode, decided);
}

SEC("lsm/path_truncate")
int BPF_PROG(path_truncate, const struct path *path, int decided)
{
	return report_truncate(TIER_FULL, path->dentry, path->mnt, decided);
}

SEC("lsm/path_truncate")
int BPF_PROG(path_truncate_older, const struct path *path, int decided)
{
	return report_truncate(TIER_OLDER, path->dentry, path->mnt, decided);
}

SEC("lsm/file_truncate")
int BPF_PROG(file_truncate, struct file *file, int decided)
{
	return report_truncate(TIER_FULL, file->f_path.dentry, file->f_path.mnt, decided);
}

SEC("lsm/file_truncate")
int BPF_PROG(file_truncate_older, struct file *file, int decided)
{
	return report_truncate(TIER_OLDER, file->f_path.dentry, file->f_path.mnt, decided);
}
