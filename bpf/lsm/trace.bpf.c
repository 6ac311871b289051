// SPDX-License-Identifier: GPL-2.0-only
//
// What processes do to each other: look into one another, take control, send signals.
#include "bpf/lib/report.bpf.h"

#define PTRACE_MODE_NOAUDIT 0x04u /* asked on the way to something else, as by ps: nothing is looked into */

struct look {
	struct task_struct *target; /* NULL: the current task */
	struct task_struct *tracer; /* NULL: the current task */
	__u32 mode;
};

static __always_inline void fill_ptrace(const enum tier tier, void *to, const void *subject)
{
	const struct call ptrace = {.wide = 101, .compat = 26, .x32 = 521};
	const struct look *look = subject;
	struct pk_ptrace *record = to;
	__u64 arguments[3];

	record->target = look->target ? task_key(look->target) : record->header.process;
	record->tracer = look->tracer ? task_key(look->tracer) : record->header.process;
	record->mode = look->mode;
	record->request = call_arguments(tier, &record->header, ptrace, arguments) ? arguments[0] : -1;
}

static __always_inline int report_ptrace(const enum tier tier, const struct look *look, int decided)
{
	if (look->mode & PTRACE_MODE_NOAUDIT)
		return verdict(decided);
	return report_plain(tier, PK_ptrace, sizeof(struct pk_ptrace), fill_ptrace, look, decided);
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(ptrace_access_check, struct task_struct *child, unsigned int mode, int decided)
{
	const struct look look = {.target = child, .mode = mode};

	return report_ptrace(TIER_FULL, &look, decided);
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(ptrace_access_check_older, struct task_struct *child, unsigned int mode, int decided)
{
	const struct look look = {.target = child, .mode = mode};

	return report_ptrace(TIER_OLDER, &look, decided);
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(ptrace_traceme, struct task_struct *parent, int decided)
{
	const struct look look = {.tracer = parent};

	return report_ptrace(TIER_FULL, &look, decided);
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(ptrace_traceme_older, struct task_struct *parent, int decided)
{
	const struct look look = {.tracer = parent};

	return report_ptrace(TIER_OLDER, &look, decided);
}

/* Instead of information about a signal the kernel may hand on one of these. */
#define SEND_SIG_NOINFO 0ul /* kill(): a process sends it */
#define SEND_SIG_PRIV 1ul   /* the kernel does */

struct sent {
	struct task_struct *target;
	unsigned long info;
	int signal;
};

static __always_inline void fill_signal(const enum tier tier, void *to, const void *subject)
{
	const struct sent *sent = subject;
	const struct kernel_siginfo *info = (void *)sent->info;
	struct pk_signal *record = to;

	record->target = task_key(sent->target);
	record->signal = sent->signal;
	record->code = sent->info == SEND_SIG_NOINFO ? 0 : BPF_CORE_READ(info, si_code);
}

/*
 * The kernel's own signals skip the check that this hook belongs to. Where credentials are handed on, the kernel acts
 * long after the process asked for it: the end of an asynchronous USB transfer.
 */
static __always_inline int report_signal(const enum tier tier, struct task_struct *target, unsigned long info,
					 int signal, unsigned long credentials, int decided)
{
	const struct sent sent = {.target = target, .info = info, .signal = signal};

	if (info == SEND_SIG_PRIV || credentials)
		return verdict(decided);
	return report_plain(tier, PK_signal, sizeof(struct pk_signal), fill_signal, &sent, decided);
}

SEC("lsm/task_kill")
int BPF_PROG(task_kill, struct task_struct *target, struct kernel_siginfo *info, int signal, const struct cred *cred,
	     int decided)
{
	return report_signal(TIER_FULL, target, argument_address(ctx, 1), signal, argument_address(ctx, 3), decided);
}

SEC("lsm/task_kill")
int BPF_PROG(task_kill_older, struct task_struct *target, struct kernel_siginfo *info, int signal,
	     const struct cred *cred, int decided)
{
	return report_signal(TIER_OLDER, target, argument_address(ctx, 1), signal, argument_address(ctx, 3), decided);
}
