/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records on their way out: reserved in a ring, filled there, submitted. Nothing is copied, and nothing is lost without
 * being counted.
 *
 * There is a ring for every few CPUs, as one ring that all share would make them wait for each other, and one for what
 * must not be pushed out by a flood of the rest: the lives of processes and cgroups, and operations that were refused.
 *
 * Wake-ups are the dear part (6,500 to 8,000 instructions each, a record itself a few hundred), so records are
 * submitted without one; the sensor looks by itself every few milliseconds. It is woken when so much has piled up that
 * a ring could fill in between, then once for each as much again, and at once for a refused operation. Not for
 * lifecycle records: a fork storm would pay for three wake-ups per process.
 *
 * Records are read in the order of header.time, over all rings. For that the time has to be taken after the record was
 * reserved (fill_moment() does): whoever finds a ring empty then knows that whatever comes through it is younger.
 */
#ifndef PICKET_BPF_LIB_EMIT_H
#define PICKET_BPF_LIB_EMIT_H

#include "bpf/lib/await.bpf.h"
#include "bpf/lib/kernel.bpf.h"
#include "bpf/shared/counters.h"

/* Weak: every object file that is linked into the skeleton brings these, and the linker keeps one. */

/* The lifecycle ring, then those of the CPUs. Their number and sizes are set by the sensor. */
#define LIFECYCLE_RING 0

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pk_counters);
} counters SEC(".maps");

/* Set by the sensor: CPU number >> ring_shift counts the rings behind the lifecycle ring. */
const volatile __u32 ring_shift = 31;

/* Bytes in a ring from which on the sensor is woken. Set by the sensor. */
const volatile __u64 wakeup_bytes = 65536;

/* Bytes in the lifecycle ring from which on refused operations go the way of all others: one who is refused over and
 * over must not push out the lifecycle. Set by the sensor. */
const volatile __u64 refusal_bytes = 65536;

/* Raised by the sensor whenever it has read the losses, so that `since` begins anew. */
__u64 loss_epoch = 0;

static __always_inline bool is_lifecycle(__u16 kind)
{
	return kind == PK_fork || kind == PK_exec || kind == PK_exit || kind == PK_cgroup_mkdir ||
	       kind == PK_cgroup_rmdir || kind == PK_setns || kind == PK_unshare;
}

static __always_inline __u32 ring_of_kind(__u16 kind)
{
	return is_lifecycle(kind) ? LIFECYCLE_RING : 1 + (bpf_get_smp_processor_id() >> ring_shift);
}

static __always_inline __u64 ring_bytes_used(__u32 number)
{
	void *ring = bpf_map_lookup_elem(&rings, &number);

	return ring ? bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) : 0;
}

/*
 * The number of this record among those of this CPU. A program may be preempted by another one on its CPU. Atomic
 * operations that return a value came with 5.12; until 5.11 programs were not preempted, so that the older tier is
 * exact where it has to be, on 5.10.
 */
static __always_inline __u64 next_sequence(const enum tier tier, struct pk_counters *counted)
{
	if (tier == TIER_FULL)
		return __sync_fetch_and_add(&counted->sequence, 1);
	return counted->sequence++;
}

static __always_inline void count_loss(struct pk_counters *counted, const __u16 kind)
{
	struct pk_lost *lost = &counted->lost[kind];
	__u64 now = bpf_ktime_get_boot_ns();
	__u64 epoch = loss_epoch;

	if (lost->epoch != epoch || !lost->count) {
		lost->epoch = epoch;
		lost->since = now;
	}
	lost->until = now;
	__sync_fetch_and_add(&lost->count, 1);
}

static __always_inline void *reserve_in(const enum tier tier, __u32 number, const __u16 kind, const __u64 capacity)
{
	__u32 zero = 0;
	struct pk_counters *counted = bpf_map_lookup_elem(&counters, &zero);
	void *ring = bpf_map_lookup_elem(&rings, &number);
	struct pk_header *header;
	__u64 sequence;

	if (!counted || !ring)
		return NULL;
	sequence = next_sequence(tier, counted);
	header = bpf_ringbuf_reserve(ring, capacity, 0);
	if (!header) {
		count_loss(counted, kind);
		return NULL;
	}
	header->kind = kind;
	header->sequence = sequence;
	return header;
}

/*
 * Room for a record of `capacity` bytes (a constant), with the part of the header that the ring knows about filled in;
 * or NULL, and the loss is counted. A record must be submitted.
 */
static __always_inline void *emit_reserve(const enum tier tier, const __u16 kind, const __u64 capacity)
{
	return reserve_in(tier, ring_of_kind(kind), kind, capacity);
}

/* The same for an operation that may have been refused: header.error is going to be decision(decided). */
static __always_inline void *emit_reserve_decided(const enum tier tier, const __u16 kind, const __u64 capacity,
						  int decided)
{
	__u32 number = ring_of_kind(kind);
	__u32 refused = (__u32)(decided | -decided) >> 31;

	/* Not a test of `decided`: the verifier would remember it, and go through all that follows for either outcome.
	 */
	barrier_var(refused);
	if (refused && ring_bytes_used(LIFECYCLE_RING) < refusal_bytes)
		number = LIFECYCLE_RING;
	return reserve_in(tier, number, kind, capacity);
}

/* How far each ring was written when the sensor was last woken for what had piled up there. By the ring's number, of
 * which there are fewer. */
#define WAKEUP_PLACES 128
__u64 woken_at[WAKEUP_PLACES] = {};

/*
 * Whether the sensor has to be woken for what has piled up, once for each wakeup_bytes of it. Two programs that ask at
 * once may both do so.
 */
static __always_inline bool is_due(__u32 number)
{
	void *ring = bpf_map_lookup_elem(&rings, &number);
	__u64 *woken = &woken_at[number % WAKEUP_PLACES];
	__u64 written;

	if (!ring || bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) < wakeup_bytes)
		return false;
	written = bpf_ringbuf_query(ring, BPF_RB_PROD_POS);
	if (written - *woken < wakeup_bytes)
		return false;
	*woken = written;
	return true;
}

/* A failure is no refusal: nobody decided it. */
static __always_inline bool is_refused(const struct pk_header *header)
{
	return header->error && header->kind != PK_open_failed;
}

static __always_inline void submit(void *record, bool pressed)
{
	bpf_ringbuf_submit(record, pressed ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

/* `number` is that of the ring that the record is in. */
static __always_inline void emit_submit_in(__u32 number, void *record)
{
	await_result(record);
	submit(record, is_refused(record) || is_due(number));
}

/* The ring is found out last, and only where it matters: the verifier takes longer over it otherwise. */
static __always_inline void emit_submit(void *record)
{
	const struct pk_header *header = record;

	await_result(record);
	submit(record, is_refused(header) || is_due(ring_of_kind(header->kind)));
}

#endif
