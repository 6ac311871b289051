/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The policy image: all rules, planned, as the kernel programs look things up in them.
 *
 * rules/plan makes one image out of all rules; sensor/kernel puts it into the kernel as the one value of a map
 * that takes the place of the one before by a single write. A program takes the image once, at its begin, so that an
 * event is decided by one image as a whole, and the image goes when the last program has let go of it.
 *
 * A rule is an OR of conjuncts for each kind of event it can match. Each conjunct is a bit; a kind's conjuncts are the
 * bits of its words. A *lane* is one key that a hook has at hand: a number of the record (lanes.def), the user, a path,
 * the executable, the task name. A *row* tells for one key of a lane which conjuncts can hold: bit c is set when what
 * conjunct c asks of this lane is met by the key. The AND of the rows of all lanes is the candidates. judge.h does it,
 * the same code in the kernel and in user space.
 *
 * Rows lie in `bits`. A row is named by the place of its first word. Rows of a kind have a summary first: bit w is set
 * when word w is not zero, or, of a kind that has one word, that word; then the kind's words. Rows of the subject
 * (executable, task name, container) have the words of all kinds, without a summary. Row 0 is all ones and longer than
 * any: of a lane nobody asks about. Row PK_NONE is all zeroes and as long: of nothing.
 */
#ifndef PICKET_BPF_SHARED_POLICY_H
#define PICKET_BPF_SHARED_POLICY_H

#include "bpf/shared/wire.h"

/* Words of all kinds together: 4,096 conjuncts, less what kinds leave free in their last words. */
#define PK_POLICY_WORDS 64
#define PK_KIND_WORDS 16   /* of one kind: 1,024 conjuncts */
#define PK_BITS (1u << 17) /* words of `bits`: 1 MiB */
#define PK_NONE 128u	   /* the row of zeroes; rows of the policy's own begin at 256 */
#define PK_KEYS (1u << 15) /* places of `keys` */
#define PK_KEY_PROBES 4	   /* a key is in one of so many places: pk_place() */
#define PK_LANES 4	   /* numbers of one kind */
#define PK_PATHS 2	   /* paths of one kind */
#define PK_PREFIXES 16	   /* lengths of the networks that one kind's rules name */
#define PK_PATH_DEPTH 15   /* names in the longest directory that a row is about; paths may be deeper */
#define PK_CONTAINERS 1024 /* classes of containers that differ for some rule */
#define PK_CLASS_UNKNOWN 0 /* of what is in no class yet */
#define PK_CLASS_HOST 1	   /* of what is in no container, and of nothing else */
/* With a class's number: most likely, but it may turn out to be in another container. */
#define PK_SUPPOSED 0x80000000u

/* By a path's deepest directory (or file) that is known: it itself, an unknown name in it, something deeper. */
enum pk_relation { PK_EXACT, PK_CHILD, PK_BELOW, PK_RELATIONS };

/* `tag` is a pk_*_tag() of judge.h, 0 in free places. Numbers and names have one row, in all three. */
struct pk_key_entry {
	__u64 tag;
	__u32 rows[PK_RELATIONS];
	__u32 unused;
};

/* A number: the row of value & mask, or `other`. Not used by any conjunct: mask 0 and other 0. */
struct pk_number_lane {
	__u64 salt;
	__u64 mask;
	__u32 other;
	__u32 used; /* of members of records and users: where in `bits` their small numbers are */
};

/*
 * Families, types and protocols of sockets, ways to open, the first users: numbers below this one have their rows in so
 * many words. In the upper half of the first of them is a bit for each of the other keys, pk_member_bit().
 */
#define PK_SMALL_NUMBERS 32

/*
 * A path, in two lanes: by its known directories, and by its last name. When directories are `used`, the root is one
 * that is known.
 */
struct pk_path_lane {
	__u64 salt;
	__u64 name_salt;
	__u32 used;    /* PK_PATH_* */
	__u32 cut;     /* the row of a path that is not whole: for all that any path could meet; so is its last name */
	__u32 unnamed; /* of what is in no directory: memfds, pipes; stands for the last name as well */
	__u32 none;    /* of no path at all: anonymous memory, kernel threads; stands for the last name as well */
	__u32 other_name; /* of last names that are not known, and of the root, which has none */
	__u32 named; /* conjuncts that hold of no path but those that they name: an event's other names are for these */
};

#define PK_PATH_DIRECTORIES 1u
#define PK_PATH_NAME 2u
#define PK_PATH_WAY 4u

/*
 * The names on the way of a path, wherever they stand in it, take the slot of a number that its kind has not: of a
 * path's way, `mask` has a bit for each of its names, by pk_way_bit(). `other` is the row of paths without any of them.
 */
#define PK_WAY_SLOT(path) (PK_LANES - 1 - (path))

/* An IP address, in the host's byte order; IPv4 as it comes inside IPv6, ::ffff:1.2.3.4. */
struct pk_ip {
	__u64 high;
	__u64 low;
};

/* The address of a socket: the row of the smallest network that it is in, of those that are named. */
struct pk_network_lane {
	__u64 salt;
	__u32 used;
	__u32 lengths;			 /* how many of `masks` there are */
	__u32 other;			 /* of addresses in no named network */
	__u32 none;			 /* of what has no IP address */
	struct pk_ip masks[PK_PREFIXES]; /* the longest first */
};

