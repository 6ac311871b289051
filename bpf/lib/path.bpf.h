/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole paths, by hand: from a dentry up through its parents and across mounts to the root of the process.
 *
 * The kernel's own bpf_d_path is refused on most hooks and needs a scratch buffer, which a program that can be
 * preempted has nowhere to keep. So a path is walked twice. The first walk adds up lengths, and with them the right
 * size of record is reserved in the ring; the second writes the names into the record, from the last one to the first.
 *
 * A rename may come in between. Each directory entry has a sequence count that every change of its name or parent
 * raises. The first walk reads it before the entry, the second one after: if all counts are even and the same, then no
 * entry was changed between the walks, and the path that was written existed as a whole at that moment. (The second
 * walk takes odd counts for even ones, so that they differ.) If not, the path is flagged as truncated. Unlike a check
 * of the kernel's global rename lock this cannot be provoked by renames elsewhere.
 *
 * The walk ends at the process's root; for a file outside of it at the top of the mount tree the file is in. An entry
 * that was moved out of what its mount shows has no path from any root: what there is is flagged as truncated.
 */
#ifndef PICKET_BPF_LIB_PATH_H
#define PICKET_BPF_LIB_PATH_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/lib/name_hash.bpf.h"
#include "bpf/lib/scratch.bpf.h"
#include "bpf/lib/unnamed.bpf.h"
#include "bpf/shared/wire.h"

/* A path of PK_PATH_MAX bytes has half as many names; crossing a mount takes a turn, too. */
#define WALK_TURNS PK_PATH_MAX
#define WALK_TURNS_OLDER 128

/*
 * Bytes at a record's end that stay unused. The verifier knows of a name only that it is at most so long, so it has to
 * fit wherever it may begin.
 */
#define RECORD_SLACK 256

enum walk_end {
	WALK_CUT = 1, /* too long or too deep */
	WALK_AT_ROOT, /* at the process's root, or at the top of all mounts */
	WALK_LOST,    /* at an entry that is in no directory, though it was reached from one below it */
	WALK_ALONE,   /* began at an entry that is in no directory */
	WALK_PRIVATE, /* at the top of a mount that only the kernel has: a layer of overlayfs */
};

/*
 * A number that has many values on the way and should not cost a verification of all that follows for each of them. The
 * verifier keeps no track of what is in the upper half of a word of the stack, unless it is zero: it must never be so
 * first and something else later.
 */
struct untracked {
	__u32 unused;
	__u32 value;
};

/* The way up. The verifier keeps the types of pointers on the stack. */
struct climb {
	struct dentry *dentry;	    /* where it begins */
	struct dentry *root_dentry; /* where it should end */
	struct vfsmount *root_mount;
	struct dentry *at_dentry; /* where it is */
	struct vfsmount *at_mount;
	struct dentry *at_top; /* the root of at_mount */
	struct untracked end;  /* enum walk_end: what ended it */
};

/* To measure a path, and to write it. */
struct walk {
	struct climb climb;
	struct vfsmount *mount;	 /* where it begins */
	struct untracked size;	 /* bytes of the path */
	struct untracked left;	 /* bytes that the path may still grow by */
	struct untracked digest; /* of all lengths and sequence counts */

	/* The second walk writes from record[first_place] on, from the end: the next name ends before record[place]. */
	char *record;
	__u64 last_place;
	__u32 first_place;
	__u32 place;
};

/* To decide: names are hashed. */
struct hashing {
	struct climb climb;
	struct scratch *scratch;
};

/* What a walk is made for. */
enum visit { VISIT_COUNT, VISIT_WRITE, VISIT_HASH };

static __always_inline void walk_prepare(struct walk *walk, const struct path *path, struct dentry *root_dentry,
					 struct vfsmount *root_mount)
{
	__builtin_memset(walk, 0, sizeof(*walk));
	walk->climb.dentry = path->dentry;
	walk->mount = path->mnt;
	walk->climb.root_dentry = root_dentry;
	walk->climb.root_mount = root_mount;
}

