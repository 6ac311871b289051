// SPDX-License-Identifier: GPL-2.0-only
//
// io_uring_setup: when the ring is there. A ring that was not made is no event. Observed only: the hook that could
// refuse one came with 6.15 (uring_allowed).
#include "bpf/lib/report.bpf.h"

struct created {
	int descriptor;
	__u32 entries, completions, flags;
};

static __always_inline void fill_io_uring(const enum tier tier, void *to, const void *subject)
{
	const struct created *created = subject;
	struct pk_io_uring *record = to;

	record->flags = created->flags;
	record->entries = created->entries;
	record->completions = created->completions;
	record->descriptor = created->descriptor;
}

static __always_inline int report_io_uring(const enum tier tier, const struct created created)
{
	report_plain(tier, PK_io_uring, sizeof(struct pk_io_uring), fill_io_uring, &created, 0);
	return 0;
}

SEC("tp_btf/io_uring_create")
int BPF_PROG(io_uring_create, int descriptor, void *ring, __u32 entries, __u32 completions, __u32 flags)
{
	return report_io_uring(TIER_FULL, (struct created){descriptor, entries, completions, flags});
}

SEC("tp_btf/io_uring_create")
int BPF_PROG(io_uring_create_older, int descriptor, void *ring, __u32 entries, __u32 completions, __u32 flags)
{
	return report_io_uring(TIER_OLDER, (struct created){descriptor, entries, completions, flags});
}
