/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An event judged under the other names of its files (other_names.bpf.h), once it has been under their own paths: all
 * other rows are in the scratch. Names under which somebody wants it are told on the way. What is found is summed up in
 * the scratch, so that the verifier does not follow what follows once for each way to it.
 */
#ifndef PICKET_BPF_LIB_JUDGE_NAMES_H
#define PICKET_BPF_LIB_JUDGE_NAMES_H

#include "bpf/lib/question.bpf.h"

/* Of two conjuncts, each 0 or one more than its number, the first. */
static __always_inline __u32 first_conjunct(__u32 a, __u32 b)
{
	return (a - 1 < b - 1 ? a - 1 : b - 1) + 1;
}

/* On the way through a file's links; all else is in the scratch, since there is no stack for it. */
struct links {
	const struct pk_image *image;
	struct scratch *scratch;
};

static __always_inline const struct pk_path_lane *named_lane(const struct pk_image *image, const struct naming *naming)
{
	return &image->kinds[naming->kind & 63].paths[naming->which & 1];
}

static __always_inline __u32 *named_rows(struct scratch *scratch)
{
	return &scratch->rows[PK_EVENT_PATH + 2 * (scratch->naming.which & 1)];
}

/* By the rows that stand for the path. Returns whether anybody wants it. */
static __noinline bool judge_named(const struct pk_image *image, struct scratch *scratch, __u64 live)
{
	struct naming *naming = &scratch->naming;
	const struct pk_path_lane *lane = named_lane(image, naming);
	struct pk_verdict verdict;

	live &= naming->live & pk_word(image, lane->named);
	if (!live)
		return false;
	scratch->rows[PK_EVENT_NAMED] = lane->named;
	verdict = unpacked(judge(TIER_FULL, image, scratch, naming->kind & 63, live));
	scratch->rows[PK_EVENT_NAMED] = 0;
	naming->verdict.wanted |= verdict.wanted;
	naming->verdict.enforce = first_conjunct(naming->verdict.enforce, verdict.enforce);
	naming->verdict.audit = first_conjunct(naming->verdict.audit, verdict.audit);
	naming->flags |= verdict.wanted * PK_FLAG_other_name;
	return verdict.wanted;
}

/* Under the names of that entry. Inlined, since the chain of calls from here on needs all the stack that there is. */
static __always_inline bool judge_by_name(const struct pk_image *image, struct scratch *scratch, struct dentry *dentry)
{
	__u32 done;
	__u64 live;

	begin_within(&scratch->walk.climb, dentry);
	scratch->end = hash_names(scratch->number);
	live = rows_of_path(TIER_FULL, image, named_lane(image, &scratch->naming), scratch, named_rows(scratch));
	if (!judge_named(image, scratch, live))
		return false;
	done = write_name(scratch->number);
	if (done)
		done = tell_name(scratch->number);
	barrier_var(done);
	return true;
}

/*
 * The list is read without its lock. An entry that is taken out of it forgets the next one, and the end of the list is
 * that of an entry that is in it: who looks there after `next` was read knows that it was the next one.
 */
static __always_inline bool is_in_list(struct hlist_node *node)
{
	struct hlist_node **place = BPF_CORE_READ(node, pprev);
	struct hlist_node *there = NULL;

	if (place)
		bpf_probe_read_kernel(&there, sizeof(there), place);
	return there == node;
}

/* Ends early, and leaves a link behind, where the list may go on otherwise than it is read. */
static long judge_link(__u32 turn, void *context)
{
	struct links *links = context;
	struct naming *naming = &links->scratch->naming;
	struct hlist_node *node = naming->link, *next;
	struct dentry *dentry;
	bool wanted;

	if (!node)
		return 1;
	next = BPF_CORE_READ(node, next);
	if (!is_in_list(node))
		return 1;
	naming->link = next;
	dentry = linked_entry(node);
	if (dentry == naming->entry)
		return 0;
	wanted = judge_by_name(links->image, links->scratch, dentry);
	barrier_var(wanted);
	return 0;
}