/* The same for a mount of which the verifier knows nothing but the address. NULL: the walk ends where its mount would.
 */
static __always_inline void walk_prepare_probed(struct walk *walk, struct dentry *dentry, struct vfsmount *mount,
						struct dentry *root_dentry, struct vfsmount *root_mount)
{
	__builtin_memset(walk, 0, sizeof(*walk));
	walk->climb.dentry = dentry;
	walk->mount = mount;
	walk->climb.root_dentry = root_dentry;
	walk->climb.root_mount = root_mount;
}

static __always_inline void walk_see(struct walk *walk, __u32 length, __u32 sequence)
{
	walk->digest.value = (walk->digest.value ^ length ^ sequence << 8) * 0x9e3779b1u;
}

/* First walk: one more name. Returns false when the path gets too long. */
static __always_inline bool walk_count(struct walk *walk, __u32 length)
{
	__u32 left = walk->left.value;

	if (length >= left)
		return false;
	walk->left.value = left - length - 1;
	return true;
}

/* Second walk: one more name, in front of what is there. Returns false when the first walk left no room for it. */
static __always_inline bool walk_write(struct walk *walk, const unsigned char *name, __u32 length)
{
	__u32 place;

	length &= NAME_BYTES;
	place = walk->place - length - 1;
	if (place < walk->first_place || place > walk->last_place)
		return false;
	walk->record[place] = '/';
	bpf_probe_read_kernel(walk->record + place + 1, length, name);
	walk->place = place;
	return true;
}

/* Walk that decides: one more name. */
static __always_inline void walk_hash(struct hashing *walk, const unsigned char *name, __u32 length)
{
	struct scratch *scratch = walk->scratch;
	__u32 number = scratch->count;
	__u64 hash = hash_name(scratch, name, length);

	if (!number)
		scratch->last_name = hash;
	scratch->names[number & PK_PATH_DEPTH] = hash;
	scratch->count = number + 1;
}

/* One more name, whatever the walk is made for: `climb` is what it begins with. Returns false when it ends there. */
static __always_inline bool visit_name(struct climb *climb, const enum visit visit, const unsigned char *name,
				       __u32 length)
{
	if (visit == VISIT_COUNT)
		return walk_count((struct walk *)climb, length);
	if (visit == VISIT_WRITE)
		return walk_write((struct walk *)climb, name, length);
	walk_hash((struct hashing *)climb, name, length);
	return true;
}

/*
 * One step within the mount the walk begins in, where the verifier knows all types: plain loads, a few instructions.
 * Whatever is not a plain name (a mount point, the root, an entry without parent) is left to the probed step.
 */
static __always_inline long step_typed(struct climb *climb, const enum visit visit)
{
	struct dentry *dentry = climb->at_dentry;
	struct dentry *parent;
	__u32 length;
	__u32 sequence = 0;

	if (dentry == climb->at_top || dentry == climb->root_dentry)
		return 1;
	if (visit == VISIT_COUNT) {
		sequence = dentry->d_seq.seqcount.sequence;
		barrier();
	}
	parent = dentry->d_parent;
	length = dentry->d_name.len;
	if (parent == dentry || !visit_name(climb, visit, dentry->d_name.name, length))
		return 1;
	if (visit == VISIT_WRITE)
		sequence = dentry->d_seq.seqcount.sequence & ~1;
	if (visit != VISIT_HASH)
		walk_see((struct walk *)climb, length, sequence);
	climb->at_dentry = parent;
	return 0;
}

/* Files of kernel mounts that processes get to nevertheless (memfds, pipes) are on file systems of the kernel's own. */
static __always_inline bool is_private(struct vfsmount *vfsmount, struct mount *mount)
{
	return (long)BPF_CORE_READ(mount, mnt_ns) == MNT_NS_INTERNAL &&
	       !(BPF_CORE_READ(vfsmount, mnt_sb, s_flags) & SB_KERNMOUNT);
}

