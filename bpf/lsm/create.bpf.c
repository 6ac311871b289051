// SPDX-License-Identifier: GPL-2.0-only
//
// Opens that would make a file, refused. What they did make is reported by file.bpf.c.
//
// The last hook before a file is made is lsm/path_mknod. But it is asked about files that are there, too, when the
// kernel has not got their names at hand: lookup_open() in fs/namei.c asks before it looks, forgets O_CREAT when the
// answer is an error, and returns that error only if there turns out to be no file. So the hook only notes what it
// refuses, with all that the record is going to say: the name may be gone soon. Where the open ends it is known what
// came of it. If it failed with the error of the rule, and the name still stands for no file, that was the refusal;
// then it is counted and reported, and the process killed. Otherwise the note is thrown away.
//
// Not here: O_TMPFILE, which makes no name, asks no path hook and is no event `create`.
#include "bpf/lib/maker.bpf.h"
#include "bpf/lib/opened.bpf.h"
#include "bpf/lib/report.bpf.h"

#define CREATE_NOTES 512 /* each is there while its thread looks a name up */

/* The largest record: what is in front of the path, the path, and the slack that text_copy() wants. */
#define CREATE_BYTES 4608

struct create_note {
	struct decided made;
	__u16 flags; /* of the record's header */
	__u32 size;  /* of the record */
	__u64 dentry;
	__u64 parent;
	char record[CREATE_BYTES]; /* without header */
};

_Static_assert(sizeof(struct pk_create) + PK_PATH_MAX + RECORD_SLACK <= CREATE_BYTES, "the longest path has to fit");

/* Threads by id. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CREATE_NOTES);
	__type(key, __u64);
	__type(value, struct create_note);
} create_notes SEC(".maps");

/* As bytes: the type is nobody's outside of the programs. */
const char new_create_note[sizeof(struct create_note)] = {};

/* A file that is asked for. */
struct asked_file {
	struct vfsmount *mount;
	__u32 mode;
};

/*
 * There is no file yet, only the directory's file system. The umask is taken off here, as the kernel has done so only
 * where the file system has no ACLs (fs/namei.c, vfs_prepare_mode() and before 6.0 lookup_open()). What a directory's
 * default ACL makes of the mode instead is not known.
 */
static __always_inline void fill_asked(const enum tier tier, void *to, const void *subject)
{
	const struct asked_file *file = subject;
	struct vfsmount *mount = file->mount;
	struct task_struct *task = current_task(tier);
	struct pk_create *record = to;

	record->inode = 0;
	record->device = BPF_CORE_READ(mount, mnt_sb, s_dev);
	record->mode = file->mode & ~BPF_CORE_READ(task, fs, umask);
	record->reserved = 0;
}

/* ---- the hook ---- */

/* Nothing is counted and nobody killed yet: the file may be there. A rule that only kills lets the file be made. */
static __always_inline void refuse_asked(const enum tier tier, const struct question *question,
					 const struct place *place, struct decided *made)
{
	const struct pk_image *image = question->image;
	const __u64 live = question->live;
	struct pk_verdict verdict = unpacked(live ? judge(tier, image, question->scratch, PK_create, live) : 0);
	const struct pk_response *response;

	if (tier == TIER_FULL)
		verdict = with_other_names(PK_create, question, place, 1, verdict, made);
	response = &image->responses[(verdict.enforce - 1) & (PK_POLICY_WORDS * 64 - 1)];
	if (!verdict.enforce || !response->error || !acts(tier, response, NULL))
		return;
	made->conjunct = verdict.enforce;
	made->error = response->error;
	made->decision = response->flags & PK_RESPONSE_KILL ? PK_KILLED : PK_DENIED;
}

/* What decide() does, with refuse_asked() at its end. */
static __always_inline struct decided decide_asked(const enum tier tier, const struct place *place,
						   const struct asked_file *file)
{
	struct decided made = {};
	struct walk_found found;
	struct question question;

	if (!ask(tier, PK_create, true, &question, &made))
		return forget_way(tier, &made);
	ask_subject(tier, PK_create, &question);
	ask_facts(tier, PK_create, fill_asked, file, &question);
	ask_user(tier, PK_create, &question);
	ask_path(tier, PK_create, &question, 0, false, place, &found);
	ask_last(tier, PK_create, &question);
	refuse_asked(tier, &question, place, &made);
	give_back(question.scratch);
	return forget_way(tier, &made);
}

static __always_inline void count_refusal(const struct decided *made)
{
	struct pk_image *image = made->conjunct ? current_image() : NULL;

	/* Rules that came into force meanwhile have other numbers. */
	if (image && image->generation == made->policy)
		__sync_fetch_and_add(&image->hits[(made->conjunct - 1) & (PK_POLICY_WORDS * 64 - 1)].done, 1);
}

