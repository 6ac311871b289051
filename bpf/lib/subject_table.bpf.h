/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of subjects: what is kept of each process that may act.
 *
 * A process has its place in an array by its pid; another one that has the same place is kept in a hash table. What
 * cannot be found out later is entered when it happens: the name that the process had when it executed its program,
 * which it can change afterwards, is taken at exec and handed on by fork.
 *
 * A parent is who made the process, whatever became of it since. Its name is that of its own entry, as long as there is
 * one, and afterwards the one that it had when it made the process: who executes a program after that is kept when it
 * ends, beside those whose place is taken.
 */
#ifndef PICKET_BPF_LIB_SUBJECT_TABLE_H
#define PICKET_BPF_LIB_SUBJECT_TABLE_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/lib/nul.bpf.h"
#include "bpf/shared/judge.h"

#define SUBJECT_PLACES 16384
#define SUBJECT_OVERFLOW 2048

struct subject_rows {
	__u64 generation;
	struct pk_subject_rows rows;
};

/*
 * What a rule would have made of an execution that took place: found out by one program at sched_process_exec
 * (kprobes/subject.bpf.c), shown by the record that another one makes there right afterwards (kprobes/exec.bpf.c). Both
 * together need more stack than a program has.
 */
struct execution_note {
	__u32 policy;
	__u16 decision;
	__u16 conjunct; /* 0: nothing */
};

struct subject {
	pk_key key; /* 0: a free place */
	__u64 name[2];
	__u32 exe_flags; /* those that read_exe_flags() tells */
	struct execution_note note;
	__u32 marks;
	struct subject_rows of[2];
	pk_key parent;	      /* who made it: 0 when nobody is known */
	__u64 parent_name[2]; /* that it had then */
};

#define SUBJECT_FORKED 1u  /* somebody may have it for its parent, */
#define SUBJECT_RENAMED 2u /* who knew it by another name */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SUBJECT_PLACES);
	__type(key, __u32);
	__type(value, struct subject);
} subjects SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SUBJECT_OVERFLOW);
	__type(key, pk_key);
	__type(value, struct subject);
} more_subjects SEC(".maps");

/* As bytes: the type is nobody's outside of the programs. */
const char new_subject[sizeof(struct subject)] = {};

static __always_inline struct subject *find_subject(pk_key key)
{
	__u32 place = key & (SUBJECT_PLACES - 1);
	struct subject *subject = bpf_map_lookup_elem(&subjects, &place);

	if (subject && subject->key == key)
		return subject;
	return bpf_map_lookup_elem(&more_subjects, &key);
}

/* Where the process is going to be found, with nothing known of it but its parent; NULL when there is no place. */
static __always_inline struct subject *place_subject(pk_key key)
{
	__u32 place = key & (SUBJECT_PLACES - 1);
	struct subject *subject = bpf_map_lookup_elem(&subjects, &place);

	if (subject && subject->key && subject->key != key) {
		bpf_map_update_elem(&more_subjects, &key, (void *)&new_subject, BPF_NOEXIST);
		subject = bpf_map_lookup_elem(&more_subjects, &key);
	}
	if (!subject)
		return NULL;
	if (subject->key != key) {
		subject->marks = 0;
		subject->parent = 0;
		subject->parent_name[0] = 0;
		subject->parent_name[1] = 0;
	}
	subject->of[0].generation = 0;
	subject->of[1].generation = 0;
	subject->note.conjunct = 0;
	subject->key = key;
	return subject;
}

/* Kernels before 5.17 leave what was there behind the NUL of a shorter name. */
static __always_inline void read_name(__u64 name[2], const void *comm)
{
	name[0] = 0;
	name[1] = 0;
	bpf_probe_read_kernel_str(name, sizeof(__u64[2]), comm);
}

/* The same from a task that the verifier knows. */
static __always_inline void read_task_name(__u64 name[2], struct task_struct *task)
{
	const __u64 *comm = (const __u64 *)task->comm;
	const __u64 first = comm[0], second = comm[1];
	const __u64 nuls = nul_bytes(first);

	name[0] = first & before_nul(nuls);
	name[1] = nuls ? 0 : second & before_nul(nul_bytes(second));
}

/* Of a process that was not seen to begin: its parent is the one that it has now. */
static __always_inline void adopt_subject(struct subject *subject, struct task_struct *task)
{
	struct task_struct *parent;

	if (subject->parent)
		return;
	parent = BPF_CORE_READ(task, group_leader, real_parent, group_leader);
	if (!parent)
		return;
	subject->parent = pk_process_key(BPF_CORE_READ(parent, tgid), BPF_CORE_READ(parent, start_boottime));
	read_name(subject->parent_name, (void *)parent + bpf_core_field_offset(parent->comm));
}

/* A fork runs what its creator runs, under the same name. */
static __always_inline void inherit_subject(pk_key creator, pk_key child)
{
	struct subject *from = find_subject(creator);
	struct subject *to = from ? place_subject(child) : NULL;

	if (!to)
		return;
	from->marks |= SUBJECT_FORKED;
	to->parent = creator;
	__builtin_memcpy(to->parent_name, from->name, sizeof(to->parent_name));
	__builtin_memcpy(to->name, from->name, sizeof(to->name));
	to->exe_flags = from->exe_flags;
	__builtin_memcpy(to->of, from->of, sizeof(to->of));
}

static __always_inline void forget_subject(pk_key key)
{
	__u32 place = key & (SUBJECT_PLACES - 1);
	struct subject *subject = bpf_map_lookup_elem(&subjects, &place);

	if (subject && subject->key == key) {
		if (subject->marks & SUBJECT_RENAMED)
			bpf_map_update_elem(&more_subjects, &key, subject, BPF_ANY);
		subject->key = 0;
		return;
	}
	subject = bpf_map_lookup_elem(&more_subjects, &key);
	if (subject && !(subject->marks & SUBJECT_RENAMED))
		bpf_map_delete_elem(&more_subjects, &key);
}

/* To the record, if there is one about this process; and it is gone. */
static __always_inline void take_execution_note(struct pk_header *header)
{
	struct subject *subject = find_subject(header->process);

	if (!subject || !subject->note.conjunct)
		return;
	header->policy = subject->note.policy;
	header->decision = subject->note.decision;
	header->conjunct = subject->note.conjunct;
	subject->note.conjunct = 0;
}

#endif
