// SPDX-License-Identifier: GPL-2.0-only
//
// Files that are known by other names: what becomes of them (bpf/lib/naming.bpf.h). These programs decide nothing and
// report nothing.
#include "bpf/lib/naming.bpf.h"
#include "bpf/lib/sensor.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* One lesson at a time: user space writes a name here, reads the status of the file that has it, and looks what came.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pk_lesson);
} lessons SEC(".maps");

/* The sensor's main thread, which is the one that learns: others of its threads read the status of files as well. */
static __always_inline bool is_learner(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->pid == task->tgid && is_sensor(TIER_FULL);
}

SEC("lsm/inode_getattr")
int BPF_PROG(name_learned, const struct path *path, int decided)
{
	__u32 only = 0;
	struct pk_lesson *lesson;

	if (!is_learner())
		return verdict(decided);
	lesson = bpf_map_lookup_elem(&lessons, &only);
	if (lesson && lesson->state == PK_LESSON_ASKED) {
		identify(BPF_CORE_READ(path, dentry, d_inode), &lesson->file);
		lesson->state = add_name(&lesson->file, &lesson->name) ? PK_LESSON_LEARNT : PK_LESSON_NO_ROOM;
	}
	return verdict(decided);
}

/* Both names are on one mount. Programs for hooks of the LSM have no guard that could make the kernel skip this one. */
SEC("lsm/path_link")
int BPF_PROG(name_linked, struct dentry *file, const struct path *directory, struct dentry *dentry, int decided)
{
	const struct place old = {.dentry = file, .mount = directory->mnt};
	const struct place new = {.dentry = dentry, .mount = directory->mnt};
	const struct inode *inode = file->d_inode;
	__u64 kept;

	if (!inode || forgotten(decided))
		return verdict(decided);
	kept = forgotten(keep_name(&old, inode, COVERED | NAMED));
	kept |= forgotten(plan_link(&new, inode));
	barrier_var(kept);
	return verdict(decided);
}

/* After all security modules have agreed; the hook itself is told the flags since 5.19 only. */
SEC("fexit/security_path_rename")
int BPF_PROG(name_renamed, const struct path *old_directory, struct dentry *old, const struct path *new_directory,
	     struct dentry *new, unsigned int flags, int decided)
{
	const struct place places[] = {{.dentry = old, .mount = old_directory->mnt},
				       {.dentry = new, .mount = new_directory->mnt}};
	__u64 planned;

	if (decided)
		return 0;
	planned = plan_rename(places, flags & RENAME_EXCHANGE);
	barrier_var(planned);
	return 0;
}

SEC("lsm/file_open")
int BPF_PROG(name_made, struct file *file, int decided)
{
	const struct place place = {.dentry = file->f_path.dentry, .mount = file->f_path.mnt};
	__u64 kept;

	if (!(file->f_mode & FMODE_CREATED) || file->f_mode & FMODE_NOACCOUNT)
		return verdict(decided);
	kept = keep_name(&place, file->f_inode, NAMED);
	barrier_var(kept);
	return verdict(decided);
}

/* Its last name is gone, and who had it open has closed it: the number may be another file's from here on. */
SEC("lsm/inode_free_security")
int BPF_PROG(name_freed, struct inode *inode)
{
	struct pk_name_key key;
	__u32 forgotten;

	if (!names_known || BPF_CORE_READ(inode, i_nlink))
		return 0;
	identify(inode, &key);
	forgotten = forget_names(&key);
	barrier_var(forgotten);
	return 0;
}

SEC("fexit/vfs_rename")
int BPF_PROG(name_moved, struct renamedata *data, int result)
{
	finish_moving(data->old_dentry, result);
	return 0;
}

SEC("fexit/vfs_link")
int BPF_PROG(name_added, struct dentry *file, void *users, struct inode *directory, struct dentry *dentry,
	     struct inode **delegated, int result)
{
	finish_moving(dentry, result);
	return 0;
}
