// SPDX-License-Identifier: GPL-2.0-only
//
// A process gets a new image. At sched_process_exec the new program is in place and has not run an instruction: its
// arguments cannot have been changed yet, and its pages are still there to be read.
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/environment.bpf.h"
#include "bpf/lib/path.bpf.h"
#include "bpf/lib/process.bpf.h"
#include "bpf/lib/subject.bpf.h"
#include "bpf/lib/text.bpf.h"

/* Bytes of arguments that are kept. Set by the sensor, at most PK_ARGV_MAX. */
const volatile __u32 argv_limit = 8192;

/*
 * All that is measured before the record can be reserved; and what is read from the task while the verifier trusts it
 * (kernel.bpf.h), which is where it comes by once.
 */
struct image {
	struct walk walk;
	struct walk_found path;
	struct walk_found cwd;
	__u32 filename_size;
	__u32 interpreter_size;
	__u32 env_room;
	__u32 argv_kept;
	__u32 argv_size;
	pk_key key;
	__u64 cgroup;
	const struct cred *cred;
};

static __always_inline __u32 measure_image(const enum tier tier, struct image *image, struct task_struct *task,
					   struct file *executable, struct linux_binprm *program)
{
	struct mm_struct *mm = task->mm;
	struct fs_struct *fs = task->fs;
	struct dentry *root = fs->root.dentry;
	struct vfsmount *root_mount = fs->root.mnt;
	__u64 interpreter, filename, differ;

	walk_prepare(&image->walk, &executable->f_path, root, root_mount);
	path_measure(tier, &image->walk);
	walk_put_aside(&image->walk, &image->path);
	walk_prepare(&image->walk, &fs->pwd, root, root_mount);
	path_measure(tier, &image->walk);
	walk_put_aside(&image->walk, &image->cwd);
	image->filename_size = aligned_size(tier, program->filename, ~0u);
	image->argv_size = mm->arg_end - mm->arg_start;
	image->argv_kept = image->argv_size < argv_limit ? image->argv_size : argv_limit;
	/* as numbers: 7.2 does no arithmetic with pointers */
	interpreter = word_at(tier, (void *)program + bpf_core_field_offset(program->interp));
	filename = word_at(tier, (void *)program + bpf_core_field_offset(program->filename));
	differ = interpreter ^ filename;
	barrier_var(differ); /* arithmetic, not a branch: the verifier would go through all that follows twice */
	image->interpreter_size = aligned_size(tier, program->interp, -(__u32)((differ | -differ) >> 63));
	image->env_room = tier == TIER_FULL ? env_room(mm) : 0;
	return sizeof(struct pk_exec) + image->path.size.value + image->cwd.size.value + image->filename_size +
	       image->argv_kept + image->interpreter_size + image->env_room;
}

static __always_inline void fill_image(const enum tier tier, struct pk_exec *record, struct image *image,
				       struct task_struct *task, struct file *executable, struct linux_binprm *program,
				       const __u64 capacity)
{
	struct mm_struct *mm = task->mm;
	struct fs_struct *fs = task->fs;
	struct dentry *root = fs->root.dentry;
	struct vfsmount *root_mount = fs->root.mnt;
	__u32 offset = sizeof(*record);

	walk_prepare(&image->walk, &executable->f_path, root, root_mount);
	walk_take_up(&image->walk, &image->path);
	if (!path_write(tier, &image->walk, record, capacity, offset, &record->path))
		record->header.flags |= PK_FLAG_path_truncated;
	offset += image->path.size.value;
	walk_prepare(&image->walk, &fs->pwd, root, root_mount);
	walk_take_up(&image->walk, &image->cwd);
	if (!path_write(tier, &image->walk, record, capacity, offset, &record->cwd))
		record->header.flags |= PK_FLAG_cwd_truncated;
	offset += image->cwd.size.value;
	copy_text(tier, true, record, capacity, offset, program->filename, false, PK_PATH_MAX, image->filename_size,
		  &record->filename);
	offset += image->filename_size;
	copy_text(tier, true, record, capacity, offset, (const char *)mm->arg_start, true, PK_ARGV_MAX,
		  image->argv_kept, &record->argv);
	record->argv_size = image->argv_size;
	if (record->argv.size != image->argv_size)
		record->header.flags |= PK_FLAG_argv_truncated;
	offset += image->argv_kept;
	copy_text(tier, true, record, capacity, offset, program->interp, false, PK_PATH_MAX, image->interpreter_size,
		  &record->interpreter);
	offset += image->interpreter_size;
	if (!env_write(tier, record, mm, capacity, offset, image->env_room))
		record->header.flags |= PK_FLAG_env_truncated;
	record->header.size = offset + record->env.size;
}