/*
 * What follows is about the path of scratch->naming. Global functions: tier.bpf.h. Who has more links than can be
 * looked at, or loses one meanwhile, may have any name: as of a path that is not whole.
 */
__weak __noinline __u32 judge_links(const struct pk_image *image, struct scratch *scratch)
{
	struct links links = {.image = image, .scratch = scratch};
	const struct pk_path_lane *lane;
	struct dentry *dentry;
	__u32 *rows;

	if (!image || !scratch)
		return 0;
	dentry = scratch->naming.entry;
	scratch->naming.link = BPF_CORE_READ(dentry, d_inode, i_dentry.first);
	bpf_loop(MOST_LINKS, judge_link, &links, 0);
	if (!scratch->naming.link)
		return 0;
	lane = named_lane(image, &scratch->naming);
	rows = named_rows(scratch);
	rows[0] = lane->cut;
	rows[1] = lane->cut;
	return judge_named(image, scratch, summaries(image, rows, 2));
}

__weak __noinline __u32 judge_elsewhere(const struct pk_image *image, struct scratch *scratch)
{
	return image && scratch ? judge_by_name(image, scratch, scratch->naming.entry) : 0;
}

/* Of what was asked since the first path, all but what is about this one. */
static __always_inline __u64 left_by_others(const struct question *question, const __u32 which)
{
	const struct pk_image *image = question->image;
	const __u32 *rows = question->scratch->rows;

	return summaries(image, &rows[PK_EVENT_PATH + 2 - 2 * which], 2) &
	       pk_word(image, pk_row_now(&rows[PK_WAY_SLOT(1 - which)])) &
	       pk_word(image, pk_row_now(&rows[PK_EVENT_CALL])) & pk_word(image, pk_row_now(&rows[PK_EVENT_PARENT]));
}

/*
 * Of one of its paths. The rows of the path are then again what they were. The names on the way of another name are not
 * looked up: whoever asks for one also asks for all of the path, and user space says which has it.
 */
static __always_inline void judge_names(const __u16 kind, const struct question *question, struct dentry *dentry,
					const __u32 which, __u32 names)
{
	struct scratch *scratch = question->scratch;
	struct naming *naming = &scratch->naming;
	__u32 *rows = &scratch->rows[PK_EVENT_PATH + 2 * which];
	__u32 *way = &scratch->rows[PK_WAY_SLOT(which)];
	__u32 done;

	naming->live = question->placed & left_by_others(question, which);
	naming->which = which;
	naming->entry = dentry;
	naming->rows[0] = rows[0];
	naming->rows[1] = rows[1];
	naming->rows[2] = *way;
	if (has_way(kind, which))
		*way = 0;
	if (names & NAMED_ELSEWHERE) {
		done = judge_elsewhere(question->image, scratch);
		barrier_var(done);
	}
	if (names & NAMED_BY_LINKS) {
		done = judge_links(question->image, scratch);
		barrier_var(done);
	}
	rows[0] = naming->rows[0];
	rows[1] = naming->rows[1];
	*way = naming->rows[2];
}

/* The verdict with what is found under other names of its `count` places, a constant. */
static __always_inline struct pk_verdict with_other_names(const __u16 kind, const struct question *question,
							  const struct place *places, const int count,
							  const struct pk_verdict own, struct decided *made)
{
	struct naming *naming = &question->scratch->naming;

	naming->verdict = own;
	naming->kind = kind;
	naming->flags = 0;
	if (question->names & 3)
		judge_names(kind, question, places[0].dentry, 0, question->names & 3);
	if (count > 1 && question->names >> 2)
		judge_names(kind, question, places[1].dentry, 1, question->names >> 2);
	barrier();
	made->flags = naming->flags;
	return naming->verdict;
}

#endif
