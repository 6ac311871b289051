// SPDX-License-Identifier: GPL-2.0-only
//
// What a locked-down kernel refuses: /dev/mem, unsigned modules, kexec, kprobes... The hook is called for each of these
// whether the kernel is locked down or not; `error` tells whether it was refused. One operation may ask several times:
// each is an event.
#include "bpf/lib/report.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline void fill_lockdown(const enum tier tier, void *to, const void *subject)
{
	struct pk_lockdown *record = to;

	record->reason = *(const int *)subject;
	record->reserved = 0;
}

static __always_inline int report_lockdown(const enum tier tier, int reason, int decided)
{
	return report_plain(tier, PK_lockdown, sizeof(struct pk_lockdown), fill_lockdown, &reason, decided);
}

SEC("lsm/locked_down")
int BPF_PROG(locked_down, int reason, int decided)
{
	return report_lockdown(TIER_FULL, reason, decided);
}

SEC("lsm/locked_down")
int BPF_PROG(locked_down_older, int reason, int decided)
{
	return report_lockdown(TIER_OLDER, reason, decided);
}
