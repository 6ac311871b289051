/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Looking things up in a policy image, for judge.h: where a key is, and which row it has. Every index is masked, as the
 * kernel's verifier wants it; an image that rules/plan made needs no mask.
 *
 * Hashes: a name is taken in pieces of 32 bytes, little-endian words, the last word filled up with zeroes. A
 * directory's hash is made from its names, the topmost first, so that it does not depend on what is below. Nobody sees
 * the seed, and what decides is the whole 64-bit tag: with 10,000 keys one look in 10^15 finds a wrong one.
 */
#ifndef PICKET_BPF_SHARED_LOOKUP_H
#define PICKET_BPF_SHARED_LOOKUP_H

#include "bpf/shared/policy.h"

/* Written out by the compiler: the kernel's verifier would walk through each turn. */
#ifdef __clang__
#define PK_UNROLL _Pragma("unroll")
#else
#define PK_UNROLL _Pragma("GCC unroll 64")
#endif

/*
 * Makes a number one that the compiler and the verifier know nothing of, so that they do not follow all that comes
 * after it once for each of its values.
 */
#define PK_FORGET(number) asm volatile("" : "+r"(number))

static inline __attribute__((always_inline)) __u64 pk_word(const struct pk_image *image, __u32 place)
{
	return image->bits[place & (PK_BITS - 1)];
}

#define PK_PIECE_WORDS 4
#define PK_PIECE_BYTES 32

static inline __attribute__((always_inline)) __u64 pk_mix(__u64 x)
{
	x *= 0x9e3779b97f4a7c15ull;
	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9ull;
	return x ^ x >> 32;
}

/* One more piece of a name, a whole one. The first one is taken with the policy's seed. */
static inline __attribute__((always_inline)) __u64 pk_hash_piece(__u64 hash, const __u64 words[PK_PIECE_WORDS])
{
	hash = pk_mix(hash ^ words[0]) + words[1];
	hash = pk_mix(hash) ^ words[2];
	hash = pk_mix(hash) + words[3];
	return pk_mix(hash);
}

/*
 * The last piece of a name, of `bytes` < PK_PIECE_BYTES: as many words as have bytes of it, or the NUL behind it. A
 * name of a whole number of pieces has an empty one at its end. Names have no NUL in them, so that their words tell how
 * long they are.
 */
static inline __attribute__((always_inline)) __u64 pk_hash_end(__u64 hash, const __u64 words[PK_PIECE_WORDS],
							       __u32 bytes)
{
	hash = pk_mix(hash ^ words[0]);
	if (bytes < 8)
		return hash;
	hash = pk_mix(hash + words[1]);
	if (bytes < 16)
		return hash;
	hash = pk_mix(hash ^ words[2]);
	if (bytes < 24)
		return hash;
	return pk_mix(hash + words[3]);
}

static inline __attribute__((always_inline)) __u64 pk_comm_hash(__u64 seed, const __u64 comm[2])
{
	return pk_mix(pk_mix(seed ^ comm[0]) + comm[1]);
}

/* Of a SHA-256, in little-endian words. */
static inline __attribute__((always_inline)) __u64 pk_digest_hash(__u64 seed, const __u64 words[PK_PIECE_WORDS])
{
	return pk_hash_piece(seed, words);
}

/* From a directory (the root: 0) to a name in it. */
static inline __attribute__((always_inline)) __u64 pk_hash_below(__u64 directory, __u64 name)
{
	return directory * 0xd6e8feb86659fd93ull + name;
}

/* Never 0, which free places have. */
static inline __attribute__((always_inline)) __u64 pk_tag(__u64 salt, __u64 key)
{
	return pk_mix(key ^ salt) | 1;
}

/*
 * Where a key can be: in two pairs of places, each by bits of its own of the tag. With one stretch of places, five keys
 * with one beginning would be one too many, which comes about among 10,000 of them.
 */
static inline __attribute__((always_inline)) __u64 pk_place(__u64 tag, __u32 probe)
{
	return ((probe < 2 ? tag >> 39 : tag >> 19) & (PK_KEYS - 2)) | (probe & 1);
}

/* The place of the entry with that tag; PK_KEYS when there is none. */
static inline __attribute__((always_inline)) __u64 pk_find(const struct pk_image *image, __u64 tag)
{
	__u64 found = PK_KEYS;

	PK_UNROLL
	for (int probe = 0; probe < PK_KEY_PROBES; probe += 2) {
		const __u64 place = pk_place(tag, probe);
		const struct pk_key_entry *pair = &image->keys[place];

		if (pair[0].tag == tag) {
			found = place;
			break;
		}
		if (pair[1].tag == tag) {
			found = place + 1;
			break;
		}
	}
	PK_FORGET(found);
	return found;
}

