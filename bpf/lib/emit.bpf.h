/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records on their way out: reserved in the ring, filled there, submitted. Nothing is copied, and nothing is lost
 * without being counted.
 *
 * Wake-ups are the dear part (thousands of instructions each), so records are submitted without one; the sensor looks
 * by itself every few milliseconds. Only when that much has piled up that the ring could fill in between is it woken.
 */
#ifndef PICKET_BPF_LIB_EMIT_H
#define PICKET_BPF_LIB_EMIT_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/shared/counters.h"

/* Weak: every object file that is linked into the skeleton brings these, and the linker keeps one. */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); /* set by the sensor */
} events __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pk_counters);
} counters __weak SEC(".maps");

/* Bytes in the ring from which on the sensor is woken. Set by the sensor. */
const volatile __u64 wakeup_bytes __weak = 65536;

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

/*
 * Room for a record of `capacity` bytes (a constant), with the part of the header that the ring knows about filled in;
 * or NULL, and the loss is counted. A record must be submitted.
 */
static __always_inline void *emit_reserve(const enum tier tier, const __u16 kind, const __u64 capacity)
{
	__u32 zero = 0;
	struct pk_counters *counted = bpf_map_lookup_elem(&counters, &zero);
	struct pk_header *header;
	__u64 sequence;

	if (!counted)
		return NULL;
	sequence = next_sequence(tier, counted);
	header = bpf_ringbuf_reserve(&events, capacity, 0);
	if (!header) {
		__sync_fetch_and_add(&counted->lost[kind], 1);
		return NULL;
	}
	header->kind = kind;
	header->sequence = sequence;
	return header;
}

static __always_inline void emit_submit(void *record)
{
	bool pressed = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= wakeup_bytes;

	bpf_ringbuf_submit(record, pressed ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

#endif
