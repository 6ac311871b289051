/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports of hooks whose record is a few members and paths: decide, and if anybody wants the event measure, reserve a
 * record of the next larger size class, let the hook fill its own members, write the paths behind them, submit.
 */
#ifndef PICKET_BPF_LIB_REPORT_H
#define PICKET_BPF_LIB_REPORT_H

#include "bpf/lib/decide.bpf.h"
#include "bpf/lib/directory_text.bpf.h"
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/path.bpf.h"

/* What a report is about. All constants: the functions below are inlined into each program. */
struct report {
	__u16 kind;
	__u32 size;  /* of the kind's struct */
	__u32 where; /* of its pk_text for the (first) path */
	__u32 other; /* of that for the second path; 0 when it has none */
	bool probed; /* the verifier does not know the types of dentry and mount */
	bool after;  /* the program is not asked, it only sees: nothing can be refused from it */
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

/* `unknown`: the verifier does not know the types of the place. */
static __always_inline void walk_from(const enum tier tier, const bool unknown, struct walk *walk,
				      const struct place *place)
{
	const struct path path = {.mnt = place->mount, .dentry = place->dentry};
	struct task_struct *task = current_task(tier);

	if (unknown)
		walk_prepare_probed(walk, place->dentry, place->mount, BPF_CORE_READ(task, fs, root.dentry),
				    BPF_CORE_READ(task, fs, root.mnt));
	else if (tier == TIER_FULL)
		walk_prepare(walk, &path, task->fs->root.dentry, task->fs->root.mnt);
	else
		walk_prepare(walk, &path, BPF_CORE_READ(task, fs, root.dentry), BPF_CORE_READ(task, fs, root.mnt));
}

#define SHORT_RECORD 512

/* Whether texts of directories are kept for such reports. */
static __always_inline bool keeps_texts(const enum tier tier, const struct report about)
{
	return tier == TIER_FULL && !about.other && remembers_directories();
}

/* The directory that the decision recalled. No branch: the verifier would go through all that follows for either way.
 */
static __always_inline struct directory_seen seen_by(const struct walk_found *found)
{
	const __u32 all_if_recalled = (__u32)pk_any(found->end.value) - 1;

	return (struct directory_seen){.place = found->directory.place & all_if_recalled,
				       .version = found->directory.version};
}

/* The path, which a walk has written behind the record's members, is whole unless the record says otherwise. */
static __always_inline void keep_directory(struct pk_header *header, const struct report about,
					   const struct place *place, __u32 size, const struct directory_seen *seen)
{
	struct dentry *entry = CAST(place->dentry);

	if (!(header->flags & PK_FLAG_path_truncated))
		keep_text(seen->place, seen->version, (void *)header + about.size, size - 1 - entry->d_name.len);
}

static __always_inline void report_sized(const enum tier tier, const struct report about, const struct place *places,
					 struct walk *walk, const struct walk_found *found,
					 const struct directory_seen *seen, fill_record fill, const void *subject,
					 const struct decided *made, const __u64 capacity)
{
	const enum tier walking = about.probed ? probed(tier) : tier;
	struct pk_header *header = emit_reserve_decided(tier, about.kind, capacity, made->error);
	__u32 offset = about.size + found[0].size.value;
	__u32 size = offset;

	if (!header)
		return;
	if (about.other)
		size += found[1].size.value;
	fill_current(tier, header, size, current_task(tier));
	fill_decided(header, made);
	fill(tier, header, subject);
	if (about.other) {
		walk_from(tier, about.probed, walk, &places[0]);
		walk_take_up(walk, &found[0]);
	}
	if (!path_write(walking, walk, header, capacity, about.size, (void *)header + about.where))
		header->flags |= about.other ? PK_FLAG_old_path_truncated : PK_FLAG_path_truncated;
	if (about.other) {
		walk_from(tier, about.probed, walk, &places[1]);
		walk_take_up(walk, &found[1]);
		if (!path_write(walking, walk, header, capacity, offset, (void *)header + about.other))
			header->flags |= PK_FLAG_path_truncated;
	}
	if (keeps_texts(tier, about) && capacity == SHORT_RECORD)
		keep_directory(header, about, &places[0], found[0].size.value, seen);
	emit_submit(header);
}

/* The same with the path that was put together. */
static __always_inline void emit_recalled(const enum tier tier, const struct report about,
					  const struct scratch *scratch, __u32 size, fill_record fill,
					  const void *subject, const struct decided *made)
{
	struct pk_header *header = emit_reserve_decided(tier, about.kind, SHORT_RECORD, made->error);
	pk_text *text = (void *)header + about.where;

	if (!header)
		return;
	fill_current(tier, header, about.size + size, current_task(tier));
	fill_decided(header, made);
	fill(tier, header, subject);
	text->offset = about.size;
	text->size = size;
	barrier_var(size);
	if (size > SHORT_RECORD - about.size) /* the verifier does not know any more that it is not */
		size = SHORT_RECORD - about.size;
	bpf_probe_read_kernel((void *)header + about.size, size, scratch->path);
	emit_submit_in(ring_of_kind(about.kind), header);
}

/* Returns false when no path can be put together, and nothing was done. */
static __always_inline bool report_recalled(const enum tier tier, const struct report about, const struct place *place,
					    const struct walk_found *found, fill_record fill, const void *subject,
					    const struct decided *made)
{
	struct scratch *scratch = take_scratch();
	bool told = false;
	__u32 size;

	if (!scratch)
		return false;
	scratch->found = *found;
	scratch->walk.climb.dentry = place->dentry;
	size = put_together(scratch);
	barrier_var(size); /* or the compiler compares another number than the one that is used */
	if (size <= SHORT_RECORD - about.size && size) {
		emit_recalled(tier, about, scratch, size, fill, subject, made);
		told = true;
	}
	give_back(scratch);
	return told;
}

/* `found` is what the decision found of each place. */
static __always_inline int report_wanted(const enum tier tier, const struct report about, const struct place *places,
					 struct walk_found *found, fill_record fill, const void *subject,
					 const struct decided *made)
{
	const enum tier walking = about.probed ? probed(tier) : tier;
	const struct directory_seen seen = seen_by(&found[0]);
	struct walk walk; /* one for both paths: there is not stack for more */
	__u32 size;

	if (keeps_texts(tier, about) && report_recalled(tier, about, places, found, fill, subject, made))
		return outcome(made);
	walk_from(tier, about.probed, &walk, &places[0]);
	path_measure_found(walking, &walk, &found[0]);
	if (walk.climb.end.value == WALK_PRIVATE) /* beneath an overlay: not the process's doing */
		return outcome(made);
	size = about.size + found[0].size.value + RECORD_SLACK;
	if (about.other) {
		walk_from(tier, about.probed, &walk, &places[1]);
		path_measure_found(walking, &walk, &found[1]);
		size += found[1].size.value;
	}
	/* two sizes of record in the older tier: its verifier takes long over each */
	if (tier == TIER_FULL && size <= SHORT_RECORD)
		report_sized(tier, about, places, &walk, found, &seen, fill, subject, made, SHORT_RECORD);
	else if (size <= 2048)
		report_sized(tier, about, places, &walk, found, &seen, fill, subject, made, 2048);
	else if (about.other)
		report_sized(tier, about, places, &walk, found, &seen, fill, subject, made, 16384);
	else
		report_sized(tier, about, places, &walk, found, &seen, fill, subject, made, 8192);
	return outcome(made);
}

/* A record with one path, or two when it is about two. Returns what the hook's program has to return. */
static __always_inline int report_places(const enum tier tier, const struct report about, const struct place *places,
					 fill_record fill, const void *subject, int decided)
{
	struct walk_found found[2];
	const struct asked asked = {.kind = about.kind,
				    .places = about.other ? 2 : 1,
				    .unknown = about.probed,
				    .after = about.after,
				    .found = found};
	const struct decided made = decide(tier, asked, places, fill, subject, decided);

	if (made.unwanted)
		return outcome(&made);
	return report_wanted(tier, about, places, found, fill, subject, &made);
}

static __always_inline int report_path(const enum tier tier, const struct report about, struct dentry *dentry,
				       struct vfsmount *mount, fill_record fill, const void *subject, int decided)
{
	const struct place place = {.dentry = dentry, .mount = mount};

	return report_places(tier, about, &place, fill, subject, decided);
}

static __always_inline int report_paths(const enum tier tier, const struct report about, struct dentry *dentry,
					struct vfsmount *mount, struct dentry *other_dentry,
					struct vfsmount *other_mount, fill_record fill, const void *subject,
					int decided)
{
	const struct place places[] = {{.dentry = dentry, .mount = mount},
				       {.dentry = other_dentry, .mount = other_mount}};

	return report_places(tier, about, places, fill, subject, decided);
}

/* A record without variable part but what `fill` adds itself within `capacity`. */
static __always_inline int report_plain(const enum tier tier, const __u16 kind, const __u64 size, fill_record fill,
					const void *subject, int decided)
{
	const struct decided made = decide(tier, (struct asked){.kind = kind}, NULL, fill, subject, decided);
	struct pk_header *header;

	if (made.unwanted)
		return outcome(&made);
	header = emit_reserve_decided(tier, kind, size, made.error);
	if (!header)
		return outcome(&made);
	fill_current(tier, header, size, current_task(tier));
	fill_decided(header, &made);
	fill(tier, header, subject);
	emit_submit(header);
	return outcome(&made);
}

#endif
