// SPDX-License-Identifier: GPL-2.0-only
//
// Executions that a rule refuses. lsm/bprm_creds_from_file is asked once for each, when the file that is going to be
// the executable and the new credentials are known and the old image is still whole: the caller gets the errno. For a
// script the executable is its interpreter, and the task name the script's, as everywhere.
//
// What is not refused is judged and reported when it has happened (kprobes/subject.bpf.c, kprobes/exec.bpf.c): an
// execution that only would have been refused may still fail.
//
// Where rules decide by digests, these are found before (bpf/lib/digest.bpf.h).
#include "bpf/lib/digest.bpf.h"
#include "bpf/lib/process.bpf.h"
#include "bpf/lib/report_texts.bpf.h"

#define FILENAME_PIECE 32
#define FILENAME_PIECES (PK_PATH_MAX / (FILENAME_PIECE - 1) + 1)

/* ---- the task name: what is behind the last slash of the name that was given ---- */

struct last_part {
	unsigned long from;
	unsigned long begins; /* behind the last slash so far */
};

/* Arithmetic instead of branches: the verifier would follow both ways of each byte. */
static __noinline long look_for_slash(__u32 turn, void *context)
{
	struct last_part *part = context;
	unsigned char piece[FILENAME_PIECE] = {};
	long got = bpf_probe_read_kernel_str(piece, sizeof(piece), (const void *)part->from);

#pragma unroll
	for (int i = 0; i < FILENAME_PIECE - 1; i++) {
		const unsigned long slash = -(unsigned long)is_below(piece[i] ^ '/', 1);

		part->begins ^= (part->begins ^ (part->from + i + 1)) & slash;
	}
	part->from += FILENAME_PIECE - 1;
	return got != FILENAME_PIECE;
}

static __always_inline void read_new_name(const enum tier tier, struct linux_binprm *program, __u64 name[2])
{
	struct last_part part = {};

	bpf_core_read(&part.from, sizeof(part.from), &program->filename);
	part.begins = part.from;
	repeat(tier, FILENAME_PIECES, FILENAME_PIECES, look_for_slash, &part);
	name[0] = 0;
	name[1] = 0;
	bpf_probe_read_kernel_str(name, 2 * sizeof(name[0]), (const void *)part.begins);
}

/* ---- the decision ---- */

struct execution {
	struct linux_binprm *program;
	struct file *file;
	__u64 name[2];
};

/* The rows of the subject that is going to be. Returns the kind's words that they leave. */
static __always_inline __u64 look_up_execution(const enum tier tier, struct pk_image *image,
					       const struct execution *execution, struct scratch *scratch)
{
	struct file *file = execution->file;
	const struct place place = {.dentry = file->f_path.dentry, .mount = file->f_path.mnt};
	__u64 live;

	look_up_executable(tier, image, &place, scratch);
	live = other_subject_rows(tier, image, scratch, read_exe_flags(file, file->f_inode), execution->name);
	barrier_var(live);
	live = with_container(tier, image, scratch);
	__builtin_memset(scratch->rows, 0, sizeof(scratch->rows));
	return pk_begin(image, &image->kinds[PK_exec], &scratch->subject, live);
}

static __always_inline struct pk_verdict judge_execution(const enum tier tier, struct pk_image *image,
							 const struct execution *execution, struct scratch *scratch)
{
	const struct pk_kind_plan *plan = &image->kinds[PK_exec];
	struct linux_binprm *program = execution->program;
	const __u32 user = BPF_CORE_READ(program, cred, euid.val);
	__u64 live = look_up_execution(tier, image, execution, scratch);

	scratch->rows[PK_EVENT_USER] = pk_member_row(image, &plan->user, user);
	live &= pk_word(image, scratch->rows[PK_EVENT_USER]);
	if (live)
		live &= ask_parent(tier, PK_exec, image, scratch);
	return judge_executed_files(tier, image, scratch, live);
}

static __always_inline void refuse(const enum tier tier, struct pk_image *image, const struct execution *execution,
				   struct decided *made)
{
	struct scratch *scratch = take_scratch();
	struct pk_verdict verdict;
	__u32 number;

	if (!scratch) {
		refuse_unasked(tier, image, &image->kinds[PK_exec], execution->file->f_inode, made);
		return;
	}
	verdict = judge_execution(tier, image, execution, scratch);
	give_back(scratch);
	number = (verdict.enforce - 1) & (PK_POLICY_WORDS * 64 - 1);
	if (!verdict.enforce || !acts(tier, &image->responses[number], execution->file->f_inode))
		return; /* what would have been is said of what has happened */
	made->policy = image->generation;
	carry_out(image, verdict.enforce, made);
	if (made->decision == PK_KILLED && !made->error)
		made->error = -EPERM; /* it dies as what it was */
}

