// SPDX-License-Identifier: GPL-2.0-only
//
// A process gets a new image, and with it other rows in the policy (bpf/lib/subject.bpf.h). A program of its own beside
// that of the record (exec.bpf.c): both need most of the 512 bytes of stack that programs have. This one runs first,
// and leaves for the record what rules would have made of the execution.
#include "bpf/lib/digest.bpf.h"
#include "bpf/lib/execution_note.bpf.h"

/* Whatever is to be refused was refused before (lsm/execution.bpf.c): what comes here can only be said. */
static __always_inline void judge_executed(const enum tier tier)
{
	struct decided made = {};
	struct question question;
	struct execution_note note = {};
	struct pk_verdict verdict;
	struct digests *digests;
	pk_key key = current_key(tier);
	__u32 *rows;

	bpf_map_delete_elem(&execution_notes, &key); /* of an execution whose record found no room */
	if (!ask(tier, PK_exec, false, &question, &made))
		return;
	rows = question.scratch->rows;
	rows[PK_EVENT_USER] = pk_number_row(question.image, &question.image->kinds[PK_exec].user, current_user(tier));
	question.live &= pk_word(question.image, rows[PK_EVENT_USER]);
	verdict = judge_executed_files(tier, question.image, question.scratch, question.live);
	enforce(tier, question.image, verdict, false, &made);
	give_back(question.scratch);
	digests = digests_for(tier, question.image);
	if (digests)
		digests->count = 0;
	if (!made.conjunct)
		return;
	note.policy = made.policy;
	note.decision = made.decision;
	note.conjunct = made.conjunct;
	bpf_map_update_elem(&execution_notes, &key, &note, BPF_ANY);
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
