/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports of hooks whose record is a few members and paths: measure, reserve a record of the next larger size class,
 * let the hook fill its own members, write the paths behind them, submit.
 */
#ifndef PICKET_BPF_LIB_REPORT_H
#define PICKET_BPF_LIB_REPORT_H

#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/hook.bpf.h"
#include "bpf/lib/path.bpf.h"

/* What a report is about. All constants: the functions below are inlined into each program. */
struct report {
	__u16 kind;
	__u32 size;  /* of the kind's struct */
	__u32 where; /* of its pk_text for the (first) path */
	__u32 other; /* of that for the second path; 0 when it has none */
	bool probed; /* the verifier does not know the types of dentry and mount */
};

#define REPORT(kind_, first_path)                                                                                      \
	((struct report){.kind = PK_##kind_,                                                                           \
			 .size = sizeof(struct pk_##kind_),                                                            \
			 .where = offsetof(struct pk_##kind_, first_path)})

#define REPORT_TWO(kind_, first_path, second_path)                                                                     \
	((struct report){.kind = PK_##kind_,                                                                           \
			 .size = sizeof(struct pk_##kind_),                                                            \
			 .where = offsetof(struct pk_##kind_, first_path),                                             \
			 .other = offsetof(struct pk_##kind_, second_path)})

/* Fills all members of the record but the header and the paths. `subject` is what the hook handed to report_path(). */
typedef void (*fill_record)(const enum tier tier, void *record, const void *subject);

/* A walk from here to the current task's root. */
static __always_inline void walk_from(const enum tier tier, struct walk *walk, struct dentry *dentry,
				      struct vfsmount *mount)
{
	const struct path path = {.mnt = mount, .dentry = dentry};
	struct task_struct *task = current_task(tier);

	if (tier == TIER_FULL)
		walk_prepare(walk, &path, task->fs->root.dentry, task->fs->root.mnt);
	else
		walk_prepare(walk, &path, BPF_CORE_READ(task, fs, root.dentry), BPF_CORE_READ(task, fs, root.mnt));
}

static __always_inline void report_sized(const enum tier tier, const struct report about, struct walk *path,
					 struct walk *other, fill_record fill, const void *subject, int decided,
					 const __u64 capacity)
{
	struct pk_header *header = emit_reserve_decided(tier, about.kind, capacity, decided);
	const enum tier walking = about.probed ? probed(tier) : tier;
	__u32 size = about.size + path->size.value;

	if (!header)
		return;
	if (about.other)
		size += other->size.value;
	fill_current(tier, header, size, current_task(tier));
	header->error = decision(decided);
	fill(tier, header, subject);
	if (!path_write(walking, path, header, capacity, about.size, (void *)header + about.where))
		header->flags |= about.other ? PK_FLAG_old_path_truncated : PK_FLAG_path_truncated;
	if (about.other &&
	    !path_write(walking, other, header, capacity, about.size + path->size.value, (void *)header + about.other))
		header->flags |= PK_FLAG_path_truncated;
	emit_submit(header);
}

static __always_inline int report_walks(const enum tier tier, const struct report about, struct walk *path,
					struct walk *other, fill_record fill, const void *subject, int decided)
{
	const enum tier walking = about.probed ? probed(tier) : tier;
	__u32 size;

	path_measure(walking, path);
	if (path->end.value == WALK_PRIVATE) /* beneath an overlay: not the process's doing */
		return verdict(decided);
	size = about.size + path->size.value + RECORD_SLACK;
	if (about.other) {
		path_measure(walking, other);
		size += other->size.value;
	}
	/* two sizes of record in the older tier: its verifier takes long over each */
	if (tier == TIER_FULL && size <= 512)
		report_sized(tier, about, path, other, fill, subject, decided, 512);
	else if (size <= 2048)
		report_sized(tier, about, path, other, fill, subject, decided, 2048);
	else if (about.other)
		report_sized(tier, about, path, other, fill, subject, decided, 16384);
	else
		report_sized(tier, about, path, other, fill, subject, decided, 8192);
	return verdict(decided);
}

/* The same for a dentry and a mount that the verifier knows nothing of. */
static __always_inline void walk_from_probed(const enum tier tier, struct walk *walk, struct dentry *dentry,
					     struct vfsmount *mount)
{
	struct task_struct *task = current_task(tier);

	walk_prepare_probed(walk, dentry, mount, BPF_CORE_READ(task, fs, root.dentry),
			    BPF_CORE_READ(task, fs, root.mnt));
}

/* A record with one path. Returns what the hook's program has to return. */
static __always_inline int report_path(const enum tier tier, const struct report about, struct dentry *dentry,
				       struct vfsmount *mount, fill_record fill, const void *subject, int decided)
{
	struct walk path;

	if (about.probed)
		walk_from_probed(tier, &path, dentry, mount);
	else
		walk_from(tier, &path, dentry, mount);
	return report_walks(tier, about, &path, NULL, fill, subject, decided);
}

/* A record with two, on one mount or two. */
static __always_inline int report_paths(const enum tier tier, const struct report about, struct dentry *dentry,
					struct vfsmount *mount, struct dentry *other_dentry,
					struct vfsmount *other_mount, fill_record fill, const void *subject,
					int decided)
{
	struct walk path, other;

	walk_from(tier, &path, dentry, mount);
	walk_from(tier, &other, other_dentry, other_mount);
	return report_walks(tier, about, &path, &other, fill, subject, decided);
}

/* A record without variable part but what `fill` adds itself within `capacity`. */
static __always_inline int report_plain(const enum tier tier, const __u16 kind, const __u64 size, fill_record fill,
					const void *subject, int decided)
{
	struct pk_header *header = emit_reserve_decided(tier, kind, size, decided);

	if (!header)
		return verdict(decided);
	fill_current(tier, header, size, current_task(tier));
	header->error = decision(decided);
	fill(tier, header, subject);
	emit_submit(header);
	return verdict(decided);
}

#endif
