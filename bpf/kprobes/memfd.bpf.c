// SPDX-License-Identifier: GPL-2.0-only
//
// memfds: files without a name in any directory. There is no hook for them; memfd_create makes them with the functions
// that make all files of tmpfs and hugetlbfs which lie in no directory, and only its own have names that begin with
// "memfd:". Who else calls these functions (System V shared memory, shared anonymous memory) is told by that.
#include "bpf/lib/report.bpf.h"

#define PREFIX "memfd:"
#define PREFIX_BYTES (sizeof(PREFIX) - 1)
#define MOST_NAME 256 /* 249 and the NUL byte, rounded */

static __always_inline void fill_memfd(const enum tier tier, void *to, const void *subject)
{
	const struct call memfd_create = {.wide = 319, .compat = 356, .x32 = 319};
	const char *name = subject;
	struct pk_memfd *record = to;
	__u64 arguments[3];
	long bytes;

	record->flags = call_arguments(tier, &record->header, memfd_create, arguments) ? arguments[1] : 0;
	record->reserved = 0;
	bytes = bpf_probe_read_kernel_str(record + 1, MOST_NAME, name) - 1;
	if (bytes < 0)
		bytes = 0;
	record->name.offset = sizeof(*record);
	record->name.size = bytes;
	record->header.size = sizeof(*record) + bytes;
}

/* `result` as a number: of a pointer the verifier would not let the lower half be taken. */
static __always_inline int report_memfd(const enum tier tier, const char *name, long result)
{
	const char prefix[] = PREFIX;
	char begin[PREFIX_BYTES] = {};

	bpf_probe_read_kernel(begin, PREFIX_BYTES, name);
	for (__u32 i = 0; i < PREFIX_BYTES; i++) {
		if (begin[i] != prefix[i])
			return 0;
	}
	report_plain(tier, PK_memfd, sizeof(struct pk_memfd) + MOST_NAME, fill_memfd, name + PREFIX_BYTES, result);
	return 0;
}

/* The name alone is looked at of what the functions get: types and numbers of the other arguments differ by kernel. */
SEC("fexit/shmem_file_setup")
int BPF_PROG(shmem_file_setup, const char *name, __u64 size, __u64 flags, long result)
{
	return report_memfd(TIER_FULL, name, argument_address(ctx, 3));
}

SEC("fexit/shmem_file_setup")
int BPF_PROG(shmem_file_setup_older, const char *name, __u64 size, __u64 flags, long result)
{
	return report_memfd(TIER_OLDER, name, argument_address(ctx, 3));
}

SEC("fexit/hugetlb_file_setup")
int BPF_PROG(hugetlb_file_setup, const char *name, __u64 size, __u64 accounted, __u64 flags, __u64 page, long result)
{
	return report_memfd(TIER_FULL, name, argument_address(ctx, 5));
}

SEC("fexit/hugetlb_file_setup")
int BPF_PROG(hugetlb_file_setup_older, const char *name, __u64 size, __u64 accounted, __u64 flags, __u64 page,
	     long result)
{
	return report_memfd(TIER_OLDER, name, argument_address(ctx, 5));
}

/* Before 5.14 it had one more: the user that memory was accounted to. */
SEC("fexit/hugetlb_file_setup")
int BPF_PROG(hugetlb_file_setup_accounted, const char *name, __u64 size, __u64 accounted, void *user, __u64 flags,
	     __u64 page, long result)
{
	return report_memfd(TIER_FULL, name, argument_address(ctx, 6));
}

SEC("fexit/hugetlb_file_setup")
int BPF_PROG(hugetlb_file_setup_accounted_older, const char *name, __u64 size, __u64 accounted, void *user, __u64 flags,
	     __u64 page, long result)
{
	return report_memfd(TIER_OLDER, name, argument_address(ctx, 6));
}
