/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way up a path, name by name and mount by mount, for all that is done with the names (enum visit): they are
 * counted, written or hashed. path.bpf.h says what for.
 */
#ifndef PICKET_BPF_LIB_CLIMB_H
#define PICKET_BPF_LIB_CLIMB_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/lib/name_hash.bpf.h"
#include "bpf/lib/scratch.bpf.h"
#include "bpf/shared/wire.h"

/* A path of PK_PATH_MAX bytes has half as many names; crossing a mount takes a turn, too. */
#define WALK_TURNS PK_PATH_MAX

enum walk_end {
	WALK_CUT = 1, /* too long or too deep */
	WALK_AT_ROOT, /* at the process's root, or at the top of all mounts */
	WALK_LOST,    /* at an entry that is in no directory, though it was reached from one below it */
	WALK_ALONE,   /* began at an entry that is in no directory */
	WALK_PRIVATE, /* at the top of a mount that only the kernel has: a layer of overlayfs */
};

/* To decide: names are hashed, and counted as by a first walk. */
struct hashing {
	struct climb climb;
	struct scratch *scratch;
};

/* What a walk is made for. */
enum visit { VISIT_COUNT, VISIT_WRITE, VISIT_BUFFER, VISIT_HASH, VISIT_HASH_HERE };

/* The walk is that of a scratch. */
static __always_inline struct scratch *scratch_of(struct climb *climb)
{
	return (void *)climb - offsetof(struct scratch, walk.climb);
}

/* Where a walk that hashes leaves them. */
static __always_inline struct scratch *hashes_of(struct climb *climb, const enum visit visit)
{
	return visit == VISIT_HASH ? ((struct hashing *)climb)->scratch : scratch_of(climb);
}

/* A first walk looks before it reads the entry, a second one afterwards. */
static __always_inline void climb_see(struct climb *climb, __u32 sequence)
{
	climb->counted.digest = (climb->counted.digest ^ sequence) * 0x9e3779b1u;
	barrier();
}

/*
 * As a second walk takes a count: one of a change that is under way is that of the change done, which no first walk
 * saw.
 */
static __always_inline __u32 settled(__u32 sequence)
{
	return (sequence + 1) & ~1u;
}

/* First walk: one more name. Returns false when the path gets too long. */
static __always_inline bool climb_count(struct climb *climb, __u32 length)
{
	__u32 left = climb->counted.left;

	if (length >= left)
		return false;
	climb->counted.left = left - length - 1;
	return true;
}

/* Writes `bytes` of 1 to 8, and leaves what is behind them as it is: the name that was written before. */
static __always_inline void put_word(char *to, __u64 word, __u32 bytes)
{
	const __u64 kept = ~0ull >> (64 - 8 * bytes & 63);
	__u64 *there = (__u64 *)to;

	*there = (word & kept) | (*there & ~kept);
}

/* The same as copying a name, of few bytes, by plain loads: a fifth of what the helper takes. */
static __always_inline void put_short_name(char *to, const unsigned char *name, __u32 length)
{
	const struct itimerspec64 *from = words_at(name);

	if (length <= 8) {
		put_word(to, from->it_interval.tv_sec, length);
		return;
	}
	*(__u64 *)to = from->it_interval.tv_sec;
	put_word(to + 8, from->it_interval.tv_nsec, length - 8);
}

static __always_inline void put_name(const bool cast, char *to, const unsigned char *name, __u32 length)
{
	if (cast && length - 1 < 16)
		put_short_name(to, name, length);
	else
		bpf_probe_read_kernel(to, length, name);
}

/* Second walk: one more name, in front of what is there. Returns false when the first walk left no room for it. */
static __always_inline bool walk_write(struct walk *walk, const bool cast, const unsigned char *name, __u32 length)
{
	__u32 place;

	length &= NAME_BYTES;
	place = walk->place - length - 1;
	if (place < walk->first_place || place > walk->last_place)
		return false;
	walk->record[place] = '/';
	put_name(cast, walk->record + place + 1, name, length);
	walk->place = place;
	return true;
}

/* The same where the walk is that of a scratch, into its buffer, whose last place is PK_PATH_MAX. */
static __always_inline bool walk_buffer(struct walk *walk, const unsigned char *name, __u32 length)
{
	__u32 number = scratch_of(&walk->climb)->number, place;
	char *buffer = bpf_map_lookup_elem(&path_buffers, &number);

	length &= NAME_BYTES;
	place = walk->place - length - 1;
	if (!buffer || place > PK_PATH_MAX)
		return false;
	buffer[place] = '/';
	bpf_probe_read_kernel(buffer + place + 1, length, name);
	walk->place = place;
	return true;
}

