/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The process key: one number that names a process for the whole life of a boot.
 *
 * Bits 22..63 hold the start time of the thread group leader on the boot clock, in ticks of 10 ms; bits 0..21 hold its
 * pid (PID_MAX_LIMIT is 2^22). Both can be read from the kernel (task->start_boottime) and from field 22 of
 * /proc/PID/stat, which is the same time divided by NSEC_PER_SEC / USER_HZ, so a key needs no table. A key could only
 * come back if a whole pid range were used up within 10 ms.
 */
#ifndef PICKET_BPF_SHARED_KEY_H
#define PICKET_BPF_SHARED_KEY_H

#include "bpf/shared/types.h"

#define PK_KEY_PID_BITS 22
#define PK_KEY_TICK_NS 10000000ULL

static inline pk_key pk_process_key(__u32 tgid, __u64 start_boottime_ns)
{
	return (start_boottime_ns / PK_KEY_TICK_NS) << PK_KEY_PID_BITS | tgid;
}

static inline __u32 pk_key_pid(pk_key key)
{
	return (__u32)(key & ((1U << PK_KEY_PID_BITS) - 1));
}

#endif
