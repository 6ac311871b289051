// SPDX-License-Identifier: GPL-2.0-only
//
// Code: memory that can be executed, mapped as such or made such. What execve maps itself is part of exec.
#include "bpf/lib/executable.bpf.h"
#include "bpf/lib/report.bpf.h"

struct mapping {
	struct file *file; /* NULL for anonymous memory */
	__u32 protection;
	__u32 requested;
	__u32 flags;
};

static __always_inline void fill_mmap(const enum tier tier, void *to, const void *subject)
{
	const struct mapping *mapping = subject;
	struct file *file = mapping->file;
	struct inode *inode = file ? file->f_inode : NULL;
	struct pk_mmap *record = to;

	record->inode = 0;
	record->device = 0;
	record->exe_flags = 0;
	if (inode) {
		record->inode = inode->i_ino;
		record->device = inode->i_sb->s_dev;
		record->exe_flags = read_exe_flags(file, inode);
	}
	record->protection = mapping->protection;
	record->requested = mapping->requested;
	record->map_flags = mapping->flags;
	record->reserved = 0;
	__builtin_memset(&record->path, 0, sizeof(record->path));
}

static __always_inline bool in_execve(const enum tier tier)
{
	struct task_struct *task = current_task(tier);

	return BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
}

static __always_inline int report_mmap(const enum tier tier, const struct mapping *mapping, int decided)
{
	struct file *file = mapping->file;

	if (!(mapping->protection & PROT_EXEC) || in_execve(tier))
		return verdict(decided);
	if (!file)
		return report_plain(tier, PK_mmap, sizeof(struct pk_mmap), fill_mmap, mapping, decided);
	return report_path(tier, REPORT(mmap, path), file->f_path.dentry, file->f_path.mnt, fill_mmap, mapping,
			   decided);
}

SEC("lsm/mmap_file")
int BPF_PROG(mmap_file, struct file *file, unsigned long requested, unsigned long protection, unsigned long flags,
	     int decided)
{
	struct mapping mapping = {.protection = protection, .requested = requested, .flags = flags};

	if (!argument_address(ctx, 0))
		return report_mmap(TIER_FULL, &mapping, decided);
	mapping.file = file;
	return report_mmap(TIER_FULL, &mapping, decided);
}

SEC("lsm/mmap_file")
int BPF_PROG(mmap_file_older, struct file *file, unsigned long requested, unsigned long protection, unsigned long flags,
	     int decided)
{
	struct mapping mapping = {.protection = protection, .requested = requested, .flags = flags};

	if (!argument_address(ctx, 0))
		return report_mmap(TIER_OLDER, &mapping, decided);
	mapping.file = file;
	return report_mmap(TIER_OLDER, &mapping, decided);
}

/*
 * For kernels without BPF LSM: the function that calls the hook works out itself what protection the mapping gets, in
 * the way of mmap_prot() in security/security.c. Processes with READ_IMPLIES_EXEC are old programs with an executable
 * stack.
 */
static __always_inline __u32 granted(const enum tier tier, struct file *file, __u32 requested)
{
	struct task_struct *task = current_task(tier);
	struct vfsmount *mount;

	if ((requested & (PROT_READ | PROT_EXEC)) != PROT_READ)
		return requested;
	if (!(BPF_CORE_READ(task, personality) & READ_IMPLIES_EXEC))
		return requested;
	if (file) {
		mount = file->f_path.mnt;
		if (mount->mnt_flags & MNT_NOEXEC || mount->mnt_sb->s_iflags & SB_I_NOEXEC)
			return requested;
	}
	return requested | PROT_EXEC;
}

SEC("fexit/security_mmap_file")
int BPF_PROG(mmap_checked, struct file *file, unsigned long requested, unsigned long flags, int decided)
{
	struct mapping mapping = {.file = file, .requested = requested, .flags = flags};

	mapping.protection = granted(TIER_FULL, file, requested);
	return report_mmap(TIER_FULL, &mapping, decided);
}

SEC("fexit/security_mmap_file")
int BPF_PROG(mmap_checked_older, struct file *file, unsigned long requested, unsigned long flags, int decided)
{
	struct mapping mapping = {.file = file, .requested = requested, .flags = flags};

	mapping.protection = granted(TIER_OLDER, file, requested);
	return report_mmap(TIER_OLDER, &mapping, decided);
}

struct protection_change {
	struct vm_area_struct *area;
	struct file *file;
	__u32 protection;
};

/*
 * The hook is called for each mapping in the range that mprotect was given, with the mapping as a whole; the record has
 * the part of it that is in the range. A range that grows with the stack (PROT_GROWSDOWN, PROT_GROWSUP) has it all.
 */
static __always_inline void fill_range(const enum tier tier, struct pk_mprotect *record, __u64 start, __u64 end)
{
	const struct call mprotect = {.wide = 10, .compat = 125, .x32 = 10};
	const struct call pkey_mprotect = {.wide = 329, .compat = 380, .x32 = 329};
	const __u64 grows = 0x03000000, page = 4096;
	__u64 arguments[3];
	__u64 from, to;

	if ((call_arguments(tier, &record->header, mprotect, arguments) ||
	     call_arguments(tier, &record->header, pkey_mprotect, arguments)) &&
	    !(arguments[2] & grows)) {
		from = arguments[0];
		to = (from + arguments[1] + page - 1) & ~(page - 1);
		if (start < from)
			start = from;
		if (end > to)
			end = to;
	}
	record->start = start;
	record->size = end - start;
}

static __always_inline void fill_mprotect(const enum tier tier, void *to, const void *subject)
{
	const struct protection_change *change = subject;
	struct vm_area_struct *area = change->area;
	struct file *file = change->file;
	struct inode *inode = file ? file->f_inode : NULL;
	struct pk_mprotect *record = to;

	fill_range(tier, record, area->vm_start, area->vm_end);
	record->inode = 0;
	record->device = 0;
	record->exe_flags = 0;
	if (inode) {
		record->inode = inode->i_ino;
		record->device = inode->i_sb->s_dev;
		record->exe_flags = read_exe_flags(file, inode);
	}
	record->protection = change->protection;
	record->previous = area->vm_flags & (PROT_READ | PROT_WRITE | PROT_EXEC);
	record->written = area->anon_vma != NULL;
	record->reserved = 0;
	__builtin_memset(&record->path, 0, sizeof(record->path));
}

static __always_inline int report_mprotect(const enum tier tier, struct vm_area_struct *area, __u32 protection,
					   int decided)
{
	struct protection_change change = {.area = area, .protection = protection};
	struct file *file = area->vm_file;

	if (!(protection & PROT_EXEC))
		return verdict(decided);
	if (!file)
		return report_plain(tier, PK_mprotect, sizeof(struct pk_mprotect), fill_mprotect, &change, decided);
	change.file = file;
	return report_path(tier, REPORT(mprotect, path), file->f_path.dentry, file->f_path.mnt, fill_mprotect, &change,
			   decided);
}

SEC("lsm/file_mprotect")
int BPF_PROG(file_mprotect, struct vm_area_struct *area, unsigned long requested, unsigned long protection, int decided)
{
	return report_mprotect(TIER_FULL, PLAIN(area), protection, decided);
}

SEC("lsm/file_mprotect")
int BPF_PROG(file_mprotect_older, struct vm_area_struct *area, unsigned long requested, unsigned long protection,
	     int decided)
{
	return report_mprotect(TIER_OLDER, area, protection, decided);
}
