// SPDX-License-Identifier: GPL-2.0-only
//
// userfaultfd: a descriptor through which a process handles page faults itself, its own or the kernel's on its behalf:
// how races in the kernel are won. When the call ends, so that `error` tells what came of it.
//
// Since 6.1 there are two ways to one, the system call and an ioctl on /dev/userfaultfd. Both end in new_userfaultfd,
// which is hooked there; before, the system call, by its two entries.
#include "bpf/lib/report.bpf.h"

static __always_inline void fill_userfaultfd(const enum tier tier, void *to, const void *subject)
{
	struct pk_userfaultfd *record = to;

	record->flags = *(const __u32 *)subject;
	record->reserved = 0;
}

/* `result` is a descriptor or a negative errno. */
static __always_inline int report_userfaultfd(const enum tier tier, __u32 flags, long result)
{
	report_plain(tier, PK_userfaultfd, sizeof(struct pk_userfaultfd), fill_userfaultfd, &flags, result);
	return 0;
}

SEC("fexit/new_userfaultfd")
int BPF_PROG(faults_new, int flags, int result)
{
	return report_userfaultfd(TIER_FULL, flags, result);
}

SEC("fexit/new_userfaultfd")
int BPF_PROG(faults_new_older, int flags, int result)
{
	return report_userfaultfd(TIER_OLDER, flags, result);
}

/* The registers that the entries are given have no type on 5.10. */

SEC("fexit/__x64_sys_userfaultfd")
int BPF_PROG(faults_call, const void *unused, long result)
{
	return report_userfaultfd(TIER_FULL, BPF_CORE_READ(current_registers(TIER_FULL), di), result);
}

SEC("fexit/__x64_sys_userfaultfd")
int BPF_PROG(faults_call_older, const void *unused, long result)
{
	return report_userfaultfd(TIER_OLDER, BPF_CORE_READ(current_registers(TIER_OLDER), di), result);
}

SEC("fexit/__ia32_sys_userfaultfd")
int BPF_PROG(faults_compat, const void *unused, long result)
{
	return report_userfaultfd(TIER_FULL, BPF_CORE_READ(current_registers(TIER_FULL), bx), result);
}

SEC("fexit/__ia32_sys_userfaultfd")
int BPF_PROG(faults_compat_older, const void *unused, long result)
{
	return report_userfaultfd(TIER_OLDER, BPF_CORE_READ(current_registers(TIER_OLDER), bx), result);
}
