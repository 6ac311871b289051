/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is asked of the policy image about one event, and what its answer does: row by row, the cheap first: numbers,
 * then the process; paths only while they can still matter. decide.bpf.h puts it together.
 */
#ifndef PICKET_BPF_LIB_QUESTION_H
#define PICKET_BPF_LIB_QUESTION_H

#include "bpf/lib/exempt.bpf.h"
#include "bpf/lib/lanes.bpf.h"

/* What was made of an event; what its hook returns, and what its record says. */
struct decided {
	int error; /* 0 or a negative errno: of the security modules before us, or ours */
	__u32 policy;
	__u16 decision; /* enum pk_decision */
	__u16 conjunct;
	bool unwanted;
	__u32 flags; /* enum pk_flag: what else the record has to say */
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
	header->flags |= made->flags;
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

/* Returns the words that the number leaves. Its row is 0 so far, that of a lane nobody asks about. */
static __always_inline __u64 ask_number(const struct pk_image *image, const struct pk_number_lane *lane, __u64 number,
					__u32 *row)
{
	__u32 found;

	if (!lane->used)
		return ~0ull;
	found = pk_member_row(image, lane, number);
	*row = found;
	return pk_word(image, found);
}

/*
 * The record's members that lanes are about, from a record that lies on the stack: no other member is read. Returns the
 * words that they leave.
 */
static __always_inline __u64 number_rows(const struct pk_image *image, const struct pk_kind_plan *plan,
					 const __u16 about, const void *facts, __u32 rows[PK_EVENT_ROWS])
{
	__u64 live = ~0ull;

#define LANE(name, slot, member)                                                                                       \
	if (about == PK_##name)                                                                                        \
		live &= ask_number(image, &plan->numbers[slot],                                                        \
				   LOWEST_BYTES(((const struct pk_##name *)facts)->member),                            \
				   &rows[PK_EVENT_NUMBER + slot]);
#include "bpf/shared/lanes.def"
#undef LANE
	return live;
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
	__u64 live;   /* what is left of the kind so far: pk_begin() */
	__u64 placed; /* the same before any path was looked at */
	__u32 names;  /* enum other_names of the first path, and two bits higher of the second */
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
	question->names = 0;
	question->live = pk_word(image, 0); /* ones, which the verifier need not know */
	__builtin_memset(question->scratch->rows, 0, sizeof(question->scratch->rows));
	return true;
}

/* The process that acts. */
static __always_inline void ask_subject(const enum tier tier, const __u16 kind, struct question *question)
{
	const struct pk_image *image = question->image;
	struct scratch *scratch = question->scratch;
	const __u64 live = subject_rows(tier, image, current_key(tier), scratch);

	question->live &= pk_begin(image, &image->kinds[kind], &scratch->subject, live);
}

static __always_inline __u64 ask_address(const enum tier tier, const __u16 kind, const struct question *question,
					 __u16 family, const pk_address *address)
{
	const struct pk_network_lane *lane = &question->image->kinds[kind].address;
	struct scratch *scratch = question->scratch;

	if (!lane->used)
		return ~0ull;
	if (!pk_ip_of(family, address, &scratch->ip)) {
		scratch->rows[PK_EVENT_ADDRESS] = lane->none;
		return pk_word(question->image, lane->none);
	}
	return tier == TIER_OLDER ? find_network_older(question->image, scratch, kind)
				  : find_network(question->image, scratch, kind);
}

/* The same for the record of a kind that has one. */
static __always_inline __u64 address_row(const enum tier tier, const __u16 about, const struct question *question,
					 const void *facts)
{
#define ADDRESS(name)                                                                                                  \
	if (about == PK_##name) {                                                                                      \
		const struct pk_##name *record = facts;                                                                \
		return ask_address(tier, about, question, record->family, &record->address);                           \
	}
#include "bpf/shared/addresses.def"
#undef ADDRESS
	return ~0ull;
}

static __always_inline bool has_address(const __u16 kind)
{
#define ADDRESS(name)                                                                                                  \
	if (kind == PK_##name)                                                                                         \
		return true;
#include "bpf/shared/addresses.def"
#undef ADDRESS
	return false;
}

/* Of the record's members. */
static __always_inline void ask_numbers(const __u16 kind, struct question *question, const void *facts)
{
	const struct pk_kind_plan *plan = &question->image->kinds[kind];

	question->live &= number_rows(question->image, plan, kind, facts, question->scratch->rows);
}

static __always_inline void ask_user(const enum tier tier, const __u16 kind, struct question *question)
{
	const struct pk_number_lane *lane = &question->image->kinds[kind].user;
	__u32 *row = &question->scratch->rows[PK_EVENT_USER];

	if (question->live && lane->used)
		question->live &= ask_number(question->image, lane, current_user(tier), row);
}

/* Most rules name the calls by which most events of a kind come. */
static __always_inline void ask_call(const enum tier tier, const __u16 kind, struct question *question)
{
	if (!question->image->kinds[kind].call.used)
		return;
	question->live &= tier == TIER_OLDER ? find_call_older(question->image, question->scratch, kind)
					     : find_call(question->image, question->scratch, kind);
}

static __always_inline bool asks_last(const __u16 kind, const struct question *question)
{
	const struct pk_kind_plan *plan = &question->image->kinds[kind];

	return plan->parent.used | plan->call.used;
}

/* What costs more than the record's members, and what tells little: once all else has been asked. */
static __always_inline void ask_last(const enum tier tier, const __u16 kind, struct question *question)
{
	if (!question->live && !question->names)
		return;
	question->live &= ask_parent(tier, kind, question->image, question->scratch);
	ask_call(tier, kind, question);
}

static __always_inline __u64 ask_way(const enum tier tier, const struct question *question, const __u16 kind,
				     const __u32 which)
{
	return tier == TIER_OLDER ? find_way_older(question->image, question->scratch, kind, which)
				  : find_way(question->image, question->scratch, kind, which);
}

/* `which` is 0 or 1, a constant. */
static __always_inline void ask_path(const enum tier tier, const __u16 kind, struct question *question, const int which,
				     const bool unknown, const struct place *place, struct walk_found *found)
{
	struct scratch *scratch = question->scratch;
	const struct pk_path_lane *lane = &question->image->kinds[kind].paths[which];
	__u32 *rows = &scratch->rows[PK_EVENT_PATH + 2 * which];

	if (which == 0)
		question->placed = question->live;
	find_no_walk(&scratch->found);
	if ((question->live || question->names) && lane->used) {
		const __u64 named = tier == TIER_FULL ? question->placed & pk_word(question->image, lane->named) : 0;

		question->live &= path_rows(tier, unknown, question->image, lane, place, scratch, named, rows);
		if (has_way(kind, which) && lane->used & PK_PATH_WAY)
			question->live &= ask_way(tier, question, kind, which);
		remember(tier, lane, scratch);
		if (tier == TIER_FULL)
			question->names |= scratch->other_names << 2 * which;
	}
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
static __always_inline __u64 packed(const struct pk_verdict verdict)
{
	return (__u64)verdict.wanted << 63 | (__u64)verdict.enforce << 32 | verdict.audit;
}

static __noinline long judge_word(__u32 turn, void *judging)
{
	return !pk_judge_word(judging);
}

static __always_inline void judge_words(struct pk_judging *judging)
{
	bpf_loop(PK_KIND_WORDS, judge_word, judging, 0);
}

__weak __noinline __u64 judge_full(const struct pk_image *image, const struct scratch *scratch, __u32 kind, __u64 live)
{
	if (!image || !scratch)
		return 0;
	return packed(pk_judge(image, &image->kinds[kind & 63], &scratch->subject, scratch->rows, live, judge_words));
}

static __noinline __u64 judge_older(const struct pk_image *image, const struct scratch *scratch, __u32 kind, __u64 live)
{
	return packed(pk_judge(image, &image->kinds[kind & 63], &scratch->subject, scratch->rows, live, pk_each_word));
}

static __always_inline __u64 judge(const enum tier tier, const struct pk_image *image, const struct scratch *scratch,
				   __u32 kind, __u64 live)
{
	return tier == TIER_OLDER ? judge_older(image, scratch, kind, live) : judge_full(image, scratch, kind, live);
}

static __always_inline struct pk_verdict unpacked(__u64 words)
{
	return (struct pk_verdict){.wanted = words >> 63, .enforce = words >> 32 & 0xffff, .audit = words & 0xffff};
}

#endif
