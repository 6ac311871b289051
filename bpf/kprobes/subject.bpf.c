// SPDX-License-Identifier: GPL-2.0-only
//
// A process gets a new image, and with it other rows in the policy (bpf/lib/subject.bpf.h). A program of its own beside
// that of the record (exec.bpf.c): both need most of the 512 bytes of stack that programs have. This one runs first,
// and leaves for the record what rules would have made of the execution.
#include "bpf/lib/digest.bpf.h"

/* Whatever is to be refused was refused before (lsm/execution.bpf.c): what comes here can only be said. */
static __always_inline void judge_executed(const enum tier tier)
{
	struct decided made = {};
	struct question question;
	struct pk_verdict verdict;
	struct digests *digests;
	struct subject *subject;
	__u32 *rows;

	if (!ask(tier, PK_exec, false, &question, &made))
		return;
	ask_subject(tier, PK_exec, &question);
	rows = question.scratch->rows;
	rows[PK_EVENT_USER] = pk_member_row(question.image, &question.image->kinds[PK_exec].user, current_user(tier));
	question.live &= pk_word(question.image, rows[PK_EVENT_USER]);
	if (question.live)
		question.live &= ask_parent(tier, PK_exec, question.image, question.scratch);
	verdict = judge_executed_files(tier, question.image, question.scratch, question.live);
	enforce(tier, question.image, verdict, false, &made);
	give_back(question.scratch);
	digests = digests_for(tier, question.image);
	if (digests)
		digests->count = 0;
	subject = made.conjunct ? find_subject(current_key(tier)) : NULL;
	if (!subject)
		return;
	subject->note.policy = made.policy;
	subject->note.decision = made.decision;
	subject->note.conjunct = made.conjunct;
}

static __always_inline int executes(const enum tier tier, struct task_struct *task)
{
	struct file *executable = task->mm->exe_file;

	if (!executable)
		return 0;
	enter_subject(tier, task, executable);
	judge_executed(tier);
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
