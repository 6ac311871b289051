// SPDX-License-Identifier: GPL-2.0-only
//
// Names that come and go: unlink, rmdir, rename, link, symlink, mkdir, mknod. The path_* hooks run after the path was
// resolved, with the directory locked, before anything changes; whichever call it was, io_uring and 32-bit ones
// included. What the kernel does on its own account (overlayfs in its layers, nfsd) does not come here.
//
// An operation that has to wait until an NFS client gives a delegation back, or whose file handle had gone stale, is
// tried again by the kernel and then reported again.
#include "bpf/lib/inode.bpf.h"
#include "bpf/lib/report_texts.bpf.h"

/* The arguments of the hooks as the fill functions need them. Each uses some of them. */
struct entry {
	const struct path *directory;
	struct dentry *dentry;
	struct dentry *other;
	__u32 mode;
	__u32 number; /* a node's device, or the flags of a rename */
};

static __always_inline __u32 device_of(const struct entry *entry)
{
	return entry->directory->mnt->mnt_sb->s_dev;
}

static __always_inline void fill_unlink(const enum tier tier, void *to, const void *subject)
{
	const struct entry *entry = subject;
	struct pk_unlink *record = to;

	fill_inode(entry->dentry->d_inode, &record->inode, &record->device, &record->mode, &record->links);
}

static __always_inline int report_unlink(const enum tier tier, const struct path *directory, struct dentry *dentry,
					 int decided)
{
	const struct entry entry = {.dentry = dentry};

	return report_path(tier, REPORT(unlink, path), dentry, directory->mnt, fill_unlink, &entry, decided);
}

SEC("lsm/path_unlink")
int BPF_PROG(path_unlink, const struct path *directory, struct dentry *dentry, int decided)
{
	return report_unlink(TIER_FULL, PLAIN(directory), PLAIN(dentry), decided);
}

SEC("lsm/path_unlink")
int BPF_PROG(path_unlink_older, const struct path *directory, struct dentry *dentry, int decided)
{
	return report_unlink(TIER_OLDER, directory, dentry, decided);
}

static __always_inline void fill_rmdir(const enum tier tier, void *to, const void *subject)
{
	const struct entry *entry = subject;
	struct pk_rmdir *record = to;

	fill_inode(entry->dentry->d_inode, &record->inode, &record->device, &record->mode, &record->links);
}

static __always_inline int report_rmdir(const enum tier tier, const struct path *directory, struct dentry *dentry,
					int decided)
{
	const struct entry entry = {.dentry = dentry};

	return report_path(tier, REPORT(rmdir, path), dentry, directory->mnt, fill_rmdir, &entry, decided);
}

SEC("lsm/path_rmdir")
int BPF_PROG(path_rmdir, const struct path *directory, struct dentry *dentry, int decided)
{
	return report_rmdir(TIER_FULL, PLAIN(directory), PLAIN(dentry), decided);
}

SEC("lsm/path_rmdir")
int BPF_PROG(path_rmdir_older, const struct path *directory, struct dentry *dentry, int decided)
{
	return report_rmdir(TIER_OLDER, directory, dentry, decided);
}

static __always_inline void fill_link(const enum tier tier, void *to, const void *subject)
{
	const struct place *file = subject;
	struct pk_link *record = to;

	fill_inode(file->dentry->d_inode, &record->inode, &record->device, &record->mode, &record->links);
}

/* Both names are on one mount: across mounts the kernel refuses before it asks. */
static __always_inline int report_link(const enum tier tier, struct dentry *file, const struct path *directory,
				       struct dentry *dentry, int decided)
{
	const struct place places[] = {{.dentry = file, .mount = directory->mnt},
				       {.dentry = dentry, .mount = directory->mnt}};

	return report_places(tier, REPORT_TWO(link, old_path, new_path), places, fill_link, places, decided);
}

SEC("lsm/path_link")
int BPF_PROG(path_link, struct dentry *file, const struct path *directory, struct dentry *dentry, int decided)
{
	return report_link(TIER_FULL, PLAIN(file), PLAIN(directory), PLAIN(dentry), decided);
}

SEC("lsm/path_link")
int BPF_PROG(path_link_older, struct dentry *file, const struct path *directory, struct dentry *dentry, int decided)
{
	return report_link(TIER_OLDER, file, directory, dentry, decided);
}

static __always_inline void fill_symlink(const enum tier tier, void *to, const void *subject)
{
	struct pk_symlink *record = to;

	record->device = device_of(subject);
	record->reserved = 0;
}

static __always_inline int report_symlink(const enum tier tier, const struct path *directory, struct dentry *dentry,
					  const char *target, int decided)
{
	struct string strings[] = {string_of(tier, target, KEEP_LONG, offsetof(struct pk_symlink, target))};
	const struct entry entry = {.directory = directory};

	return report_strings(tier, REPORT(symlink, path), dentry, directory->mnt, strings, 1, fill_symlink, &entry,
			      decided);
}

SEC("lsm/path_symlink")
int BPF_PROG(path_symlink, const struct path *directory, struct dentry *dentry, const char *target, int decided)
{
	return report_symlink(TIER_FULL, PLAIN(directory), PLAIN(dentry), target, decided);
}

SEC("lsm/path_symlink")
int BPF_PROG(path_symlink_older, const struct path *directory, struct dentry *dentry, const char *target, int decided)
{
	return report_symlink(TIER_OLDER, directory, dentry, target, decided);
}

static __always_inline void fill_mkdir(const enum tier tier, void *to, const void *subject)
{
	const struct entry *entry = subject;
	struct pk_mkdir *record = to;

	record->device = device_of(entry);
	record->mode = entry->mode & S_IALLUGO;
	record->reserved = 0;
}

static __always_inline int report_mkdir(const enum tier tier, const struct path *directory, struct dentry *dentry,
					__u32 mode, int decided)
{
	const struct entry entry = {.directory = directory, .mode = mode};

	return report_path(tier, REPORT(mkdir, path), dentry, directory->mnt, fill_mkdir, &entry, decided);
}

SEC("lsm/path_mkdir")
int BPF_PROG(path_mkdir, const struct path *directory, struct dentry *dentry, __u16 mode, int decided)
{
	return report_mkdir(TIER_FULL, PLAIN(directory), PLAIN(dentry), mode, decided);
}

SEC("lsm/path_mkdir")
int BPF_PROG(path_mkdir_older, const struct path *directory, struct dentry *dentry, __u16 mode, int decided)
{
	return report_mkdir(TIER_OLDER, directory, dentry, mode, decided);
}
