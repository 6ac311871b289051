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