/* What is known of an image that never came to be. */
static __always_inline void fill_refused(const enum tier tier, void *to, const void *subject)
{
	const struct execution *execution = subject;
	struct pk_exec *record = to;

	__builtin_memset(to + sizeof(record->header), 0, sizeof(*record) - sizeof(record->header));
	fill_executable(record, execution->file);
	__builtin_memcpy(record->comm.bytes, execution->name, sizeof(record->comm.bytes));
	record->header.flags |= PK_FLAG_argv_truncated;
}

static __always_inline int decide_execution(const enum tier tier, struct linux_binprm *program, int decided)
{
	struct file *file = program->file; /* what the hook is given may be the script, for some of binfmt_misc */
	struct execution execution = {.program = program, .file = file};
	const struct place place = {.dentry = file->f_path.dentry, .mount = file->f_path.mnt};
	struct decided made = {.error = decision(decided)};
	struct pk_image *image = current_image();
	struct walk_found found = {};
	struct string filename;

	if (!image || !(image->kinds[PK_exec].flags & PK_PLAN_DECIDE) || made.error)
		return verdict(decided);
	read_new_name(tier, program, execution.name);
	refuse(tier, image, &execution, &made);
	if (made.decision != PK_DENIED && made.decision != PK_KILLED)
		return verdict(decided);
	filename = string_of(tier, BPF_CORE_READ(program, filename), KEEP_LONG, offsetof(struct pk_exec, filename));
	return report_strings_wanted(tier, REPORT(exec, path), &place, &found, &filename, 1, fill_refused, &execution,
				     &made);
}

SEC("lsm/bprm_creds_from_file")
int BPF_PROG(exec_refused, struct linux_binprm *program, struct file *file, int decided)
{
	return decide_execution(TIER_FULL, program, decided);
}

SEC("lsm/bprm_creds_from_file")
int BPF_PROG(exec_refused_older, struct linux_binprm *program, struct file *file, int decided)
{
	return decide_execution(TIER_OLDER, program, decided);
}

/* ---- digests ---- */

#define ELF_MAGIC 0x464c457f
#define ALGORITHM_SHA256 4 /* enum hash_algo */

/*
 * Whether the file is a program and not for an interpreter, which is going to be the executable. (An ELF file that
 * binfmt_misc gives to an emulator is taken for one, too.)
 */
static __always_inline bool is_program(struct linux_binprm *program)
{
	__u32 magic = 0;

	bpf_core_read(&magic, sizeof(magic), &program->buf);
	return magic == ELF_MAGIC;
}

/*
 * Whether a conjunct that refuses, or says it would, and asks for a digest can hold as far as all else tells. The user
 * is not known yet: what set-user-ID does comes later. Of what an interpreter is going to run nothing is known but its
 * name, and it is short.
 */
static __always_inline bool is_digest_wanted(const enum tier tier, const struct execution *execution)
{
	struct pk_image *image = current_image();
	struct pk_verdict verdict = {};
	struct scratch *scratch;
	__u64 live;

	if (!image || !image->digest.lane.used)
		return false;
	if (!is_program(execution->program))
		return true;
	scratch = take_scratch();
	if (!scratch)
		return true;
	live = look_up_execution(tier, image, execution, scratch);
	scratch->rows[PK_EVENT_DIGEST] = image->digest.asking;
	live &= pk_word(image, image->digest.asking);
	if (live)
		verdict = unpacked(judge(TIER_FULL, image, scratch, PK_exec, live));
	give_back(scratch);
	return verdict.enforce || verdict.audit;
}

/* The first of the execution's files: bprm_change_interp() has not been called. */
static __always_inline bool is_first_file(struct linux_binprm *program)
{
	__u64 interpreter = 0, filename = 0;

	bpf_core_read(&interpreter, sizeof(interpreter), &program->interp);
	bpf_core_read(&filename, sizeof(filename), &program->filename);
	return interpreter == filename;
}

/* Holds neither image nor scratch. */
static __always_inline int note_digest(struct digests *noted, struct file *file)
{
	struct file_digest *digest;
	__u32 number = noted->count;

	if (number >= DIGESTED_FILES)
		return -ELOOP;
	digest = &noted->of[number & (DIGESTED_FILES - 1)];
	digest->known = bpf_ima_file_hash(file, digest->words, sizeof(digest->words)) == ALGORITHM_SHA256;
	noted->count = number + 1;
	return 0;
}

/* Asked about each of an execution's files, before exec_refused. 5.18 and later: there is none for the older tier. */
SEC("lsm.s/bprm_check_security")
int BPF_PROG(exec_digest, struct linux_binprm *program, int decided)
{
	struct execution execution = {.program = program, .file = program->file};
	struct digests *noted;
	bool wanted;

	if (decision(decided))
		return verdict(decided);
	read_new_name(TIER_FULL, program, execution.name);
	wanted = is_digest_wanted(TIER_FULL, &execution);
	noted = bpf_task_storage_get(&noted_digests, bpf_get_current_task_btf(), NULL,
				     wanted ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	if (noted && is_first_file(program))
		noted->count = 0;
	if (!wanted)
		return 0;
	return noted ? note_digest(noted, execution.file) : -ENOMEM;
}
