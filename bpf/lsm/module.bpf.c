// SPDX-License-Identifier: GPL-2.0-only
//
// Code for the kernel itself: modules, and other kernels to be booted (kexec). Both come from a file, which the kernel
// reads on its own (finit_module, kexec_file_load: lsm/kernel_read_file), or from the caller's memory (init_module,
// kexec_load: lsm/kernel_load_data). The two hooks are called once for each thing read, and for firmware, policies and
// keys as well. Each program reports one kind, so that only those are attached whose kind a rule asks for.
//
// What memory held is not known at the hook: the kernel has not copied it yet.
#include "bpf/lib/report.bpf.h"

enum source { FROM_FILE = 1, FROM_MEMORY = 2 };
enum part { PART_KERNEL = 1, PART_RAM_DISK = 2 };

static __always_inline void fill_module_file(const enum tier tier, void *to, const void *subject)
{
	const struct file *file = subject;
	struct pk_module *record = to;
	struct inode *inode = file->f_inode;

	record->inode = inode->i_ino;
	record->device = inode->i_sb->s_dev;
	record->source = FROM_FILE;
}

static __always_inline void fill_module_memory(const enum tier tier, void *to, const void *subject)
{
	struct pk_module *record = to;

	record->inode = 0;
	record->device = 0;
	record->source = FROM_MEMORY;
	__builtin_memset(&record->path, 0, sizeof(record->path));
}

static __always_inline bool reads_module(__u32 id)
{
	if (id == bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE))
		return true;
	return bpf_core_enum_value_exists(enum kernel_read_file_id, READING_MODULE_COMPRESSED) &&
	       id == bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE_COMPRESSED);
}

static __always_inline int report_module_file(const enum tier tier, struct file *file, __u32 id, int decided)
{
	if (!reads_module(id))
		return verdict(decided);
	return report_path(tier, REPORT(module, path), file->f_path.dentry, file->f_path.mnt, fill_module_file, file,
			   decided);
}

static __always_inline int report_module_memory(const enum tier tier, __u32 id, int decided)
{
	if (id != bpf_core_enum_value(enum kernel_load_data_id, LOADING_MODULE))
		return verdict(decided);
	return report_plain(tier, PK_module, sizeof(struct pk_module), fill_module_memory, NULL, decided);
}

struct kexec_file {
	struct file *file;
	enum part part;
};

static __always_inline void fill_kexec_file(const enum tier tier, void *to, const void *subject)
{
	const struct kexec_file *read = subject;
	struct pk_kexec *record = to;
	struct inode *inode = read->file->f_inode;

	record->inode = inode->i_ino;
	record->device = inode->i_sb->s_dev;
	record->source = FROM_FILE;
	record->part = read->part;
	record->reserved = 0;
}

static __always_inline void fill_kexec_memory(const enum tier tier, void *to, const void *subject)
{
	struct pk_kexec *record = to;

	record->inode = 0;
	record->device = 0;
	record->source = FROM_MEMORY;
	record->part = PART_KERNEL; /* kexec_load takes segments; one of them may well be a RAM disk */
	record->reserved = 0;
	__builtin_memset(&record->path, 0, sizeof(record->path));
}

static __always_inline int report_kexec_file(const enum tier tier, struct file *file, __u32 id, int decided)
{
	struct kexec_file read = {.file = file, .part = PART_KERNEL};

	if (id == bpf_core_enum_value(enum kernel_read_file_id, READING_KEXEC_INITRAMFS))
		read.part = PART_RAM_DISK;
	else if (id != bpf_core_enum_value(enum kernel_read_file_id, READING_KEXEC_IMAGE))
		return verdict(decided);
	return report_path(tier, REPORT(kexec, path), file->f_path.dentry, file->f_path.mnt, fill_kexec_file, &read,
			   decided);
}

static __always_inline int report_kexec_memory(const enum tier tier, __u32 id, int decided)
{
	if (id != bpf_core_enum_value(enum kernel_load_data_id, LOADING_KEXEC_IMAGE))
		return verdict(decided);
	return report_plain(tier, PK_kexec, sizeof(struct pk_kexec), fill_kexec_memory, NULL, decided);
}

SEC("lsm/kernel_read_file")
int BPF_PROG(module_read, struct file *file, __u32 id, bool whole, int decided)
{
	return report_module_file(TIER_FULL, PLAIN(file), id, decided);
}

SEC("lsm/kernel_read_file")
int BPF_PROG(module_read_older, struct file *file, __u32 id, bool whole, int decided)
{
	return report_module_file(TIER_OLDER, file, id, decided);
}

SEC("lsm/kernel_load_data")
int BPF_PROG(module_memory, __u32 id, bool whole, int decided)
{
	return report_module_memory(TIER_FULL, id, decided);
}

SEC("lsm/kernel_load_data")
int BPF_PROG(module_memory_older, __u32 id, bool whole, int decided)
{
	return report_module_memory(TIER_OLDER, id, decided);
}

SEC("lsm/kernel_read_file")
int BPF_PROG(kexec_read, struct file *file, __u32 id, bool whole, int decided)
{
	return report_kexec_file(TIER_FULL, PLAIN(file), id, decided);
}

SEC("lsm/kernel_read_file")
int BPF_PROG(kexec_read_older, struct file *file, __u32 id, bool whole, int decided)
{
	return report_kexec_file(TIER_OLDER, file, id, decided);
}

SEC("lsm/kernel_load_data")
int BPF_PROG(kexec_memory, __u32 id, bool whole, int decided)
{
	return report_kexec_memory(TIER_FULL, id, decided);
}

SEC("lsm/kernel_load_data")
int BPF_PROG(kexec_memory_older, __u32 id, bool whole, int decided)
{
	return report_kexec_memory(TIER_OLDER, id, decided);
}
