/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's file systems as the programs see them: kernel.bpf.h says how.
 */
#ifndef PICKET_BPF_LIB_KERNEL_FILES_H
#define PICKET_BPF_LIB_KERNEL_FILES_H

#include <linux/types.h>

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

struct hlist_node {
	struct hlist_node *next;
	struct hlist_node **pprev; /* where the pointer to this one is; NULL in no list */
};

struct hlist_head {
	struct hlist_node *first;
};

struct timespec64 {
	long long tv_sec;
	long tv_nsec;
};

/* Four numbers of 64 bits, which is all that we want of it: bpf/lib/name_hash.bpf.h. */
struct itimerspec64 {
	struct timespec64 it_interval;
	struct timespec64 it_value;
};

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
	struct dentry *s_root;
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
	__u32 i_generation;
	__u64 i_ino; /* unsigned long before 7.2, of the same size on 64-bit machines */
	struct super_block *i_sb;
	struct hlist_head i_dentry; /* its names that the kernel has at hand: of dentry.d_u.d_alias */
	void *i_private;
};

struct dentry {
	seqcount_spinlock_t d_seq; /* odd while the name or the parent changes, two more afterwards */
	struct dentry *d_parent;
	struct qstr d_name;    /* 7.2: in a union with __d_name */
	struct inode *d_inode; /* NULL for a name that does not exist; 7.2: the verifier wants a check */
	struct super_block *d_sb;
	struct dentry_operations *d_op;
};

struct dentry_operations {
	int (*d_revalidate)(void);
};

struct dentry___u {
	union {
		struct hlist_node d_alias;
	} d_u;
};

/* Later (not in 6.12, but in 7.2) that union has no name. */
struct dentry___flat {
	struct hlist_node d_alias;
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
	int umask;
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

#pragma clang attribute pop

#endif
