// SPDX-License-Identifier: GPL-2.0-only
//
// How a system call ended that an event told of (bpf/lib/await.bpf.h). One small program for the end of any system
// call: the sensor loads it once for each function that it is needed for (sensor/kernel/call_ends). They all have one
// argument, the registers.
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/hook.bpf.h"

static __always_inline int report_result(const enum tier tier, long result)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct pk_mark *marked = bpf_map_lookup_elem(&awaited, &thread);
	struct pk_result *record;
	__u64 since;

	if (!marked)
		return 0;
	since = marked->since;
	bpf_map_delete_elem(&awaited, &thread);
	record = emit_reserve(tier, PK_result, sizeof(*record));
	if (!record)
		return 0;
	fill_current(tier, &record->header, sizeof(*record), current_task(tier));
	record->result = result;
	record->since = since;
	emit_submit(record);
	return 0;
}

SEC("fexit")
int BPF_PROG(call_ends, const struct pt_regs *registers, long result)
{
	return report_result(TIER_FULL, result);
}

SEC("fexit")
int BPF_PROG(call_ends_older, const struct pt_regs *registers, long result)
{
	return report_result(TIER_OLDER, result);
}
