// SPDX-License-Identifier: GPL-2.0-only
//
// What a locked-down kernel refuses: /dev/mem, unsigned modules, kexec, kprobes... The kernel asks for each of these
// whether it is locked down or not; `error` tells whether it was refused. One operation may ask several times: each is
// an event.
//
// At the end of security_locked_down, not as lsm/locked_down: the first security module that refuses ends the round,
// and `lockdown` comes before `bpf`, so that the LSM program would not see what matters most.
#include "bpf/lib/report.bpf.h"

static __always_inline void fill_lockdown(const enum tier tier, void *to, const void *subject)
{
	struct pk_lockdown *record = to;

	record->reason = *(const int *)subject;
	record->reserved = 0;
}

static __always_inline int report_lockdown(const enum tier tier, int reason, int decided)
{
	report_plain(tier, PK_lockdown, sizeof(struct pk_lockdown), fill_lockdown, &reason, decided);
	return 0;
}

SEC("fexit/security_locked_down")
int BPF_PROG(locked_down, int reason, int decided)
{
	return report_lockdown(TIER_FULL, reason, decided);
}

SEC("fexit/security_locked_down")
int BPF_PROG(locked_down_older, int reason, int decided)
{
	return report_lockdown(TIER_OLDER, reason, decided);
}
