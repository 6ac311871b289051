/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subjects: of each process the rows that its executable and its name have in the policy image, looked up at its first
 * event after it started, executed a program or got another policy, and kept (subject_table.bpf.h).
 *
 * Threads of a process may look up the same at once. They find the same, so that it does not matter who is last. Images
 * of two generations can be in use at a time, never of three: the sensor's write of a new one returns when all
 * programs that took the one before the last have ended. So there are two sets of rows, one for odd and one for even
 * generations, each with the generation it is of, which is written last.
 *
 * The container is not kept: bpf/lib/container.bpf.h.
 */
#ifndef PICKET_BPF_LIB_SUBJECT_H
#define PICKET_BPF_LIB_SUBJECT_H

#include "bpf/lib/container.bpf.h"
#include "bpf/lib/executable.bpf.h"
#include "bpf/lib/hook.bpf.h"
#include "bpf/lib/image.bpf.h"
#include "bpf/lib/other_names.bpf.h"
#include "bpf/lib/path.bpf.h"
#include "bpf/lib/subject_table.bpf.h"

/* ---- paths ---- */

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

/*
 * The two rows of a path, whose names are in the scratch: of its directories (above) and of its last name, in one
 * number. `end`: enum walk_end.
 */
static __always_inline __u64 look_up_path(const struct pk_image *image, const struct pk_path_lane *lane,
					  const struct scratch *scratch, __u32 end)
{
	if (end == WALK_AT_ROOT)
		return pair_of_rows(pk_directory_row(image, lane, scratch->names, scratch->count),
				    scratch->count ? pk_name_row(image, lane, scratch->last_name) : lane->other_name);
	if (end == WALK_ALONE)
		return pair_of_rows(lane->unnamed, lane->unnamed);
	if (end == WALK_PRIVATE) /* beneath an overlay: not the process's doing */
		return pair_of_rows(PK_NONE, lane->cut);
	return pair_of_rows(lane->cut, lane->cut);
}

__weak __noinline __u64 find_rows(const struct pk_image *image, const struct pk_path_lane *lane,
				  const struct scratch *scratch, __u32 end)
{
	return image && lane && scratch ? look_up_path(image, lane, scratch, end) : 0;
}

static __noinline __u64 find_rows_older(const struct pk_image *image, const struct pk_path_lane *lane,
					const struct scratch *scratch, __u32 end)
{
	return look_up_path(image, lane, scratch, end);
}

/* Returns the words that they leave. */
static __always_inline __u64 rows_of_path(const enum tier tier, const struct pk_image *image,
					  const struct pk_path_lane *lane, struct scratch *scratch, __u32 end,
					  __u32 rows[2])
{
	const __u64 found =
		tier == TIER_OLDER ? find_rows_older(image, lane, scratch, end) : find_rows(image, lane, scratch, end);

	scratch->end = end;
	rows[0] = found >> 32;
	rows[1] = found;
	return summaries(image, rows, 2);
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
	found->counted = climb->counted;
	if (climb->counted.left <= PK_PATH_MAX && climb->end.value != WALK_CUT)
		found->end.value = climb->end.value;
}

static __always_inline __u64 find_path_rows(const enum tier tier, const struct pk_image *image,
					    const struct pk_path_lane *lane, const struct place *place,
					    struct scratch *scratch, __u32 rows[2])
{
	struct hashing walk = {.scratch = scratch, .climb.counted.left = PK_PATH_MAX, .climb.counted.digest = 1};

	begin_climb(tier, &walk.climb, place);
	climb_all(tier, &walk.climb, place->mount, VISIT_HASH);
	if (walk.climb.end.value == WALK_AT_ROOT && scratch->names_asked)
		scratch->other_names =
			find_other_names(tier, place->dentry, place->mount, walk.climb.root_dentry, scratch);
	keep_found(&walk.climb, &scratch->found);
	return rows_of_path(tier, image, lane, scratch, walk.climb.end.value, rows);
}

