/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where all opening by path ends, whichever call it came from: do_filp_open(dfd, name, flags), do_file_open() from 7.0
 * on. What the programs at its end share.
 */
#ifndef PICKET_BPF_LIB_OPENED_H
#define PICKET_BPF_LIB_OPENED_H

#include "bpf/lib/kernel.bpf.h"

#define O_CREAT 0100u
#define O_PATH 010000000u

/*
 * What the function returned. As its type is a pointer, the verifier would let nobody look at it as at a number; so it
 * is read from where it lies, behind the three arguments.
 */
static __always_inline long returned(const unsigned long long *ctx)
{
	long result = 0;

	bpf_probe_read_kernel(&result, sizeof(result), ctx + 3);
	return result;
}

#endif
