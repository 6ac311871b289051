/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rows a path has in the policy image: by a walk up to the root, whose names are hashed and looked up, or, where
 * its directory is remembered (directories.bpf.h), by its last name alone.
 */
#ifndef PICKET_BPF_LIB_PATH_ROWS_H
#define PICKET_BPF_LIB_PATH_ROWS_H

#include "bpf/lib/directories.bpf.h"
#include "bpf/lib/hook.bpf.h"
#include "bpf/lib/image.bpf.h"
#include "bpf/lib/other_names.bpf.h"
#include "bpf/lib/path.bpf.h"

/* Where a path begins that ends at the current task's root. */
struct place {
	struct dentry *dentry;
	struct vfsmount *mount;
};

/* Of the words that are left those that these rows of the kind leave. */
static __always_inline __u64 summaries(const struct pk_image *image, const __u32 *rows, const int count)
{
	__u64 live = ~0ull;

#pragma unroll
	for (int i = 0; i < count; i++)
		live &= pk_word(image, rows[i]);
	return live;
}

static __always_inline __u64 pair_of_rows(__u32 directory, __u32 name)
{
	return (__u64)directory << 32 | name;
}

/* Of a path that ends at the root, of whose directory is known what scratch->remembered has. */
static __always_inline __u64 rows_below(const struct pk_image *image, const struct pk_path_lane *lane,
					const struct scratch *scratch)
{
	return pair_of_rows(pk_directory_row(image, lane, &scratch->remembered.known, scratch->last_name),
			    pk_name_row(image, lane, scratch->last_name));
}

/*
 * The two rows of a path, whose names are in the scratch: of its directories (above) and of its last name, in one
 * number. `end`: enum walk_end. What is known of its directory is in the scratch then.
 */
static __always_inline __u64 look_up_path(const struct pk_image *image, const struct pk_path_lane *lane,
					  struct scratch *scratch, __u32 end, pk_finder find)
{
	if (end == WALK_AT_ROOT && !scratch->count)
		return pair_of_rows(pk_root_row(image, lane), lane->other_name);
	if (end == WALK_AT_ROOT) {
		if (lane->used & PK_PATH_DIRECTORIES)
			pk_know_directory(image, lane, scratch->names, scratch->count, &scratch->remembered.known,
					  find);
		return rows_below(image, lane, scratch);
	}
	if (end == WALK_ALONE)
		return pair_of_rows(lane->unnamed, lane->unnamed);
	if (end == WALK_PRIVATE) /* beneath an overlay: not the process's doing */
		return pair_of_rows(PK_NONE, lane->cut);
	return pair_of_rows(lane->cut, lane->cut);
}

__weak __noinline __u64 find_rows(const struct pk_image *image, const struct pk_path_lane *lane,
				  struct scratch *scratch, __u32 end)
{
	return image && lane && scratch ? look_up_path(image, lane, scratch, end, find_key) : 0;
}

static __noinline __u64 find_rows_older(const struct pk_image *image, const struct pk_path_lane *lane,
					struct scratch *scratch, __u32 end)
{
	return look_up_path(image, lane, scratch, end, pk_find);
}

/* Returns the words that they leave. */
static __always_inline __u64 take_rows(const struct pk_image *image, __u64 pair, __u32 rows[2])
{
	rows[0] = pair >> 32;
	rows[1] = pair;
	return summaries(image, rows, 2);
}

static __always_inline __u64 rows_of_path(const enum tier tier, const struct pk_image *image,
					  const struct pk_path_lane *lane, struct scratch *scratch, __u32 rows[2])
{
	const __u64 found = tier == TIER_OLDER ? find_rows_older(image, lane, scratch, scratch->end)
					       : find_rows(image, lane, scratch, scratch->end);

	return take_rows(image, found, rows);
}

/* Where the path of what is at `place` begins and ends. */
static __always_inline void begin_climb(const enum tier tier, struct climb *climb, const struct place *place)
{
	struct task_struct *task = current_task(tier);
	struct fs_struct *fs = tier == TIER_FULL ? task->fs : BPF_CORE_READ(task, fs);

	climb->dentry = place->dentry;
	climb->root_dentry = tier == TIER_FULL ? fs->root.dentry : BPF_CORE_READ(fs, root.dentry);
	climb->root_mount = tier == TIER_FULL ? fs->root.mnt : BPF_CORE_READ(fs, root.mnt);
}

/* For path_measure_found(). A path that is too long to be told is measured anew, up to where it is cut. */
static __always_inline void keep_found(const struct climb *climb, struct walk_found *found)
{
	if (climb->counted.left > PK_PATH_MAX || climb->end.value == WALK_CUT) {
		find_no_walk(found);
		return;
	}
	found->counted = climb->counted;
	found->end.value = climb->end.value;
}

