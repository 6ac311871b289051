/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identity: a file that rules know by one path may be reached by another, a hard link or a bind mount. Such files are
 * kept with their other names (bpf/shared/identity.h), as hashes, so that the policy image in force, whichever it is,
 * can be asked for each of them. The names come from user space when rules are loaded (name_learned in
 * bpf/lsm/identity.bpf.c), and from the hooks for what links, renames and makes files (bpf/lib/naming.bpf.h).
 *
 * Who has no such file pays for one load.
 */
#ifndef PICKET_BPF_LIB_IDENTITY_H
#define PICKET_BPF_LIB_IDENTITY_H

#include "bpf/lib/scratch.bpf.h"
#include "bpf/lib/subject.bpf.h"
#include "bpf/shared/identity.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PK_KNOWN_NAMES);
	__type(key, struct pk_name_key);
	__type(value, struct pk_known_name);
} known_names __weak SEC(".maps");

__u32 names_known __weak = 0;	     /* entries of known_names */
__u32 names_without_room __weak = 0; /* names that could not be kept: the map, or what a file may have, was full */

/*
 * Makes a number one that the verifier knows nothing of, so that it does not go through what follows once for each
 * value that it found before: PK_FORGET() does so for the compiler.
 */
static __always_inline __u64 forgotten(__u64 number)
{
	__u64 unknown;

	bpf_probe_read_kernel(&unknown, sizeof(unknown), &number);
	return unknown;
}

static __always_inline void identify(const struct inode *inode, struct pk_name_key *key)
{
	key->inode = BPF_CORE_READ(inode, i_ino);
	key->device = BPF_CORE_READ(inode, i_sb, s_dev);
	key->generation = BPF_CORE_READ(inode, i_generation);
	key->number = 0;
	key->unused = 0;
}

/* The verifier need not know the types, here and below. */
static __noinline bool has_names(const struct inode *inode)
{
	struct pk_name_key key;

	if (!inode)
		return false;
	identify(inode, &key);
	return bpf_map_lookup_elem(&known_names, &key) != NULL;
}

/* The address of the inode when it has other names, else 0. */
static __always_inline __u64 named_inode(const struct dentry *dentry)
{
	const struct inode *inode = NULL;

	if (names_known)
		inode = BPF_CORE_READ(dentry, d_inode);
	if (inode && !has_names(inode))
		inode = NULL;
	return forgotten((__u64)inode);
}

#endif