/*
 * pk_find(), or a function that calls it: where it is asked in a loop, the verifier of kernel programs is to go through
 * it once and not in each turn.
 */
typedef __u64 (*pk_finder)(const struct pk_image *image, __u64 tag);

/* `place` is one that was found. */
static inline __attribute__((always_inline)) __u32 pk_row(const struct pk_image *image, __u64 place, __u32 relation)
{
	return image->keys[place & (PK_KEYS - 1)].rows[relation];
}

static inline __attribute__((always_inline)) __u32 pk_number_row(const struct pk_image *image,
								 const struct pk_number_lane *lane, __u64 value)
{
	__u64 place;

	if (!lane->used)
		return lane->other; /* 0, which the verifier need not know */
	place = pk_find(image, pk_tag(lane->salt, value & lane->mask));
	return place < PK_KEYS ? pk_row(image, place, PK_EXACT) : lane->other;
}

static inline __attribute__((always_inline)) __u64 pk_member_bit(__u64 key)
{
	return 1ull << (32 + ((key ^ key >> 6 ^ key >> 12) & 31));
}

/* The same of a member of a record, or a user: most have few values that rules tell apart, and those are small. */
static inline __attribute__((always_inline)) __u32 pk_member_row(const struct pk_image *image,
								 const struct pk_number_lane *lane, __u64 value)
{
	const __u64 key = value & lane->mask;
	__u32 row;

	if (lane->used && key < PK_SMALL_NUMBERS)
		row = (__u32)pk_word(image, lane->used + (__u32)key);
	else if (lane->used && !(pk_word(image, lane->used) & pk_member_bit(key)))
		row = lane->other;
	else
		row = pk_number_row(image, lane, value);
	PK_FORGET(row);
	return row;
}

/* The row of a path's last name. */
static inline __attribute__((always_inline)) __u32 pk_name_row(const struct pk_image *image,
							       const struct pk_path_lane *lane, __u64 name)
{
	__u64 place;

	if (!(lane->used & PK_PATH_NAME))
		return lane->other_name; /* 0 */
	place = pk_find(image, pk_tag(lane->name_salt, name));
	return place < PK_KEYS ? pk_row(image, place, PK_EXACT) : lane->other_name;
}

/* How much of a directory is known: to be gone on from with a name in it. */
struct pk_known {
	__u64 directory; /* hash of the directory; when not all of it is known, of no use */
	__u32 place;	 /* in `keys`, of the deepest known one on the way to it */
	__u32 left;	 /* names below that one; 0: the directory itself is known */
};

/*
 * Of the directory that a path is in. `names[i & 15]` is the hash of name number i of the path, counted from the last
 * one, which is number 0; the path has `count` of them, at least one.
 */
static inline __attribute__((always_inline)) void pk_know_directory(const struct pk_image *image,
								    const struct pk_path_lane *lane,
								    const __u64 names[PK_PATH_DEPTH + 1], __u32 count,
								    struct pk_known *known, pk_finder find)
{
	__u64 deepest = PK_KEYS, directory = 0;
	__u32 left = count - 1, matched = 0;

	for (int depth = 0; depth <= PK_PATH_DEPTH; depth++) {
		const __u64 place = find(image, pk_tag(lane->salt, directory));

		if (place >= PK_KEYS)
			break;
		deepest = place;
		matched = depth;
		if (left == matched)
			break;
		directory = pk_hash_below(directory, names[(left - matched) & PK_PATH_DEPTH]);
		PK_FORGET(directory);
	}
	left -= matched;
	PK_FORGET(deepest);
	PK_FORGET(left);
	known->directory = directory;
	known->place = (__u32)deepest; /* the root is known, whatever else is */
	known->left = left;
}

/* The row of a path by its directories: of the last name, in a directory of which so much is known. */
static inline __attribute__((always_inline)) __u32 pk_directory_row(const struct pk_image *image,
								    const struct pk_path_lane *lane,
								    const struct pk_known *known, __u64 name)
{
	__u64 place;

	if (!(lane->used & PK_PATH_DIRECTORIES))
		return 0;
	if (known->left)
		return pk_row(image, known->place, PK_BELOW);
	place = pk_find(image, pk_tag(lane->salt, pk_hash_below(known->directory, name)));
	return place < PK_KEYS ? pk_row(image, place, PK_EXACT) : pk_row(image, known->place, PK_CHILD);
}

