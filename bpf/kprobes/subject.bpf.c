// SPDX-License-Identifier: GPL-2.0-only
//
// A process gets a new image, and with it other rows in the policy (bpf/lib/subject.bpf.h). A program of its own beside
// that of the record (exec.bpf.c): both need most of the 512 bytes of stack that programs have.
#include "bpf/lib/subject.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline int executes(const enum tier tier, struct task_struct *task)
{
	struct file *executable = task->mm->exe_file;

	if (executable)
		enter_subject(tier, task, executable);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(subject_executes, struct task_struct *task)
{
	return executes(TIER_FULL, task);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(subject_executes_older, struct task_struct *task)
{
	return executes(TIER_OLDER, task);
}
