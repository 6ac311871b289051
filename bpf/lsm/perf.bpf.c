// SPDX-License-Identifier: GPL-2.0-only
//
// perf_event_open: when the event has been put together and not been given to anybody yet.
//
// lsm/perf_event_alloc, not lsm/perf_event_open: that one is called up to three times for one call, the first time
// before the kernel has copied the attributes in, and since 6.12 without them. The price: what the kernel refuses for
// want of a capability (perf_event_paranoid) or because it makes no sense is refused before, and is no event.
#include "bpf/lib/report.bpf.h"

/* The head of what perf_event_open is asked for: ABI as well. */
struct perf_event_head {
	__u32 type;
	__u32 size;
	__u64 config;
	__u64 sampling[3];
	__u64 bits;
};

/* Bits of `access`. */
enum access { ACCESS_CPU = 1, ACCESS_KERNEL = 2 };

/* perf_event_open in the tables of x86-64, x32 and i386. */
enum perf_call { CALL_64 = 298, CALL_X32 = 298 | 0x40000000, CALL_32 = 336 };

static __always_inline void fill_perf_event(const enum tier tier, void *to, const void *subject)
{
	const struct perf_event *event = subject;
	struct pk_perf_event *record = to;
	struct perf_event_head asked = {};

	bpf_probe_read_kernel(&asked, sizeof(asked), &event->attr);
	if (bpf_core_field_exists(event->orig_type))
		asked.type = BPF_CORE_READ(event, orig_type);
	record->access = BPF_CORE_READ(event, attach_state) & PERF_ATTACH_TASK ? 0 : ACCESS_CPU;
	if (!(asked.bits & PERF_EXCLUDE_KERNEL))
		record->access |= ACCESS_KERNEL;
	record->type = asked.type;
	record->config = asked.config;
}

/*
 * The kernel also makes events for itself: for children that inherit one, for its watchdogs, for debug registers, for
 * guests of KVM. Where the number of the system call is not known (other machines than x86) all but the first are
 * reported.
 */
static __always_inline bool is_asked_for(const enum tier tier, const struct perf_event *event)
{
	struct task_struct *task = current_task(tier);
	__u32 flags = current_flags(tier);
	struct pk_header call = {};
	bool compat;

	if (BPF_CORE_READ(event, parent) || flags & PF_KTHREAD)
		return false;
	fill_syscall(tier, &call, task, flags);
	compat = call.flags & PK_FLAG_compat;
	if (call.syscall == -1)
		return true;
	return compat ? call.syscall == CALL_32 : call.syscall == CALL_64 || call.syscall == CALL_X32;
}

static __always_inline int report_perf_event(const enum tier tier, const struct perf_event *event, int decided)
{
	if (!is_asked_for(tier, event))
		return verdict(decided);
	return report_plain(tier, PK_perf_event, sizeof(struct pk_perf_event), fill_perf_event, event, decided);
}

SEC("lsm/perf_event_alloc")
int BPF_PROG(perf_event, struct perf_event *event, int decided)
{
	return report_perf_event(TIER_FULL, event, decided);
}

SEC("lsm/perf_event_alloc")
int BPF_PROG(perf_event_older, struct perf_event *event, int decided)
{
	return report_perf_event(TIER_OLDER, event, decided);
}
