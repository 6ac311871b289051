/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses on their way into records: those that a caller gave, and those that a socket has. */
#ifndef PICKET_BPF_LIB_ADDRESS_H
#define PICKET_BPF_LIB_ADDRESS_H

#include <bpf/bpf_endian.h>

#include "bpf/lib/kernel_sockets.bpf.h"
#include "bpf/shared/wire.h"

/* What the records of bind, listen, connect, accept, send and close begin with. */
struct socket_head {
	struct pk_header header;
	__u16 family;
	__u16 type;
	__u16 protocol;
	__u16 port;
	pk_address address;
};

#define BEGINS_LIKE_SOCKET_HEAD(kind)                                                                                  \
	_Static_assert(offsetof(struct pk_##kind, family) == offsetof(struct socket_head, family) &&                   \
			       offsetof(struct pk_##kind, port) == offsetof(struct socket_head, port) &&               \
			       offsetof(struct pk_##kind, address) == offsetof(struct socket_head, address),           \
		       "the first fields of " #kind)

BEGINS_LIKE_SOCKET_HEAD(bind);
BEGINS_LIKE_SOCKET_HEAD(listen);
BEGINS_LIKE_SOCKET_HEAD(connect);
BEGINS_LIKE_SOCKET_HEAD(accept);
BEGINS_LIKE_SOCKET_HEAD(send);
BEGINS_LIKE_SOCKET_HEAD(close);

/* Room for a record and the longest unix path, with a NUL byte that is not part of it. */
#define WITH_UNIX_PATH(record) (sizeof(record) + UNIX_PATH_BYTES + 4)

/*
 * A unix path into the record, which has room for it from `offset` on, behind the members. It ends at a NUL byte or
 * with the address; an abstract name begins with a NUL byte and ends with the address.
 */
static __always_inline void fill_unix_path(struct pk_header *record, const __u32 offset, pk_text *text,
					   const void *address, __u32 size)
{
	const void *from = address + UNIX_PATH_START;
	char *path = (char *)record + offset;
	__u64 most = size - UNIX_PATH_START;
	char first = 0;
	long bytes;

	barrier_var(most); /* or the compiler proves more than the verifier does */
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
	text->offset = offset;
	text->size = bytes;
	record->size += bytes;
}

/* `size` is what the caller said the address has. The kernel refuses short ones, but only after the hook. */
static __always_inline void fill_internet(struct socket_head *record, const union address_head *head, __u32 size)
{
	if (record->family == AF_INET && size >= sizeof(head->in)) {
		record->port = bpf_ntohs(head->in.port);
		__builtin_memcpy(record->address.bytes, head->in.address, 4);
	} else if (record->family == AF_INET6 && size >= sizeof(head->in6)) {
		record->port = bpf_ntohs(head->in6.port);
		__builtin_memcpy(record->address.bytes, head->in6.address, 16);
	}
}

/*
 * The address that a call was given, as the kernel copied it, but for a unix path. `unnamed_family` is what an address
 * without a family is taken for. Returns the family that it says itself.
 */
static __always_inline __u16 fill_given_numbers(struct socket_head *record, const void *address, __u32 size,
						__u16 unnamed_family)
{
	union address_head head = {};
	__u64 head_size = size;

	barrier_var(head_size);
	if (head_size > sizeof(head))
		head_size = sizeof(head);
	if (head_size >= sizeof(head.family))
		bpf_probe_read_kernel(&head, head_size, address);
	record->family = head.family == AF_UNSPEC ? unnamed_family : head.family;
	record->port = 0;
	__builtin_memset(&record->address, 0, sizeof(record->address));
	fill_internet(record, &head, size);
	return head.family;
}

/* The whole of it. `offset` is the end of the record's members. */
static __always_inline void fill_given_address(struct socket_head *record, const __u32 offset, pk_text *path,
					       const void *address, __u32 size, __u16 unnamed_family)
{
	__builtin_memset(path, 0, sizeof(*path));
	if (fill_given_numbers(record, address, size, unnamed_family) == AF_UNIX)
		fill_unix_path(&record->header, offset, path, address, size);
}

/* One of a socket's own addresses, of which it has one for each version of IP. */
static __always_inline void read_address(__u16 family, pk_address *to, const void *in, const void *in6)
{
	__builtin_memset(to, 0, sizeof(*to));
	if (family == AF_INET)
		bpf_probe_read_kernel(to->bytes, 4, in);
	else if (family == AF_INET6)
		bpf_probe_read_kernel(to->bytes, 16, in6);
}

static __always_inline void read_local_address(__u16 family, pk_address *to, struct sock *sock)
{
	read_address(family, to, &sock->__sk_common.skc_rcv_saddr, &sock->__sk_common.skc_v6_rcv_saddr);
}

static __always_inline void read_remote_address(__u16 family, pk_address *to, struct sock *sock)
{
	read_address(family, to, &sock->__sk_common.skc_daddr, &sock->__sk_common.skc_v6_daddr);
}

static __always_inline bool is_internet(__u16 family)
{
	return family == AF_INET || family == AF_INET6;
}

/* In host order; 0 for families that have none. */
static __always_inline __u16 remote_port(__u16 family, struct sock *sock)
{
	return is_internet(family) ? bpf_ntohs(BPF_CORE_READ(sock, __sk_common.skc_dport)) : 0;
}

static __always_inline __u16 local_port(__u16 family, struct sock *sock)
{
	return is_internet(family) ? bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sock, inet_sport)) : 0;
}

/* What kind of socket it is, and its other end. */
static __always_inline void fill_remote(struct socket_head *record, struct sock *sock)
{
	__u16 family = BPF_CORE_READ(sock, __sk_common.skc_family);

	record->family = family;
	record->type = BPF_CORE_READ(sock, sk_type);
	record->protocol = BPF_CORE_READ(sock, sk_protocol);
	record->port = remote_port(family, sock);
	read_remote_address(family, &record->address, sock);
}

/* The path that a unix socket was bound to; nothing for other families and for sockets without one. */
static __always_inline void fill_own_path(struct socket_head *record, const __u32 offset, pk_text *text,
					  struct sock *sock)
{
	struct unix_address *address;

	__builtin_memset(text, 0, sizeof(*text));
	if (record->family != AF_UNIX)
		return;
	address = BPF_CORE_READ((struct unix_sock *)sock, addr);
	if (address)
		fill_unix_path(&record->header, offset, text, &address->name, BPF_CORE_READ(address, len));
}

/* The socket behind an open file; NULL when the file is none. */
static __always_inline struct sock *sock_of_file(struct file *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);

	if (BPF_CORE_READ(file, f_inode, i_sb, s_magic) != SOCKFS_MAGIC || !socket)
		return NULL;
	return BPF_CORE_READ(socket, sk);
}

#endif
