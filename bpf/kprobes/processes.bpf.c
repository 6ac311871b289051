// SPDX-License-Identifier: GPL-2.0-only
//
// The processes that are already there when the sensor starts: one exec record each, read by the sensor from a task
// iterator. Arguments are left to /proc, since the memory of another process cannot be read from here.
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/path.bpf.h"
#include "bpf/lib/process.bpf.h"
#include "bpf/lib/sensor.bpf.h"
#include "bpf/lib/subject.bpf.h"

#define SNAPSHOT_CAPACITY 16384 /* a power of two: two paths and what else is in the record */

/* Where the record is put together. Only the sensor reads the iterator, and only from one thread. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[SNAPSHOT_CAPACITY]);
} snapshot SEC(".maps");

static __always_inline void fill_cwd(const enum tier tier, struct pk_exec *record, struct fs_struct *fs)
{
	struct walk walk;

	walk_prepare(&walk, &fs->pwd, fs->root.dentry, fs->root.mnt);
	path_measure(tier, &walk);
	if (!path_write(tier, &walk, record, SNAPSHOT_CAPACITY, record->header.size, &record->cwd))
		record->header.flags |= PK_FLAG_cwd_truncated;
	record->header.size += walk.size.value;
}

static __always_inline void fill_path(const enum tier tier, struct pk_exec *record, struct fs_struct *fs,
				      struct file *executable)
{
	struct walk walk;

	walk_prepare(&walk, &executable->f_path, fs->root.dentry, fs->root.mnt);
	path_measure(tier, &walk);
	if (!path_write(tier, &walk, record, SNAPSHOT_CAPACITY, record->header.size, &record->path))
		record->header.flags |= PK_FLAG_path_truncated;
	record->header.size += walk.size.value;
}

static __always_inline void fill_snapshot(const enum tier tier, struct pk_exec *record, struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	struct file *executable = mm ? mm->exe_file : NULL;
	const struct cred *cred = task->cred;
	struct fs_struct *fs = task->fs;

	if (executable)
		note_subject(task, executable);
	__builtin_memset(record, 0, sizeof(*record));
	fill_header(tier, &record->header, sizeof(*record), task);
	record->header.kind = PK_exec;
	record->header.flags = PK_FLAG_backfilled;
	record->header.syscall = -1;
	fill_process(tier, record, task, cred, executable);
	if (executable &&
	    may_write(executable, executable->f_inode, cred->fsuid.val, cred->fsgid.val, cred, record->cap_effective))
		record->exe_flags |= PK_EXE_writable;
	record->argv_size = mm ? mm->arg_end - mm->arg_start : 0;
	if (fs)
		fill_cwd(tier, record, fs);
	if (fs && executable)
		fill_path(tier, record, fs, executable);
}

static __always_inline int report_process(const enum tier tier, struct seq_file *output, struct task_struct *task)
{
	__u32 zero = 0;
	struct pk_exec *record = bpf_map_lookup_elem(&snapshot, &zero);

	sensor_process = current_key(tier);
	/* One record for each process. One that is dead and only waits for its parent has had its exit event. */
	if (!task || !record || task->pid != task->tgid || task->signal->live.counter == 0)
		return 0;
	fill_snapshot(tier, record, task);
	/* padded, so that the next one is aligned */
	bpf_seq_write(output, record, (record->header.size + 7) & (SNAPSHOT_CAPACITY - 8));
	return 0;
}

SEC("iter/task")
int processes(struct bpf_iter__task *context)
{
	return report_process(TIER_FULL, context->meta->seq, PLAIN(context->task));
}

SEC("iter/task")
int processes_older(struct bpf_iter__task *context)
{
	return report_process(TIER_OLDER, context->meta->seq, context->task);
}