/* From the root of a mount to the directory that it is mounted on. */
static __always_inline long step_across_mount(struct climb *climb, const enum visit visit)
{
	const unsigned long offset = bpf_core_field_offset(struct mount, mnt);
	struct mount *mount = (void *)climb->at_mount - offset;
	struct mount *parent = BPF_CORE_READ(mount, mnt_parent);

	if (parent == mount || !parent) {
		climb->end.value = is_private(climb->at_mount, mount) ? WALK_PRIVATE : WALK_AT_ROOT;
		return 1;
	}
	climb->at_dentry = BPF_CORE_READ(mount, mnt_mountpoint);
	climb->at_mount = (void *)parent + offset;
	climb->at_top = BPF_CORE_READ(parent, mnt.mnt_root);
	if (visit != VISIT_HASH)
		((struct walk *)climb)->digest.value ^= (__u32)(long)parent;
	return 0;
}

/* One step anywhere. */
static __always_inline long step_probed(struct climb *climb, const enum visit visit)
{
	struct dentry *dentry = climb->at_dentry;
	struct dentry *parent;
	__u32 length;
	__u32 sequence = 0;

	if (dentry == climb->root_dentry && climb->at_mount == climb->root_mount) {
		climb->end.value = WALK_AT_ROOT;
		return 1;
	}
	if (dentry == climb->at_top)
		return step_across_mount(climb, visit);
	if (visit == VISIT_COUNT)
		sequence = BPF_CORE_READ(dentry, d_seq.seqcount.sequence);
	parent = BPF_CORE_READ(dentry, d_parent);
	length = BPF_CORE_READ(dentry, d_name.len);
	if (parent == dentry || !parent) {
		climb->end.value = dentry == climb->dentry ? WALK_ALONE : WALK_LOST;
		return 1;
	}
	if (!visit_name(climb, visit, visit == VISIT_COUNT ? NULL : BPF_CORE_READ(dentry, d_name.name), length))
		return 1;
	if (visit == VISIT_WRITE)
		sequence = BPF_CORE_READ(dentry, d_seq.seqcount.sequence) & ~1;
	if (visit != VISIT_HASH)
		walk_see((struct walk *)climb, length, sequence);
	climb->at_dentry = parent;
	return 0;
}

#define STEP(visit_name, how)                                                                                          \
	static long visit_name##_##how(__u32 turn, void *climb)                                                        \
	{                                                                                                              \
		return step_##how(climb, VISIT_##visit_name);                                                          \
	}

STEP(COUNT, typed)
STEP(COUNT, probed)
STEP(WRITE, typed)
STEP(WRITE, probed)
STEP(HASH, typed)
STEP(HASH, probed)
#undef STEP

static __always_inline void climb_all(const enum tier tier, struct climb *climb, struct vfsmount *mount,
				      const enum visit visit)
{
	climb->at_dentry = climb->dentry;
	climb->at_mount = mount;
	climb->at_top = BPF_CORE_READ(mount, mnt_root); /* a probed read: not all mounts are of a known type */
	climb->end.value = WALK_CUT;
	if (tier == TIER_FULL)
		repeat(tier, WALK_TURNS, 0,
		       visit == VISIT_HASH    ? HASH_typed
		       : visit == VISIT_WRITE ? WRITE_typed
					      : COUNT_typed,
		       climb);
	repeat(tier, WALK_TURNS, WALK_TURNS_OLDER,
	       visit == VISIT_HASH    ? HASH_probed
	       : visit == VISIT_WRITE ? WRITE_probed
				      : COUNT_probed,
	       climb);
}

static __always_inline void walk_all(const enum tier tier, struct walk *walk, const enum visit visit)
{
	walk->digest.value = 1;
	climb_all(tier, &walk->climb, walk->mount, visit);
}

