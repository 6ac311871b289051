/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lanes whose key is no member of the record: the address of a socket, the system call, the parent's name, the names on
 * the way of a path. Each function puts the row into the scratch and returns the words that it leaves.
 *
 * They are functions of their own, which the verifier goes through once for each program: tier.bpf.h.
 */
#ifndef PICKET_BPF_LIB_LANES_H
#define PICKET_BPF_LIB_LANES_H

#include "bpf/lib/subject.bpf.h"

/* ---- the address of a socket ---- */

/* Of the address in the scratch. Returns the words that its row leaves. */
static __always_inline __u64 look_up_network(const struct pk_image *image, struct scratch *scratch, __u32 kind,
					     pk_finder find)
{
	const __u32 row = pk_network_row(image, &image->kinds[kind & 63].address, &scratch->ip, find);

	scratch->rows[PK_EVENT_ADDRESS] = row;
	return pk_word(image, row);
}

__weak __noinline __u64 find_network(const struct pk_image *image, struct scratch *scratch, __u32 kind)
{
	return image && scratch ? look_up_network(image, scratch, kind, find_key) : 0;
}

static __noinline __u64 find_network_older(const struct pk_image *image, struct scratch *scratch, __u32 kind)
{
	return look_up_network(image, scratch, kind, pk_find);
}

/* ---- the system call, the parent's name ---- */

static __always_inline __u64 look_up_call(const enum tier tier, const struct pk_image *image, struct scratch *scratch,
					  __u32 kind)
{
	const struct pk_number_lane *lane = &image->kinds[kind & 63].call;
	const __u32 flags = current_flags(tier);
	struct pk_header header = {.flags = flags & PF_IO_WORKER ? PK_FLAG_io_worker : 0};
	__u32 row;

	fill_syscall(tier, &header, current_task(tier), flags);
	row = pk_number_row(image, lane, pk_call(header.syscall, header.flags));
	scratch->rows[PK_EVENT_CALL] = row;
	return pk_word(image, row);
}

__weak __noinline __u64 find_call(const struct pk_image *image, struct scratch *scratch, __u32 kind)
{
	return image && scratch ? look_up_call(TIER_FULL, image, scratch, kind) : 0;
}

static __noinline __u64 find_call_older(const struct pk_image *image, struct scratch *scratch, __u32 kind)
{
	return look_up_call(TIER_OLDER, image, scratch, kind);
}

/* Of the current process; of one that nobody knows, any. */
static __always_inline __u64 look_up_parent(const enum tier tier, const struct pk_image *image, struct scratch *scratch,
					    __u32 kind)
{
	const struct subject *subject = find_subject(current_key(tier));
	const struct subject *parent = subject && subject->parent ? find_subject(subject->parent) : NULL;
	__u64 name[2];
	__u32 row;

	if (!subject)
		return ~0ull;
	name[0] = parent ? parent->name[0] : subject->parent_name[0];
	name[1] = parent ? parent->name[1] : subject->parent_name[1];
	row = pk_number_row(image, &image->kinds[kind & 63].parent, pk_comm_hash(image->seed, name));
	scratch->rows[PK_EVENT_PARENT] = row;
	return pk_word(image, row);
}

__weak __noinline __u64 find_parent(const struct pk_image *image, struct scratch *scratch, __u32 kind)
{
	return image && scratch ? look_up_parent(TIER_FULL, image, scratch, kind) : 0;
}

static __noinline __u64 find_parent_older(const struct pk_image *image, struct scratch *scratch, __u32 kind)
{
	return look_up_parent(TIER_OLDER, image, scratch, kind);
}

/* Returns the words that the row leaves. */
static __always_inline __u64 ask_parent(const enum tier tier, const __u16 kind, const struct pk_image *image,
					struct scratch *scratch)
{
	if (!image->kinds[kind].parent.used)
		return ~0ull;
	return tier == TIER_OLDER ? find_parent_older(image, scratch, kind) : find_parent(image, scratch, kind);
}

/* ---- names on the way of a path ---- */

/* Whether the kind has a slot for the names on the way of that path. Constant for constants. */
static __always_inline bool has_way(const __u16 kind, const int which)
{
#define LANE(name, slot, member)                                                                                       \
	if (kind == PK_##name && slot == PK_WAY_SLOT(which))                                                           \
		return false;
#include "bpf/shared/lanes.def"
#undef LANE
	return true;
}

/* Of the path that has just been looked up. Returns the words that its row leaves. */
static __always_inline __u64 look_up_way(const struct pk_image *image, struct scratch *scratch, __u32 kind, __u32 which,
					 pk_finder find)
{
	const struct pk_number_lane *lane = &image->kinds[kind & 63].numbers[PK_WAY_SLOT(which & 1)];
	__u32 *row = &scratch->rows[PK_WAY_SLOT(which & 1)];

	*row = 0;
	if (scratch->end == WALK_AT_ROOT) {
		if (!scratch->recalled)
			pk_way_names(image, lane, scratch->names, scratch->count, &scratch->remembered.way, find);
		scratch->way = scratch->remembered.way;
		if (scratch->count)
			pk_way_name(image, lane, scratch->last_name, &scratch->way, find);
		*row = pk_way_row(image, lane, &scratch->way);
	}
	return pk_word(image, pk_row_now(row));
}

__weak __noinline __u64 find_way(const struct pk_image *image, struct scratch *scratch, __u32 kind, __u32 which)
{
	return image && scratch ? look_up_way(image, scratch, kind, which, find_key) : 0;
}

static __noinline __u64 find_way_older(const struct pk_image *image, struct scratch *scratch, __u32 kind, __u32 which)
{
	return look_up_way(image, scratch, kind, which, pk_find);
}

#endif
