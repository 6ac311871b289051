/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who asks lsm/path_mknod about a regular file: opens, mknod, and bpf(2) that gives an object a name. Nothing but the
 * system call tells, and only x86 tells that; elsewhere all of them count as opens.
 */
#ifndef PICKET_BPF_LIB_MAKER_H
#define PICKET_BPF_LIB_MAKER_H

#include "bpf/lib/hook.bpf.h"

enum maker { BY_OPEN, BY_MKNOD, BY_BPF };

/* In the system call tables of x86-64 (which x32 shares) and of i386. */
enum maker_call {
	MKNOD_64 = 133,
	MKNODAT_64 = 259,
	BPF_64 = 321,
	MKNOD_32 = 14,
	MKNODAT_32 = 297,
	BPF_32 = 357,
};

static __always_inline enum maker file_maker(const enum tier tier)
{
	struct pk_header now = {};
	int call;

	fill_current(tier, &now, 0, current_task(tier));
	call = now.syscall & ~X32_BIT;
	if (now.flags & PK_FLAG_compat)
		return call == MKNOD_32 || call == MKNODAT_32 ? BY_MKNOD : call == BPF_32 ? BY_BPF : BY_OPEN;
	return call == MKNOD_64 || call == MKNODAT_64 ? BY_MKNOD : call == BPF_64 ? BY_BPF : BY_OPEN;
}

#endif
