/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The verdict of a policy image, out of the rows that were looked up in it (lookup.h): the same code for the kernel
 * programs and for user space, so that both find the same.
 */
#ifndef PICKET_BPF_SHARED_JUDGE_H
#define PICKET_BPF_SHARED_JUDGE_H

#include "bpf/shared/lookup.h"

/* The subject's rows. */
enum pk_subject_row {
	PK_SUBJECT_DIRECTORY, /* of the executable */
	PK_SUBJECT_FILE,      /* its last name */
	PK_SUBJECT_FLAGS,
	PK_SUBJECT_NAME,
	PK_SUBJECT_CONTAINER,
	PK_SUBJECT_ROWS
};

struct pk_subject_rows {
	__u64 live; /* bit w: word w of the policy may not be zero in all of them */
	__u32 rows[PK_SUBJECT_ROWS];
	__u32 unsure; /* row: what may be met and refuses nothing. PK_NONE until a container is added */
};

/* The rows of what the event is about. */
enum pk_event_row {
	PK_EVENT_NUMBER, /* PK_LANES of them */
	PK_EVENT_USER = PK_LANES,
	PK_EVENT_CALL,
	PK_EVENT_PATH, /* directories and last name of PK_PATHS paths */
	/* pk_path_lane.named, where a path is another name of the file's */
	PK_EVENT_NAMED = PK_EVENT_PATH + 2 * PK_PATHS,
	PK_EVENT_PARENT,
	PK_EVENT_ROWS,
	PK_EVENT_ADDRESS = PK_EVENT_PATH + 2, /* of a socket: events about one have no path */
	PK_EVENT_DIGEST = PK_EVENT_NUMBER     /* of exec, of which no number is asked */
};

struct pk_verdict {
	__u32 wanted;  /* some conjunct can hold */
	__u32 enforce; /* 1 + the number in the policy of the first conjunct whose rule refuses or kills; 0: none */
	__u32 audit;   /* the same of rules that only say so */
	__u32 unused;
};

/* 1 when any bit is set. Arithmetic: a comparison would be a branch. */
static inline __attribute__((always_inline)) __u64 pk_any(__u64 bits)
{
	__u64 negative = -bits;

	PK_FORGET(negative);
	return (bits | negative) >> 63;
}

/* The number of the lowest bit; of 0 it is 64. By counting the bits below it. */
static inline __attribute__((always_inline)) __u32 pk_lowest(__u64 bits)
{
	bits = (bits & -bits) - 1;
	bits -= bits >> 1 & 0x5555555555555555ull;
	bits = (bits & 0x3333333333333333ull) + (bits >> 2 & 0x3333333333333333ull);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (__u32)(bits * 0x0101010101010101ull >> 56);
}

/*
 * A row that is read where it is used. Read once for all words, fourteen of them would lie on the stack, of which a
 * kernel program has 512 bytes.
 */
static inline __attribute__((always_inline)) __u32 pk_row_now(const __u32 *row)
{
	return *(const volatile __u32 *)row;
}

#define PK_WORDS_AT_ONCE 4

/*
 * Of some words of the policy from `word` on, those that are not zero in all rows of the subject. Behind its last word
 * it may find any, which are no kind's.
 */
static inline __attribute__((always_inline)) __u64 pk_some_live(const struct pk_image *image,
								const __u32 rows[PK_SUBJECT_ROWS], __u32 word)
{
	__u32 first[PK_SUBJECT_ROWS];
	__u64 live = 0;

	/* Read now, and not found out once more for each way in which they were looked up. */
	PK_UNROLL
	for (int row = 0; row < PK_SUBJECT_ROWS; row++)
		first[row] = pk_row_now(&rows[row]);
	PK_UNROLL
	for (__u32 number = 0; number < PK_WORDS_AT_ONCE; number++) {
		const __u32 next = word + number;
		__u64 both = ~0ull;

		PK_UNROLL
		for (int row = 0; row < PK_SUBJECT_ROWS; row++)
			both &= pk_word(image, first[row] + next);
		live |= pk_any(both) << (next & 63);
	}
	return live;
}

