/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who did it: the header of every record, from the task that acts and the process that the event is about.
 */
#ifndef PICKET_BPF_LIB_TASK_H
#define PICKET_BPF_LIB_TASK_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/shared/policy.h"
#include "bpf/shared/wire.h"

/* Threads have keys of their processes: the key of a thread is that of its group leader. */
static __always_inline pk_key task_key(struct task_struct *task)
{
	return pk_process_key(task->tgid, task->group_leader->start_boottime);
}

/*
 * Whose cgroup header.cgroup tells: -1, that of the unified hierarchy; else that of the version 1 hierarchy to which
 * the controller of this number (enum cgroup_subsys_id, which differs from kernel to kernel) belongs. Set by the
 * sensor.
 */
const volatile __s32 cgroup_subsystem = -1;

/* In version 1; both tiers probe, since an index into the array is more than typed pointers can do. */
static __always_inline __u64 subsystem_cgroup(struct css_set *sets)
{
	const void *place = (const void *)sets + bpf_core_field_offset(struct css_set, subsys) +
			    (__u64)cgroup_subsystem * sizeof(void *);
	struct cgroup_subsys_state *state = NULL;

	bpf_probe_read_kernel(&state, sizeof(state), place);
	return BPF_CORE_READ(state, cgroup, kn, id);
}

static __always_inline __u64 task_cgroup(struct task_struct *task)
{
	if (cgroup_subsystem >= 0)
		return subsystem_cgroup(task->cgroups);
	return task->cgroups->dfl_cgrp->kn->id;
}

static __always_inline __u64 task_cgroup_probed(struct task_struct *task)
{
	if (cgroup_subsystem >= 0)
		return subsystem_cgroup(BPF_CORE_READ(task, cgroups));
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/*
 * The registers that the current task had when it entered the kernel lie at the very end of its kernel stack.
 * Before 5.15 there is no helper that knows where that is: 16 KiB on x86-64 (twice that in a kernel with KASAN).
 */
static __always_inline struct pt_regs *current_registers(const enum tier tier)
{
	const unsigned long stack_bytes = 16384;
	struct task_struct *task;

	if (tier == TIER_FULL)
		return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	task = (struct task_struct *)bpf_get_current_task();
	return BPF_CORE_READ(task, stack) + stack_bytes - bpf_core_type_size(struct pt_regs);
}

/*
 * The system call the current task is in, as header.syscall and the compat flag tell it. Only x86 keeps it in orig_ax;
 * elsewhere it stays -1. Execve shows as execve even when execveat was called: the kernel itself rewrites it.
 */
static __always_inline void fill_syscall(const enum tier tier, struct pk_header *header, struct task_struct *task,
					 __u32 task_flags)
{
	struct pt_regs *registers = NULL;
	__u32 status;

	header->syscall = -1;
	if (task_flags & (PF_KTHREAD | PF_IO_WORKER) || !bpf_core_field_exists(registers->orig_ax))
		return;
	registers = current_registers(tier);
	if (tier == TIER_FULL) {
		header->syscall = registers->orig_ax;
		status = task->thread_info.status;
	} else {
		header->syscall = BPF_CORE_READ(registers, orig_ax);
		status = BPF_CORE_READ(task, thread_info.status);
	}
	if (status & TS_COMPAT)
		header->flags |= PK_FLAG_compat;
}

/* The numbers that a system call has on x86: in its own table, in the 32-bit one, and in that of x32. */
struct call {
	__s32 wide;
	__s32 compat;
	__s32 x32;
};

#define X32_SYSCALL 0x40000000

/*
 * Whether the current task, whose header is filled, is in that call; then its first three arguments. They are what was
 * in the registers: numbers that the kernel took by value, so that nobody can change them any more. Known on x86 only,
 * like the call.
 */
static __always_inline bool call_arguments(const enum tier tier, const struct pk_header *header, const struct call call,
					   __u64 arguments[3])
{
	struct pt_regs *registers = NULL;
	const bool compat = header->flags & PK_FLAG_compat;
	const __s32 number = header->syscall;

	if (!bpf_core_field_exists(registers->orig_ax) || number < 0)
		return false;
	if (compat ? number != call.compat : number != call.wide && number != (call.x32 | X32_SYSCALL))
		return false;
	registers = current_registers(tier);
	arguments[0] = compat ? (__u32)BPF_CORE_READ(registers, bx) : BPF_CORE_READ(registers, di);
	arguments[1] = compat ? (__u32)BPF_CORE_READ(registers, cx) : BPF_CORE_READ(registers, si);
	arguments[2] = BPF_CORE_READ(registers, dx);
	return true;
}

static __always_inline void fill_moment(struct pk_header *header, __u32 size, __u32 task_flags)
{
	header->flags = task_flags & PF_IO_WORKER ? PK_FLAG_io_worker : 0;
	header->size = size;
	header->time = bpf_ktime_get_boot_ns();
	header->cpu = bpf_get_smp_processor_id();
	header->error = 0;
	header->policy = 0;
	header->decision = PK_ALLOWED;
	header->conjunct = 0;
}

/* Of the current task. */
static __always_inline void fill_actor(const enum tier tier, struct pk_header *header, struct task_struct *actor,
				       const struct cred *cred)
{
	header->tid = actor->pid;
	header->uid = cred->euid.val;
	header->gid = cred->egid.val;
	fill_syscall(tier, header, actor, actor->flags);
}

/* For programs to which the kernel hands its tasks. */
static __always_inline void fill_header(const enum tier tier, struct pk_header *header, __u32 size,
					struct task_struct *task)
{
	fill_moment(header, size, task->flags);
	header->process = task_key(task);
	header->cgroup = task_cgroup(task);
	fill_actor(tier, header, task, task->cred);
}

/* The same in the older tier for programs that have only the address of the current task. */
static __always_inline void fill_header_probed(struct pk_header *header, __u32 size, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, cred);
	__u32 task_flags = BPF_CORE_READ(task, flags);

	fill_moment(header, size, task_flags);
	header->process = pk_process_key(BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, group_leader, start_boottime));
	header->cgroup = task_cgroup_probed(task);
	header->tid = BPF_CORE_READ(task, pid);
	header->uid = BPF_CORE_READ(cred, euid.val);
	header->gid = BPF_CORE_READ(cred, egid.val);
	fill_syscall(TIER_OLDER, header, task, task_flags);
}

#endif
