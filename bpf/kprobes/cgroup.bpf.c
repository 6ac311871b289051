// SPDX-License-Identifier: GPL-2.0-only
//
// Cgroups come and go. The tracepoints fire when the directory is there and nothing can be in it yet, and when nothing
// can be in it any more, so that a container is known by its cgroup before its first process runs there.
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/hook.bpf.h"
#include "bpf/lib/image.bpf.h"
#include "bpf/lib/text.bpf.h"

#define CGROUP_PATH_BYTES                                                                                              \
	1023 /* what tracepoints get at most (TRACE_CGROUP_PATH_LEN, without the NUL); more is cut                     \
	      */

/* Rules that are decided here ask about containers: the sensor has to say which one this is. */
static __always_inline bool is_urgent(const __u16 kind)
{
	const struct pk_image *image = current_image();

	return kind == PK_cgroup_mkdir && image && image->subject.by_container;
}

static __always_inline int emit_cgroup(const enum tier tier, const __u16 kind, struct cgroup *cgroup, const char *path,
				       __u32 path_size, const __u64 capacity)
{
	struct pk_cgroup_mkdir *record = emit_reserve(tier, kind, capacity);

	if (!record)
		return 0;
	fill_current(tier, &record->header, sizeof(*record) + path_size, current_task(tier));
	record->id = cgroup->kn->id;
	record->hierarchy = cgroup->root->hierarchy_id;
	record->level = cgroup->level;
	text_copy(tier, record, capacity, sizeof(*record), path, false, PK_PATH_MAX, path_size, &record->path);
	if (path_size >= CGROUP_PATH_BYTES)
		record->header.flags |= PK_FLAG_path_truncated;
	if (is_urgent(kind))
		bpf_ringbuf_submit(record, BPF_RB_FORCE_WAKEUP);
	else
		emit_submit(record);
	return 0;
}

/* The records of both kinds have the same members. */
static __always_inline int report_cgroup(const enum tier tier, const __u16 kind, struct cgroup *cgroup,
					 const char *path)
{
	__u32 path_size = string_size(tier, path);
	__u32 size = sizeof(struct pk_cgroup_mkdir) + path_size;

	if (size <= 512 - RECORD_SLACK)
		return emit_cgroup(tier, kind, cgroup, path, path_size, 512);
	return emit_cgroup(tier, kind, cgroup, path, path_size, 8192);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
	return report_cgroup(TIER_FULL, PK_cgroup_mkdir, PLAIN(cgroup), path);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_mkdir_older, struct cgroup *cgroup, const char *path)
{
	return report_cgroup(TIER_OLDER, PK_cgroup_mkdir, cgroup, path);
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_rmdir, struct cgroup *cgroup, const char *path)
{
	return report_cgroup(TIER_FULL, PK_cgroup_rmdir, PLAIN(cgroup), path);
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_rmdir_older, struct cgroup *cgroup, const char *path)
{
	return report_cgroup(TIER_OLDER, PK_cgroup_rmdir, cgroup, path);
}
