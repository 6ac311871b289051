/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Constants of the kernel that no kernel version changed.
 */
#ifndef PICKET_BPF_LIB_KERNEL_CONSTANTS_H
#define PICKET_BPF_LIB_KERNEL_CONSTANTS_H

#define FMODE_EXEC 0x20u	    /* in f_flags: opened by execve itself */
#define FMODE_NOACCOUNT 0x20000000u /* in f_mode: opened by the kernel for itself, can never get into an fd table */
#define FMODE_CREATED 0x100000u	    /* in f_mode: made by this very open */
#define FMODE_REPORTED 0x100003u    /* in f_mode: read, write, created; the rest is the kernel's own business */
#define PF_IO_WORKER 0x10u
#define PF_KTHREAD 0x200000u
#define TS_COMPAT 2u	     /* x86, thread_info.status: in a 32-bit system call */
#define SIGNAL_GROUP_EXIT 4u /* signal->flags: the group exits with signal->group_exit_code */
#define SIGKILL 9
#define PIDTYPE_PGID 2
#define PIDTYPE_SID 3
#define SB_KERNMOUNT (1ul << 22) /* super_block->s_flags: of a file system that only the kernel mounts */
#define MNT_NS_INTERNAL (-22l)	 /* mount->mnt_ns, as an error pointer: of a mount that only the kernel has */
#define S_IFMT 0170000u
#define S_IFREG 0100000u
#define S_IFDIR 0040000u
#define S_IFBLK 0060000u
#define S_IFCHR 0020000u
#define S_IALLUGO 07777u   /* permissions in a mode: read, write, execute, set-id and sticky bits */
#define X32_BIT 0x40000000 /* x86-64: in the number of a system call of the x32 ABI */
#define TMPFS_MAGIC 0x01021994u
#define EXT4_SUPER_MAGIC 0xef53u /* of ext2 and ext3 as well */
#define XFS_SUPER_MAGIC 0x58465342u
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
#define NAME_BYTES 255		      /* NAME_MAX: the longest name of one directory entry */
#define PERF_EXCLUDE_KERNEL (1u << 5) /* in perf_event_head.bits */

#define EPERM 1
#define EAGAIN 11
#define ENOMEM 12
#define ELOOP 40

#endif