/* How it ended is in scratch->end, of which the verifier knows nothing. */
static __always_inline int hash_path(const enum tier tier, const struct place *place, struct scratch *scratch)
{
	struct hashing walk = {.scratch = scratch, .climb.counted.left = PK_PATH_MAX, .climb.counted.digest = 1};

	begin_climb(tier, &walk.climb, place);
	climb_all(tier, &walk.climb, place->mount, VISIT_HASH);
	scratch->remembered.elsewhere = NAMED_UNASKED;
	if (walk.climb.end.value == WALK_AT_ROOT && scratch->names_asked) {
		scratch->other_names =
			find_other_names(tier, place->dentry, place->mount, walk.climb.root_dentry, scratch);
		scratch->remembered.elsewhere = scratch->other_names & NAMED_ELSEWHERE;
	}
	keep_found(&walk.climb, &scratch->found);
	scratch->end = walk.climb.end.value;
	return 0;
}

/*
 * Functions with a frame of their own: what they need on the stack is needed by nobody else at that time, nor while
 * the rows are looked up.
 */
static __noinline int hash_path_full(const struct place *place, struct scratch *scratch)
{
	return hash_path(TIER_FULL, place, scratch);
}

static __noinline int hash_path_probed(const struct place *place, struct scratch *scratch)
{
	return hash_path(TIER_PROBED, place, scratch);
}

static __noinline __u64 path_rows_older(const struct pk_image *image, const struct pk_path_lane *lane,
					const struct place *place, struct scratch *scratch, __u32 rows[2])
{
	struct climb *climb = &scratch->walk.climb;
	__u32 whole;

	begin_climb(TIER_OLDER, climb, place);
	start_climb(climb, false, place->mount);
	whole = hash_path_older(scratch->number);
	barrier_var(whole);
	scratch->end = climb->end.value;
	return rows_of_path(TIER_OLDER, image, lane, scratch, rows);
}

/* ---- of what is remembered ---- */

/*
 * The rows of the path that begins in scratch->walk, as look_up_path() has them, when its directory is remembered; then
 * scratch->recalled says so.
 */
__weak __noinline __u64 recall_rows(const struct pk_image *image, const struct pk_path_lane *lane,
				    struct scratch *scratch)
{
	struct dentry *entry;
	__u64 rows;

	if (!image || !lane || !scratch || !remembers_directories() || !recall_directory(scratch, lane->salt))
		return 0;
	if (scratch->names_asked && scratch->remembered.elsewhere == NAMED_UNASKED)
		return 0;
	entry = CAST(scratch->walk.climb.dentry);
	scratch->last_name = hash_name_plain(scratch, entry->d_name.name, entry->d_name.len);
	rows = rows_below(image, lane, scratch);
	if (scratch->names_asked)
		scratch->other_names = scratch->remembered.elsewhere | names_by_links(true, CAST(entry->d_inode));
	if (!is_nothing_renamed(scratch))
		return 0;
	scratch->count = 1; /* at least */
	scratch->end = WALK_AT_ROOT;
	scratch->recalled = true;
	return rows;
}

__weak __noinline __u32 remember_path(struct scratch *scratch, __u64 salt)
{
	if (scratch && remembers_directories())
		remember_directory(scratch, salt);
	return 0;
}

/* Once a path has been looked up, its way as well. */
static __always_inline void remember(const enum tier tier, const struct pk_path_lane *lane, struct scratch *scratch)
{
	__u32 done;

	if (tier == TIER_OLDER || scratch->recalled || scratch->end != WALK_AT_ROOT || !scratch->count ||
	    !remembers_directories())
		return;
	done = remember_path(scratch, lane->salt);
	barrier_var(done);
}

/*
 * `rows` lie in the scratch, or where the subject's are kept. `names_asked`: scratch->names_asked. Returns the words
 * that the rows leave; subjects' rows have no summaries, and for them it means nothing.
 */
static __always_inline __u64 path_rows(const enum tier tier, const bool unknown, const struct pk_image *image,
				       const struct pk_path_lane *lane, const struct place *place,
				       struct scratch *scratch, __u64 names_asked, __u32 rows[2])
{
	scratch->names_asked = names_asked;
	scratch->count = 0;
	scratch->within = WITHIN_ALL;
	scratch->other_names = 0;
	find_no_walk(&scratch->found);
	scratch->seed = image->seed;
	scratch->recalled = false;
	if (tier == TIER_OLDER)
		return path_rows_older(image, lane, place, scratch, rows);
	if (remembers_directories()) {
		__u64 recalled;

		begin_climb(tier, &scratch->walk.climb, place);
		scratch->walk.mount = place->mount;
		recalled = recall_rows(image, lane, scratch);
		if (scratch->recalled)
			return take_rows(image, recalled, rows);
	}
	if (unknown)
		hash_path_probed(place, scratch);
	else
		hash_path_full(place, scratch);
	return rows_of_path(tier, image, lane, scratch, rows);
}

#endif
