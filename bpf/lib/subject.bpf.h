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
#include "bpf/lib/path_rows.bpf.h"
#include "bpf/lib/subject_table.bpf.h"

/* To scratch->subject: all of them but those of the executable's path and of the container. */
static __always_inline void look_up_others(const struct pk_image *image, struct scratch *scratch, __u32 exe_flags,
					   __u64 first_name, __u64 second_name)
{
	const struct pk_subject_plan *plan = &image->subject;
	const __u64 name[] = {first_name, second_name};
	struct pk_subject_rows *rows = &scratch->subject;

	rows->rows[PK_SUBJECT_FLAGS] = pk_number_row(image, &plan->flags, exe_flags);
	rows->rows[PK_SUBJECT_NAME] = pk_number_row(image, &plan->name, pk_comm_hash(image->seed, name));
	rows->rows[PK_SUBJECT_CONTAINER] = 0;
	rows->unsure = PK_NONE;
}

struct all_words {
	const struct pk_image *image;
	struct pk_subject_rows *subject;
};

static __noinline long look_at_words(__u32 turn, void *context)
{
	struct all_words *of = context;
	const __u32 word = turn * PK_WORDS_AT_ONCE;

	if (word >= of->image->words)
		return 1;
	of->subject->live |= pk_some_live(of->image, of->subject->rows, word);
	return 0;
}

/* They return the words of the policy that all rows leave. */
__weak __noinline __u64 find_other_rows(const struct pk_image *image, struct scratch *scratch, __u32 exe_flags,
					__u64 first_name, __u64 second_name)
{
	struct all_words of = {.image = image};

	if (!image || !scratch)
		return 0;
	of.subject = &scratch->subject;
	look_up_others(image, scratch, exe_flags, first_name, second_name);
	scratch->subject.live = 0;
	bpf_loop(PK_POLICY_WORDS / PK_WORDS_AT_ONCE, look_at_words, &of, 0);
	return scratch->subject.live;
}

static __noinline __u64 find_other_rows_older(const struct pk_image *image, struct scratch *scratch, __u32 exe_flags,
					      __u64 first_name, __u64 second_name)
{
	look_up_others(image, scratch, exe_flags, first_name, second_name);
	scratch->subject.live = pk_subject_live(image, scratch->subject.rows);
	return scratch->subject.live;
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
	/* a function whose value nobody wants becomes a void one, which the verifier does not take */
	barrier_var(used);
	if (lane->used)
		remember(tier, lane, scratch);
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
	read_task_name(subject->name, task);
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
	read_task_name(subject->name, task);
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