/* Walk that decides: one more name. */
static __always_inline void add_hash(struct scratch *scratch, __u64 hash)
{
	__u32 number = scratch->count;

	if (!number)
		scratch->last_name = hash;
	scratch->names[number & PK_PATH_DEPTH] = hash;
	scratch->count = number + 1;
}

/* Members of what may be of no known type: by plain loads where the kernel has casts (then `cast`), else probed. */
#define TYPED(cast, object) ((cast) ? CAST(object) : (object))
#define LOAD(cast, object, member) ((cast) ? (object)->member : BPF_CORE_READ(object, member))

/* One more name, whatever the walk is made for: `climb` is what it begins with. Returns false when it ends there. */
static __always_inline bool visit_name(struct climb *climb, const enum visit visit, const bool cast,
				       const unsigned char *name, __u32 length)
{
	if (visit == VISIT_COUNT)
		return climb_count(climb, length);
	if (visit == VISIT_WRITE)
		return walk_write((struct walk *)climb, cast, name, length);
	return walk_buffer((struct walk *)climb, name, length);
}

static __always_inline bool is_hashed(const enum visit visit)
{
	return visit == VISIT_HASH || visit == VISIT_HASH_HERE;
}

/* Looks at the entry's sequence count, before it is read. What decides keeps it in the scratch: the stack has no room.
 */
static __always_inline void begin_entry(struct climb *climb, const enum visit visit, const bool cast,
					struct dentry *dentry)
{
	if (visit == VISIT_COUNT)
		climb_see(climb, LOAD(cast, dentry, d_seq.seqcount.sequence));
	if (is_hashed(visit))
		hashes_of(climb, visit)->sequence = LOAD(cast, dentry, d_seq.seqcount.sequence);
	barrier();
}

/*
 * A name to decide by. Nothing looks at such a walk again before the verdict, so the entry's sequence count must be
 * even and the same before its name was read and after its parent was: else both are read once more, in another turn.
 * Changes are made under locks, in less time than a turn takes. The length lies in the scratch as well.
 */
static __always_inline __u64 hash_entry(struct climb *climb, const enum visit visit, const bool cast,
					struct dentry *dentry)
{
	struct scratch *scratch = hashes_of(climb, visit);
	const __u32 length = LOAD(cast, dentry, d_name.len);
	const unsigned char *name = LOAD(cast, dentry, d_name.name);

	scratch->length = length;
	return cast ? hash_name_plain(scratch, name, length) : hash_name(scratch, name, length);
}

/* Returns false when it has to be read once more. */
static __always_inline bool keep_hash(struct climb *climb, const enum visit visit, const bool cast,
				      struct dentry *dentry, __u64 hash)
{
	struct scratch *scratch = hashes_of(climb, visit);

	barrier();
	if (scratch->sequence & 1 || LOAD(cast, dentry, d_seq.seqcount.sequence) != scratch->sequence)
		return false;
	if (visit == VISIT_HASH) {
		climb_see(climb, scratch->sequence);
		/* below 0 it is too long, and stays so: it cannot get all the way around */
		climb->counted.left -= scratch->length + 1;
	}
	add_hash(scratch, hash);
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
	__u64 hash = 0;

	if (dentry == climb->at_top || dentry == climb->root_dentry)
		return 1;
	begin_entry(climb, visit, false, dentry);
	if (is_hashed(visit))
		hash = hash_entry(climb, visit, false, dentry);
	parent = dentry->d_parent;
	if (parent == dentry)
		return 1;
	if (is_hashed(visit)) {
		if (!keep_hash(climb, visit, false, dentry, hash))
			return 0;
	} else if (!visit_name(climb, visit, false, dentry->d_name.name, dentry->d_name.len)) {
		return 1;
	}
	if (visit == VISIT_WRITE)
		climb_see(climb, settled(dentry->d_seq.seqcount.sequence));
	climb->at_dentry = parent;
	return 0;
}

/* Files of kernel mounts that processes get to nevertheless (memfds, pipes) are on file systems of the kernel's own. */
static __always_inline bool is_private(struct vfsmount *vfsmount, struct mount *mount)
{
	return (long)BPF_CORE_READ(mount, mnt_ns) == MNT_NS_INTERNAL &&
	       !(BPF_CORE_READ(vfsmount, mnt_sb, s_flags) & SB_KERNMOUNT);
}

/* A walk that hashes comes to the root of a mount. */
static __always_inline void leave_mount(struct scratch *scratch)
{
	if (scratch->within == WITHIN_ALL)
		scratch->within = scratch->count;
}

/*
 * What tells a mount's parent in a digest. The verifier lets nobody make a number of a pointer that it knows the type
 * of, but of how far two of them are apart.
 */
static __always_inline __u32 mark_of(struct mount *mount, struct mount *parent, const bool cast)
{
	long mark = cast ? (void *)parent - (void *)mount : (long)parent;

	barrier_var(mark); /* or clang calculates in 32 bits */
	return mark;
}

