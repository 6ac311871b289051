/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole paths, by hand: from a dentry up through its parents and across mounts to the root of the process.
 *
 * The kernel's own bpf_d_path is refused on most hooks and needs a scratch buffer, which a program that can be
 * preempted has nowhere to keep. So a path is walked twice. The first walk adds up lengths, and with them the right
 * size of record is reserved in the ring; the second writes the names into the record, from the last one to the first.
 * Where the event was decided by its path, the walk that did so was the first one (path_rows.bpf.h); where its
 * directory and that one's text are remembered, no walk is made at all (directory_text.bpf.h).
 *
 * A rename may come in between. Each directory entry has a sequence count that every change of its name or parent
 * raises. The first walk reads it before the entry, the second one after: if all counts are even and the same, then no
 * entry was changed between the walks, and the path that was written existed as a whole at that moment. (The second
 * walk takes odd counts for the next even ones, so that they differ.) If not, the path is flagged as truncated. Unlike
 * a check of the kernel's global rename lock this cannot be provoked by renames elsewhere.
 *
 * The walk ends at the process's root; for a file outside of it at the top of the mount tree the file is in. An entry
 * that was moved out of what its mount shows has no path from any root: what there is is flagged as truncated.
 */
#ifndef PICKET_BPF_LIB_PATH_H
#define PICKET_BPF_LIB_PATH_H

#include "bpf/lib/climb_older.bpf.h"
#include "bpf/lib/copy.bpf.h"
#include "bpf/lib/unnamed.bpf.h"
#include "bpf/shared/wire.h"

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

static __always_inline void walk_all(const enum tier tier, struct walk *walk, const enum visit visit)
{
	walk->climb.counted.digest = 1;
	climb_all(tier, &walk->climb, walk->mount, visit);
}

/* The first walk. */
static __always_inline void count_all(const enum tier tier, struct walk *walk)
{
	struct scratch *scratch;

	if (tier != TIER_OLDER) {
		walk_all(tier, walk, VISIT_COUNT);
		return;
	}
	scratch = walk_older(walk, VISIT_COUNT);
	if (scratch)
		give_back(scratch);
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
	return walk->climb.counted.left == PK_PATH_MAX;
}

static __always_inline void path_size(struct walk *walk)
{
	if (is_short(walk))
		short_measure(walk);
	else
		walk->size.value = PK_PATH_MAX - walk->climb.counted.left;
}

/* Measures: walk->size bytes are to be set aside in the record. */
static __always_inline void path_measure(const enum tier tier, struct walk *walk)
{
	walk->climb.counted.left = PK_PATH_MAX;
	count_all(tier, walk);
	path_size(walk);
}

/* The second walk. */
static __always_inline void write_all(const enum tier tier, struct walk *walk, const __u64 capacity)
{
	void *record = walk->record;
	__u32 offset = walk->first_place;
	struct scratch *scratch;
	char *buffer = NULL;
	__u32 number;
	pk_text text;

	if (tier != TIER_OLDER) {
		walk_all(tier, walk, VISIT_WRITE);
		return;
	}
	walk->first_place = 0;
	walk->place = walk->size.value;
	scratch = walk_older(walk, VISIT_WRITE);
	if (scratch) {
		number = scratch->number;
		buffer = bpf_map_lookup_elem(&path_buffers, &number);
		if (buffer)
			text_copy(tier, record, capacity, offset, buffer, false, PK_PATH_MAX, walk->size.value, &text);
		give_back(scratch);
	}
	walk->place += offset;
}

/*
 * Writes the path into the bytes of the record from `offset` on, says in `text` where it is, and returns whether it is
 * whole. `capacity` is the size that was reserved.
 */
static __always_inline bool path_write(const enum tier tier, struct walk *walk, void *record, const __u64 capacity,
				       __u32 offset, pk_text *text)
{
	__u32 digest = walk->climb.counted.digest;

	walk->record = record;
	walk->first_place = offset;
	walk->last_place = capacity - RECORD_SLACK;
	walk->place = offset + walk->size.value;
	text->offset = offset;
	text->size = walk->size.value;
	if (is_short(walk))
		return short_write(walk);
	write_all(tier, walk, capacity);
	text->offset = walk->place;
	text->size = offset + walk->size.value - walk->place;
	return walk->climb.end.value == WALK_AT_ROOT && walk->place == offset && walk->climb.counted.digest == digest;
}

static __always_inline void walk_put_aside(const struct walk *walk, struct walk_found *found)
{
	found->size.value = walk->size.value;
	found->end.value = walk->climb.end.value;
	found->counted = walk->climb.counted;
}

/* After walk_prepare() for the same path: as if path_measure() had just been called. */
static __always_inline void walk_take_up(struct walk *walk, const struct walk_found *found)
{
	walk->size.value = found->size.value;
	walk->climb.end.value = found->end.value;
	walk->climb.counted = found->counted;
}

/* The same where the walk that decided may have found it: then that was the first one. */
static __always_inline void path_measure_found(const enum tier tier, struct walk *walk, struct walk_found *found)
{
	if (tier != TIER_OLDER && found->end.value) {
		walk_take_up(walk, found);
	} else {
		walk->climb.counted.left = PK_PATH_MAX;
		count_all(tier, walk);
	}
	path_size(walk);
	walk_put_aside(walk, found);
}

/* The tier for walks that begin at a dentry of whose type the verifier does not know: walk_prepare_probed(). */
static __always_inline enum tier probed(const enum tier tier)
{
	return tier == TIER_FULL ? TIER_PROBED : tier;
}

#endif
