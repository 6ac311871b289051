// SPDX-License-Identifier: GPL-2.0-only
//
// Files: who opens what. lsm/file_open sees every way to open (openat, openat2, creat, open_by_handle_at, io_uring,
// 32-bit calls) after the path was resolved and before the file can be used. Never O_PATH, which opens nothing.
//
// What an open has made is reported from here, too. lsm/path_mknod asks earlier, but it also asks about a file that is
// there already when the kernel has not got its name at hand, and about one that the file system then fails to make. It
// is where an open that would make a file is refused, though (create.bpf.c): here it is too late for that.
#include "bpf/lib/inode.bpf.h"
#include "bpf/lib/report.bpf.h"

/* What execve opens is part of exec. What overlayfs opens beneath itself is not the process's doing. */
static __always_inline bool is_somebody_elses(const struct file *file)
{
	return file->f_flags & FMODE_EXEC || file->f_mode & FMODE_NOACCOUNT;
}

/* To load pointers through; numbers are loaded through the one that the verifier trusts: hook.bpf.h. */
static __always_inline const struct file *linked(const enum tier tier, const struct file *file)
{
	return tier == TIER_FULL ? PLAIN(file) : file;
}

static __always_inline void fill_open(const enum tier tier, void *to, const void *subject)
{
	const struct file *file = subject;
	struct pk_open *record = to;
	struct inode *inode = linked(tier, file)->f_inode;

	record->inode = inode->i_ino;
	record->device = inode->i_sb->s_dev;
	record->flags = file->f_flags;
	record->file_mode = file->f_mode & FMODE_REPORTED;
	record->mode = inode->i_mode;
	record->links = link_count(inode);
}

static __always_inline int report_open(const enum tier tier, struct file *file, int decided)
{
	const struct path *path;

	if (is_somebody_elses(file))
		return verdict(decided);
	path = &linked(tier, file)->f_path;
	return report_path(tier, REPORT(open, path), path->dentry, path->mnt, fill_open, file, decided);
}

SEC("lsm/file_open")
int BPF_PROG(file_open, struct file *file, int decided)
{
	return report_open(TIER_FULL, file, decided);
}

SEC("lsm/file_open")
int BPF_PROG(file_open_older, struct file *file, int decided)
{
	return report_open(TIER_OLDER, file, decided);
}

static __always_inline void fill_create(const enum tier tier, void *to, const void *subject)
{
	const struct file *file = subject;
	struct pk_create *record = to;
	struct inode *inode = linked(tier, file)->f_inode;

	record->inode = inode->i_ino;
	record->device = inode->i_sb->s_dev;
	record->mode = inode->i_mode;
	record->reserved = 0;
}

/* Who made it may still be killed. */
static __always_inline int report_create(const enum tier tier, struct file *file, int decided)
{
	struct report about = REPORT(create, path);
	const struct path *path;

	about.after = true;
	if (!(file->f_mode & FMODE_CREATED) || is_somebody_elses(file))
		return verdict(decided);
	path = &linked(tier, file)->f_path;
	return report_path(tier, about, path->dentry, path->mnt, fill_create, file, decided);
}

SEC("lsm/file_open")
int BPF_PROG(file_create, struct file *file, int decided)
{
	return report_create(TIER_FULL, file, decided);
}

SEC("lsm/file_open")
int BPF_PROG(file_create_older, struct file *file, int decided)
{
	return report_create(TIER_OLDER, file, decided);
}
