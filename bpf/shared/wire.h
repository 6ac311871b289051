/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Records: the structs that the .def rows expand to.
 *
 *   struct pk_header            fields/header.def
 *   struct pk_<kind>            a header, then fields/<kind>.def, then the bytes that its text fields point at
 *   enum pk_kind                PK_<kind> = number, from kinds.def
 *   enum pk_flag, pk_exe_flag   PK_FLAG_<name>, PK_EXE_<name> = bit mask
 *
 * To add a wire field: one row in fields/<kind>.def and one fill in the hook (and its assertion in tests/kernel).
 * There is no hidden padding; tests/golden/wire_layout.txt shows every byte.
 */
#ifndef PICKET_BPF_SHARED_WIRE_H
#define PICKET_BPF_SHARED_WIRE_H

#include "bpf/shared/key.h"
#include "bpf/shared/types.h"

/* PK_open = 4, ... */
enum pk_kind {
#define KIND(number, name, group, doc) PK_##name = number,
#include "bpf/shared/kinds.def"
#undef KIND
	PK_KIND_END, /* one past the last */
};

/* PK_FLAG_path_truncated = 1, ... */
enum pk_flag {
#define FLAG(bit, name, doc) PK_FLAG_##name = 1U << (bit),
#include "bpf/shared/flags.def"
#undef FLAG
};

/* PK_EXE_memfd = 1, ... */
enum pk_exe_flag {
#define EXE_FLAG(bit, name, doc) PK_EXE_##name = 1U << (bit),
#include "bpf/shared/exe_flags.def"
#undef EXE_FLAG
};

/* PK_ALLOWED, PK_DENIED... */
enum pk_decision {
#define DECISION(number, name, word, doc) PK_##name = number,
#include "bpf/shared/decisions.def"
#undef DECISION
};

/* FIELD(u32, flags, "...") is `pk_u32 flags;` */
#define FIELD(type, name, doc) pk_##type name;

struct pk_header {
#include "bpf/shared/fields/header.def"
};

#define BEGIN(kind)                                                                                                    \
	struct pk_##kind {                                                                                             \
		struct pk_header header;
#define END(kind)                                                                                                      \
	}                                                                                                              \
	;
#include "bpf/shared/records.def"
#undef BEGIN
#undef END
#undef FIELD

/* Limits both sides know. A path longer than this, or argv beyond the configured limit, is cut and flagged. */
#define PK_PATH_MAX 4096
#define PK_ARGV_MAX 32768 /* the largest limit that can be configured */

#endif