/* The same of all words, for user space and the older tier. */
static inline __attribute__((always_inline)) __u64 pk_subject_live(const struct pk_image *image,
								   const __u32 rows[PK_SUBJECT_ROWS])
{
	__u64 live = 0;

	for (__u32 word = 0; word < PK_POLICY_WORDS && word < image->words; word += PK_WORDS_AT_ONCE)
		live |= pk_some_live(image, rows, word);
	return live;
}

/* The subject is in a container of that class, or supposed to be. Its row was all ones before. */
static inline __attribute__((always_inline)) void pk_add_container(const struct pk_image *image,
								   struct pk_subject_rows *subject, __u32 number)
{
	const struct pk_container_class *of = &image->containers[number & (PK_CONTAINERS - 1)];
	const __u32 supposed = number & PK_SUPPOSED;

	subject->rows[PK_SUBJECT_CONTAINER] = supposed ? 0 : of->row;
	subject->unsure = supposed ? of->doubt : of->unsure;
	subject->live &= supposed ? ~0ull : of->live;
}

/* Its number in the image in force; PK_CLASS_UNKNOWN when there is none. */
static inline __attribute__((always_inline)) __u32 pk_class_in(const struct pk_image *image,
							       const struct pk_cgroup_class *classes)
{
	const struct pk_class *of = &classes->of[image->generation & 1];

	return of->generation == image->generation ? of->number : PK_CLASS_UNKNOWN;
}

/* Of the words that the subject leaves those of the kind. */
static inline __attribute__((always_inline)) __u64 pk_kind_live(const struct pk_kind_plan *plan, __u64 live)
{
	return live >> (plan->first & (PK_POLICY_WORDS - 1)) & ((1ull << (plan->words & 31)) - 1);
}

/* Of the candidates those that these two rows leave; most lanes are nobody's, and both are 0. */
static inline __attribute__((always_inline)) __u64 pk_leave(const struct pk_image *image, const __u32 *rows, __u32 word,
							    __u64 candidates)
{
	if (!(pk_row_now(&rows[0]) | pk_row_now(&rows[1])))
		return candidates;
	candidates &= pk_word(image, pk_row_now(&rows[0]) + 1 + word);
	candidates &= pk_word(image, pk_row_now(&rows[1]) + 1 + word);
	PK_FORGET(candidates);
	return candidates;
}

/* Of a word those that all rows of what the event is about leave. Paths first: few of them leave any. */
static inline __attribute__((always_inline)) __u64 pk_event_candidates(const struct pk_image *image,
								       const __u32 rows[PK_EVENT_ROWS], __u32 word)
{
	__u64 candidates = ~0ull;

	/* PK_EVENT_PATH and PK_EVENT_ROWS are even */
	PK_UNROLL
	for (int row = PK_EVENT_PATH; row < PK_EVENT_ROWS; row += 2)
		candidates = pk_leave(image, &rows[row], word, candidates);
	if (!candidates)
		return 0;
	PK_UNROLL
	for (int row = 0; row < PK_EVENT_PATH; row += 2)
		candidates = pk_leave(image, &rows[row], word, candidates);
	return candidates;
}

static inline __attribute__((always_inline)) __u64
pk_subject_candidates(const struct pk_image *image, const struct pk_subject_rows *subject, __u32 word)
{
	__u64 candidates = ~0ull;

	PK_UNROLL
	for (int row = 0; row < PK_SUBJECT_ROWS; row++)
		candidates &= pk_word(image, pk_row_now(&subject->rows[row]) + word);
	return candidates;
}

/* Of a word those that all rows leave. */
static inline __attribute__((always_inline)) __u64 pk_candidates(const struct pk_image *image,
								 const struct pk_kind_plan *plan,
								 const struct pk_subject_rows *subject,
								 const __u32 rows[PK_EVENT_ROWS], __u32 word)
{
	return pk_event_candidates(image, rows, word) & pk_subject_candidates(image, subject, plan->first + word);
}

