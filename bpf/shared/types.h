/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The C types of everything that crosses between the kernel programs and the sensor.
 *
 * Both sides compile this header: clang for BPF, g++ or clang++ for the sensor. The layout of a
 * record is therefore declared once. types.def is the closed list of what a wire field can be.
 */
#ifndef PICKET_BPF_SHARED_TYPES_H
#define PICKET_BPF_SHARED_TYPES_H

#include <linux/types.h>

/* Bytes of a record's variable part. `offset` counts from the start of the record (its header).
 * Not NUL-terminated; may hold any byte. A string that the hook could not read has size 0. */
struct pk_text {
	__u32 offset;
	__u32 size;
};

/* An IPv6 address in network order; an IPv4 address is kept in the first four bytes. */
struct pk_address {
	__u8 bytes[16];
};

/* A task's name: NUL-padded, at most 15 characters (TASK_COMM_LEN). */
struct pk_comm {
	char bytes[16];
};

typedef __u16 pk_u16;
typedef __u32 pk_u32;
typedef __u64 pk_u64;
typedef __s32 pk_s32;
typedef __u64 pk_key; /* a process key: see pk_process_key() in key.h */
typedef struct pk_text pk_text;
typedef struct pk_address pk_address;
typedef struct pk_comm pk_comm;

#endif
