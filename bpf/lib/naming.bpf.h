/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Naming: by which paths a file is known from here on (bpf/lib/identity.bpf.h). The hooks for what makes, links and
 * renames files know them whole.
 *
 * The name of a file that gets a second one is true already, and is kept before the second one is there: there is no
 * moment at which the file can be reached by a path that rules know nothing of. The hooks of the LSM come before the
 * permissions of the directories are checked, so that a name which is only going to be true must not count yet: it is
 * put aside with the task, and kept when the kernel has done it (bpf/lsm/identity.bpf.c).
 *
 * Only names that rules tell from others are kept. What a user sees in mount namespaces of his own may be called
 * anything: no name is learnt there.
 */
#ifndef PICKET_BPF_LIB_NAMING_H
#define PICKET_BPF_LIB_NAMING_H

#include "bpf/lib/identity.bpf.h"

#define RENAME_EXCHANGE 2u
#define __maybe_unused __attribute__((unused)) /* by each of the objects that include this */

/* What rules make of a path, bits. */
#define COVERED 1u /* some rule tells it from paths that no rule names */
#define NAMED 2u   /* some rule names it as a whole */

/* A file whose name changes: kept until the kernel has done it. */
struct move {
	struct pk_name_key key;
	__u64 moves;
	struct pk_known_name before;
	struct pk_known_name after; /* count PK_NAME_GONE: one that is not kept */
};

struct moving {
	__u64 dentry; /* which one: a file system may rename others on the way */
	struct move moves[2];
	struct pk_known_name gone; /* room */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct moving);
} moving_names __weak SEC(".maps");

static __noinline bool same_name(const struct pk_known_name *a, const struct pk_known_name *b)
{
	__u64 differ = (a->count ^ b->count) | (a->last_name ^ b->last_name);

#pragma unroll
	for (int i = 0; i <= PK_PATH_DEPTH; i++)
		differ |= a->names[i] ^ b->names[i];
	return !differ;
}

/* One more name of a file, unless it is known. `key` is the file's, its number is written. */
static __noinline __maybe_unused bool add_name(struct pk_name_key *key, const struct pk_known_name *name)
{
	for (__u32 number = 0; number < PK_FILE_NAMES; number++) {
		const struct pk_known_name *known;

		key->number = number;
		known = bpf_map_lookup_elem(&known_names, key);
		if (!known) {
			if (bpf_map_update_elem(&known_names, key, name, BPF_NOEXIST))
				break;
			__sync_fetch_and_add(&names_known, 1);
			return true;
		}
		if (same_name(known, name))
			return true;
		if (known->count == PK_NAME_GONE)
			return !bpf_map_update_elem(&known_names, key, name, BPF_EXIST);
	}
	__sync_fetch_and_add(&names_without_room, 1);
	return false;
}

/* A file lost a name. `gone` is room for one. Returns how many it lost. */
static __noinline __maybe_unused __u32 drop_name(struct pk_name_key *key, const struct pk_known_name *name,
						 struct pk_known_name *gone)
{
	__u32 dropped = 0;

	__builtin_memset(gone, 0, sizeof(*gone));
	gone->count = PK_NAME_GONE;
	for (__u32 number = 0; number < PK_FILE_NAMES; number++) {
		const struct pk_known_name *known;

		key->number = number;
		known = bpf_map_lookup_elem(&known_names, key);
		if (!known)
			break;
		if (same_name(known, name))
			dropped += !bpf_map_update_elem(&known_names, key, gone, BPF_EXIST);
	}
	return dropped;
}

/* A file is no more. */
static __noinline __maybe_unused __u32 forget_names(struct pk_name_key *key)
{
	__u32 forgotten = 0;

	for (__u32 number = 0; number < PK_FILE_NAMES; number++) {
		key->number = number;
		if (bpf_map_delete_elem(&known_names, key))
			break;
		forgotten++;
	}
	__sync_fetch_and_add(&names_known, -forgotten);
	return forgotten;
}

/* ---- which names count ---- */

