// SPDX-License-Identifier: GPL-2.0-only
//
// Files: who opens what. lsm/file_open sees every way to open (openat, openat2, creat, open_by_handle_at, io_uring,
// 32-bit calls) after the path was resolved and before the file can be used. Never O_PATH, which opens nothing.
#include "bpf/lib/report.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline void fill_open(const enum tier tier, void *to, const void *subject)
{
	const __u32 most_links = 65535;
	const struct file *file = subject;
	struct pk_open *record = to;
	struct inode *inode = file->f_inode;
	__u32 links = inode->i_nlink;

	record->inode = inode->i_ino;
	record->device = inode->i_sb->s_dev;
	record->flags = file->f_flags;
	record->file_mode = file->f_mode & FMODE_REPORTED;
	record->mode = inode->i_mode;
	record->links = links < most_links ? links : most_links;
}

static __always_inline int report_open(const enum tier tier, struct file *file, int decided)
{
	/* What execve opens is part of exec. What overlayfs opens beneath itself is not the process's doing. */
	if (file->f_flags & FMODE_EXEC || file->f_mode & FMODE_NOACCOUNT)
		return verdict(decided);
	return report_path(tier, REPORT(open, path), file->f_path.dentry, file->f_path.mnt, fill_open, file, decided);
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
