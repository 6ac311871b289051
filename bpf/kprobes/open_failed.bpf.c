// SPDX-License-Identifier: GPL-2.0-only
//
// Files that could not be opened. All opening by path ends in one function of the kernel's, whichever call it came
// from; what it tries more than once inside (the fast walk, then the slow one) ends there once.
//
// Not seen, as they end before or elsewhere: a path that cannot be read or is too long, flags that make no sense, no
// descriptor left, open_by_handle_at. Not events: what execve opens, and O_PATH, which opens nothing.
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/hook.bpf.h"
#include "bpf/lib/opened.bpf.h"
#include "bpf/lib/path.bpf.h"
#include "bpf/lib/text.bpf.h"

#define IO_URING_ENTER 426

struct failure {
	const char *name;
	__u32 name_size;
	__u32 flags;
	int error;
	bool relative;
	struct walk directory;
};

static __always_inline void find_directory(struct walk *walk, struct task_struct *task, int descriptor)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct path start = {};
	struct file **slot, *file = NULL;

	if (descriptor == AT_FDCWD) {
		start.dentry = BPF_CORE_READ(task, fs, pwd.dentry);
		start.mnt = BPF_CORE_READ(task, fs, pwd.mnt);
	} else if (descriptor >= 0 && (__u32)descriptor < BPF_CORE_READ(table, max_fds)) {
		slot = BPF_CORE_READ(table, fd) + descriptor;
		bpf_probe_read_kernel(&file, sizeof(file), slot);
		start.dentry = BPF_CORE_READ(file, f_path.dentry);
		start.mnt = BPF_CORE_READ(file, f_path.mnt);
	}
	walk_prepare_probed(walk, start.dentry, start.mnt, BPF_CORE_READ(task, fs, root.dentry),
			    BPF_CORE_READ(task, fs, root.mnt));
}

static __always_inline void emit_failure(const enum tier tier, struct failure *failure, __u32 size,
					 const __u64 capacity)
{
	struct pk_open_failed *record = emit_reserve(tier, PK_open_failed, capacity);
	__u32 offset = sizeof(*record) + failure->name_size;

	if (!record)
		return;
	fill_current(tier, &record->header, size, current_task(tier));
	record->header.error = failure->error;
	record->flags = failure->flags;
	record->reserved = 0;
	text_copy(tier, record, capacity, sizeof(*record), failure->name, false, PK_PATH_MAX, failure->name_size,
		  &record->name);
	record->directory.offset = 0;
	record->directory.size = 0;
	if (failure->relative &&
	    !path_write(probed(tier), &failure->directory, record, capacity, offset, &record->directory))
		record->header.flags |= PK_FLAG_old_path_truncated;
	emit_submit(record);
}

/*
 * A ring tries first without waiting, and leaves what would have to wait to a worker. With -EAGAIN it has not failed.
 * (Nor does one show that asked for just that by RESOLVE_CACHED.)
 */
static __always_inline bool is_first_try(const enum tier tier, struct task_struct *task, int error)
{
	const int eagain = 11;
	struct pk_header header = {};
	__u32 task_flags = BPF_CORE_READ(task, flags);

	if (error != -eagain)
		return false;
	fill_syscall(tier, &header, task, task_flags);
	return task_flags & PF_IO_WORKER || header.syscall == IO_URING_ENTER;
}

static __always_inline int report_failure(const enum tier tier, int descriptor, struct filename *path,
					  const struct open_flags *how, long result)
{
	const long max_errno = 4095;
	struct task_struct *task = current_task(tier);
	struct failure failure = {.error = result, .flags = how->open_flag, .name = path->name};
	char first = 0;
	__u32 size;

	if (result >= 0 || result < -max_errno || failure.flags & (FMODE_EXEC | O_PATH) || !failure.name)
		return 0;
	if (BPF_CORE_READ(task, flags) & PF_KTHREAD || is_first_try(tier, task, failure.error))
		return 0;
	/* The hook was reached: its event tells of it, and gets this result. */
	if (is_awaited(bpf_get_current_pid_tgid(), PK_open))
		return 0;

	bpf_probe_read_kernel(&first, sizeof(first), failure.name);
	failure.relative = first != '/';
	failure.name_size = string_size(tier, failure.name);
	size = sizeof(struct pk_open_failed) + failure.name_size;
	if (failure.relative) {
		find_directory(&failure.directory, task, descriptor);
		path_measure(probed(tier), &failure.directory);
		size += failure.directory.size.value;
	}
	if (size <= 1024 - RECORD_SLACK)
		emit_failure(tier, &failure, size, 1024);
	else
		emit_failure(tier, &failure, size, 16384);
	return 0;
}

SEC("fexit/do_filp_open")
int BPF_PROG(file_not_opened, int descriptor, struct filename *path, const struct open_flags *how)
{
	return report_failure(TIER_FULL, descriptor, path, how, returned(ctx));
}

SEC("fexit/do_filp_open")
int BPF_PROG(file_not_opened_older, int descriptor, struct filename *path, const struct open_flags *how)
{
	return report_failure(TIER_OLDER, descriptor, path, how, returned(ctx));
}

/* 7.0 and later have it under this name. */
SEC("fexit/do_file_open")
int BPF_PROG(file_not_opened_7_0, int descriptor, struct filename *path, const struct open_flags *how)
{
	return report_failure(TIER_FULL, descriptor, path, how, returned(ctx));
}
