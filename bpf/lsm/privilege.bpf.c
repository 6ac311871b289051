// SPDX-License-Identifier: GPL-2.0-only
//
// Privileges: changes of user, of group and of capabilities, and new user namespaces, inside which their maker has all
// of them. The hooks come after the permission check and before the new credentials are in force. `capability` is
// always the first security module, so that what it makes of the new credentials is in them already.
#include "bpf/lib/credentials.bpf.h"
#include "bpf/lib/report.bpf.h"

struct credential_change {
	const struct cred *new;
	const struct cred *old;
	int variant;
};

static __always_inline void fill_setuid(const enum tier tier, void *to, const void *subject)
{
	const struct credential_change *change = subject;
	struct pk_setuid *record = to;

	record->cap_permitted = read_capabilities(&change->new->cap_permitted);
	record->cap_effective = read_capabilities(&change->new->cap_effective);
	record->real_uid = change->new->uid.val;
	record->effective_uid = change->new->euid.val;
	record->saved_uid = change->new->suid.val;
	record->fs_uid = change->new->fsuid.val;
	record->old_real_uid = change->old->uid.val;
	record->old_effective_uid = change->old->euid.val;
	record->old_saved_uid = change->old->suid.val;
	record->old_fs_uid = change->old->fsuid.val;
	record->variant = change->variant;
	record->reserved = 0;
}

static __always_inline void fill_setgid(const enum tier tier, void *to, const void *subject)
{
	const struct credential_change *change = subject;
	struct pk_setgid *record = to;

	record->real_gid = change->new->gid.val;
	record->effective_gid = change->new->egid.val;
	record->saved_gid = change->new->sgid.val;
	record->fs_gid = change->new->fsgid.val;
	record->old_real_gid = change->old->gid.val;
	record->old_effective_gid = change->old->egid.val;
	record->old_saved_gid = change->old->sgid.val;
	record->old_fs_gid = change->old->fsgid.val;
	record->variant = change->variant;
	record->reserved = 0;
}

SEC("lsm/task_fix_setuid")
int BPF_PROG(task_fix_setuid, struct cred *new, const struct cred *old, int variant, int decided)
{
	const struct credential_change change = {.new = new, .old = old, .variant = variant};

	return report_plain(TIER_FULL, PK_setuid, sizeof(struct pk_setuid), fill_setuid, &change, decided);
}

SEC("lsm/task_fix_setuid")
int BPF_PROG(task_fix_setuid_older, struct cred *new, const struct cred *old, int variant, int decided)
{
	const struct credential_change change = {.new = new, .old = old, .variant = variant};

	return report_plain(TIER_OLDER, PK_setuid, sizeof(struct pk_setuid), fill_setuid, &change, decided);
}

SEC("lsm/task_fix_setgid")
int BPF_PROG(task_fix_setgid, struct cred *new, const struct cred *old, int variant, int decided)
{
	const struct credential_change change = {.new = new, .old = old, .variant = variant};

	return report_plain(TIER_FULL, PK_setgid, sizeof(struct pk_setgid), fill_setgid, &change, decided);
}

SEC("lsm/task_fix_setgid")
int BPF_PROG(task_fix_setgid_older, struct cred *new, const struct cred *old, int variant, int decided)
{
	const struct credential_change change = {.new = new, .old = old, .variant = variant};

	return report_plain(TIER_OLDER, PK_setgid, sizeof(struct pk_setgid), fill_setgid, &change, decided);
}

struct sets {
	const struct cred *old;
	const kernel_cap_t *effective;
	const kernel_cap_t *inheritable;
	const kernel_cap_t *permitted;
};

static __always_inline void fill_capset(const enum tier tier, void *to, const void *subject)
{
	const struct sets *sets = subject;
	struct pk_capset *record = to;

	record->effective = read_capabilities(sets->effective);
	record->permitted = read_capabilities(sets->permitted);
	record->inheritable = read_capabilities(sets->inheritable);
	record->old_effective = read_capabilities(&sets->old->cap_effective);
	record->old_permitted = read_capabilities(&sets->old->cap_permitted);
	record->old_inheritable = read_capabilities(&sets->old->cap_inheritable);
}

SEC("lsm/capset")
int BPF_PROG(capset, struct cred *new, const struct cred *old, const kernel_cap_t *effective,
	     const kernel_cap_t *inheritable, const kernel_cap_t *permitted, int decided)
{
	const struct sets sets = {
		.old = old, .effective = effective, .inheritable = inheritable, .permitted = permitted};

	return report_plain(TIER_FULL, PK_capset, sizeof(struct pk_capset), fill_capset, &sets, decided);
}

SEC("lsm/capset")
int BPF_PROG(capset_older, struct cred *new, const struct cred *old, const kernel_cap_t *effective,
	     const kernel_cap_t *inheritable, const kernel_cap_t *permitted, int decided)
{
	const struct sets sets = {
		.old = old, .effective = effective, .inheritable = inheritable, .permitted = permitted};

	return report_plain(TIER_OLDER, PK_capset, sizeof(struct pk_capset), fill_capset, &sets, decided);
}

/* `subject` is the credentials that will be those of the namespace's maker in it. */
static __always_inline void fill_userns(const enum tier tier, void *to, const void *subject)
{
	const struct cred *cred = subject;
	struct pk_userns *record = to;

	record->owner_uid = cred->euid.val;
	record->owner_gid = cred->egid.val;
	record->parent = cred->user_ns->ns.inum;
	record->level = cred->user_ns->level + 1;
}

SEC("lsm/userns_create")
int BPF_PROG(userns_create, const struct cred *cred, int decided)
{
	return report_plain(TIER_FULL, PK_userns, sizeof(struct pk_userns), fill_userns, cred, decided);
}

/* No kernel of the older tier has the hook, but each program comes twice. */
SEC("lsm/userns_create")
int BPF_PROG(userns_create_older, const struct cred *cred, int decided)
{
	return report_plain(TIER_OLDER, PK_userns, sizeof(struct pk_userns), fill_userns, cred, decided);
}
