/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scratch: what a decision needs besides 512 bytes of stack. Several for each CPU, since a program may be preempted by
 * another one on its CPU. Eight programs that preempted each other in the midst of their decisions would have to meet
 * for a ninth to find none.
 *
 * Besides, what lies here is unknown to the verifier, so that it does not go through the programs once for each of the
 * values that it could have. And a global function, which the older tier's verifier looks at once and not at each of
 * its calls, takes no pointers: it finds the scratch by its number, and in it what it works on.
 */
#ifndef PICKET_BPF_LIB_SCRATCH_H
#define PICKET_BPF_LIB_SCRATCH_H

#include "bpf/lib/copy.bpf.h"
#include "bpf/lib/kernel_constants.bpf.h"
#include "bpf/lib/tier.bpf.h"
#include "bpf/shared/judge.h"

#define SCRATCHES 8

/*
 * A number that has many values on the way and should not cost a verification of all that follows for each of them. The
 * verifier keeps no track of what is in the upper half of a word of the stack, unless it is zero: it must never be so
 * first and something else later.
 */
struct untracked {
	__u32 unused;
	__u32 value;
};

/* What a first walk adds up. The verifier knows nothing of the digest either, which is made of what it cannot know. */
struct counted {
	__u32 digest; /* of all sequence counts, and of the mounts */
	__u32 left;   /* bytes that the path may still grow by; where it is not tracked */
};

/* The way up a path, and what a first walk keeps of it. The verifier keeps the types of pointers on the stack. */
struct climb {
	struct dentry *dentry;	    /* where it begins */
	struct dentry *root_dentry; /* where it should end */
	struct vfsmount *root_mount;
	struct dentry *at_dentry; /* where it is */
	struct vfsmount *at_mount;
	struct dentry *at_top; /* the root of at_mount */
	struct untracked end;  /* enum walk_end: what ended it */
	struct counted counted;
};

/* A directory that is remembered, and which version of it (directories.bpf.h). */
struct directory_seen {
	__u32 place; /* 1 + its number; 0: none */
	__u32 version;
};

/*
 * What a walk found, put aside: programs have 512 bytes of stack, and where there are several paths and much besides
 * one struct walk has to do for all of them.
 */
struct walk_found {
	struct untracked size, end; /* an `end` of 0: there was none, or it is no use */
	union {
		struct counted counted;
		struct directory_seen directory; /* without a walk */
	};
};

static __always_inline void find_no_walk(struct walk_found *found)
{
	found->end.value = 0;
	found->directory.place = 0;
}

/* To measure a path, and to write it. */
struct walk {
	struct climb climb;
	struct vfsmount *mount; /* where it begins */
	struct untracked size;	/* bytes of the path */

	/* The second walk writes from record[first_place] on, from the end: the next name ends before record[place]. */
	char *record;
	__u64 last_place;
	__u32 first_place;
	__u32 place;
};

#define WITHIN_ALL ~0u

/*
 * Bytes of the path of a directory that are remembered, and of a path that is put together from it and a name: the
 * verifier knows of the first that they are at most 127.
 */
#define DIRECTORY_TEXT 92
#define PUT_TOGETHER (127 + 1 + NAME_BYTES)

/* An event that is judged under other names of one of its files. */
struct naming {
	struct pk_verdict verdict; /* what was found so far */
	__u64 live;		   /* words that all rows leave but those of the file's path */
	__u32 kind;
	__u32 which;   /* of its paths: 0 or 1 */
	__u32 flags;   /* enum pk_flag, for the record */
	__u32 rows[3]; /* of the path itself */
	struct dentry *entry;
	struct hlist_node *link; /* the next of the file's */
};

/* What is known of a directory, for the paths that go through it: directories.bpf.h. */
struct remembered {
	struct pk_known known; /* of its path */
	struct pk_way way;     /* its own names; of no use when its lane asks for none */
	__u32 shown_changes;   /* when it was found: of file_systems */
	__u32 elsewhere;       /* NAMED_ELSEWHERE, NAMED_UNASKED or 0 */
};

struct scratch {
	__u64 claims; /* programs that want it: it is of the one that finds itself alone */
	__u64 number; /* its own */
	struct pk_subject_rows subject;
	__u32 rows[PK_EVENT_ROWS];
	__u32 count;		      /* names of the path that is looked up */
	__u32 end;		      /* enum walk_end: what ended it */
	__u32 within;		      /* of these: below the root of the mount that it begins in. WITHIN_ALL: all */
	__u32 other_names;	      /* enum other_names, of the path that was looked up last */
	__u32 mounts_left;	      /* names of a mount's path that are still to be hashed */
	__u32 sequence;		      /* of the entry whose name is hashed: its count before it was read, */
	__u32 length;		      /* and the name's length */
	__u64 names_asked;	      /* words of whom other names of the path matter to; 0: they are not looked for */
	__u64 difference;	      /* 0: the names of a path and those of a mount are the same */
	struct naming naming;	      /* to judge an event under other names */
	struct pk_way way;	      /* known names of the path */
	struct remembered remembered; /* of the directory of the path that was looked up last */
	__u32 renames, mounts;	      /* counts of the kernel's changes, before it was looked up */
	__u32 recalled;		      /* 1: the directory was remembered, and `names` has nothing of the path */
	struct pk_ip ip;	      /* the address of a socket that is looked up */
	__u64 seed;		      /* the image's */
	__u64 piece[PK_PIECE_WORDS];  /* of a name that is hashed */
	__u64 last_name;	      /* hashes: of its last name, */
	__u64 names[PK_PATH_DEPTH + 1]; /* and of the topmost ones, number i at i % 16, counted from the last */
	struct walk walk;		/* in the older tier */
	struct walk_found found;	/* by the last walk that decided */
	char path[PUT_TOGETHER + 8];	/* that is put together (directory_text.bpf.h) */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* Where paths of the older tier are written before they are copied into a record. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, char[PK_PATH_MAX + RECORD_SLACK]);
} path_buffers SEC(".maps");

/*
 * To be given back. Who claims one and finds that somebody else has claimed it, too, tries the next: that both may do
 * so costs a place and no mistake, and needs no atomic operation that returns a value, which came with 5.12.
 */
static __always_inline struct scratch *take_scratch(void)
{
#pragma unroll
	for (int i = 0; i < SCRATCHES; i++) {
		__u32 number = i;
		struct scratch *scratch = bpf_map_lookup_elem(&scratches, &number);

		if (!scratch)
			return NULL;
		__sync_fetch_and_add(&scratch->claims, 1);
		if (*(volatile __u64 *)&scratch->claims == 1) {
			scratch->number = i;
			return scratch;
		}
		__sync_fetch_and_add(&scratch->claims, -1);
	}
	return NULL;
}

static __always_inline void give_back(struct scratch *scratch)
{
	__sync_fetch_and_add(&scratch->claims, -1);
}

#endif