/*
 * What the execution did to the credentials, which are the new ones by now. Besides the file's permissions a
 * set-user-ID execution depends on the mount, on no_new_privs and on tracers; where it took place, the kernel cleared
 * personality flags, and the effective user is the file's owner (or, on a mount with mapped ids, at least not the real
 * user).
 */
static __always_inline void fill_privileges(struct pk_exec *record, struct file *executable, const struct cred *cred,
					    struct linux_binprm *program)
{
	const __u32 set_user = 04000, set_group = 02010; /* S_ISUID; S_ISGID with S_IXGRP */
	struct inode *inode = executable->f_inode;
	__u32 user = cred->euid.val, group = cred->egid.val;

	if (BPF_CORE_READ_BITFIELD(program, secureexec))
		record->exe_flags |= PK_EXE_secure;
	if (!program->per_clear)
		return;
	if (inode->i_mode & set_user && (user == inode->i_uid.val || user != cred->uid.val))
		record->exe_flags |= PK_EXE_setuid;
	if ((inode->i_mode & set_group) == set_group && (group == inode->i_gid.val || group != cred->gid.val))
		record->exe_flags |= PK_EXE_setgid;
}

/* Whether the caller, not the user that the execution made of it, may write to the executable. */
static __always_inline void fill_writable(struct pk_exec *record, struct file *executable, const struct cred *cred)
{
	const bool gained = record->exe_flags & PK_EXE_setuid;
	const __u32 user = gained ? cred->uid.val : cred->fsuid.val;
	const __u32 group = record->exe_flags & PK_EXE_setgid ? cred->gid.val : cred->fsgid.val;
	const __u64 capabilities = gained && user ? 0 : record->cap_effective;

	if (may_write(executable, executable->f_inode, user, group, cred, capabilities))
		record->exe_flags |= PK_EXE_writable;
}

/* What there is besides the texts. */
static __always_inline void fill_state(const enum tier tier, struct pk_exec *record, struct task_struct *task,
				       struct file *executable, struct linux_binprm *program, const struct cred *cred)
{
	fill_process(tier, record, task, cred, executable);
	fill_privileges(record, executable, cred, program);
	fill_writable(record, executable, cred);
}

/*
 * A function, so that it is not there for each size of record: for every instruction that the verifier puts in or takes
 * out, it moves all that follow.
 */
static __noinline int fill_state_full(struct pk_exec *record, struct task_struct *task, struct file *executable,
				      struct linux_binprm *program, const struct cred *cred)
{
	fill_state(TIER_FULL, record, task, executable, program, cred);
	return 0;
}

static __always_inline int emit_exec(const enum tier tier, struct task_struct *trusted, struct task_struct *task,
				     struct file *executable, struct linux_binprm *program, struct image *image,
				     __u32 size, const __u64 capacity)
{
	struct pk_exec *record = emit_reserve(tier, PK_exec, capacity);

	if (!record)
		return 0;
	fill_moment(&record->header, size, trusted->flags);
	record->header.process = image->key;
	record->header.cgroup = image->cgroup;
	fill_actor(tier, &record->header, trusted, image->cred);
	take_execution_note(&record->header);
	fill_image(tier, record, image, task, executable, program, capacity);
	/* last, since the verifier goes through all that follows for either side of each branch */
	if (tier == TIER_FULL)
		fill_state_full(record, task, executable, program, image->cred);
	else
		fill_state(tier, record, task, executable, program, image->cred);
	emit_submit_in(LIFECYCLE_RING, record);
	return 0;
}

/* The task as it was handed over, and as one that the verifier does not trust. */
static __always_inline int report_exec(const enum tier tier, struct task_struct *trusted, struct task_struct *task,
				       struct linux_binprm *program)
{
	struct file *executable = task->mm->exe_file;
	struct image image;
	__u32 size;

	if (!executable)
		return 0;
	image.key = task_key(trusted);
	image.cgroup = task_cgroup(trusted);
	image.cred = trusted->cred;
	size = measure_image(tier, &image, task, executable, program);
	/* two sizes of record in the older tier: its verifier takes long over each */
	if (tier == TIER_FULL && size <= 1024 - RECORD_SLACK)
		return emit_exec(tier, trusted, task, executable, program, &image, size, 1024);
	if (size <= 4096 - RECORD_SLACK)
		return emit_exec(tier, trusted, task, executable, program, &image, size, 4096);
	if (tier == TIER_FULL && size <= 16384 - RECORD_SLACK)
		return emit_exec(tier, trusted, task, executable, program, &image, size, 16384);
	return emit_exec(tier, trusted, task, executable, program, &image, size, 65536);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *program)
{
	return report_exec(TIER_FULL, task, PLAIN(task), PLAIN(program));
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec_older, struct task_struct *task, int old_pid, struct linux_binprm *program)
{
	return report_exec(TIER_OLDER, task, task, program);
}
