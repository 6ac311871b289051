/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a rule would have made of an execution that took place: found out by one program at sched_process_exec
 * (kprobes/subject.bpf.c), shown by the record that another one makes there right afterwards (kprobes/exec.bpf.c). Both
 * together need more stack than a program has.
 */
#ifndef PICKET_BPF_LIB_EXECUTION_NOTE_H
#define PICKET_BPF_LIB_EXECUTION_NOTE_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/shared/wire.h"

#define EXECUTION_NOTES 1024 /* each is there for microseconds: as many as executions under way at a time */

struct execution_note {
	__u32 policy;
	__u16 decision;
	__u16 conjunct;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, EXECUTION_NOTES);
	__type(key, pk_key);
	__type(value, struct execution_note);
} execution_notes SEC(".maps");

/* To the record, if there is one about this process; and it is gone. */
static __always_inline void take_execution_note(struct pk_header *header)
{
	pk_key key = header->process;
	const struct execution_note *note = bpf_map_lookup_elem(&execution_notes, &key);

	if (!note)
		return;
	header->policy = note->policy;
	header->decision = note->decision;
	header->conjunct = note->conjunct;
	bpf_map_delete_elem(&execution_notes, &key);
}

#endif
