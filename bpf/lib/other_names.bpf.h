/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other names of a file. A path is how a process came to a file; a bind mount, a detached one, a root of the process's
 * own (chroot, a volume in a container) and a hard link each give it another one. So a file is looked up by the names
 * that the host has for it as well:
 *
 *   - where it lies in its file system, which no mount changes, below where the host shows that file system
 *     (file_systems, which the sensor keeps true);
 *   - when it has several links, all of them that the kernel has at hand, in the same way.
 *
 * An other name counts for rules that name it, or a directory that it is in, and for no others
 * (pk_path_lane.named): a rule about what lies anywhere but in /data is not about a volume that the container has
 * there, wherever the host keeps it. A name under which somebody wants the event is told by a record of its own before
 * it.
 *
 * Most files are on the file system of the root and were come by through it: that this is so costs a few instructions.
 */
#ifndef PICKET_BPF_LIB_OTHER_NAMES_H
#define PICKET_BPF_LIB_OTHER_NAMES_H

#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/hook.bpf.h"
#include "bpf/lib/path.bpf.h"

#define MOST_LINKS 1024 /* of one file, that are looked at */

enum other_names {
	NAMED_ELSEWHERE = 1, /* by the host */
	NAMED_BY_LINKS = 2,
	NAMED_UNASKED = 4, /* nobody wanted to know */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PK_FILE_SYSTEMS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32); /* device */
	__type(value, struct pk_file_system);
} file_systems SEC(".maps");

/* The device of the file system that the host's root is on. Set by the sensor; 0 until then. */
__u32 root_device = 0;

/* ---- whether there are any ---- */

/* What changes on the way is in the scratch, where the verifier does not follow it. */
struct mount_names {
	struct scratch *scratch;
	const struct pk_file_system *shown;
};

/* Global: tier.bpf.h. */
__weak __noinline __u64 hash_long_mount_name(struct scratch *scratch, const struct pk_file_system *shown, __u32 number)
{
	const struct pk_mount_name *name;

	if (!scratch || !shown)
		return 0;
	name = &shown->name[number & (PK_MOUNT_NAMES - 1)];
	return hash_pieces(scratch, (const unsigned char *)shown->path + name->begin, name->size);
}

static __always_inline __u64 hash_mount_name(const struct mount_names *of, __u32 number)
{
	const struct pk_mount_name *name = &of->shown->name[number & (PK_MOUNT_NAMES - 1)];

	if (name->size >= PK_PIECE_BYTES)
		return hash_long_mount_name(of->scratch, of->shown, number);
	return hash_end_plain(of->scratch->seed, (const struct itimerspec64 *)(of->shown->path + name->begin),
			      name->size);
}

/* One more of the topmost names. */
static long compare_mount_name(__u32 turn, void *context)
{
	struct mount_names *of = context;
	struct scratch *scratch = of->scratch;

	if (turn >= scratch->mounts_left)
		return 1;
	scratch->difference |= hash_mount_name(of, turn) ^ scratch->names[(scratch->count - 1 - turn) & PK_PATH_DEPTH];
	return 0;
}

/* Whether the path that is looked up, which lies in a mount of the whole file system, goes on where the host shows it.
 */
static __noinline bool is_shown_there(struct scratch *scratch, const struct pk_file_system *shown)
{
	struct mount_names of = {.scratch = scratch, .shown = shown};
	__u32 within = scratch->within == WITHIN_ALL ? scratch->count : scratch->within;

	if (scratch->count - within != shown->names)
		return false;
	scratch->mounts_left = shown->names;
	scratch->difference = 0;
	bpf_loop(PK_MOUNT_NAMES, compare_mount_name, &of, 0);
	return !scratch->difference;
}

/* `whole`: the path begins in a mount, or a root of the process's, that shows the whole file system. */
static __always_inline bool is_named_elsewhere(struct scratch *scratch, __u32 device, bool whole)
{
	const struct pk_file_system *shown;

	if (whole && device == root_device && scratch->within == WITHIN_ALL)
		return false;
	shown = bpf_map_lookup_elem(&file_systems, &device);
	return shown && !(whole && is_shown_there(scratch, shown));
}

/* `typed`: by plain loads. */
static __always_inline __u32 names_by_links(const bool typed, struct inode *inode)
{
	if (!inode || LOAD(typed, inode, i_nlink) <= 1 || (LOAD(typed, inode, i_mode) & S_IFMT) == S_IFDIR)
		return 0;
	return NAMED_BY_LINKS;
}

/* What there is besides the path that was just looked up and ended at the root; `mount` is the one it begins in. */
static __always_inline __u32 find_other_names(const enum tier tier, struct dentry *dentry, struct vfsmount *mount,
					      struct dentry *root, struct scratch *scratch)
{
	const bool typed = tier == TIER_FULL;
	struct dentry *top = root;
	struct super_block *super = typed ? dentry->d_sb : BPF_CORE_READ(dentry, d_sb);
	__u32 names = 0;

	if (scratch->within != WITHIN_ALL)
		top = typed && has_casts ? CAST(mount)->mnt_root : BPF_CORE_READ(mount, mnt_root);
	if (is_named_elsewhere(scratch, typed ? super->s_dev : BPF_CORE_READ(super, s_dev),
			       top == (typed ? super->s_root : BPF_CORE_READ(super, s_root))))
		names = NAMED_ELSEWHERE;
	return names | names_by_links(typed, typed ? dentry->d_inode : BPF_CORE_READ(dentry, d_inode));
}

