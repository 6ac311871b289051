/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel as the programs see it: every kernel type by hand, with just the members that are used.
 *
 * libbpf looks each member up by name in the running kernel's BTF and patches the offset in (CO-RE), so neither order
 * nor neighbours matter here, only names; a member may lie in an anonymous struct or union over there. Nothing is
 * needed of the machine that builds. Where kernels differ, and since when, is written in this file and in the one for
 * sockets, and nowhere else.
 */
#ifndef PICKET_BPF_LIB_KERNEL_H
#define PICKET_BPF_LIB_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/*
 * Every program exists twice, and sensor/kernel loads the one that the kernel can take:
 *
 *   TIER_FULL   5.17 and later: bpf_loop (5.17), bpf_task_pt_regs (5.15), atomic operations that return a value (5.12),
 *               bpf_get_current_task_btf (5.11)
 *   TIER_OLDER  5.10 to 5.16: bounded loops, which the verifier walks through one turn at a time, and probed reads of
 * the current task. 5.10 refuses the newer instructions even in code that cannot be reached, so that a test at run time
 * would not do.
 *
 * The tier is a constant parameter of inlined functions. Programs of the older tier have the suffix _older.
 */
enum tier {
	TIER_OLDER,
	TIER_PROBED, /* walks of the full tier from where the verifier does not know the types */
	TIER_FULL,
};

/* Constants of the kernel that no kernel version changed. */
#define FMODE_EXEC 0x20u	    /* in f_flags: opened by execve itself */
#define FMODE_NOACCOUNT 0x20000000u /* in f_mode: opened by the kernel for itself, can never get into an fd table */
#define FMODE_REPORTED 0x100003u    /* in f_mode: read, write, created; the rest is the kernel's own business */
#define PF_IO_WORKER 0x10u
#define PF_KTHREAD 0x200000u
#define TS_COMPAT 2u	     /* x86, thread_info.status: in a 32-bit system call */
#define SIGNAL_GROUP_EXIT 4u /* signal->flags: the group exits with signal->group_exit_code */
#define PIDTYPE_PGID 2
#define PIDTYPE_SID 3
#define SB_KERNMOUNT (1ul << 22) /* super_block->s_flags: of a file system that only the kernel mounts */
#define MNT_NS_INTERNAL (-22l)	 /* mount->mnt_ns, as an error pointer: of a mount that only the kernel has */
#define TMPFS_MAGIC 0x01021994u
#define RAMFS_MAGIC 0x858458f6u
#define PIPEFS_MAGIC 0x50495045u
#define NSFS_MAGIC 0x6e736673u
#define NAME_BYTES 255 /* NAME_MAX: the longest name of one directory entry */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	__u32 val;
} kuid_t;

typedef struct {
	__u32 val;
} kgid_t;

typedef struct {
	int counter;
} atomic_t;

typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;

typedef struct seqcount_spinlock {
	seqcount_t seqcount;
} seqcount_spinlock_t;

/* File system. */

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct file_system_type {
	const char *name;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_flags;
	unsigned long s_magic;
	struct file_system_type *s_type;
};

struct inode {
	__u16 i_mode;
	__u32 i_nlink;
	__u64 i_ino; /* unsigned long before 7.2, of the same size on 64-bit machines */
	struct super_block *i_sb;
	void *i_private;
};

struct dentry {
	seqcount_spinlock_t d_seq; /* odd while the name or the parent changes, two more afterwards */
	struct dentry *d_parent;
	struct qstr d_name; /* 7.2: in a union with __d_name */
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct mnt_namespace *mnt_ns;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path; /* 7.2: in a union with __f_path */
	struct inode *f_inode;
	unsigned int f_flags;
	unsigned int f_mode;
	void *private_data;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

/* Namespaces. */

struct proc_ns_operations {
	const char *name;
};

struct ns_common {
	const struct proc_ns_operations *ops;
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct net {
	struct ns_common ns;
};

struct user_namespace {
	struct ns_common ns;
};

struct cgroup_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
	struct cgroup_namespace *cgroup_ns;
};

/* Processes. */

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1]; /* [] since 6.1 */
};

struct tty_driver {
	int major;
	int minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	int index;
};

struct signal_struct {
	atomic_t live;
	int nr_threads;
	int group_exit_code;
	unsigned int flags;
	unsigned long long sum_sched_runtime;
	struct pid *pids[4];
	struct tty_struct *tty;
};

struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t euid;
	kgid_t egid;
	struct user_namespace *user_ns;
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	struct file *exe_file; /* 6.12: the verifier wants a NULL check */
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct thread_info {
	__u32 status; /* x86 */
};

struct pt_regs { /* x86 */
	unsigned long bx;
	unsigned long di;
	unsigned long orig_ax;
};

struct task_struct {
	struct thread_info thread_info;
	void *stack;
	unsigned int flags;
	struct mm_struct *mm;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	__u64 start_boottime;
	const struct cred *real_cred;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	kuid_t loginuid; /* with CONFIG_AUDIT */
	struct css_set *cgroups;
};

struct linux_binprm {
	const char *filename;
};

/* Iterators. */

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

/*
 * Calls step(turn, context) until it returns 1, at most `turns` times in the full tier and `turns_older` times in the
 * older one, where the verifier pays for each.
 */
static __always_inline void repeat(const enum tier tier, const __u32 turns, const __u32 turns_older,
				   long (*step)(__u32 turn, void *context), void *context)
{
	if (tier != TIER_OLDER) {
		bpf_loop(turns, step, context, 0);
		return;
	}
	for (__u32 turn = 0; turn < turns_older; turn++) {
		if (step(turn, context))
			return;
	}
}

#endif
