// SPDX-License-Identifier: GPL-2.0-only
//
// Descriptors 0, 1 and 2 that become copies of another one, by whatever call copies: a shell whose input is a
// connection is made so. Seen when the call has succeeded. dup2 of a descriptor onto itself does nothing and is no
// event.
#include "bpf/lib/address.bpf.h"
#include "bpf/lib/report.bpf.h"

#define MAX_DESCRIPTOR 2

struct copied {
	struct file *file;
	struct sock *sock; /* NULL when it is no socket */
	__s32 old_descriptor;
	__s32 new_descriptor;
};

static __always_inline void fill_dup(const enum tier tier, void *to, const void *subject)
{
	const struct copied *copied = subject;
	struct pk_dup *record = to;
	struct file *file = copied->file;
	struct sock *sock = copied->sock;

	record->old_descriptor = copied->old_descriptor;
	record->new_descriptor = copied->new_descriptor;
	record->mode = BPF_CORE_READ(file, f_inode, i_mode);
	record->reserved = 0;
	record->family = sock ? BPF_CORE_READ(sock, __sk_common.skc_family) : 0;
	record->type = sock ? BPF_CORE_READ(sock, sk_type) : 0;
	record->protocol = sock ? BPF_CORE_READ(sock, sk_protocol) : 0;
	record->port = remote_port(record->family, sock);
	record->local_port = local_port(record->family, sock);
	read_remote_address(record->family, &record->address, sock);
	read_local_address(record->family, &record->local_address, sock);
	__builtin_memset(&record->path, 0, sizeof(record->path));
}

/* The file behind a descriptor of the current process. It may be another one by now, or none. */
static __always_inline struct file *file_of(struct task_struct *task, __s32 descriptor)
{
	struct file **files = BPF_CORE_READ(task, files, fdt, fd);
	struct file *file = NULL;

	bpf_probe_read_kernel(&file, sizeof(file), &files[descriptor & 3]);
	return file;
}

static __always_inline int report_dup(const enum tier tier, __s32 old_descriptor, long result)
{
	struct report about = REPORT(dup, path);
	struct copied copied = {.old_descriptor = old_descriptor, .new_descriptor = result};
	struct file *file;

	if (result < 0 || result > MAX_DESCRIPTOR || result == old_descriptor)
		return 0;
	file = file_of(current_task(tier), result);
	if (!file)
		return 0;
	copied.file = file;
	copied.sock = sock_of_file(file);
	about.probed = true;
	if (copied.sock)
		report_plain(tier, PK_dup, sizeof(struct pk_dup), fill_dup, &copied, 0);
	else
		report_path(tier, about, BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt), fill_dup,
			    &copied, 0);
	return 0;
}

/* The system calls get the registers, and have the first argument in di; 32-bit ones in bx. */
static __always_inline int report_native(const enum tier tier, const struct pt_regs *registers, long result)
{
	return report_dup(tier, BPF_CORE_READ(registers, di), result);
}

static __always_inline int report_compat(const enum tier tier, const struct pt_regs *registers, long result)
{
	return report_dup(tier, BPF_CORE_READ(registers, bx), result);
}

SEC("fexit/__x64_sys_dup")
int BPF_PROG(dup_native, const struct pt_regs *registers, long result)
{
	return report_native(TIER_FULL, registers, result);
}

SEC("fexit/__x64_sys_dup")
int BPF_PROG(dup_native_older, const struct pt_regs *registers, long result)
{
	return report_native(TIER_OLDER, registers, result);
}

SEC("fexit/__ia32_sys_dup")
int BPF_PROG(dup_compat, const struct pt_regs *registers, long result)
{
	return report_compat(TIER_FULL, registers, result);
}

SEC("fexit/__ia32_sys_dup")
int BPF_PROG(dup_compat_older, const struct pt_regs *registers, long result)
{
	return report_compat(TIER_OLDER, registers, result);
}

SEC("fexit/__x64_sys_dup2")
int BPF_PROG(dup2_native, const struct pt_regs *registers, long result)
{
	return report_native(TIER_FULL, registers, result);
}

SEC("fexit/__x64_sys_dup2")
int BPF_PROG(dup2_native_older, const struct pt_regs *registers, long result)
{
	return report_native(TIER_OLDER, registers, result);
}

SEC("fexit/__ia32_sys_dup2")
int BPF_PROG(dup2_compat, const struct pt_regs *registers, long result)
{
	return report_compat(TIER_FULL, registers, result);
}

SEC("fexit/__ia32_sys_dup2")
int BPF_PROG(dup2_compat_older, const struct pt_regs *registers, long result)
{
	return report_compat(TIER_OLDER, registers, result);
}

SEC("fexit/__x64_sys_dup3")
int BPF_PROG(dup3_native, const struct pt_regs *registers, long result)
{
	return report_native(TIER_FULL, registers, result);
}

SEC("fexit/__x64_sys_dup3")
int BPF_PROG(dup3_native_older, const struct pt_regs *registers, long result)
{
	return report_native(TIER_OLDER, registers, result);
}

SEC("fexit/__ia32_sys_dup3")
int BPF_PROG(dup3_compat, const struct pt_regs *registers, long result)
{
	return report_compat(TIER_FULL, registers, result);
}

SEC("fexit/__ia32_sys_dup3")
int BPF_PROG(dup3_compat_older, const struct pt_regs *registers, long result)
{
	return report_compat(TIER_OLDER, registers, result);
}

/* F_DUPFD and F_DUPFD_CLOEXEC, of fcntl in every ABI: what is copied stands in the registers of the system call. */
static __always_inline int report_fcntl(const enum tier tier, long result)
{
	struct task_struct *task = current_task(tier);
	struct pt_regs *registers;

	if (result > MAX_DESCRIPTOR)
		return 0;
	registers = current_registers(tier);
	if (BPF_CORE_READ(task, thread_info.status) & TS_COMPAT)
		return report_compat(tier, registers, result);
	return report_native(tier, registers, result);
}

SEC("fexit/f_dupfd")
int BPF_PROG(dup_fcntl, unsigned int from, struct file *file, unsigned int flags, int result)
{
	return report_fcntl(TIER_FULL, result);
}

SEC("fexit/f_dupfd")
int BPF_PROG(dup_fcntl_older, unsigned int from, struct file *file, unsigned int flags, int result)
{
	return report_fcntl(TIER_OLDER, result);
}