/* The entry of a link in the list of a file's names. */
static __always_inline struct dentry *linked_entry(struct hlist_node *node)
{
	void *entry = node;

	/* The offset that there is not must not be reached: the compiler has to take these for two different things. */
	if (bpf_core_field_exists(((struct dentry___flat *)0)->d_alias)) {
		entry -= bpf_core_field_offset(struct dentry___flat, d_alias);
		asm volatile("/* flat */" : "+r"(entry));
	} else {
		entry -= bpf_core_field_offset(struct dentry___u, d_u.d_alias);
		asm volatile("/* in a union */" : "+r"(entry));
	}
	return entry;
}

/* ---- their hashes ---- */

static long hash_mount_names(__u32 turn, void *context)
{
	struct mount_names *of = context;
	struct scratch *scratch = of->scratch;
	__u32 left = scratch->mounts_left;

	if (!left)
		return 1;
	add_hash(scratch, hash_mount_name(of, left - 1));
	scratch->mounts_left = left - 1;
	return 0;
}

/* A loop's context has to lie on the stack; what the walk needs does not fit in there. */
struct walk_within {
	struct scratch *scratch;
};

static long hash_within(__u32 turn, void *context)
{
	struct scratch *scratch = ((struct walk_within *)context)->scratch;

	return step_probed(&scratch->walk.climb, VISIT_HASH_HERE);
}

static long write_within(__u32 turn, void *context)
{
	struct scratch *scratch = ((struct walk_within *)context)->scratch;

	return step_probed(&scratch->walk.climb, VISIT_BUFFER);
}

/* From an entry up to the root of its file system, in a scratch. */
static __always_inline void begin_within(struct climb *climb, struct dentry *dentry)
{
	climb->dentry = dentry;
	climb->at_dentry = dentry;
	climb->root_dentry = BPF_CORE_READ(dentry, d_sb, s_root);
	climb->root_mount = NULL;
	climb->at_mount = NULL;
	climb->at_top = NULL;
	climb->end.value = WALK_CUT;
}

/* Where the host shows the file system of the entry in the scratch. NULL: nobody but the process knows. */
static __always_inline const struct pk_file_system *where_shown(const struct scratch *scratch)
{
	struct dentry *dentry = scratch->walk.climb.dentry;
	__u32 device = BPF_CORE_READ(dentry, d_sb, s_dev);

	return bpf_map_lookup_elem(&file_systems, &device);
}

/*
 * Of the names that the host has for that entry; they take the place of those in the scratch. Returns enum walk_end. A
 * global function, as the next: the verifier looks at them once for each program, and not at each of their calls.
 */
__weak __noinline __u32 hash_names(__u32 number)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &number);
	struct walk_within walk = {.scratch = scratch};
	struct mount_names of = {.scratch = scratch};

	if (!scratch)
		return WALK_LOST;
	of.shown = where_shown(scratch);
	scratch->count = 0;
	bpf_loop(WALK_TURNS, hash_within, &walk, 0);
	if (of.shown) {
		scratch->mounts_left = of.shown->names;
		bpf_loop(PK_MOUNT_NAMES, hash_mount_names, &of, 0);
	}
	return scratch->walk.climb.end.value;
}

/* ---- telling them ---- */

static __always_inline void tell_sized(const struct scratch *scratch, const __u64 capacity)
{
	struct pk_other_name *record = emit_reserve(TIER_FULL, PK_other_name, capacity);

	if (!record)
		return;
	fill_current(TIER_FULL, &record->header, sizeof(*record) + scratch->walk.size.value, current_task(TIER_FULL));
	record->about = scratch->naming.kind;
	record->which = scratch->naming.which;
	text_copy(TIER_FULL, record, capacity, scratch->walk.first_place, scratch->walk.record, false, PK_PATH_MAX,
		  scratch->walk.size.value, &record->path);
	emit_submit(record);
}

/*
 * Written from the end of a buffer on: first what lies in the file system, then, in front of it, where that is shown.
 * What does not fit in is not told; the event then is there without its other name. Returns whether there is one to
 * tell. Not called from tell_name(): the chain of calls is on the stack as a whole.
 */
__weak __noinline __u32 write_name(__u32 number)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &number);
	char *buffer = bpf_map_lookup_elem(&path_buffers, &number);
	struct walk_within within = {.scratch = scratch};
	const struct pk_file_system *shown;
	__u32 place, size = 0;

	if (!scratch || !buffer)
		return 0;
	shown = where_shown(scratch);
	scratch->walk.place = PK_PATH_MAX;
	begin_within(&scratch->walk.climb, scratch->walk.climb.dentry);
	bpf_loop(WALK_TURNS, write_within, &within, 0);
	if (shown)
		size = shown->size & 0xff;
	place = scratch->walk.place - size;
	if (scratch->walk.climb.end.value != WALK_AT_ROOT || place >= PK_PATH_MAX)
		return 0;
	if (size)
		bpf_probe_read_kernel(buffer + place, size, shown->path);
	scratch->walk.record = buffer + place;
	scratch->walk.size.value = PK_PATH_MAX - place;
	return 1;
}

/* What write_name() has written. */
__weak __noinline __u32 tell_name(__u32 number)
{
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &number);

	if (!scratch)
		return 0;
	scratch->walk.first_place = sizeof(struct pk_other_name);
	if (scratch->walk.size.value <= 1024 - RECORD_SLACK - sizeof(struct pk_other_name))
		tell_sized(scratch, 1024);
	else
		tell_sized(scratch, 8192);
	return 0;
}

#endif
