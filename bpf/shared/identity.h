/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Identity: files that are known by other names than the one they are reached by. What the programs keep of them
 * (bpf/lib/identity.bpf.h), and how user space has one learned.
 */
#ifndef PICKET_BPF_SHARED_IDENTITY_H
#define PICKET_BPF_SHARED_IDENTITY_H

#include "bpf/shared/policy.h"

#define PK_KNOWN_NAMES 8192 /* names of all files */
#define PK_FILE_NAMES 4	    /* of one file, its first ones; a power of two */
#define PK_NAME_GONE (~0ull)

/* The n-th name of a file. The generation tells the file from a later one that gets the same inode number. */
struct pk_name_key {
	__u64 inode;
	__u32 device; /* as the kernel has it: major << 20 | minor */
	__u32 generation;
	__u32 number; /* 0 to PK_FILE_NAMES - 1; a file that is known has the first one */
	__u32 unused;
};

/* A path by the hashes of its names, as pk_directory_row() and pk_name_row() take them; what is not used is zero. */
struct pk_known_name {
	__u64 count; /* of its names; PK_NAME_GONE: there was one here, which the file lost by a rename */
	__u64 last_name;
	__u64 names[PK_PATH_DEPTH + 1];
};

enum pk_lesson_state {
	PK_LESSON_NONE,
	PK_LESSON_ASKED,  /* by user space: the next file whose status the sensor's main thread reads has this name */
	PK_LESSON_LEARNT, /* by the program: `file` is which it is */
	PK_LESSON_NO_ROOM
};

struct pk_lesson {
	__u64 state; /* enum pk_lesson_state */
	struct pk_name_key file;
	struct pk_known_name name;
};

#endif
