/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directories that paths went through before: what is known of them in the policy image, so that of the next path
 * through one only the last name has to be read and looked up. Most of what an open costs that is decided by its path
 * is the way up to the root.
 *
 * What is kept must not outlive what it is of. It holds
 *
 *   - of one lane of one image, which its salt names;
 *   - while no directory entry of the machine was renamed or moved, and no mount was made, moved or taken away: the
 *     kernel counts both (rename_lock in fs/dcache.c, mount_lock in fs/namespace.c). A mount's address is given to
 *     another one only after a change of the second. Whoever renames all the time has the others pay for whole walks,
 *     as if there were no such memory;
 *   - of one directory: its entry's address, and since that may be given to another one, the number and the generation
 *     of its inode, as file handles have them (fs/exportfs). Only of file systems whose generations are made to tell
 *     inodes apart that have the same number one after the other (tells_generations()), and whose entries do not change
 *     by themselves, as those of network file systems do (d_revalidate);
 *   - of paths that end where a mount begins that is the process's root. What a process changed its root to within a
 *     mount is not kept.
 *
 * The counts are read before the path, and that of renames once more after it: a path that is looked up so existed as a
 * whole.
 */
#ifndef PICKET_BPF_LIB_DIRECTORIES_H
#define PICKET_BPF_LIB_DIRECTORIES_H

#include "bpf/lib/kernel.bpf.h"
#include "bpf/lib/scratch.bpf.h"

#define DIRECTORIES 1024

/*
 * Where they are, set by the sensor. Both are seqlock_t, which begins with the count. 0: there are no casts, or the
 * kernel does not tell (kernel.kptr_restrict).
 */
const volatile __u64 rename_lock_at = 0;
const volatile __u64 mount_lock_at = 0;

/* How often the sensor has changed file_systems, or where the root is: other_names.bpf.h. */
__u32 shown_changes = 0;

struct directory {
	__u32 claims;  /* programs that want to write it: the one that finds itself alone does */
	__u32 version; /* odd while it is written */
	__u64 salt;    /* of the lane */
	__u32 renames, mounts;
	struct dentry *entry;
	struct vfsmount *mount;	     /* that the path begins in */
	struct vfsmount *root_mount; /* that it ends in, */
	struct dentry *root_entry;   /* and where it begins */
	__u64 identity;
	struct remembered remembered;
	__u32 text_bytes; /* 0: not known */
	char text[DIRECTORY_TEXT];
};

/* Of the entries that share a place the last one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DIRECTORIES);
	__type(key, __u32);
	__type(value, struct directory);
} directories SEC(".maps");

/* Asked in global functions, too: the verifier looks at them whoever calls them. */
static __always_inline bool remembers_directories(void)
{
	return rename_lock_at && mount_lock_at;
}

/* Odd while a change is under way. */
static __always_inline __u32 count_now(__u64 address)
{
	barrier();
	return *(volatile unsigned int *)&CAST((struct seqcount *)address)->sequence;
}

/* The verifier lets nobody calculate with a pointer that it knows; what lies in a map it does not know. */
static __always_inline __u32 directory_number(struct scratch *scratch, struct dentry *directory, __u64 salt)
{
	scratch->walk.climb.at_dentry = directory;
	barrier();
	return pk_mix((__u64)scratch->walk.climb.at_dentry ^ salt) & (DIRECTORIES - 1);
}

static __always_inline __u32 version_now(const struct directory *place)
{
	return *(const volatile __u32 *)&place->version;
}

/* Number and generation of a directory's inode, in one. */
static __always_inline __u64 identity_of(struct dentry *directory)
{
	struct inode *inode = CAST(directory->d_inode);

	return inode->i_ino + inode->i_generation * 0x9e3779b97f4a7c15ull;
}

static __always_inline bool is_of(const struct directory *place, const struct scratch *scratch, __u64 salt,
				  struct dentry *directory)
{
	return place->salt == salt && place->renames == scratch->renames && place->mounts == scratch->mounts &&
	       place->entry == directory && place->mount == scratch->walk.mount &&
	       place->root_mount == scratch->walk.climb.root_mount &&
	       place->root_entry == scratch->walk.climb.root_dentry && place->identity == identity_of(directory) &&
	       place->remembered.shown_changes == shown_changes;
}

