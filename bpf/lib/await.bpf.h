/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations whose outcome a rule asks for. A hook runs before the operation is done. When it reports one of a kind in
 * result_kinds, its thread is marked; when the system call it is in ends, bpf/kprobes/result.bpf.c finds the mark and
 * tells the result. Nobody is marked in a call whose end is not watched (io_uring_enter, and all that has no call of
 * its own): it would stay marked, and the end of a later call would be taken for the end of this one.
 */
#ifndef PICKET_BPF_LIB_AWAIT_H
#define PICKET_BPF_LIB_AWAIT_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/shared/wire.h"

/* A bit for each kind whose outcome is asked for. Set by the sensor, and changed when other rules come into force:
 * after the ends of calls are watched, and before they are not any more. */
__u64 result_kinds = 0;

/* The system calls whose end is watched, a bit for each number: the native ABI's, then the 32-bit one's. */
#define RESULT_CALLS 512
__u64 result_calls[2 * RESULT_CALLS / 64] = {};

struct pk_mark {
	__u64 kinds; /* a bit for each that the thread reported in the call that it is in */
	__u64 since; /* header.time of the first */
};

/* Threads by id. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct pk_mark);
} awaited SEC(".maps");

static __always_inline bool is_call_watched(const struct pk_header *header)
{
	__u32 call = header->syscall;

	if (call >= RESULT_CALLS)
		return false;
	if (header->flags & PK_FLAG_compat)
		call += RESULT_CALLS;
	return result_calls[(call / 64) % (2 * RESULT_CALLS / 64)] >> (call % 64) & 1;
}

static __always_inline void await_result(struct pk_header *header)
{
	__u32 thread = header->tid;
	struct pk_mark mark = {.kinds = 1ull << (header->kind & 63), .since = header->time};
	struct pk_mark *marked;

	if (!(result_kinds & mark.kinds) || !is_call_watched(header))
		return;
	marked = bpf_map_lookup_elem(&awaited, &thread);
	if (marked)
		marked->kinds |= mark.kinds; /* nobody but the thread itself changes it */
	else if (bpf_map_update_elem(&awaited, &thread, &mark, BPF_ANY))
		return;
	if (!header->error)
		header->flags |= PK_FLAG_result_follows;
}

/* Whether the current thread reported something of this kind in the call that it is in. */
static __always_inline bool is_awaited(__u32 thread, const __u16 kind)
{
	struct pk_mark *marked = result_kinds ? bpf_map_lookup_elem(&awaited, &thread) : NULL;

	return marked && marked->kinds >> kind & 1;
}

#endif
