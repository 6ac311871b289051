/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decisions by the SHA-256 of what is executed, which the kernel's IMA computes (bpf_ima_file_hash(), 5.18).
 *
 * Reading a file takes as long as it takes, and only a program that may sleep can ask for it; one that sleeps must hold
 * neither an image nor a scratch. So the digests are found first, by a program at bprm_check_security, which the kernel
 * asks about each file on the way: a script, and then its interpreter. They are kept with the thread until the decision
 * is made, by the programs that make it anyway: a conjunct that asks for a digest holds when it does for any of the
 * files. The kernel runs one execution of a process at a time (cred_guard_mutex).
 *
 * The bytes are those that run: since do_open_execat() nobody may open the executable for writing (deny_write_access();
 * 6.11.0 to 6.11.10 and 6.12.0 to 6.12.1 did without). A script is let go of when its interpreter is loaded, which
 * reads it again by its name.
 */
#ifndef PICKET_BPF_LIB_DIGEST_H
#define PICKET_BPF_LIB_DIGEST_H

#include "bpf/lib/decide.bpf.h"

#define DIGESTED_FILES 8 /* the kernel follows five interpreters (exec_binprm() in fs/exec.c): six files */

struct file_digest {
	__u64 words[PK_PIECE_WORDS];
	__u64 known; /* 0: it cannot be had */
};

/* Of the execution under way. */
struct digests {
	__u32 count; /* 0: none was asked for */
	struct file_digest of[DIGESTED_FILES];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct digests);
} noted_digests SEC(".maps");

/* NULL when there are none, and where nobody asks for any. */
static __always_inline struct digests *digests_for(const enum tier tier, const struct pk_image *image)
{
	struct digests *noted;

	if (tier == TIER_OLDER || !image->digest.lane.used)
		return NULL;
	noted = bpf_task_storage_get(&noted_digests, bpf_get_current_task_btf(), NULL, 0);
	return noted && noted->count ? noted : NULL;
}

static __always_inline __u32 digest_row(const struct pk_image *image, const struct file_digest *digest)
{
	const struct pk_number_lane *lane = &image->digest.lane;

	return digest->known ? pk_number_row(image, lane, pk_digest_hash(image->seed, digest->words)) : lane->other;
}

/* What is judged once for each file. */
struct by_digests {
	struct pk_image *image;
	struct scratch *scratch;
	struct digests *digests;
	__u64 live;
	__u32 enforce; /* as in pk_verdict */
	__u32 audit;
};

static __always_inline long judge_file(const enum tier tier, __u32 turn, void *context)
{
	struct by_digests *by = context;
	struct pk_verdict verdict;
	__u32 row;

	if (turn >= by->digests->count)
		return 1;
	row = digest_row(by->image, &by->digests->of[turn & (DIGESTED_FILES - 1)]);
	by->scratch->rows[PK_EVENT_DIGEST] = row;
	verdict = unpacked(judge(tier, by->image, by->scratch, PK_exec, by->live & pk_word(by->image, row)));
	by->enforce = by->enforce ?: verdict.enforce;
	by->audit = by->audit ?: verdict.audit;
	return by->enforce != 0;
}

static __noinline long judge_file_full(__u32 turn, void *context)
{
	return judge_file(TIER_FULL, turn, context);
}

/*
 * Judges an execution, all of whose other rows are in the scratch; `live` is what they leave. Without digests, which is
 * so of an execution that began under rules that asked for none, only the other conjuncts are.
 */
static __always_inline struct pk_verdict judge_executed_files(const enum tier tier, struct pk_image *image,
							      struct scratch *scratch, __u64 live)
{
	struct by_digests by = {.image = image, .scratch = scratch, .digests = digests_for(tier, image), .live = live};

	if (tier == TIER_FULL && by.digests) { /* the older tier has none */
		bpf_loop(DIGESTED_FILES, judge_file_full, &by, 0);
		return (struct pk_verdict){.enforce = by.enforce, .audit = by.audit};
	}
	scratch->rows[PK_EVENT_DIGEST] = image->digest.others;
	live &= pk_word(image, image->digest.others);
	return unpacked(live ? judge(tier, image, scratch, PK_exec, live) : 0);
}

#endif