/*
 * Whether the directory of the path that begins in scratch->walk is remembered: then what is known of it is in the
 * scratch. Notes the counts there, for remember_directory().
 */
static __always_inline bool recall_directory(struct scratch *scratch, __u64 salt)
{
	struct dentry *entry = CAST(scratch->walk.climb.dentry);
	struct dentry *directory = CAST(entry->d_parent);
	struct directory *place;
	__u32 number, version;

	scratch->renames = count_now(rename_lock_at);
	scratch->mounts = count_now(mount_lock_at);
	scratch->remembered.shown_changes = shown_changes;
	if ((scratch->renames | scratch->mounts) & 1 || directory == entry)
		return false;
	number = directory_number(scratch, directory, salt);
	place = bpf_map_lookup_elem(&directories, &number);
	if (!place)
		return false;
	version = version_now(place);
	barrier();
	if (version & 1 || !is_of(place, scratch, salt, directory))
		return false;
	scratch->remembered = place->remembered;
	scratch->found.directory.place = number + 1;
	scratch->found.directory.version = version;
	barrier();
	return version_now(place) == version;
}

/* Nothing was renamed since recall_directory() noted the count, unless that was odd: then it lets nobody recall. */
static __always_inline bool is_nothing_renamed(const struct scratch *scratch)
{
	return count_now(rename_lock_at) == scratch->renames;
}

/*
 * Where an inode's number is given to another one, its generation is another: random, or counted (fs/ext4/ialloc.c,
 * fs/xfs/libxfs/xfs_inode_util.c, mm/shmem.c). Not so on overlayfs (no generations), nor on Btrfs (numbers are of a
 * subvolume).
 */
static __always_inline bool tells_generations(const struct super_block *super)
{
	return super->s_magic == EXT4_SUPER_MAGIC || super->s_magic == XFS_SUPER_MAGIC || super->s_magic == TMPFS_MAGIC;
}

static __always_inline bool changes_by_itself(struct dentry *directory)
{
	struct dentry_operations *operations = CAST(directory->d_op);

	return operations && operations->d_revalidate;
}

static __always_inline void write_directory(struct directory *place, const struct scratch *scratch, __u64 salt,
					    struct dentry *directory)
{
	*(volatile __u32 *)&place->version += 1;
	barrier();
	place->salt = salt;
	place->renames = scratch->renames;
	place->mounts = scratch->mounts;
	place->entry = directory;
	place->mount = scratch->walk.mount;
	place->root_mount = scratch->walk.climb.root_mount;
	place->root_entry = scratch->walk.climb.root_dentry;
	place->identity = identity_of(directory);
	place->remembered = scratch->remembered;
	place->text_bytes = 0;
	barrier();
	*(volatile __u32 *)&place->version += 1;
}

/*
 * The path goes on in a directory, and does not begin where a mount does, nor end in the midst of one. Of what lies
 * above a mount's root nothing is remembered for that mount, so that recall_directory() need not ask.
 */
static __always_inline bool is_plain(const struct scratch *scratch, const struct dentry *entry,
				     const struct dentry *directory)
{
	struct vfsmount *mount = CAST(scratch->walk.mount), *root_mount = CAST(scratch->walk.climb.root_mount);
	struct dentry *root = scratch->walk.climb.root_dentry;

	return directory != entry && entry != mount->mnt_root && entry != root && root_mount->mnt_root == root;
}

/*
 * After the whole walk of a path, which ended at the root and was begun by recall_directory(): scratch->remembered is
 * what was found of its directory.
 */
static __always_inline void remember_directory(struct scratch *scratch, __u64 salt)
{
	struct dentry *entry = CAST(scratch->walk.climb.dentry);
	struct dentry *directory = CAST(entry->d_parent);
	struct directory *place;
	__u32 number;

	if (!is_plain(scratch, entry, directory) || changes_by_itself(directory) ||
	    !tells_generations(CAST(directory->d_sb)))
		return;
	number = directory_number(scratch, directory, salt);
	place = bpf_map_lookup_elem(&directories, &number);
	if (!place)
		return;
	__sync_fetch_and_add(&place->claims, 1);
	if (*(volatile __u32 *)&place->claims == 1 && is_nothing_renamed(scratch) &&
	    count_now(mount_lock_at) == scratch->mounts)
		write_directory(place, scratch, salt, directory);
	__sync_fetch_and_add(&place->claims, -1);
}

#endif