/*
 * Functions with a frame of their own: what they need on the stack is needed by nobody else at that time. They return
 * the words that the rows leave; subjects' rows have no summaries, and for them it means nothing.
 */
static __noinline __u64 path_rows_full(const struct pk_image *image, const struct pk_path_lane *lane,
				       const struct place *place, struct scratch *scratch, __u32 rows[2])
{
	return find_path_rows(TIER_FULL, image, lane, place, scratch, rows);
}

static __noinline __u64 path_rows_probed(const struct pk_image *image, const struct pk_path_lane *lane,
					 const struct place *place, struct scratch *scratch, __u32 rows[2])
{
	return find_path_rows(TIER_PROBED, image, lane, place, scratch, rows);
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
	return rows_of_path(TIER_OLDER, image, lane, scratch, climb->end.value, rows);
}

/* `rows` lie in the scratch, or where the subject's are kept. `names_asked`: scratch->names_asked. */
static __always_inline __u64 path_rows(const enum tier tier, const bool unknown, const struct pk_image *image,
				       const struct pk_path_lane *lane, const struct place *place,
				       struct scratch *scratch, __u64 names_asked, __u32 rows[2])
{
	scratch->names_asked = names_asked;
	scratch->count = 0;
	scratch->within = WITHIN_ALL;
	scratch->other_names = 0;
	scratch->found.end.value = 0;
	scratch->seed = image->seed;
	if (tier == TIER_OLDER)
		return path_rows_older(image, lane, place, scratch, rows);
	return unknown ? path_rows_probed(image, lane, place, scratch, rows)
		       : path_rows_full(image, lane, place, scratch, rows);
}

/* ---- the rows of a subject ---- */

/* To scratch->subject: all of them but those of the executable's path and of the container. Returns the words of the
 * policy that they leave. */
static __always_inline __u64 look_up_others(const struct pk_image *image, struct scratch *scratch, __u32 exe_flags,
					    __u64 first_name, __u64 second_name)
{
	const struct pk_subject_plan *plan = &image->subject;
	const __u64 name[] = {first_name, second_name};
	struct pk_subject_rows *rows = &scratch->subject;

	rows->rows[PK_SUBJECT_FLAGS] = pk_number_row(image, &plan->flags, exe_flags);
	rows->rows[PK_SUBJECT_NAME] = pk_number_row(image, &plan->name, pk_comm_hash(image->seed, name));
	rows->rows[PK_SUBJECT_CONTAINER] = 0;
	rows->unsure = PK_NONE;
	rows->live = pk_subject_live(image, rows->rows);
	return rows->live;
}

__weak __noinline __u64 find_other_rows(const struct pk_image *image, struct scratch *scratch, __u32 exe_flags,
					__u64 first_name, __u64 second_name)
{
	return image && scratch ? look_up_others(image, scratch, exe_flags, first_name, second_name) : 0;
}

static __noinline __u64 find_other_rows_older(const struct pk_image *image, struct scratch *scratch, __u32 exe_flags,
					      __u64 first_name, __u64 second_name)
{
	return look_up_others(image, scratch, exe_flags, first_name, second_name);
}

static __always_inline __u64 other_subject_rows(const enum tier tier, const struct pk_image *image,
						struct scratch *scratch, __u32 exe_flags, const __u64 name[2])
{
	return tier == TIER_OLDER ? find_other_rows_older(image, scratch, exe_flags, name[0], name[1])
				  : find_other_rows(image, scratch, exe_flags, name[0], name[1]);
}

/* To scratch->subject: those of the executable's path. Of its other names no rule is. */
static __always_inline void look_up_executable(const enum tier tier, const struct pk_image *image,
					       const struct place *place, struct scratch *scratch)
{
	const struct pk_path_lane *lane = &image->subject.executable;
	__u32 *rows = scratch->subject.rows;
	__u64 used = 0;

	rows[PK_SUBJECT_DIRECTORY] = 0;
	rows[PK_SUBJECT_FILE] = 0;
	if (lane->used)
		used = path_rows(tier, false, image, lane, place, scratch, 0, rows);
	barrier_var(
		used); /* a function whose value nobody wants becomes a void one, which the verifier does not take */
}