/*
 * What the subject leaves of a kind: of one that has one word its conjuncts, of others its words that are not zero.
 * What the event is about is asked by an AND with the summaries of its rows, and once nothing is left nobody wants it.
 */
static inline __attribute__((always_inline)) __u64 pk_begin(const struct pk_image *image,
							    const struct pk_kind_plan *plan,
							    const struct pk_subject_rows *subject, __u64 live)
{
	live = pk_kind_live(plan, live);
	return live && plan->words == 1 ? pk_subject_candidates(image, subject, plan->first) : live;
}

/* What is judged, and what was found so far. `live` is what is left of pk_begin() after the summaries of `rows`. */
struct pk_judging {
	const struct pk_image *image;
	const struct pk_kind_plan *plan;
	const struct pk_subject_rows *subject;
	const __u32 *rows;
	__u64 live;
	__u64 wanted;  /* conjuncts, of whichever word */
	__u64 enforce; /* as in pk_verdict */
	__u64 audit;
};

/* Those conjuncts of a word can hold. No branch on what was found so far: the verifier would keep the ways apart. */
static inline __attribute__((always_inline)) void pk_find_conjuncts(struct pk_judging *judging, __u32 word,
								    __u64 candidates)
{
	const struct pk_image *image = judging->image;
	const struct pk_kind_plan *plan = judging->plan;
	const __u64 certain = candidates & ~pk_word(image, judging->subject->unsure + plan->first + word);
	const __u64 enforced = certain & pk_word(image, plan->enforce + 1 + word);
	const __u64 audited = certain & pk_word(image, plan->audit + 1 + word);
	const __u64 first = 1 + (plan->first + word) * 64;

	judging->wanted |= candidates;
	if (!(enforced | audited))
		return;
	judging->enforce |= -(pk_any(enforced) & ~pk_any(judging->enforce)) & (first + pk_lowest(enforced));
	judging->audit |= -(pk_any(audited) & ~pk_any(judging->audit)) & (first + pk_lowest(audited));
}

/* By the next word that is left, all lanes at once. Returns whether there was one. */
static inline __attribute__((always_inline)) int pk_judge_word(struct pk_judging *judging)
{
	const __u64 live = judging->live;
	const __u32 word = pk_lowest(live) & (PK_KIND_WORDS - 1);
	__u64 candidates;

	if (!live)
		return 0;
	judging->live = live & (live - 1);
	candidates = pk_event_candidates(judging->image, judging->rows, word);
	if (candidates)
		candidates &= pk_subject_candidates(judging->image, judging->subject, judging->plan->first + word);
	if (candidates)
		pk_find_conjuncts(judging, word, candidates);
	return 1;
}

/* Goes through all words that are left by pk_judge_word(): a kernel program's verifier has its own way to loop. */
typedef void (*pk_judge_words)(struct pk_judging *judging);

/* For user space and the older tier. */
static inline __attribute__((always_inline)) void pk_each_word(struct pk_judging *judging)
{
	for (int turn = 0; turn < PK_KIND_WORDS; turn++)
		if (!pk_judge_word(judging))
			break;
}

/* Of a kind that has one word what is left are the conjuncts themselves. */
static inline __attribute__((always_inline)) struct pk_verdict
pk_judge(const struct pk_image *image, const struct pk_kind_plan *plan, const struct pk_subject_rows *subject,
	 const __u32 rows[PK_EVENT_ROWS], __u64 live, pk_judge_words judge_words)
{
	struct pk_judging judging = {.image = image,
				     .plan = plan,
				     .subject = subject,
				     .rows = rows,
				     .live = live,
				     .wanted = 0,
				     .enforce = 0,
				     .audit = 0};
	struct pk_verdict verdict;

	if (plan->words == 1)
		pk_find_conjuncts(&judging, 0, live);
	else
		judge_words(&judging);
	verdict.wanted = (__u32)pk_any(judging.wanted);
	verdict.enforce = (__u32)judging.enforce;
	verdict.audit = (__u32)judging.audit;
	verdict.unused = 0;
	return verdict;
}

#endif
