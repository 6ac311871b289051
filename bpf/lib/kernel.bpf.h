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
#define FMODE_CREATED 0x100000u	    /* in f_mode: made by this very open */
#define FMODE_REPORTED 0x100003u    /* in f_mode: read, write, created; the rest is the kernel's own business */
#define PF_IO_WORKER 0x10u
#define PF_KTHREAD 0x200000u
#define TS_COMPAT 2u	     /* x86, thread_info.status: in a 32-bit system call */
#define SIGNAL_GROUP_EXIT 4u /* signal->flags: the group exits with signal->group_exit_code */
#define PIDTYPE_PGID 2
#define PIDTYPE_SID 3
#define SB_KERNMOUNT (1ul << 22) /* super_block->s_flags: of a file system that only the kernel mounts */
#define MNT_NS_INTERNAL (-22l)	 /* mount->mnt_ns, as an error pointer: of a mount that only the kernel has */
#define S_IFMT 0170000u
#define S_IFREG 0100000u
#define S_IFBLK 0060000u
#define S_IFCHR 0020000u
#define S_IALLUGO 07777u   /* permissions in a mode: read, write, execute, set-id and sticky bits */
#define X32_BIT 0x40000000 /* x86-64: in the number of a system call of the x32 ABI */
#define TMPFS_MAGIC 0x01021994u
#define RAMFS_MAGIC 0x858458f6u
#define OVERLAYFS_SUPER_MAGIC 0x794c7630u
#define PIPEFS_MAGIC 0x50495045u
#define NSFS_MAGIC 0x6e736673u
#define PERF_ATTACH_TASK 4u /* perf_event->attach_state: counts for one task, not for a whole CPU */
#define SB_RDONLY 1u	    /* in s_flags */
#define SB_I_NOEXEC 2u	    /* in s_iflags */
#define MNT_NOEXEC 0x04u    /* in mnt_flags */
#define MNT_READONLY 0x40u
#define S_IMMUTABLE 8u /* in i_flags */
#define CAP_DAC_OVERRIDE 1
#define READ_IMPLIES_EXEC 0x0400000u /* in task->personality */
#define PROT_READ 1u		     /* VM_READ, VM_WRITE and VM_EXEC are the same bits */
#define PROT_WRITE 2u
#define PROT_EXEC 4u
#define AT_FDCWD (-100)
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

struct list_head {
	struct list_head *next;
};

/* Two words of 32 bits before 6.3, one of 64 since: to be read as 8 bytes. */
typedef struct {
	__u64 val;
} kernel_cap_t;

struct timespec64 {
	long long tv_sec;
	long tv_nsec;
};

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
	struct list_head s_mounts; /* of mount.mnt_instance; later kernels: see super_block___chained */
	unsigned long s_flags;
	unsigned long s_iflags;
	unsigned long s_magic;
	struct file_system_type *s_type;
};

struct inode {
	__u16 i_mode;
	kuid_t i_uid;
	kgid_t i_gid;
	unsigned int i_flags;
	struct timespec64 i_mtime;   /* until 6.6 */
	struct timespec64 i_ctime;   /* until 6.5 */
	struct timespec64 __i_mtime; /* 6.7 to 6.10 */
	struct timespec64 __i_ctime; /* 6.6 to 6.10 */
	long long i_mtime_sec;	     /* since 6.11, like the following */
	__u32 i_mtime_nsec;
	long long i_ctime_sec;
	__u32 i_ctime_nsec;
	__u32 i_nlink;
	long long i_size;
	__u64 i_ino; /* unsigned long before 7.2, of the same size on 64-bit machines */
	struct super_block *i_sb;
	void *i_private;
};

struct dentry {
	seqcount_spinlock_t d_seq; /* odd while the name or the parent changes, two more afterwards */
	struct dentry *d_parent;
	struct qstr d_name;    /* 7.2: in a union with __d_name */
	struct inode *d_inode; /* NULL for a name that does not exist; 7.2: the verifier wants a check */
	struct super_block *d_sb;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct mnt_namespace *mnt_ns;
	struct list_head mnt_instance; /* among the mounts of its super block; later: see mount___chained */
	struct vfsmount mnt;
};

/* Newer kernels (not 6.12, but 7.2) chain a super block's mounts by plain pointers. */
struct mount___chained {
	struct mount *mnt_next_for_sb;
};

struct super_block___chained {
	struct mount *s_mounts;
};

struct posix_acl {
	unsigned int a_count;
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

struct filename {
	const char *name; /* 7.0: in an unnamed struct */
};

struct open_flags {
	int open_flag;
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
	struct user_namespace *parent;
	int level;
	struct ns_common ns;
};

struct cgroup_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
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

struct group_info {
	int ngroups;
	kgid_t gid[0]; /* sorted */
};

struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
	kernel_cap_t cap_inheritable;
	kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective;
	struct user_namespace *user_ns;
	struct group_info *group_info;
};

struct kernel_siginfo {
	int si_code;
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long env_start;
	unsigned long env_end;
	struct file *exe_file; /* 6.12: the verifier wants a NULL check */
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id; /* 0: the unified one */
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
	int level;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct css_set {
	struct cgroup_subsys_state *subsys[1]; /* CGROUP_SUBSYS_COUNT of them */
	struct cgroup *dfl_cgrp;
};

struct thread_info {
	__u32 status; /* x86 */
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_flags;
	struct anon_vma *anon_vma;
	struct file *vm_file;
};

/* x86: the arguments of functions and system calls are di, si, dx, those of 32-bit calls bx, cx, dx, si, di. */
struct pt_regs {
	unsigned long bx;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
};

struct task_struct {
	struct thread_info thread_info;
	void *stack;
	unsigned int flags;
	unsigned int personality;
	unsigned int in_execve : 1;
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
	unsigned int secureexec : 1;
	unsigned int per_clear;
	const char *filename;
	const char *interp; /* the same pointer unless a script or binfmt_misc named another file */
};

/*
 * Why the kernel reads a file or takes data from memory. Only the names count here (bpf_core_enum_value): both lists
 * are made of one macro over there, and numbers have moved before.
 */

enum kernel_read_file_id {
	READING_MODULE,
	READING_KEXEC_IMAGE,
	READING_KEXEC_INITRAMFS,
	READING_MODULE_COMPRESSED, /* not in 6.12; in 7.2 finit_module with MODULE_INIT_COMPRESSED_FILE */
};

enum kernel_load_data_id {
	LOADING_MODULE,
	LOADING_KEXEC_IMAGE,
};

/* Performance events. */

struct perf_event_attr {
	__u32 type;
};

struct perf_event {
	unsigned int attach_state;
	struct perf_event_attr attr;
	struct perf_event *parent; /* of an event that a child inherited */
	__u32 orig_type;	   /* not in 6.1: attr.type as asked for, which a PMU may overwrite */
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

/* The head of what perf_event_open is asked for: ABI as well. */
struct perf_event_head {
	__u32 type;
	__u32 size;
	__u64 config;
	__u64 sampling[3];
	__u64 bits;
};

#define PERF_EXCLUDE_KERNEL (1u << 5) /* in `bits` */

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