/* Of a path whose names are in the scratch. `whole` is its hash as a directory's. */
static __noinline __u32 lane_coverage(const struct pk_image *image, const struct pk_path_lane *lane,
				      const struct scratch *scratch, __u64 whole)
{
	const __u64 used = forgotten(lane->used);
	const __u64 name = forgotten(pk_name_row(image, lane, scratch->last_name));
	const __u64 row = forgotten(pk_directory_row(image, lane, scratch->names, scratch->count));
	const __u64 root = forgotten(pk_find(image, pk_tag(lane->salt, 0)));
	const __u64 named = forgotten(pk_find(image, pk_tag(lane->salt, whole)));
	const __u32 beneath = pk_row(image, root, scratch->count == 1 ? PK_CHILD : PK_BELOW);
	__u32 found = 0;

	if (used & PK_PATH_NAME && name != lane->other_name)
		found = COVERED;
	if (!(used & PK_PATH_DIRECTORIES) || root >= PK_KEYS || row == beneath)
		return found;
	if (scratch->count <= PK_PATH_DEPTH && named < PK_KEYS)
		found |= NAMED;
	return found | COVERED;
}

struct covering {
	const struct pk_image *image;
	const struct scratch *scratch;
	__u64 whole;
	__u64 found;
};

static __noinline long look_at_lane(__u32 turn, void *context)
{
	struct covering *covering = context;
	const struct pk_kind_plan *plan = &covering->image->kinds[turn / PK_PATHS & 63];

	covering->found |= forgotten(lane_coverage(covering->image, &plan->paths[turn & (PK_PATHS - 1)],
						   covering->scratch, covering->whole));
	return 0;
}

static __noinline __maybe_unused __u64 whole_path(const struct scratch *scratch)
{
	const __u32 count = scratch->count;
	__u64 whole = 0;

	for (__u32 i = 0; i < PK_PATH_DEPTH; i++) {
		if (i >= count)
			break;
		whole = pk_hash_below(whole, scratch->names[(count - i - 1) & PK_PATH_DEPTH]);
		PK_FORGET(whole);
	}
	return whole;
}

static __noinline __maybe_unused __u32 coverage(const struct pk_image *image, const struct scratch *scratch)
{
	struct covering covering = {.image = image, .scratch = scratch};

	covering.whole = forgotten(whole_path(scratch));
	covering.found = forgotten(lane_coverage(image, &image->subject.executable, scratch, covering.whole));
	repeat(TIER_FULL, 64 * PK_PATHS, 0, look_at_lane, &covering);
	return covering.found;
}

/* To scratch->name: the place's. Returns what rules make of it. */
static __noinline __maybe_unused __u32 read_name_of(const struct pk_image *image, const struct place *place,
						    struct scratch *scratch)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hashing walk = {.climb.dentry = place->dentry, .scratch = scratch};

	walk.climb.root_dentry = task->fs->root.dentry;
	walk.climb.root_mount = task->fs->root.mnt;
	scratch->count = 0;
	scratch->seed = image->seed;
	__builtin_memset(scratch->names, 0, sizeof(scratch->names));
	climb_all(TIER_FULL, &walk.climb, place->mount, VISIT_HASH);
	scratch->name.count = scratch->count;
	scratch->name.last_name = scratch->last_name;
	__builtin_memcpy(scratch->name.names, scratch->names, sizeof(scratch->names));
	return walk.climb.end.value == WALK_AT_ROOT ? coverage(image, scratch) : 0;
}

/* Whether mounts are where they are by the will of the host's administrator, or of a container's. */
static __always_inline bool sees_true_names(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return BPF_CORE_READ(task, nsproxy, mnt_ns, user_ns, level) == 0;
}

/* In a user namespace of its own a process can also change its root. */
static __always_inline bool has_true_root(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return BPF_CORE_READ(task, cred, user_ns, level) == 0;
}

/* ---- names that are true already ---- */

/* The place's name is kept when rules make of it what is `enough`. */
static __noinline __maybe_unused bool keep_name(const struct place *place, const struct inode *inode, __u32 enough)
{
	struct pk_image *image = current_image();
	struct pk_name_key key;
	struct scratch *scratch;
	bool kept = false;

	if (!image || !sees_true_names())
		return false;
	scratch = take_scratch();
	if (!scratch)
		return false;
	identify(inode, &key);
	if (forgotten(read_name_of(image, place, scratch)) & enough)
		kept = add_name(&key, &scratch->name);
	give_back(scratch);
	return kept;
}

