/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports of hooks that have strings of the kernel's to tell besides one path: what a symbolic link says, the name of
 * an attribute, the options of a mount. The path comes first in the record's variable part, then the strings.
 */
#ifndef PICKET_BPF_LIB_REPORT_TEXTS_H
#define PICKET_BPF_LIB_REPORT_TEXTS_H

#include "bpf/lib/report.bpf.h"
#include "bpf/lib/text.bpf.h"

#define SHORT_TEXT 255u /* the most that is kept of strings that are short in earnest */

/* What is kept of a string. */
enum keeping {
	KEEP_LONG,	/* as much as of a path */
	KEEP_SHORT,	/* SHORT_TEXT */
	KEEP_PRINTABLE, /* the same, and nothing unless all of it is text */
};

/* NULL is an empty one. */
struct string {
	const char *from;
	__u32 size;
	__u32 where; /* of its pk_text in the record */
	enum keeping keeping;
};

#define PRINTABLE_PIECE 64
#define PRINTABLE_TURNS (SHORT_TEXT / (PRINTABLE_PIECE - 1) + 1)

/* 1 when a is below b. Not by comparison: the verifier would follow both outcomes for each byte of a text. */
static __always_inline __u32 is_below(__u32 a, __u32 b)
{
	a -= b;
	barrier_var(a);
	return a >> 31;
}

/* Measures as measure_piece() does, and forgets what it measured at the first byte that is no text. */
static __noinline long printable_piece(__u32 turn, void *context)
{
	struct measuring *string = context;
	unsigned char piece[PRINTABLE_PIECE] = {};
	long got = bpf_probe_read_kernel_str(piece, sizeof(piece), string->from);
	__u32 strange = 0;

#pragma unroll
	for (int i = 0; i < PRINTABLE_PIECE - 1; i++)
		strange |= (is_below(piece[i], ' ') ^ is_below(piece[i], 1)) | is_below(piece[i] ^ 0x7f, 1);
	if (strange) {
		string->left.value = PK_PATH_MAX;
		return 1;
	}
	return measure_more(string, got, sizeof(piece));
}

/* What may be text or may be binary: empty unless it is text as far as it is kept. */
static __always_inline __u32 printable_size(const enum tier tier, const char *from)
{
	struct measuring measuring = {.from = from, .left.value = PK_PATH_MAX};

	repeat(tier, PRINTABLE_TURNS, PRINTABLE_TURNS, printable_piece, &measuring);
	return measured(&measuring);
}

static __always_inline void measure_string(const enum tier tier, struct string *string)
{
	string->size = string->keeping == KEEP_PRINTABLE ? printable_size(tier, string->from)
							 : string_size(tier, string->from);
	if (string->keeping != KEEP_LONG && string->size > SHORT_TEXT)
		string->size = SHORT_TEXT;
}

/*
 * In the full tier a string is measured when it has been decided that it is told. The older tier's verifier would go
 * through it once for each way to a decision.
 */
static __always_inline struct string string_of(const enum tier tier, const char *from, const enum keeping keeping,
					       __u32 where)
{
	struct string string = {.from = from, .where = where, .keeping = keeping};

	if (tier == TIER_OLDER)
		measure_string(tier, &string);
	return string;
}

static __always_inline void report_strings_sized(const enum tier tier, const struct report about, struct walk *path,
						 const struct string *strings, const int count, fill_record fill,
						 const void *subject, const struct decided *made, __u32 size,
						 const __u64 capacity)
{
	struct pk_header *header = emit_reserve_decided(tier, about.kind, capacity, made->error);
	__u32 offset = about.size + path->size.value;

	if (!header)
		return;
	fill_current(tier, header, size, current_task(tier));
	fill_decided(header, made);
	fill(tier, header, subject);
	if (!path_write(tier, path, header, capacity, about.size, (void *)header + about.where))
		header->flags |= PK_FLAG_path_truncated;
	for (int i = 0; i < count; i++) {
		text_copy(tier, header, capacity, offset, strings[i].from, false, PK_PATH_MAX, strings[i].size,
			  (void *)header + strings[i].where);
		offset += strings[i].size;
	}
	emit_submit(header);
}

static __always_inline int report_strings_wanted(const enum tier tier, const struct report about,
						 const struct place *place, struct walk_found *found,
						 struct string *strings, const int count, fill_record fill,
						 const void *subject, const struct decided *made)
{
	struct walk path;
	__u32 size;

	walk_from(tier, false, &path, place);
	path_measure_found(tier, &path, found);
	if (path.climb.end.value == WALK_PRIVATE) /* beneath an overlay: not the process's doing */
		return outcome(made);
	size = about.size + path.size.value;
#pragma clang loop unroll(full)
	for (int i = 0; i < count; i++) {
		if (tier != TIER_OLDER)
			measure_string(tier, &strings[i]);
		size += strings[i].size;
	}
	if (size <= 1024 - RECORD_SLACK)
		report_strings_sized(tier, about, &path, strings, count, fill, subject, made, size, 1024);
	else
		report_strings_sized(tier, about, &path, strings, count, fill, subject, made, size, 16384);
	return outcome(made);
}

/* A record with one path and `count` strings. `count` is a constant. */
static __always_inline int report_strings(const enum tier tier, const struct report about, struct dentry *dentry,
					  struct vfsmount *mount, struct string *strings, const int count,
					  fill_record fill, const void *subject, int decided)
{
	const struct place place = {.dentry = dentry, .mount = mount};
	struct walk_found found;
	const struct asked asked = {.kind = about.kind, .places = 1, .found = &found};
	const struct decided made = decide(tier, asked, &place, fill, subject, decided);

	if (made.unwanted)
		return outcome(&made);
	return report_strings_wanted(tier, about, &place, &found, strings, count, fill, subject, &made);
}

#endif
