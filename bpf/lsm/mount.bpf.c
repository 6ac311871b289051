// SPDX-License-Identifier: GPL-2.0-only
//
// What is where: mount(2), move_mount(2), umount, pivot_root, chroot; before anything changes.
//
// A file system mounted by the newer calls shows when move_mount puts it into the tree: fsopen, fsconfig and fsmount
// make a mount that nobody can reach by a path yet, open_tree a copy of one. mount_setattr (read-only, noexec,
// propagation) asks no security module, and neither does the end of a mount namespace with all its mounts.
#include "bpf/lib/inode.bpf.h"
#include "bpf/lib/report_texts.bpf.h"

static __always_inline void fill_mount(const enum tier tier, void *to, const void *subject)
{
	const unsigned long *flags = subject;
	struct pk_mount *record = to;

	record->flags = *flags;
}

/* The strings are the kernel's copies; each may be NULL. `options` may be a struct that the file system understands. */
static __always_inline int report_mount(const enum tier tier, const char *source, const struct path *path,
					const char *type, unsigned long flags, const char *options, int decided)
{
	struct string strings[] = {
		string_of(tier, source, KEEP_LONG, offsetof(struct pk_mount, source)),
		string_of(tier, type, KEEP_SHORT, offsetof(struct pk_mount, type)),
		string_of(tier, options, KEEP_PRINTABLE, offsetof(struct pk_mount, options)),
	};

	return report_strings(tier, REPORT(mount, path), path->dentry, path->mnt, strings, 3, fill_mount, &flags,
			      decided);
}

SEC("lsm/sb_mount")
int BPF_PROG(sb_mount, const char *source, const struct path *path, const char *type, unsigned long flags,
	     const char *options, int decided)
{
	return report_mount(TIER_FULL, source, PLAIN(path), type, flags, options, decided);
}

SEC("lsm/sb_mount")
int BPF_PROG(sb_mount_older, const char *source, const struct path *path, const char *type, unsigned long flags,
	     const char *options, int decided)
{
	return report_mount(TIER_OLDER, source, path, type, flags, options, decided);
}

/* For records of which nothing is left to fill in but their paths. */
static __always_inline void fill_nothing(const enum tier tier, void *to, const void *subject)
{
}

static __always_inline int report_move(const enum tier tier, const struct path *from, const struct path *to,
				       int decided)
{
	return report_paths(tier, REPORT_TWO(move_mount, old_path, new_path), from->dentry, from->mnt, to->dentry,
			    to->mnt, fill_nothing, NULL, decided);
}

SEC("lsm/move_mount")
int BPF_PROG(move_mount, const struct path *from, const struct path *to, int decided)
{
	return report_move(TIER_FULL, PLAIN(from), PLAIN(to), decided);
}

SEC("lsm/move_mount")
int BPF_PROG(move_mount_older, const struct path *from, const struct path *to, int decided)
{
	return report_move(TIER_OLDER, from, to, decided);
}

struct unmounting {
	struct vfsmount *mount;
	int flags;
};

static __always_inline void fill_umount(const enum tier tier, void *to, const void *subject)
{
	const struct unmounting *unmounting = subject;
	struct pk_umount *record = to;

	record->flags = unmounting->flags;
	record->device = unmounting->mount->mnt_sb->s_dev;
}

static __always_inline int report_umount(const enum tier tier, struct vfsmount *mount, int flags, int decided)
{
	const struct unmounting unmounting = {.mount = mount, .flags = flags};

	return report_path(tier, REPORT(umount, path), mount->mnt_root, mount, fill_umount, &unmounting, decided);
}

SEC("lsm/sb_umount")
int BPF_PROG(sb_umount, struct vfsmount *mount, int flags, int decided)
{
	return report_umount(TIER_FULL, PLAIN(mount), flags, decided);
}

SEC("lsm/sb_umount")
int BPF_PROG(sb_umount_older, struct vfsmount *mount, int flags, int decided)
{
	return report_umount(TIER_OLDER, mount, flags, decided);
}

/* The hook's first argument is where the old root goes, pivot_root's second one. */
static __always_inline int report_pivot(const enum tier tier, const struct path *put_old, const struct path *new_root,
					int decided)
{
	return report_paths(tier, REPORT_TWO(pivot_root, old_root, new_root), put_old->dentry, put_old->mnt,
			    new_root->dentry, new_root->mnt, fill_nothing, NULL, decided);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(sb_pivotroot, const struct path *put_old, const struct path *new_root, int decided)
{
	return report_pivot(TIER_FULL, PLAIN(put_old), PLAIN(new_root), decided);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(sb_pivotroot_older, const struct path *put_old, const struct path *new_root, int decided)
{
	return report_pivot(TIER_OLDER, put_old, new_root, decided);
}

static __always_inline void fill_chroot(const enum tier tier, void *to, const void *subject)
{
	const struct dentry *directory = subject;
	struct pk_chroot *record = to;
	__u16 mode, links;

	fill_inode(directory->d_inode, &record->inode, &record->device, &mode, &links);
	record->reserved = 0;
}

static __always_inline int report_chroot(const enum tier tier, const struct path *path, int decided)
{
	return report_path(tier, REPORT(chroot, path), path->dentry, path->mnt, fill_chroot, path->dentry, decided);
}

SEC("lsm/path_chroot")
int BPF_PROG(path_chroot, const struct path *path, int decided)
{
	return report_chroot(TIER_FULL, PLAIN(path), decided);
}

SEC("lsm/path_chroot")
int BPF_PROG(path_chroot_older, const struct path *path, int decided)
{
	return report_chroot(TIER_OLDER, path, decided);
}
