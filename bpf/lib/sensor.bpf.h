/* SPDX-License-Identifier: GPL-2.0-only */
/* Which process is the sensor, so that what it does itself does not become events for it to look at. */
#ifndef PICKET_BPF_LIB_SENSOR_H
#define PICKET_BPF_LIB_SENSOR_H

#include "bpf/lib/hook.bpf.h"

/*
 * Its process key, 0 while it is not known. Written by the one program that only the sensor runs in its own name, the
 * list of processes (kprobes/processes.bpf.c), before any hook is attached. By the kernel's count of pids, whichever
 * pid namespace the sensor is in; a key is never reused, so that nobody else can take its place.
 */
pk_key sensor_process = 0;

static __always_inline bool is_sensor(const enum tier tier)
{
	return current_key(tier) == sensor_process;
}

#endif