/* What is done about events of a kind. */
#define PK_PLAN_DECIDE 1u     /* the kind is in this image at all */
#define PK_PLAN_REPORT_ALL 2u /* report also what nobody wants */

struct pk_kind_plan {
	__u32 flags;
	__u32 first; /* word of the policy that the kind's words begin at */
	__u32 words;
	__u32 enforce; /* row: complete conjuncts whose rule refuses or kills */
	__u32 audit;   /* row: the same of rules that only say what they would do */
	__u32 unused;
	struct pk_number_lane numbers[PK_LANES];
	struct pk_number_lane user;   /* effective user id */
	struct pk_number_lane call;   /* pk_call() */
	struct pk_number_lane parent; /* pk_comm_hash() of its name */
	struct pk_network_lane address;
	struct pk_path_lane paths[PK_PATHS];
};

/*
 * What is executed, by its SHA-256 (bpf/lib/digest.bpf.h): a lane of exec, whose digests are found by a program of
 * their own when some conjunct that may hold asks for one.
 */
struct pk_digest_plan {
	struct pk_number_lane lane; /* by pk_digest_hash(); `other` also of a file whose digest cannot be had */
	__u32 asking;		    /* row: conjuncts that ask for a digest */
	__u32 others;		    /* row: those that do not */
};

/* What a rule wants done when one of its complete conjuncts holds. */
struct pk_response {
	__s16 error; /* negative errno; 0: not refused */
	__u16 flags;
};

#define PK_RESPONSE_KILL 1u /* the process is killed */
#define PK_RESPONSE_ALL 2u  /* whoever it is: nobody is exempt */

/* A file, as the kernel knows it: the device number as in super_block.s_dev, (major << 20) | minor. */
struct pk_file_id {
	__u64 device;
	__u64 inode;
};

#define PK_EXEMPT_FILES 256 /* executables that are exempt from enforcement */

/*
 * Where the host shows a file system, whole: what the path of a file begins with that processes come to by another
 * mount, or from another root (bpf/lib/other_names.bpf.h).
 */
#define PK_FILE_SYSTEMS 1024
#define PK_MOUNT_NAMES 8   /* in the longest path of a mount that is known */
#define PK_MOUNT_BYTES 248 /* of that path */
#define PK_MOUNT_SLACK 40  /* behind it, zeroes: its names are read by words, wherever they begin */

struct pk_mount_name {
	__u8 begin; /* in `path` */
	__u8 size;
};

/* By device, as in super_block.s_dev. */
struct pk_file_system {
	__u32 names; /* 0: it is the root */
	__u32 size;  /* of `path` */
	struct pk_mount_name name[PK_MOUNT_NAMES];
	/* from the root, without a slash at its end: "/srv/data"; of the root empty */
	char path[PK_MOUNT_BYTES + PK_MOUNT_SLACK];
};

/* How often a conjunct was the one that decided, since its image came into force. Written by the programs. */
struct pk_hits {
	__u64 done;  /* refused or killed */
	__u64 would; /* only said so: by its mode, enforcement that is off, or an exempt process */
};

/*
 * Containers for which all conjuncts say the same. User space finds what they say, since what is asked of containers
 * is not in the kernel; classes are added to an image that is in force, behind those that are there.
 */
struct pk_container_class {
	__u64 live;   /* bit w: word w of the policy is not zero in the row */
	__u32 row;    /* of the subject */
	__u32 unsure; /* row of the subject: conjuncts of which it is not known whether they hold. They refuse nothing
		       */
	__u32 doubt;  /* the same where the class is supposed: all may hold, and only those refuse that do in the class
		       */
	__u32 unused;
};

struct pk_subject_plan {
	struct pk_path_lane executable;
	struct pk_number_lane flags; /* PK_EXE_* */
	struct pk_number_lane name;  /* pk_comm_hash() */
	__u32 by_container;	     /* some conjunct asks about the container; else there are no classes */
	__u32 classes;		     /* that there are */
};

/* What each event asks for comes first: BPF's instructions reach 32 KiB from where a value begins. */
struct pk_image {
	__u64 seed;	  /* of all hashes; random for each image, so that nobody can make names that collide */
	__u32 generation; /* from 1; 0: nothing is decided, everything is reported */
	__u32 words;	  /* of all kinds */
	__u64 used;	  /* words of `bits` that have rows; those of more classes come behind them */
	struct pk_subject_plan subject;
	struct pk_digest_plan digest;
	struct pk_kind_plan kinds[64]; /* by kind */
	struct pk_container_class containers[PK_CONTAINERS];
	struct pk_response responses[PK_POLICY_WORDS * 64];
	struct pk_hits hits[PK_POLICY_WORDS * 64];
	struct pk_key_entry keys[PK_KEYS];
	__u64 bits[PK_BITS];
};

/*
 * The class of a cgroup in the images of two generations: one for odd and one for even ones, so that those of the next
 * image are there before it is in force. Of another generation than the image's it says nothing: PK_CLASS_UNKNOWN.
 */
struct pk_class {
	__u32 generation;
	__u32 number;
};

struct pk_cgroup_class {
	struct pk_class of[2]; /* by the lowest bit of the generation */
};

#endif
