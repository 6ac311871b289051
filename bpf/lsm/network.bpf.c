// SPDX-License-Identifier: GPL-2.0-only
//
// Network: who connects where. lsm/socket_connect sees the kernel's own copy of the address, before any packet is sent.
#include <bpf/bpf_endian.h>

#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/hook.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* The record and the longest unix path, with room for a NUL byte that is not part of it. */
#define CONNECT_CAPACITY (sizeof(struct pk_connect) + UNIX_PATH_BYTES + 4)

/* `size` is what the caller said the address has. The kernel refuses short ones, but only after the hook. */
static __always_inline void fill_internet(struct pk_connect *record, const union address_head *head, __u32 size)
{
	if (head->family == AF_INET && size >= sizeof(head->in)) {
		record->port = bpf_ntohs(head->in.port);
		__builtin_memcpy(record->address.bytes, head->in.address, 4);
	} else if (head->family == AF_INET6 && size >= sizeof(head->in6)) {
		record->port = bpf_ntohs(head->in6.port);
		__builtin_memcpy(record->address.bytes, head->in6.address, 16);
	}
}

/* A path ends at a NUL byte or with the address; an abstract name begins with a NUL byte and ends with the address. */
static __always_inline void fill_unix(struct pk_connect *record, const void *address, __u32 size)
{
	const void *from = address + UNIX_PATH_START;
	char *path = (char *)(record + 1);
	__u64 most = size - UNIX_PATH_START;
	char first = 0;
	long bytes;

	barrier_var(most);
	if (size <= UNIX_PATH_START || most > UNIX_PATH_BYTES)
		return;
	bpf_probe_read_kernel(&first, sizeof(first), from);
	if (first) {
		bytes = bpf_probe_read_kernel_str(path, most + 1, from) - 1;
	} else {
		bytes = most;
		if (bpf_probe_read_kernel(path, most, from))
			return;
	}
	if (bytes <= 0)
		return;
	record->path.offset = sizeof(*record);
	record->path.size = bytes;
	record->header.size += bytes;
}

static __always_inline void fill_connect(struct pk_connect *record, struct socket *socket, const void *address,
					 __u32 size)
{
	struct sock *sock = socket->sk;
	union address_head head = {};
	__u64 head_size = size;

	barrier_var(head_size); /* or the compiler proves more than the verifier does */
	if (head_size > sizeof(head))
		head_size = sizeof(head);
	if (head_size >= sizeof(head.family))
		bpf_probe_read_kernel(&head, head_size, address);
	record->family = head.family;
	record->type = socket->type;
	record->protocol = sock ? sock->sk_protocol : 0;
	record->port = 0;
	__builtin_memset(&record->address, 0, sizeof(record->address));
	__builtin_memset(&record->path, 0, sizeof(record->path));
	fill_internet(record, &head, size);
	if (head.family == AF_UNIX)
		fill_unix(record, address, size);
}

static __always_inline int report_connect(const enum tier tier, struct socket *socket, const void *address, int size,
					  int decided)
{
	struct pk_connect *record;

	/*
	 * A socket that is already connecting is only asked how far it got, and the address is not used. io_uring asks
	 * so for each of its connects: first it tries, then it waits, then it calls again.
	 */
	if (socket->state == SS_CONNECTING)
		return verdict(decided);
	record = emit_reserve_decided(tier, PK_connect, CONNECT_CAPACITY, decided);
	if (!record)
		return verdict(decided);
	fill_current(tier, &record->header, sizeof(*record), current_task(tier));
	record->header.error = decision(decided);
	fill_connect(record, socket, address, size);
	emit_submit(record);
	return verdict(decided);
}

SEC("lsm/socket_connect")
int BPF_PROG(socket_connect, struct socket *socket, struct sockaddr *address, int size, int decided)
{
	return report_connect(TIER_FULL, socket, address, size, decided);
}

SEC("lsm/socket_connect")
int BPF_PROG(socket_connect_older, struct socket *socket, struct sockaddr *address, int size, int decided)
{
	return report_connect(TIER_OLDER, socket, address, size, decided);
}
