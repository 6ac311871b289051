/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel as the programs see it: every kernel type by hand, with just the members that are used.
 *
 * libbpf looks each member up by name in the running kernel's BTF and patches the offset in (CO-RE), so neither order
 * nor neighbours matter here, only names; a member may lie in an anonymous struct or union over there. Nothing is
 * needed of the machine that builds. Where kernels differ, and since when, is written in this file and in those for
 * files and sockets, and nowhere else.
 */
#ifndef PICKET_BPF_LIB_KERNEL_H
#define PICKET_BPF_LIB_KERNEL_H

#include "bpf/lib/kernel_constants.bpf.h"
#include "bpf/lib/kernel_files.bpf.h"
#include "bpf/lib/tier.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

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
	const char *name;
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id; /* 0: the unified one */
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_subsys_state *subsys[1]; /* CGROUP_SUBSYS_COUNT of them */
	struct cgroup_root *root;
	int level;
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
	struct file *file;
	struct cred *cred;
	const char *filename;
	const char *interp; /* the same pointer unless a script or binfmt_misc named another file */
	char buf[256];	    /* what the file begins with */
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

/*
 * Pointers that the verifier trusts: the arguments of a hook, the current task. From 6.3 on it looks, each time that it
 * comes to where another pointer is loaded through such a one, for up to four names among all types of the kernel, one
 * after the other (type_is_trusted() and its like in kernel/bpf/verifier.c): five million instructions a time, half of
 * what it took to start the sensor. Few of our programs need that trust. PLAIN() takes it away, in the full tier, where
 * the kernel can (6.2).
 */
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

const volatile __u32 has_casts = 0; /* set by the sensor: the kernel has that function */

static __always_inline void *plain(const void *object, __u32 type)
{
	return has_casts ? bpf_rdonly_cast(object, type) : (void *)object;
}

/* Where has_casts has been asked. The object may be any address at all: what cannot be read there is read as 0. */
#define CAST(object) ((typeof(object))bpf_rdonly_cast(object, bpf_core_type_id_kernel(typeof(*(object)))))

/* The same as words. */
static __always_inline struct itimerspec64 *words_at(const void *address)
{
	return CAST((struct itimerspec64 *)address);
}

/* One word of the kernel's memory: by a plain load where there are casts, which is a tenth of what the helper takes. */
static __always_inline __u64 word_at(const enum tier tier, const void *address)
{
	__u64 word;

	if (tier != TIER_OLDER && has_casts)
		return words_at(address)->it_interval.tv_sec;
	word = 0;
	bpf_probe_read_kernel(&word, sizeof(word), address);
	return word;
}

#define PLAIN(object) ((typeof(object))plain(object, bpf_core_type_id_kernel(typeof(*(object)))))

#endif