/* From the root of a mount to the directory that it is mounted on. */
static __always_inline long step_across_mount(struct climb *climb, const enum visit visit, const bool cast)
{
	const unsigned long offset = bpf_core_field_offset(struct mount, mnt);
	struct mount *mount = TYPED(cast, (struct mount *)((void *)climb->at_mount - offset));
	struct mount *parent = LOAD(cast, mount, mnt_parent);

	if (visit == VISIT_HASH || visit == VISIT_HASH_HERE)
		leave_mount(hashes_of(climb, visit));
	if (parent == mount || !parent) {
		climb->end.value = is_private(climb->at_mount, mount) ? WALK_PRIVATE : WALK_AT_ROOT;
		return 1;
	}
	climb->at_dentry = LOAD(cast, mount, mnt_mountpoint);
	climb->at_mount = (void *)parent + offset;
	climb->at_top = LOAD(cast, parent, mnt.mnt_root);
	if (visit != VISIT_HASH_HERE)
		climb->counted.digest ^= mark_of(mount, parent, cast);
	return 0;
}

/* One step anywhere. */
static __always_inline long step_anywhere(struct climb *climb, const enum visit visit, const bool cast)
{
	struct dentry *dentry = TYPED(cast, climb->at_dentry);
	struct dentry *parent;
	__u64 hash = 0;

	if (dentry == climb->root_dentry && climb->at_mount == climb->root_mount) {
		climb->end.value = WALK_AT_ROOT;
		return 1;
	}
	if (dentry == climb->at_top)
		return step_across_mount(climb, visit, cast);
	begin_entry(climb, visit, cast, dentry);
	if (is_hashed(visit))
		hash = hash_entry(climb, visit, cast, dentry);
	parent = LOAD(cast, dentry, d_parent);
	if (parent == dentry || !parent) {
		climb->end.value = dentry == climb->dentry ? WALK_ALONE : WALK_LOST;
		return 1;
	}
	if (is_hashed(visit)) {
		if (!keep_hash(climb, visit, cast, dentry, hash))
			return 0;
	} else if (!visit_name(climb, visit, cast, visit == VISIT_COUNT ? NULL : LOAD(cast, dentry, d_name.name),
			       LOAD(cast, dentry, d_name.len))) {
		return 1;
	}
	if (visit == VISIT_WRITE || visit == VISIT_BUFFER)
		climb_see(climb, settled(LOAD(cast, dentry, d_seq.seqcount.sequence)));
	climb->at_dentry = parent;
	return 0;
}

static __always_inline long step_probed(struct climb *climb, const enum visit visit)
{
	return step_anywhere(climb, visit, false);
}

static __always_inline long step_plain(struct climb *climb, const enum visit visit)
{
	return step_anywhere(climb, visit, true);
}

#define STEP(visit_name, how)                                                                                          \
	static long visit_name##_##how(__u32 turn, void *climb)                                                        \
	{                                                                                                              \
		return step_##how(climb, VISIT_##visit_name);                                                          \
	}

STEP(COUNT, typed)
STEP(COUNT, probed)
STEP(COUNT, plain)
STEP(WRITE, typed)
STEP(WRITE, probed)
STEP(WRITE, plain)
STEP(HASH, typed)
STEP(HASH, probed)
STEP(HASH, plain)
#undef STEP

static __always_inline void start_climb(struct climb *climb, const bool cast, struct vfsmount *mount)
{
	mount = TYPED(cast, mount);
	climb->at_dentry = climb->dentry;
	climb->at_mount = mount;
	climb->at_top = LOAD(cast, mount, mnt_root); /* not all mounts are of a known type */
	climb->end.value = WALK_CUT;
}

/* In the full tier. */
static __always_inline void climb_all(const enum tier tier, struct climb *climb, struct vfsmount *mount,
				      const enum visit visit)
{
	if (has_casts) {
		start_climb(climb, true, mount);
		repeat(tier, WALK_TURNS, 0,
		       visit == VISIT_HASH    ? HASH_plain
		       : visit == VISIT_WRITE ? WRITE_plain
					      : COUNT_plain,
		       climb);
		return;
	}
	start_climb(climb, false, mount);
	if (tier == TIER_FULL)
		repeat(tier, WALK_TURNS, 0,
		       visit == VISIT_HASH    ? HASH_typed
		       : visit == VISIT_WRITE ? WRITE_typed
					      : COUNT_typed,
		       climb);
	repeat(tier, WALK_TURNS, 0,
	       visit == VISIT_HASH    ? HASH_probed
	       : visit == VISIT_WRITE ? WRITE_probed
				      : COUNT_probed,
	       climb);
}

#endif