/* A file that is in no directory may have a name all the same. */
static __always_inline __u32 own_name_size(struct dentry *dentry)
{
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	unsigned char first = 0;

	bpf_probe_read_kernel(&first, sizeof(first), name);
	return first && first != '/' ? BPF_CORE_READ(dentry, d_name.len) & NAME_BYTES : 0;
}

/*
 * Paths without a walk: the root itself, and files that are in no directory. Functions of their own, so that the
 * verifier forgets between them and the rest which of the many turns they took.
 */
static __noinline void short_measure(struct walk *walk)
{
	struct dentry *dentry = walk->climb.dentry;
	__u32 size = 1;

	if (walk->climb.end.value == WALK_ALONE) {
		size = own_name_size(dentry);
		if (!size)
			size = unnamed_size(dentry);
	}
	walk->size.value = size;
}

static __noinline bool short_write(struct walk *walk)
{
	struct dentry *dentry = walk->climb.dentry;
	__u32 place = walk->first_place;
	__u32 size;

	if (place > walk->last_place)
		return false;
	if (walk->climb.end.value != WALK_ALONE) {
		walk->record[place] = '/';
		return walk->climb.end.value == WALK_AT_ROOT;
	}
	size = own_name_size(dentry);
	if (size) {
		bpf_probe_read_kernel(walk->record + place, size, BPF_CORE_READ(dentry, d_name.name));
		return size == walk->size.value;
	}
	unnamed_write(dentry, walk->record + place, walk->size.value);
	return true;
}

static __always_inline bool is_short(const struct walk *walk)
{
	return walk->left.value == PK_PATH_MAX;
}

/* Measures: walk->size bytes are to be set aside in the record. */
static __always_inline void path_measure(const enum tier tier, struct walk *walk)
{
	walk->left.value = PK_PATH_MAX;
	walk_all(tier, walk, VISIT_COUNT);
	if (is_short(walk))
		short_measure(walk);
	else
		walk->size.value = PK_PATH_MAX - walk->left.value;
}

/*
 * Writes the path into the bytes of the record from `offset` on, says in `text` where it is, and returns whether it is
 * whole. `capacity` is the size that was reserved.
 */
static __always_inline bool path_write(const enum tier tier, struct walk *walk, void *record, const __u64 capacity,
				       __u32 offset, pk_text *text)
{
	__u32 digest = walk->digest.value;

	walk->record = record;
	walk->first_place = offset;
	walk->last_place = capacity - RECORD_SLACK;
	walk->place = offset + walk->size.value;
	text->offset = offset;
	text->size = walk->size.value;
	if (is_short(walk))
		return short_write(walk);
	walk_all(tier, walk, VISIT_WRITE);
	text->offset = walk->place;
	text->size = offset + walk->size.value - walk->place;
	return walk->climb.end.value == WALK_AT_ROOT && walk->place == offset && walk->digest.value == digest;
}

/*
 * What a walk found, put aside: programs have 512 bytes of stack, and where there are several paths and much besides
 * one struct walk has to do for all of them.
 */
struct walk_found {
	struct untracked size, end, left, digest;
};

static __always_inline void walk_put_aside(const struct walk *walk, struct walk_found *found)
{
	found->size.value = walk->size.value;
	found->end.value = walk->climb.end.value;
	found->left.value = walk->left.value;
	found->digest.value = walk->digest.value;
}

/* After walk_prepare() for the same path: as if path_measure() had just been called. */
static __always_inline void walk_take_up(struct walk *walk, const struct walk_found *found)
{
	walk->size.value = found->size.value;
	walk->climb.end.value = found->end.value;
	walk->left.value = found->left.value;
	walk->digest.value = found->digest.value;
}

/* The tier for walks that begin at a dentry of whose type the verifier does not know: walk_prepare_probed(). */
static __always_inline enum tier probed(const enum tier tier)
{
	return tier == TIER_FULL ? TIER_PROBED : tier;
}

#endif
