/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is to know about a process: the fields of an exec record that come from its task. Used when it calls
 * execve and when the sensor takes stock of the processes that are already there. The task is one that the kernel
 * handed to the program, so that the verifier knows its type and plain loads do. A task that has begun to exit has lost
 * its parts one by one; what is gone reads as zero.
 */
#ifndef PICKET_BPF_LIB_PROCESS_H
#define PICKET_BPF_LIB_PROCESS_H

#include "bpf/lib/credentials.bpf.h"
#include "bpf/lib/executable.bpf.h"
#include "bpf/lib/kernel.bpf.h"
#include "bpf/lib/task.bpf.h"
#include "bpf/shared/wire.h"

/* Where a process lives: its inode numbers of /proc/PID/ns, and its pid as it sees it itself. */
struct namespaces {
	__u32 vpid;
	__u32 pid;
	__u32 mount;
	__u32 net;
	__u32 user;
	__u32 cgroup;
};

/* The namespaces of the current task, whatever the verifier knows of it; of the pid namespaces its children's. */
static __always_inline struct namespaces read_joined_namespaces(struct task_struct *task)
{
	struct namespaces found = {};
	struct nsproxy *proxy = BPF_CORE_READ(task, nsproxy);

	found.pid = BPF_CORE_READ(proxy, pid_ns_for_children, ns.inum);
	found.mount = BPF_CORE_READ(proxy, mnt_ns, ns.inum);
	found.net = BPF_CORE_READ(proxy, net_ns, ns.inum);
	found.cgroup = BPF_CORE_READ(proxy, cgroup_ns, ns.inum);
	found.user = BPF_CORE_READ(task, cred, user_ns, ns.inum);
	return found;
}

static __always_inline struct namespaces read_namespaces(const enum tier tier, struct task_struct *task,
							 const struct cred *cred)
{
	struct namespaces found = {};
	struct nsproxy *proxy = task->nsproxy;
	struct pid *pid = task->thread_pid;
	struct upid *own;

	if (proxy) {
		found.mount = proxy->mnt_ns->ns.inum;
		found.net = proxy->net_ns->ns.inum;
		found.cgroup = proxy->cgroup_ns->ns.inum;
	}
	if (pid) {
		/* the last of level + 1 numbers, outermost namespace first */
		own = (void *)pid + bpf_core_field_offset(pid->numbers) + pid->level * sizeof(struct upid);
		if (tier != TIER_OLDER && has_casts) {
			own = CAST(own);
			found.vpid = own->nr;
			found.pid = own->ns->ns.inum;
		} else {
			found.vpid = BPF_CORE_READ(own, nr);
			found.pid = BPF_CORE_READ(own, ns, ns.inum);
		}
	}
	found.user = cred->user_ns->ns.inum;
	return found;
}

/* As new_encode_dev() has it for /proc/PID/stat. */
static __always_inline __u32 read_tty(struct signal_struct *signal)
{
	struct tty_struct *tty = signal->tty;
	__u32 major, minor;

	if (!tty)
		return 0;
	major = tty->driver->major;
	minor = tty->driver->minor_start + tty->index;
	return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

/* Of the file at an address; 0 when there is none. */
static __always_inline __u16 read_mode(const enum tier tier, __u64 address)
{
	struct file *file = (struct file *)address;

	if (tier != TIER_OLDER && has_casts)
		return CAST(file)->f_inode->i_mode;
	return BPF_CORE_READ(file, f_inode, i_mode);
}

/* The modes of the files behind descriptors 0 to 2. All tables have room for more. */
static __always_inline void fill_descriptors(const enum tier tier, struct pk_exec *record, struct task_struct *task)
{
	struct files_struct *files = task->files;
	struct fdtable *table = files ? files->fdt : NULL;
	const struct itimerspec64 *words;
	__u64 open[3] = {};

	if (table && tier != TIER_OLDER && has_casts) {
		words = words_at(table->fd);
		open[0] = words->it_interval.tv_sec;
		open[1] = words->it_interval.tv_nsec;
		open[2] = words->it_value.tv_sec;
	} else if (table) {
		bpf_probe_read_kernel(open, sizeof(open), table->fd);
	}
	record->stdin_mode = read_mode(tier, open[0]);
	record->stdout_mode = read_mode(tier, open[1]);
	record->stderr_mode = read_mode(tier, open[2]);
}

static __always_inline void fill_executable(struct pk_exec *record, struct file *file)
{
	struct inode *inode = file ? file->f_inode : NULL;
	__u32 device, flags;

	if (!inode) { /* a kernel thread */
		record->inode = 0;
		record->device = 0;
		record->exe_flags = 0;
		record->exe_mode = 0;
		record->mtime = 0;
		record->ctime = 0;
		return;
	}
	device = inode->i_sb->s_dev;
	flags = read_exe_flags(file, inode);
	record->inode = inode->i_ino;
	record->device = device;
	record->exe_flags = flags;
	record->exe_mode = inode->i_mode;
	record->mtime = read_mtime(inode);
	record->ctime = read_ctime(inode);
}

static __always_inline void fill_comm(struct pk_exec *record, struct task_struct *task)
{
	const __u64 *comm = (const __u64 *)task->comm;
	__u64 *to = (__u64 *)record->comm.bytes;

	to[0] = comm[0];
	to[1] = comm[1];
}

static __always_inline void fill_identity(struct pk_exec *record, struct task_struct *task, const struct cred *cred)
{
	const __u32 unset = -1;
	struct signal_struct *signal = task->signal;

	record->parent = task_key(task->real_parent);
	record->start_time = task->group_leader->start_boottime;
	record->real_uid = cred->uid.val;
	record->real_gid = cred->gid.val;
	record->login_uid = bpf_core_field_exists(task->loginuid) ? task->loginuid.val : unset;
	record->tty = read_tty(signal);
	record->process_group = signal->pids[PIDTYPE_PGID]->numbers[0].nr;
	record->session = signal->pids[PIDTYPE_SID]->numbers[0].nr;
	record->reserved = 0;
	fill_comm(record, task);
}

/* A set is a word, or before 6.3 the two halves of one. */
static __always_inline void fill_capabilities(struct pk_exec *record, const struct cred *cred)
{
	record->cap_inheritable = *(const __u64 *)&cred->cap_inheritable;
	record->cap_permitted = *(const __u64 *)&cred->cap_permitted;
	record->cap_effective = *(const __u64 *)&cred->cap_effective;
}

/* Everything of an exec record but its header, its text fields and how the execution changed the credentials. */
static __always_inline void fill_process(const enum tier tier, struct pk_exec *record, struct task_struct *task,
					 const struct cred *cred, struct file *executable)
{
	struct namespaces namespaces = read_namespaces(tier, task, cred);

	record->vpid = namespaces.vpid;
	record->pid_namespace = namespaces.pid;
	record->mount_namespace = namespaces.mount;
	record->net_namespace = namespaces.net;
	record->user_namespace = namespaces.user;
	record->cgroup_namespace = namespaces.cgroup;
	fill_identity(record, task, cred);
	fill_capabilities(record, cred);
	fill_executable(record, executable);
	fill_descriptors(tier, record, task);
}

#endif