/* All that are kept. */
static __always_inline __u64 look_up_subject(const enum tier tier, const struct pk_image *image,
					     const struct place *place, struct subject *subject,
					     struct scratch *scratch)
{
	struct subject_rows *kept = &subject->of[image->generation & 1];
	__u64 live;

	look_up_executable(tier, image, place, scratch);
	live = other_subject_rows(tier, image, scratch, subject->exe_flags, subject->name);
	kept->generation = 0;
	barrier();
	kept->rows = scratch->subject;
	barrier();
	kept->generation = image->generation;
	return live;
}

/* The current task executes a program. */
static __always_inline void enter_subject(const enum tier tier, struct task_struct *task, struct file *executable)
{
	const struct place place = {.dentry = executable->f_path.dentry, .mount = executable->f_path.mnt};
	struct subject *subject = place_subject(task_key(task));
	struct pk_image *image = current_image();
	struct scratch *scratch;
	__u64 live;

	if (!subject)
		return;
	subject->marks |= (subject->marks & SUBJECT_FORKED) * (SUBJECT_RENAMED / SUBJECT_FORKED);
	adopt_subject(subject, task);
	read_name(subject->name, task->comm);
	subject->exe_flags = read_exe_flags(executable, executable->f_inode);
	scratch = image ? take_scratch() : NULL;
	if (!scratch)
		return;
	live = look_up_subject(tier, image, &place, subject, scratch);
	barrier_var(live);
	give_back(scratch);
}

/* A process is found that was there before the sensor. */
static __always_inline void note_subject(struct task_struct *task, struct file *executable)
{
	struct subject *subject = place_subject(task_key(task));

	if (!subject)
		return;
	adopt_subject(subject, task);
	read_name(subject->name, task->comm);
	subject->exe_flags = read_exe_flags(executable, executable->f_inode);
}

/* The process that acts, as far as it is known; NULL when there is no place for it. */
static __always_inline struct subject *current_subject(const enum tier tier, pk_key key)
{
	struct subject *subject = find_subject(key);
	struct task_struct *task, *leader;

	if (subject)
		return subject;
	subject = place_subject(key); /* it came unseen: what it is called now has to do */
	if (!subject)
		return NULL;
	task = current_task(tier);
	leader = tier == TIER_FULL ? task->group_leader : BPF_CORE_READ(task, group_leader);
	read_name(subject->name, (void *)leader + bpf_core_field_offset(leader->comm));
	return subject;
}

/* The executable of the current task, which is no kernel thread. */
static __always_inline struct place executable_place(const enum tier tier)
{
	struct task_struct *task = current_task(tier);
	struct file *file = tier == TIER_FULL ? task->mm->exe_file : BPF_CORE_READ(task, mm, exe_file);
	struct place place;

	place.dentry = tier == TIER_FULL ? file->f_path.dentry : BPF_CORE_READ(file, f_path.dentry);
	place.mount = tier == TIER_FULL ? file->f_path.mnt : BPF_CORE_READ(file, f_path.mnt);
	return place;
}

/* To scratch->subject. Returns the words of the policy that the subject leaves. */
static __always_inline __u64 subject_rows(const enum tier tier, const struct pk_image *image, pk_key key,
					  struct scratch *scratch)
{
	struct subject *subject = current_subject(tier, key);
	struct subject_rows *kept;
	struct place place;
	__u64 live;

	if (!subject) {
		__builtin_memset(&scratch->subject, 0, sizeof(scratch->subject)); /* rows of ones */
		scratch->subject.live = ~0ull;
		scratch->subject.unsure = PK_NONE;
		return with_container(tier, image, scratch);
	}
	kept = &subject->of[image->generation & 1];
	if (kept->generation == image->generation) {
		scratch->subject = kept->rows;
	} else {
		place = executable_place(tier);
		live = look_up_subject(tier, image, &place, subject, scratch);
		barrier_var(live);
	}
	return with_container(tier, image, scratch);
}

#endif
