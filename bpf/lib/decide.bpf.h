/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decisions: whether anybody wants an event, and whether a rule refuses the operation or kills who asks for it. Made
 * before a record is reserved, so that what nobody wants costs no record, and no verdict depends on room in a ring.
 *
 * The cheap comes first: numbers, then the process; paths only while they can still matter.
 */
#ifndef PICKET_BPF_LIB_DECIDE_H
#define PICKET_BPF_LIB_DECIDE_H

#include "bpf/lib/judge_names.bpf.h"

/* A rule that only kills never comes too late. */
static __always_inline bool kills_alone(const struct pk_image *image, __u32 conjunct)
{
	return !image->responses[(conjunct - 1) & (PK_POLICY_WORDS * 64 - 1)].error;
}

static __always_inline struct pk_verdict judged(const enum tier tier, const __u16 kind, const struct question *question)
{
	const __u64 live = question->live;

	return unpacked(live ? judge(tier, question->image, question->scratch, kind, live) : 0);
}

/* Whether what was asked last has another answer than that all may hold. */
static __always_inline bool says_something(const struct question *question)
{
	const __u32 *rows = question->scratch->rows;

	return pk_row_now(&rows[PK_EVENT_CALL]) | pk_row_now(&rows[PK_EVENT_PARENT]);
}

/*
 * What is asked last is asked of what somebody wants by all else: it is judged once more then. The older tier's
 * verifier takes too long over that.
 */
static __always_inline struct pk_verdict judged_by_all(const enum tier tier, const __u16 kind,
						       struct question *question)
{
	struct pk_verdict verdict;

	if (tier == TIER_OLDER) {
		ask_last(tier, kind, question);
		return judged(tier, kind, question);
	}
	verdict = judged(tier, kind, question);
	if ((!verdict.wanted && !question->names) || !asks_last(kind, question))
		return verdict;
	ask_last(tier, kind, question);
	return says_something(question) ? judged(tier, kind, question) : verdict;
}

/* What is decided about. All constants. */
struct asked {
	__u16 kind;
	int places;		  /* paths: 0 to 2 */
	bool unknown;		  /* the verifier does not know the types of the places */
	bool after;		  /* nothing can be refused any more: who did it can only be killed */
	struct walk_found *found; /* of each place: for path_measure_found() */
};

static __always_inline void answer(const enum tier tier, const struct asked asked, struct question *question,
				   const struct place *places, struct decided *made)
{
	const struct pk_kind_plan *plan = &question->image->kinds[asked.kind];
	struct pk_verdict verdict = judged_by_all(tier, asked.kind, question);
	bool may_refuse = !asked.after;

	if (tier == TIER_FULL && asked.places > 0)
		verdict = with_other_names(asked.kind, question, places, asked.places, verdict, made);
	made->unwanted = !verdict.wanted && !(plan->flags & PK_PLAN_REPORT_ALL);
	may_refuse |= kills_alone(question->image, verdict.enforce);
	enforce(tier, question->image, verdict, may_refuse, made);
}

/* Fills the members of a record but the header and what is of variable size. */
typedef void (*fill_record)(const enum tier tier, void *record, const void *subject);

#define FACTS 24 /* words of the longest record that is decided about, without what is of variable size */

/* Always 0. What lies in a map the verifier does not know. */
__u64 zero_it_may_be = 0;

/*
 * Makes a number one that the verifier knows nothing of: PK_FORGET() does so for the compiler.
 */
static __always_inline __u64 forgotten(__u64 number)
{
	__u64 unknown, read;

	bpf_probe_read_kernel(&unknown, sizeof(unknown), &number);
	read = unknown;
	barrier_var(read); /* or clang 14 reads it when its place on the stack has been given to others */
	barrier();
	return read;
}

static __always_inline struct decided forget_way_older(const struct decided *made)
{
	const __u64 numbers = forgotten((__u64)made->decision << 48 | (__u64)made->conjunct << 32 | (__u32)made->error);

	return (struct decided){.error = (__s32)numbers,
				.policy = forgotten(made->policy),
				.decision = numbers >> 48,
				.conjunct = numbers >> 32 & 0xffff,
				.unwanted = made->unwanted};
}

