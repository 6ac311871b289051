// SPDX-License-Identifier: GPL-2.0-only
//
// Files: who opens what. lsm/file_open sees every way to open (openat, openat2, creat, open_by_handle_at, io_uring,
// 32-bit calls) after the path was resolved and before the file can be used. Never O_PATH, which opens nothing.
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/hook.bpf.h"
#include "bpf/lib/path.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline void fill_file(struct pk_open *record, struct file *file)
{
	const __u32 most_links = 65535;
	struct inode *inode = file->f_inode;
	__u32 links = inode->i_nlink;

	record->inode = inode->i_ino;
	record->device = inode->i_sb->s_dev;
	record->flags = file->f_flags;
	record->file_mode = file->f_mode & FMODE_REPORTED;
	record->mode = inode->i_mode;
	record->links = links < most_links ? links : most_links;
}

static __always_inline void emit_open(const enum tier tier, struct task_struct *task, struct file *file,
				      struct walk *path, int decided, const __u64 capacity)
{
	struct pk_open *record = emit_reserve(tier, PK_open, capacity);

	if (!record)
		return;
	fill_current(tier, &record->header, sizeof(*record) + path->size.value, task);
	record->header.error = verdict(decided);
	fill_file(record, file);
	if (!path_write(tier, path, record, capacity, sizeof(*record), &record->path))
		record->header.flags |= PK_FLAG_path_truncated;
	emit_submit(record);
}

static __always_inline int report_open(const enum tier tier, struct file *file, int decided)
{
	struct task_struct *task;
	struct walk path;
	__u32 size;

	/* What execve opens is part of exec. What overlayfs opens beneath itself is not the process's doing. */
	if (file->f_flags & FMODE_EXEC || file->f_mode & FMODE_NOACCOUNT)
		return verdict(decided);
	if (is_check(PK_open))
		return verdict(decided);

	task = current_task(tier);
	if (tier == TIER_FULL)
		walk_prepare(&path, &file->f_path, task->fs->root.dentry, task->fs->root.mnt);
	else
		walk_prepare(&path, &file->f_path, BPF_CORE_READ(task, fs, root.dentry),
			     BPF_CORE_READ(task, fs, root.mnt));
	path_measure(tier, &path);
	if (path.end.value == WALK_PRIVATE)
		return verdict(decided);

	size = sizeof(struct pk_open) + path.size.value + RECORD_SLACK;
	if (size <= 512)
		emit_open(tier, task, file, &path, decided, 512);
	else if (size <= 2048)
		emit_open(tier, task, file, &path, decided, 2048);
	else
		emit_open(tier, task, file, &path, decided, 8192);
	return verdict(decided);
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