/* ---- names that are going to be true ---- */

static __always_inline struct moving *begin_moving(const struct dentry *dentry)
{
	struct moving *moving =
		bpf_task_storage_get(&moving_names, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!moving)
		return NULL;
	moving->dentry = (__u64)dentry;
	moving->moves[0].moves = 0;
	moving->moves[1].moves = 0;
	return moving;
}

/* The file gives up one name for another, which is kept when rules make of it what is `enough`. */
static __noinline __maybe_unused bool plan_move(struct move *move, const struct inode *inode,
						const struct pk_known_name *before, const struct pk_known_name *after,
						bool keeps)
{
	if (!inode || (!keeps && !has_names(inode)))
		return false;
	identify(inode, &move->key);
	move->before = *before;
	move->after = *after;
	if (!keeps)
		move->after.count = PK_NAME_GONE;
	if (!has_true_root())
		move->before.count = PK_NAME_GONE;
	move->moves = 1;
	return true;
}

static __noinline __maybe_unused bool plan_moves(const struct pk_image *image, const struct place places[2],
						 bool exchange, struct moving *moving, struct scratch *scratch)
{
	struct move *move = &moving->moves[0];
	const struct inode *old = BPF_CORE_READ(places[0].dentry, d_inode);
	const struct inode *new = exchange ? BPF_CORE_READ(places[1].dentry, d_inode) : NULL;
	__u32 before, after;
	bool planned;

	before = forgotten(read_name_of(image, &places[0], scratch));
	move->before = scratch->name;
	after = forgotten(read_name_of(image, &places[1], scratch));
	/* of a file with one name only bind mounts have others, of a file that rules name */
	planned = plan_move(&moving->moves[1], new, &scratch->name, &move->before,
			    before & (new &&BPF_CORE_READ(new, i_nlink) > 1 ? COVERED : NAMED));
	planned |= plan_move(move, old, &move->before, &scratch->name,
			     after & (BPF_CORE_READ(old, i_nlink) > 1 ? COVERED : NAMED));
	return planned;
}

static __noinline __maybe_unused bool plan_rename(const struct place places[2], bool exchange)
{
	struct moving *moving = begin_moving(places[0].dentry);
	struct pk_image *image = current_image();
	struct scratch *scratch;
	bool planned;

	if (!moving || !image || !sees_true_names())
		return false;
	scratch = take_scratch();
	if (!scratch)
		return false;
	planned = plan_moves(image, places, exchange, moving, scratch);
	give_back(scratch);
	return planned;
}

/* A further name of a file that rules know. */
static __noinline __maybe_unused bool plan_link(const struct place *place, const struct inode *inode)
{
	struct moving *moving = begin_moving(place->dentry);
	struct pk_image *image = current_image();
	struct scratch *scratch;
	bool planned = false;

	if (!moving || !image || !sees_true_names())
		return false;
	scratch = take_scratch();
	if (!scratch)
		return false;
	if (forgotten(read_name_of(image, place, scratch)) & (BPF_CORE_READ(inode, i_nlink) ? COVERED : NAMED)) {
		moving->gone.count = PK_NAME_GONE; /* it loses none */
		planned = plan_move(&moving->moves[0], inode, &moving->gone, &scratch->name, true);
	}
	give_back(scratch);
	return planned;
}

/* The kernel has done it. */
static __noinline __maybe_unused bool finish_move(struct moving *moving, __u32 number)
{
	struct move *move = &moving->moves[number & 1];

	if (!move->moves)
		return false;
	move->moves = 0;
	if (move->before.count != PK_NAME_GONE)
		drop_name(&move->key, &move->before, &moving->gone);
	return move->after.count != PK_NAME_GONE && add_name(&move->key, &move->after);
}

static __always_inline void finish_moving(const struct dentry *dentry, int result)
{
	struct moving *moving = bpf_task_storage_get(&moving_names, bpf_get_current_task_btf(), NULL, 0);
	bool kept = false;

	if (!moving || moving->dentry != (__u64)dentry || result)
		return;
	moving->dentry = 0;
	kept |= finish_move(moving, 0);
	kept |= finish_move(moving, 1);
	barrier_var(kept);
}

#endif