/* The verifier would go through all that follows once for each way to a decision. */
static __always_inline struct decided forget_way(const enum tier tier, const struct decided *made)
{
	__u64 zero;

	if (tier == TIER_OLDER)
		return forget_way_older(made);
	zero = *(volatile __u64 *)&zero_it_may_be;
	return (struct decided){.error = (__s32)(made->error ^ zero),
				.policy = made->policy ^ zero,
				.decision = made->decision ^ zero,
				.conjunct = made->conjunct ^ zero,
				.unwanted = (made->unwanted ^ zero) & 1,
				.flags = made->flags ^ zero};
}

/* There was no walk, and the verifier does not know. */
static __always_inline void find_nothing(struct walk_found *found)
{
	const __u64 zero = *(volatile __u64 *)&zero_it_may_be;

	found->size = (struct untracked){zero, zero};
	found->end = (struct untracked){zero, zero};
	found->counted = (struct counted){zero, zero};
}

/* By what was asked so far no rule can want the event, and so none refuses it. */
static __always_inline bool is_nobodys(const __u16 kind, const struct question *question)
{
	return !question->live && !question->names && !(question->image->kinds[kind].flags & PK_PLAN_REPORT_ALL);
}

/* Ends here, as most do. */
static __always_inline struct decided leave_unwanted(const struct question *question, struct decided *made)
{
	give_back(question->scratch);
	made->unwanted = true;
	return *made;
}

/* The record lies on the stack only for so long: what comes afterwards needs its place. */
static __always_inline void ask_facts(const enum tier tier, const __u16 kind, fill_record fill, const void *subject,
				      struct question *question)
{
	__u64 facts[FACTS];

	fill(tier, facts, subject);
	ask_numbers(kind, question, facts);
	if (question->live)
		question->live &= address_row(tier, kind, question, facts);
}

/*
 * Who it is, and what the record's members leave. Members come first, which take less, but where an address is among
 * them: the verifier would go through all of the subject once for each way to fill it.
 */
static __always_inline void ask_members(const enum tier tier, const __u16 kind, fill_record fill, const void *subject,
					struct question *question)
{
	if (has_address(kind))
		ask_subject(tier, kind, question);
	if (tier == TIER_OLDER || question->live)
		ask_facts(tier, kind, fill, subject, question);
	if (!has_address(kind) && (tier == TIER_OLDER || question->live))
		ask_subject(tier, kind, question);
	ask_user(tier, kind, question);
}

/*
 * Decides about an event. `fill` is what is going to fill the record; here it fills one on the stack, of which the
 * compiler keeps what lanes are about.
 */
static __always_inline struct decided decide(const enum tier tier, const struct asked asked, const struct place *places,
					     fill_record fill, const void *subject, int decided)
{
	struct decided made = {.error = decision(decided)};
	struct question question;

	if (!ask(tier, asked.kind, !asked.after, &question, &made)) {
#pragma clang loop unroll(full)
		for (int i = 0; i < asked.places && tier != TIER_OLDER; i++)
			find_nothing(&asked.found[i]);
		return forget_way(tier, &made);
	}
	ask_members(tier, asked.kind, fill, subject, &question);
	if (tier == TIER_FULL && is_nobodys(asked.kind, &question))
		return leave_unwanted(&question, &made);
	if (asked.places == 0)
		ask_without_path(asked.kind, &question);
	if (asked.places > 0)
		ask_path(tier, asked.kind, &question, 0, asked.unknown, &places[0], asked.found);
	if (asked.places > 1)
		ask_path(tier, asked.kind, &question, 1, asked.unknown, &places[1], asked.found);
	if (tier == TIER_FULL && is_nobodys(asked.kind, &question))
		return leave_unwanted(&question, &made);
	answer(tier, asked, &question, places, &made);
	give_back(question.scratch);
	return forget_way(tier, &made);
}

#endif
