// SPDX-License-Identifier: GPL-2.0-only
//
// A name becomes another one: both paths, and what had the new name.
//
// Since 5.19 lsm/path_rename is told the flags. Before, it was not, and was asked twice about an exchange, the second
// time with the names swapped. The function that asks has always known the flags and was called once, so that on these
// kernels the report comes from its end.
#include "bpf/lib/inode.bpf.h"
#include "bpf/lib/report.bpf.h"

struct renaming {
	struct place places[2]; /* old and new */
	__u32 flags;
};

static __always_inline void fill_rename(const enum tier tier, void *to, const void *subject)
{
	const struct renaming *renaming = subject;
	struct pk_rename *record = to;
	struct inode *replaced = renaming->places[1].dentry->d_inode;

	fill_inode(renaming->places[0].dentry->d_inode, &record->inode, &record->device, &record->mode, &record->links);
	record->replaced_inode = replaced ? replaced->i_ino : 0;
	record->flags = renaming->flags;
	record->reserved = 0;
}

static __always_inline int report_rename(const enum tier tier, const struct path *old_directory, struct dentry *old,
					 const struct path *new_directory, struct dentry *new, __u32 flags, bool after,
					 int decided)
{
	const struct renaming renaming = {
		.places = {{.dentry = old, .mount = old_directory->mnt}, {.dentry = new, .mount = new_directory->mnt}},
		.flags = flags};
	struct report about = REPORT_TWO(rename, old_path, new_path);

	about.after = after;
	return report_places(tier, about, renaming.places, fill_rename, &renaming, decided);
}

SEC("lsm/path_rename")
int BPF_PROG(path_rename, const struct path *old_directory, struct dentry *old, const struct path *new_directory,
	     struct dentry *new, unsigned int flags, int decided)
{
	return report_rename(TIER_FULL, PLAIN(old_directory), PLAIN(old), PLAIN(new_directory), PLAIN(new), flags,
			     false, decided);
}

SEC("lsm/path_rename")
int BPF_PROG(path_rename_older, const struct path *old_directory, struct dentry *old, const struct path *new_directory,
	     struct dentry *new, unsigned int flags, int decided)
{
	return report_rename(TIER_OLDER, old_directory, old, new_directory, new, flags, false, decided);
}

SEC("fexit/security_path_rename")
int BPF_PROG(rename_decided, const struct path *old_directory, struct dentry *old, const struct path *new_directory,
	     struct dentry *new, unsigned int flags, int decided)
{
	report_rename(TIER_FULL, PLAIN(old_directory), PLAIN(old), PLAIN(new_directory), PLAIN(new), flags, true,
		      decided);
	return 0;
}

SEC("fexit/security_path_rename")
int BPF_PROG(rename_decided_older, const struct path *old_directory, struct dentry *old,
	     const struct path *new_directory, struct dentry *new, unsigned int flags, int decided)
{
	report_rename(TIER_OLDER, old_directory, old, new_directory, new, flags, true, decided);
	return 0;
}
