// SPDX-License-Identifier: GPL-2.0-only
//
// chown on kernels before 6.1, whose trampolines cannot be put around functions with structs among their arguments: a
// kprobe at the function that calls the hook. It does not learn what was decided, so that what a security module
// refuses looks as if it had been allowed. The calling convention puts a struct of one number where that number would
// be (x86-64; not taken to be so elsewhere).
//
// A kprobe has only addresses, so that this is code of the older tier on all of these kernels.
#include "bpf/lib/report.bpf.h"

struct chown {
	struct inode *inode;
	__u32 uid;
	__u32 gid;
};

static __always_inline void fill_probed_chown(const enum tier tier, void *to, const void *subject)
{
	const struct chown *chown = subject;
	struct inode *inode = chown->inode;
	struct pk_chown *record = to;

	record->inode = BPF_CORE_READ(inode, i_ino);
	record->device = BPF_CORE_READ(inode, i_sb, s_dev);
	record->mode = BPF_CORE_READ(inode, i_mode);
	record->uid = chown->uid;
	record->gid = chown->gid;
	record->old_uid = BPF_CORE_READ(inode, i_uid.val);
	record->old_gid = BPF_CORE_READ(inode, i_gid.val);
}

static __always_inline int report_probed_chown(struct path *path, __u32 uid, __u32 gid)
{
	struct dentry *dentry = BPF_CORE_READ(path, dentry);
	const struct chown chown = {.inode = BPF_CORE_READ(dentry, d_inode), .uid = uid, .gid = gid};
	const struct report about = {.kind = PK_chown,
				     .size = sizeof(struct pk_chown),
				     .where = offsetof(struct pk_chown, path),
				     .probed = true,
				     .after = true};

	report_path(TIER_OLDER, about, dentry, BPF_CORE_READ(path, mnt), fill_probed_chown, &chown, 0);
	return 0;
}

static __always_inline int report_call(struct pt_regs *call)
{
	if (!bpf_core_field_exists(call->di)) /* not x86 */
		return 0;
	return report_probed_chown((struct path *)call->di, call->si, call->dx);
}

SEC("kprobe/security_path_chown")
int chown_asked(struct pt_regs *call)
{
	return report_call(call);
}

SEC("kprobe/security_path_chown")
int chown_asked_older(struct pt_regs *call)
{
	return report_call(call);
}
