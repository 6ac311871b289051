/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is refused nothing, unless the rule says so: the first process, the sensor, and programs that the host cannot do
 * without (container runtimes), when root runs them.
 *
 * A program is known by its file, by device and inode, which the sensor finds out: a name, or a path in a container,
 * could be anybody's. Only for the host's root: whoever else runs such a program has its environment, and so its code,
 * in hand.
 */
#ifndef PICKET_BPF_LIB_EXEMPT_H
#define PICKET_BPF_LIB_EXEMPT_H

#include "bpf/lib/sensor.bpf.h"
#include "bpf/shared/policy.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PK_EXEMPT_FILES);
	__type(key, struct pk_file_id);
	__type(value, __u32);
} exempt_files SEC(".maps");

/* NULL for kernel threads: device and inode of nothing are 0, which no file has. */
static __always_inline struct inode *current_program(const enum tier tier)
{
	return BPF_CORE_READ(current_task(tier), mm, exe_file, f_inode);
}

static __always_inline bool is_host_root(const enum tier tier)
{
	const struct cred *cred = BPF_CORE_READ(current_task(tier), cred);

	return BPF_CORE_READ(cred, euid.val) == 0 && BPF_CORE_READ(cred, user_ns, level) == 0;
}

/* `program`: the executable; NULL: that of the current task. */
static __always_inline bool is_exempt(const enum tier tier, struct inode *program)
{
	const pk_key key = current_key(tier);
	struct pk_file_id id = {};

	if (pk_key_pid(key) == 1 || key == sensor_process)
		return true;
	if (!is_host_root(tier))
		return false;
	if (!program)
		program = current_program(tier);
	id.device = BPF_CORE_READ(program, i_sb, s_dev);
	id.inode = BPF_CORE_READ(program, i_ino);
	return bpf_map_lookup_elem(&exempt_files, &id) != NULL;
}

#endif
