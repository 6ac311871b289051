/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts of directories that are remembered (directories.bpf.h). Once a walk has written the path of an event that
 * somebody wants, that of its directory is kept; the paths of later events from there are put together from it and
 * their last name: a fifth of what two walks take.
 *
 * Both hold for one version of what is remembered, and while nothing was renamed since that was found to hold. A path
 * is put together aside, before a record is reserved, and looked at again: if anything was renamed, or the place is
 * another directory's by now, it is walked as any other, so that renames elsewhere make nobody's path incomplete.
 */
#ifndef PICKET_BPF_LIB_DIRECTORY_TEXT_H
#define PICKET_BPF_LIB_DIRECTORY_TEXT_H

#include "bpf/lib/climb.bpf.h"
#include "bpf/lib/directories.bpf.h"

/*
 * What is remembered is still of that version, and the names on the way are still those. `renames` was read from it
 * before: what is in it now may be another's already.
 */
static __always_inline bool still_holds(const struct directory *place, __u32 version, __u32 renames)
{
	barrier();
	return version_now(place) == version && count_now(rename_lock_at) == renames;
}

/*
 * To scratch->path: the path of what scratch->walk begins at, in the directory that scratch->found tells. Returns its
 * bytes, or 0 where its directory's text is not known or does not hold any more.
 */
__weak __noinline __u32 put_together(struct scratch *scratch)
{
	struct directory *place;
	struct dentry *entry;
	__u32 number, version, renames, length;
	__u64 bytes;

	if (!scratch || !remembers_directories() || scratch->found.end.value)
		return 0;
	number = scratch->found.directory.place - 1;
	version = scratch->found.directory.version;
	place = bpf_map_lookup_elem(&directories, &number);
	if (!place)
		return 0;
	renames = *(const volatile __u32 *)&place->renames;
	bytes = place->text_bytes;
	entry = CAST(scratch->walk.climb.dentry);
	length = entry->d_name.len;
	if (bytes - 1 >= DIRECTORY_TEXT || length - 1 >= NAME_BYTES)
		return 0;
	barrier_var(bytes); /* or the compiler proves more than the verifier does */
	barrier_var(length);
	bytes &= 127;
	length &= NAME_BYTES;
	bpf_probe_read_kernel(scratch->path, bytes, place->text);
	scratch->path[bytes] = '/';
	put_name(true, scratch->path + bytes + 1, entry->d_name.name, length);
	return still_holds(place, version, renames) ? bytes + 1 + length : 0;
}

static __always_inline void write_text(struct directory *place, const char *text, __u64 bytes)
{
	place->version = place->version + 1;
	barrier();
	bpf_probe_read_kernel(place->text, bytes, text);
	place->text_bytes = bytes;
	barrier();
	place->version = place->version + 1;
}

/* `text` is the path of the directory that was `seen`, as a walk has just written it. It is not kept when too long. */
static __noinline int keep_text(__u32 number, __u32 version, const char *text, __u64 bytes)
{
	struct directory *place;

	number--;
	place = bpf_map_lookup_elem(&directories, &number);
	if (!place || bytes - 1 >= DIRECTORY_TEXT)
		return 0;
	barrier_var(bytes);
	bytes &= 127;
	if (bytes > DIRECTORY_TEXT)
		return 0;
	__sync_fetch_and_add(&place->claims, 1);
	if (*(volatile __u32 *)&place->claims == 1 && still_holds(place, version, place->renames))
		write_text(place, text, bytes);
	__sync_fetch_and_add(&place->claims, -1);
	return 0;
}

#endif