/* Of the root itself, which has no name. */
static inline __attribute__((always_inline)) __u32 pk_root_row(const struct pk_image *image,
							       const struct pk_path_lane *lane)
{
	__u64 place;

	if (!(lane->used & PK_PATH_DIRECTORIES))
		return 0;
	place = pk_find(image, pk_tag(lane->salt, 0));
	return pk_row(image, place, PK_EXACT);
}

static inline __attribute__((always_inline)) __u64 pk_way_bit(__u64 name)
{
	return 1ull << (name & 63);
}

/* Known names of a path: in memory, where the verifier does not go through what follows once for each number of them.
 */
struct pk_way {
	__u32 count; /* PK_WAY_ANY: more names than there are hashes */
	__u32 place; /* of the last one in `keys` */
};

#define PK_WAY_ANY 2

/* One more name. */
static inline __attribute__((always_inline)) void pk_way_name(const struct pk_image *image,
							      const struct pk_number_lane *lane, __u64 name,
							      volatile struct pk_way *way, pk_finder find)
{
	__u64 place;

	if (!(lane->mask & pk_way_bit(name)))
		return;
	place = find(image, pk_tag(lane->salt, name));
	if (place >= PK_KEYS)
		return;
	way->place = (__u32)place;
	way->count = way->count + 1;
}

/* All names of a path but the last; `names` and `count` as above, where 0 are none. */
static inline __attribute__((always_inline)) void pk_way_names(const struct pk_image *image,
							       const struct pk_number_lane *lane,
							       const __u64 names[PK_PATH_DEPTH + 1], __u32 count,
							       volatile struct pk_way *way, pk_finder find)
{
	way->count = count > PK_PATH_DEPTH + 1 ? PK_WAY_ANY : 0;
	if (way->count)
		return;
	for (__u32 number = 1; number <= PK_PATH_DEPTH; number++) {
		if (number >= count)
			break;
		pk_way_name(image, lane, names[number], way, find);
	}
}

/*
 * The row of a path by one of its names, wherever it stands, once all of them have been looked at. Whoever has several
 * known ones, or more names than there are hashes, may meet all: 0.
 */
static inline __attribute__((always_inline)) __u32
pk_way_row(const struct pk_image *image, const struct pk_number_lane *lane, const volatile struct pk_way *way)
{
	if (!lane->used || way->count > 1)
		return 0;
	return way->count ? pk_row(image, way->place, PK_EXACT) : lane->other;
}

/* A system call, by its number in the ABI that a record's flags tell. What is done by io_uring is one call. */
static inline __attribute__((always_inline)) __u64 pk_call(__s32 number, __u32 flags)
{
	if (flags & PK_FLAG_io_worker)
		return ~0ull;
	return (__u32)number | (__u64) !!(flags & PK_FLAG_compat) << 32;
}

/* A record's address. Returns whether it is one of IP. */
static inline __attribute__((always_inline)) __u32 pk_ip_of(__u16 family, const pk_address *address, struct pk_ip *ip)
{
	const __u16 inet = 2, inet6 = 10;
	__u64 words[2];

	__builtin_memcpy(words, address->bytes, sizeof(words));
	ip->high = __builtin_bswap64(words[0]);
	ip->low = __builtin_bswap64(words[1]);
	if (family == inet) {
		ip->low = 0xffffull << 32 | ip->high >> 32;
		ip->high = 0;
	}
	return family == inet || family == inet6;
}

/* Of a network, whose length is that of mask number `number`. */
static inline __attribute__((always_inline)) __u64 pk_network_key(__u64 seed, __u64 high, __u64 low, __u32 number)
{
	return pk_mix(pk_mix(seed ^ high) + low) + number;
}

static inline __attribute__((always_inline)) __u32
pk_network_row(const struct pk_image *image, const struct pk_network_lane *lane, const struct pk_ip *ip, pk_finder find)
{
	__u64 place = PK_KEYS;

	for (__u32 number = 0; number < PK_PREFIXES; number++) {
		const struct pk_ip *mask = &lane->masks[number];

		if (number >= lane->lengths)
			break;
		place = find(image, pk_tag(lane->salt, pk_network_key(image->seed, ip->high & mask->high,
								      ip->low & mask->low, number)));
		if (place < PK_KEYS)
			break;
	}
	if (place >= PK_KEYS)
		return lane->other;
	PK_FORGET(place); /* or the compiler leaves out the mask, and the verifier wants it */
	return pk_row(image, place, PK_EXACT);
}

#endif
