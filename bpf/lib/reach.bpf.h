/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a file can be reached, for hooks that know a directory entry and not through which mount it was come by.
 *
 * A mount shows the entries below its root. Tried are, in this order: the mount of the task's working directory, that
 * of its root, and all mounts of the file system that are in the task's mount namespace. Where one file system is
 * mounted more than once the path is one of several right ones. When there is none (the file system was unmounted
 * lazily, or is in another namespace and came as a descriptor), or the search gets too long, the path begins at the
 * file system's own root and is flagged as truncated.
 *
 * The list of mounts is read without its lock. Mounts are freed only after a grace period of RCU, which lasts at least
 * as long as a program runs; whatever else goes wrong ends in a probed read that fails.
 */
#ifndef PICKET_BPF_LIB_REACH_H
#define PICKET_BPF_LIB_REACH_H

#include "bpf/lib/hook.bpf.h"
#include "bpf/lib/kernel.bpf.h"

#define REACH_MOUNTS 64
#define REACH_MOUNTS_OLDER 16
#define REACH_DEPTH 512
#define REACH_DEPTH_OLDER 64

struct reach {
	struct dentry *dentry;
	struct super_block *super;
	struct mnt_namespace *space;
	struct dentry *top; /* of the mount that is looked at */
	struct dentry *at;  /* on the way up to it */
	void *next;	    /* link in the list of mounts: struct list_head, or struct mount where they are chained */
	struct vfsmount *found;
};

static __noinline long climb(__u32 turn, void *context)
{
	struct reach *reach = context;
	struct dentry *at = reach->at;
	struct dentry *parent;

	if (at == reach->top)
		return 1;
	parent = BPF_CORE_READ(at, d_parent);
	if (parent == at)
		return 1;
	reach->at = parent;
	return 0;
}

static __always_inline bool shows(const enum tier tier, struct reach *reach, struct vfsmount *mount)
{
	if (!mount || BPF_CORE_READ(mount, mnt_sb) != reach->super)
		return false;
	reach->top = BPF_CORE_READ(mount, mnt_root);
	reach->at = reach->dentry;
	repeat(tier, REACH_DEPTH, REACH_DEPTH_OLDER, climb, reach);
	if (reach->at != reach->top)
		return false;
	reach->found = mount;
	return true;
}

static __always_inline bool mounts_are_chained(void)
{
	return bpf_core_field_exists(((struct mount___chained *)0)->mnt_next_for_sb);
}

static __always_inline void *first_mount(struct super_block *super)
{
	if (mounts_are_chained())
		return BPF_CORE_READ((struct super_block___chained *)super, s_mounts);
	return BPF_CORE_READ(super, s_mounts.next);
}

/* The mount that reach->next says; reach->next moves on. NULL after the last one. */
static __always_inline struct mount *next_mount(struct reach *reach)
{
	struct mount *mount = reach->next;

	if (mounts_are_chained()) {
		if (mount)
			reach->next = BPF_CORE_READ((struct mount___chained *)mount, mnt_next_for_sb);
		return mount;
	}
	if (reach->next == (void *)reach->super + bpf_core_field_offset(struct super_block, s_mounts))
		return NULL;
	mount = reach->next - bpf_core_field_offset(struct mount, mnt_instance);
	reach->next = BPF_CORE_READ(mount, mnt_instance.next);
	return mount;
}

static __always_inline long try_mount(const enum tier tier, struct reach *reach)
{
	struct mount *mount = next_mount(reach);

	if (!mount)
		return 1;
	if (BPF_CORE_READ(mount, mnt_ns) != reach->space)
		return 0;
	return shows(tier, reach, (void *)mount + bpf_core_field_offset(struct mount, mnt));
}

static __noinline long try_mount_full(__u32 turn, void *reach)
{
	return try_mount(TIER_FULL, reach);
}

static __noinline long try_mount_older(__u32 turn, void *reach)
{
	return try_mount(TIER_OLDER, reach);
}

/* The mount through which the current task can reach the file; NULL when none was found. */
static __always_inline struct vfsmount *find_mount(const enum tier tier, struct dentry *dentry)
{
	struct task_struct *task = current_task(tier);
	struct reach reach = {
		.dentry = dentry,
		.super = BPF_CORE_READ(dentry, d_sb),
		.space = BPF_CORE_READ(task, nsproxy, mnt_ns),
	};

	if (shows(tier, &reach, BPF_CORE_READ(task, fs, pwd.mnt)) ||
	    shows(tier, &reach, BPF_CORE_READ(task, fs, root.mnt)))
		return reach.found;
	reach.next = first_mount(reach.super);
	repeat(tier, REACH_MOUNTS, REACH_MOUNTS_OLDER, tier == TIER_FULL ? try_mount_full : try_mount_older, &reach);
	return reach.found;
}

#endif