/* For want of a note it is taken for certain that there is no file. */
static __always_inline void lose_refusal(const struct decided *made)
{
	__u32 zero = 0;
	struct pk_counters *counted = bpf_map_lookup_elem(&counters, &zero);

	count_refusal(made);
	if (counted)
		count_loss(counted, PK_create);
}

static __always_inline void note_refusal(const enum tier tier, const struct place *place, const struct asked_file *file,
					 const struct decided *made)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct dentry *dentry = place->dentry;
	struct create_note *note;
	struct pk_create *record;
	struct walk walk;

	bpf_map_update_elem(&create_notes, &thread, (void *)&new_create_note, BPF_ANY);
	note = bpf_map_lookup_elem(&create_notes, &thread);
	if (!note) {
		lose_refusal(made);
		return;
	}
	note->made = *made;
	note->dentry = (__u64)dentry;
	note->parent = (__u64)BPF_CORE_READ(dentry, d_parent);
	record = (void *)note->record;
	fill_asked(tier, record, file);
	walk_from(tier, false, &walk, place);
	path_measure(tier, &walk);
	note->size = sizeof(*record) + walk.size.value;
	if (!path_write(tier, &walk, note->record, CREATE_BYTES, sizeof(*record), &record->path))
		note->flags = PK_FLAG_path_truncated;
}

static __always_inline int ask_create(const enum tier tier, const struct path *directory, struct dentry *dentry,
				      __u32 mode, int decided)
{
	const struct place place = {.dentry = dentry, .mount = directory->mnt};
	const struct asked_file file = {.mount = directory->mnt, .mode = mode};
	struct decided made;

	if ((mode & S_IFMT) != S_IFREG || decision(decided) || file_maker(tier) != BY_OPEN)
		return verdict(decided);
	made = decide_asked(tier, &place, &file);
	if (made.error)
		note_refusal(tier, &place, &file, &made);
	return outcome(&made);
}

SEC("lsm/path_mknod")
int BPF_PROG(create_asked, const struct path *directory, struct dentry *dentry, __u16 mode, unsigned int device,
	     int decided)
{
	return ask_create(TIER_FULL, PLAIN(directory), PLAIN(dentry), mode, decided);
}

SEC("lsm/path_mknod")
int BPF_PROG(create_asked_older, const struct path *directory, struct dentry *dentry, __u16 mode, unsigned int device,
	     int decided)
{
	return ask_create(TIER_OLDER, directory, dentry, mode, decided);
}

/* ---- the end of the open ---- */

/*
 * Whether there is a file of that name after all, and the open failed for another reason. Nobody holds the entry any
 * more: one that is another one's by now is none that the open has just found a file by.
 */
static __always_inline bool is_there(const struct create_note *note)
{
	struct dentry *dentry = (void *)note->dentry;

	return BPF_CORE_READ(dentry, d_inode) && (__u64)BPF_CORE_READ(dentry, d_parent) == note->parent;
}

static __always_inline void emit_refusal(const enum tier tier, const struct create_note *note,
					 const struct decided *made, const __u64 capacity)
{
	const __u64 header = sizeof(struct pk_header);
	struct pk_create *record = emit_reserve_decided(tier, PK_create, capacity, made->error);

	if (!record)
		return;
	bpf_probe_read_kernel((void *)record + header, capacity - header, note->record + header);
	fill_current(tier, &record->header, note->size, current_task(tier));
	fill_decided(&record->header, made);
	record->header.flags |= note->flags;
	emit_submit(record);
}

static __always_inline int end_create(const enum tier tier, const struct open_flags *how, long result)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct create_note *note = how->open_flag & O_CREAT ? bpf_map_lookup_elem(&create_notes, &thread) : NULL;
	struct decided made;

	if (!note)
		return 0;
	made = note->made;
	if (result == made.error && !is_there(note)) {
		count_refusal(&made);
		if (made.decision == PK_KILLED)
			bpf_send_signal(SIGKILL);
		if (note->size <= 512)
			emit_refusal(tier, note, &made, 512);
		else
			emit_refusal(tier, note, &made, CREATE_BYTES);
	}
	bpf_map_delete_elem(&create_notes, &thread);
	return 0;
}

SEC("fexit/do_filp_open")
int BPF_PROG(create_refused, int descriptor, struct filename *path, const struct open_flags *how)
{
	return end_create(TIER_FULL, how, returned(ctx));
}

SEC("fexit/do_filp_open")
int BPF_PROG(create_refused_older, int descriptor, struct filename *path, const struct open_flags *how)
{
	return end_create(TIER_OLDER, how, returned(ctx));
}

/* 7.0 and later have it under this name. */
SEC("fexit/do_file_open")
int BPF_PROG(create_refused_7_0, int descriptor, struct filename *path, const struct open_flags *how)
{
	return end_create(TIER_FULL, how, returned(ctx));
}
