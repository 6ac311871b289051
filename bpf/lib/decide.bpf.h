/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decisions: whether anybody wants an event, and whether a rule refuses the operation or kills who asks for it. Made
 * before a record is reserved, so that what nobody wants costs no record, and no verdict depends on room in a ring.
 *
 * The cheap comes first: the process, then numbers; paths only while they can still matter.
 */
#ifndef PICKET_BPF_LIB_DECIDE_H
#define PICKET_BPF_LIB_DECIDE_H

#include "bpf/lib/exempt.bpf.h"
#include "bpf/lib/subject.bpf.h"

/* What was made of an event; what its hook returns, and what its record says. */
struct decided {
	int error; /* 0 or a negative errno: of the security modules before us, or ours */
	__u32 policy;
	__u16 decision; /* enum pk_decision */
	__u16 conjunct;
	bool unwanted;
};

/* What a hook's program returns. Later verifiers insist on a value that can only be 0 or an errno. */
static __always_inline int outcome(const struct decided *made)
{
	return observe_only ? 0 : decision(made->error);
}

static __always_inline void fill_decided(struct pk_header *header, const struct decided *made)
{
	header->error = made->error;
	header->policy = made->policy;
	header->decision = made->decision;
	header->conjunct = made->conjunct;
}

/* Constant for constant kinds. */
static __always_inline bool is_decided(const __u16 kind)
{
#define DECIDED(name, first, second)                                                                                   \
	if (kind == PK_##name)                                                                                         \
		return true;
#define REFUSABLE(name)
#include "bpf/shared/refusable.def"
#undef REFUSABLE
#undef DECIDED
	return false;
}

/* A signed number counts as what its bytes are. */
#define LOWEST_BYTES(number) ((__u64)(number) & ~0ull >> (64 - 8 * sizeof(number)))

/* The record's members that lanes are about, from a record that lies on the stack: no other member is read. */
static __always_inline void number_rows(const struct pk_image *image, const struct pk_kind_plan *plan,
					const __u16 about, const void *facts, __u32 rows[PK_EVENT_ROWS])
{
#define LANE(name, slot, member)                                                                                       \
	if (about == PK_##name)                                                                                        \
		rows[PK_EVENT_NUMBER + slot] = pk_number_row(image, &plan->numbers[slot],                              \
							     LOWEST_BYTES(((const struct pk_##name *)facts)->member));
#include "bpf/shared/lanes.def"
#undef LANE
}

static __always_inline __u32 current_user(const enum tier tier)
{
	struct task_struct *task = current_task(tier);

	return tier == TIER_FULL ? task->cred->euid.val : BPF_CORE_READ(task, cred, euid.val);
}

/*
 * Whether the rule refuses and kills here and now. The cheap comes first, since a rule that is switched off may be met
 * often. `program`: the one that is to be executed; NULL: the one that acts counts.
 */
static __always_inline bool acts(const enum tier tier, const struct pk_response *response, struct inode *program)
{
	if (observe_only || !may_enforce())
		return false;
	return response->flags & PK_RESPONSE_ALL || !is_exempt(tier, program);
}

/* The rule of this conjunct (as a verdict names it) refuses, kills. */
static __always_inline void carry_out(struct pk_image *image, __u32 conjunct, struct decided *made)
{
	const __u32 number = (conjunct - 1) & (PK_POLICY_WORDS * 64 - 1);
	const struct pk_response *response = &image->responses[number];

	__sync_fetch_and_add(&image->hits[number].done, 1);
	made->conjunct = conjunct;
	made->error = response->error;
	made->decision = PK_DENIED;
	if (response->flags & PK_RESPONSE_KILL) {
		made->decision = PK_KILLED;
		bpf_send_signal(SIGKILL);
	}
}

static __always_inline void enforce(const enum tier tier, struct pk_image *image, const struct pk_verdict verdict,
				    bool may_refuse, struct decided *made)
{
	const __u32 conjunct = verdict.enforce ?: verdict.audit;
	const __u32 number = (conjunct - 1) & (PK_POLICY_WORDS * 64 - 1);
	const struct pk_response *response = &image->responses[number];

	if (!conjunct || made->error) /* nobody's business, or refused by others before us */
		return;
	if (verdict.enforce && may_refuse && acts(tier, response, NULL)) {
		carry_out(image, conjunct, made);
		return;
	}
	__sync_fetch_and_add(&image->hits[number].would, 1);
	made->conjunct = conjunct;
	made->decision = response->flags & PK_RESPONSE_KILL ? PK_WOULD_KILL : PK_WOULD_DENY;
}

/* What is asked of the image about one event. */
struct question {
	struct pk_image *image;
	struct scratch *scratch;
	__u64 live; /* the kind's words that are not zero so far */
};

/*
 * All scratches are taken, by programs that preempted each other (scratch.bpf.h): nobody can be asked. What rules may
 * refuse does not pass for that.
 */
static __always_inline void refuse_unasked(const enum tier tier, const struct pk_image *image,
					   const struct pk_kind_plan *plan, struct inode *program, struct decided *made)
{
	if (made->error || !pk_word(image, plan->enforce) || observe_only || !may_enforce() || is_exempt(tier, program))
		return;
	made->error = -EAGAIN;
	made->decision = PK_DENIED;
}

/* Whether there is anything to decide; then the scratch is taken. */
static __always_inline bool ask(const enum tier tier, const __u16 kind, bool may_refuse, struct question *question,
				struct decided *made)
{
	struct pk_image *image = current_image();
	const struct pk_kind_plan *plan;

	if (!is_decided(kind) || !image || (current_flags(tier) & (PF_KTHREAD | PF_IO_WORKER)) == PF_KTHREAD)
		return false;
	plan = &image->kinds[kind];
	if (!(plan->flags & PK_PLAN_DECIDE))
		return false;
	question->scratch = take_scratch();
	if (!question->scratch) {
		if (may_refuse)
			refuse_unasked(tier, image, plan, NULL, made);
		return false;
	}
	made->policy = image->generation;
	question->image = image;
	question->live = pk_kind_live(plan, subject_rows(tier, image, current_key(tier), question->scratch));
	__builtin_memset(question->scratch->rows, 0, sizeof(question->scratch->rows));
	return true;
}

static __always_inline void ask_numbers(const enum tier tier, const __u16 kind, struct question *question,
					const void *facts)
{
	const struct pk_kind_plan *plan = &question->image->kinds[kind];
	__u32 *rows = question->scratch->rows;

	if (!question->live)
		return;
	number_rows(question->image, plan, kind, facts, rows);
	rows[PK_EVENT_USER] = pk_number_row(question->image, &plan->user, current_user(tier));
	question->live &= summaries(question->image, rows, PK_EVENT_PATH);
}

/* `which` is 0 or 1, a constant. */
static __always_inline void ask_path(const enum tier tier, const __u16 kind, struct question *question, const int which,
				     const bool unknown, const struct place *place, struct walk_found *found)
{
	struct scratch *scratch = question->scratch;
	const struct pk_path_lane *lane = &question->image->kinds[kind].paths[which];
	__u32 *rows = &scratch->rows[PK_EVENT_PATH + 2 * which];

	scratch->found.end.value = 0;
	if (question->live && lane->used)
		question->live &= path_rows(tier, unknown, question->image, lane, place, scratch, rows);
	if (tier == TIER_OLDER)
		return;
	barrier(); /* or clang tells the verifier whether there was a walk */
	found[which] = scratch->found;
}

/* Of a kind that may have a path, about nothing that has one: anonymous memory. */
static __always_inline void ask_without_path(const __u16 kind, struct question *question)
{
	const struct pk_path_lane *lane = &question->image->kinds[kind].paths[0];
	__u32 *rows = &question->scratch->rows[PK_EVENT_PATH];

	rows[0] = lane->none;
	rows[1] = lane->none;
	question->live &= summaries(question->image, rows, 2);
}

/* The verdict in one register, since functions return no structs: wanted, enforce, audit. */
static __noinline __u64 judge(const struct pk_image *image, const struct pk_kind_plan *plan,
			      const struct scratch *scratch, __u64 live)
{
	const struct pk_verdict verdict = pk_judge(image, plan, &scratch->subject, scratch->rows, live);

	return (__u64)verdict.wanted << 63 | (__u64)verdict.enforce << 32 | verdict.audit;
}

static __always_inline struct pk_verdict unpacked(__u64 words)
{
	return (struct pk_verdict){.wanted = words >> 63, .enforce = words >> 32 & 0xffff, .audit = words & 0xffff};
}

static __always_inline void answer(const enum tier tier, const __u16 kind, const struct question *question,
				   bool may_refuse, struct decided *made)
{
	const struct pk_kind_plan *plan = &question->image->kinds[kind];
	const __u64 live = question->live;
	const struct pk_verdict verdict = unpacked(live ? judge(question->image, plan, question->scratch, live) : 0);

	made->unwanted = !verdict.wanted && !(plan->flags & PK_PLAN_REPORT_ALL);
	enforce(tier, question->image, verdict, may_refuse, made);
}

/* Fills the members of a record but the header and what is of variable size. */
typedef void (*fill_record)(const enum tier tier, void *record, const void *subject);

#define FACTS 24 /* words of the longest record that is decided about, without what is of variable size */

/* What is decided about. All constants. */
struct asked {
	__u16 kind;
	int places;		  /* paths: 0 to 2 */
	bool unknown;		  /* the verifier does not know the types of the places */
	bool after;		  /* nothing can be refused any more */
	struct walk_found *found; /* of each place: for path_measure_found() */
};

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
				.unwanted = (made->unwanted ^ zero) & 1};
}

/* There was no walk, and the verifier does not know. */
static __always_inline void find_nothing(struct walk_found *found)
{
	const __u64 zero = *(volatile __u64 *)&zero_it_may_be;

	found->size = (struct untracked){zero, zero};
	found->end = (struct untracked){zero, zero};
	found->counted = (struct counted){zero, zero};
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
	{
		__u64 facts[FACTS];

		fill(tier, facts, subject);
		ask_numbers(tier, asked.kind, &question, facts);
	}
	if (asked.places == 0)
		ask_without_path(asked.kind, &question);
	if (asked.places > 0)
		ask_path(tier, asked.kind, &question, 0, asked.unknown, &places[0], asked.found);
	if (asked.places > 1)
		ask_path(tier, asked.kind, &question, 1, asked.unknown, &places[1], asked.found);
	answer(tier, asked.kind, &question, !asked.after, &made);
	give_back(question.scratch);
	return forget_way(tier, &made);
}

#endif
