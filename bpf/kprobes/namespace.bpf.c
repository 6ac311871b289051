// SPDX-License-Identifier: GPL-2.0-only
//
// Changes of namespaces, when they are over. No security hook sees setns and unshare, so these are the ends of the
// calls themselves; and before 6.1 none sees a new user namespace. Arguments are what was in the registers: numbers
// only.
#include "bpf/lib/process.bpf.h"
#include "bpf/lib/report.bpf.h"

struct joined {
	__s32 descriptor;
	__u32 flags;
};

static __always_inline void fill_setns(const enum tier tier, void *to, const void *subject)
{
	const struct namespaces after = read_joined_namespaces(current_task(tier));
	const struct joined *joined = subject;
	struct pk_setns *record = to;

	record->descriptor = joined->descriptor;
	record->flags = joined->flags;
	record->pid_namespace = after.pid;
	record->mount_namespace = after.mount;
	record->net_namespace = after.net;
	record->user_namespace = after.user;
	record->cgroup_namespace = after.cgroup;
	record->reserved = 0;
}

static __always_inline int report_setns(const enum tier tier, __s32 descriptor, __u32 flags, long result)
{
	const struct joined joined = {.descriptor = descriptor, .flags = flags};

	report_plain(tier, PK_setns, sizeof(struct pk_setns), fill_setns, &joined, result);
	return 0;
}

SEC("fexit/__x64_sys_setns")
int BPF_PROG(setns, const struct pt_regs *registers, long result)
{
	return report_setns(TIER_FULL, registers->di, registers->si, result);
}

SEC("fexit/__x64_sys_setns")
int BPF_PROG(setns_older, const struct pt_regs *registers, long result)
{
	return report_setns(TIER_OLDER, registers->di, registers->si, result);
}

SEC("fexit/__ia32_sys_setns")
int BPF_PROG(setns_compat, const struct pt_regs *registers, long result)
{
	return report_setns(TIER_FULL, registers->bx, registers->cx, result);
}

SEC("fexit/__ia32_sys_setns")
int BPF_PROG(setns_compat_older, const struct pt_regs *registers, long result)
{
	return report_setns(TIER_OLDER, registers->bx, registers->cx, result);
}

static __always_inline void fill_unshare(const enum tier tier, void *to, const void *subject)
{
	const struct namespaces after = read_joined_namespaces(current_task(tier));
	const __u32 *flags = subject;
	struct pk_unshare *record = to;

	record->flags = *flags;
	record->pid_namespace = after.pid;
	record->mount_namespace = after.mount;
	record->net_namespace = after.net;
	record->user_namespace = after.user;
	record->cgroup_namespace = after.cgroup;
}

static __always_inline int report_unshare(const enum tier tier, __u32 flags, int result)
{
	report_plain(tier, PK_unshare, sizeof(struct pk_unshare), fill_unshare, &flags, result);
	return 0;
}

SEC("fexit/ksys_unshare")
int BPF_PROG(unshare, unsigned long flags, int result)
{
	return report_unshare(TIER_FULL, flags, result);
}

SEC("fexit/ksys_unshare")
int BPF_PROG(unshare_older, unsigned long flags, int result)
{
	return report_unshare(TIER_OLDER, flags, result);
}

struct made {
	const struct cred *cred;
	int result;
};

/* When it was made it is the credentials' own. */
static __always_inline void fill_made_userns(const enum tier tier, void *to, const void *subject)
{
	const struct made *made = subject;
	struct user_namespace *space = made->cred->user_ns;
	struct pk_userns *record = to;

	record->owner_uid = made->cred->euid.val;
	record->owner_gid = made->cred->egid.val;
	record->level = space->level;
	if (made->result) {
		record->parent = space->ns.inum;
		record->level++;
	} else {
		record->parent = space->parent->ns.inum;
	}
}

static __always_inline int report_made_userns(const enum tier tier, const struct cred *cred, int result)
{
	const struct made made = {.cred = cred, .result = result};

	report_plain(tier, PK_userns, sizeof(struct pk_userns), fill_made_userns, &made, result);
	return 0;
}

SEC("fexit/create_user_ns")
int BPF_PROG(userns_made, struct cred *cred, int result)
{
	return report_made_userns(TIER_FULL, cred, result);
}

SEC("fexit/create_user_ns")
int BPF_PROG(userns_made_older, struct cred *cred, int result)
{
	return report_made_userns(TIER_OLDER, cred, result);
}
