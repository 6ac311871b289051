// SPDX-License-Identifier: GPL-2.0-only
//
// Sockets: what is made, which addresses it gets, where it connects and sends. The hooks see the kernel's own copy of
// the address, before any packet is sent.
#include "bpf/lib/address.bpf.h"
#include "bpf/lib/report.bpf.h"

/* ---- socket ---- */

struct wanted_socket {
	int family;
	int type;
	int protocol;
};

static __always_inline void fill_socket(const enum tier tier, void *to, const void *subject)
{
	const struct wanted_socket *wanted = subject;
	struct pk_socket *record = to;

	record->family = wanted->family;
	record->type = wanted->type; /* SOCK_NONBLOCK and SOCK_CLOEXEC are gone by then */
	record->protocol = wanted->protocol;
	record->reserved = 0;
}

static __always_inline int report_socket(const enum tier tier, int family, int type, int protocol, int kernel,
					 int decided)
{
	const struct wanted_socket wanted = {.family = family, .type = type, .protocol = protocol};

	if (kernel) /* for itself */
		return verdict(decided);
	return report_plain(tier, PK_socket, sizeof(struct pk_socket), fill_socket, &wanted, decided);
}

SEC("lsm/socket_create")
int BPF_PROG(socket_create, int family, int type, int protocol, int kernel, int decided)
{
	return report_socket(TIER_FULL, family, type, protocol, kernel, decided);
}

SEC("lsm/socket_create")
int BPF_PROG(socket_create_older, int family, int type, int protocol, int kernel, int decided)
{
	return report_socket(TIER_OLDER, family, type, protocol, kernel, decided);
}

/* ---- bind, connect: sockets that are given an address ---- */

static __always_inline void fill_kind_of_socket(struct socket_head *record, struct socket *socket)
{
	struct sock *sock = socket->sk;

	record->type = socket->type;
	record->protocol = sock ? sock->sk_protocol : 0;
}

/* The records of both kinds have the same members. */
_Static_assert(sizeof(struct pk_bind) == sizeof(struct pk_connect) &&
		       offsetof(struct pk_bind, path) == offsetof(struct pk_connect, path),
	       "bind and connect differ");

/* An address that a call gave; `family` is what an address without one is taken for. */
struct given {
	struct socket *socket;
	const void *address;
	__u32 size;
	__u16 family;
};

static __always_inline void fill_given(const enum tier tier, void *to, const void *subject)
{
	const struct given *given = subject;

	fill_kind_of_socket(to, given->socket);
	fill_given_numbers(to, given->address, given->size, given->family);
}

static __always_inline int report_address(const enum tier tier, const __u16 kind, struct socket *socket,
					  const void *address, int size, int decided)
{
	const struct given given = {.socket = socket, .address = address, .size = size};
	const struct decided made = decide(tier, (struct asked){.kind = kind}, NULL, fill_given, &given, decided);
	struct pk_connect *record;

	if (made.unwanted)
		return outcome(&made);
	record = emit_reserve_decided(tier, kind, WITH_UNIX_PATH(*record), made.error);
	if (!record)
		return outcome(&made);
	fill_current(tier, &record->header, sizeof(*record), current_task(tier));
	fill_decided(&record->header, &made);
	fill_kind_of_socket((struct socket_head *)record, socket);
	fill_given_address((struct socket_head *)record, sizeof(*record), &record->path, address, size, AF_UNSPEC);
	emit_submit(record);
	return outcome(&made);
}

SEC("lsm/socket_bind")
int BPF_PROG(socket_bind, struct socket *socket, struct sockaddr *address, int size, int decided)
{
	return report_address(TIER_FULL, PK_bind, socket, address, size, decided);
}

SEC("lsm/socket_bind")
int BPF_PROG(socket_bind_older, struct socket *socket, struct sockaddr *address, int size, int decided)
{
	return report_address(TIER_OLDER, PK_bind, socket, address, size, decided);
}

/*
 * A socket that is already connecting is only asked how far it got, and the address is not used. io_uring asks so for
 * each of its connects: first it tries, then it waits, then it calls again.
 */
static __always_inline int report_connect(const enum tier tier, struct socket *socket, const void *address, int size,
					  int decided)
{
	if (socket->state == SS_CONNECTING)
		return verdict(decided);
	return report_address(tier, PK_connect, socket, address, size, decided);
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

/* ---- listen ---- */

/* A socket that was not bound has port 0 here: the kernel chooses one right after the hook. */
static __always_inline void fill_listening(const enum tier tier, void *to, const void *subject)
{
	struct socket *socket = (struct socket *)subject;
	struct sock *sock = socket->sk;
	struct socket_head *head = to;

	fill_kind_of_socket(head, socket);
	head->family = sock ? sock->__sk_common.skc_family : 0;
	head->port = local_port(head->family, sock);
	read_local_address(head->family, &head->address, sock);
}

static __always_inline int report_listen(const enum tier tier, struct socket *socket, int backlog, int decided)
{
	struct sock *sock = socket->sk;
	struct socket_head *head;
	struct pk_listen *record;
	struct decided made;

	if (!sock)
		return verdict(decided);
	made = decide(tier, (struct asked){.kind = PK_listen}, NULL, fill_listening, socket, decided);
	if (made.unwanted)
		return outcome(&made);
	record = emit_reserve_decided(tier, PK_listen, WITH_UNIX_PATH(*record), made.error);
	if (!record)
		return outcome(&made);
	fill_current(tier, &record->header, sizeof(*record), current_task(tier));
	fill_decided(&record->header, &made);
	head = (struct socket_head *)record;
	fill_listening(tier, head, socket);
	fill_own_path(head, sizeof(*record), &record->path, sock);
	record->backlog = backlog;
	record->reserved = 0;
	emit_submit(record);
	return outcome(&made);
}

SEC("lsm/socket_listen")
int BPF_PROG(socket_listen, struct socket *socket, int backlog, int decided)
{
	return report_listen(TIER_FULL, socket, backlog, decided);
}

SEC("lsm/socket_listen")
int BPF_PROG(socket_listen_older, struct socket *socket, int backlog, int decided)
{
	return report_listen(TIER_OLDER, socket, backlog, decided);
}

/* ---- send ---- */

/*
 * Whether the address of a message is used at all. TCP ignores it, unless the message is to open the connection (TCP
 * Fast Open); unix sockets with connections ignore it or refuse.
 */
static __always_inline bool uses_address(struct socket *socket, struct sock *sock, unsigned int message_flags)
{
	if (sock->__sk_common.skc_family == AF_UNIX)
		return socket->type != SOCK_STREAM && socket->type != SOCK_SEQPACKET;
	if (sock->sk_protocol == IPPROTO_TCP || sock->sk_protocol == IPPROTO_MPTCP)
		return socket->type != SOCK_STREAM || message_flags & MSG_FASTOPEN;
	return true;
}

/*
 * sendmmsg asks only once for messages in a row to the same address: one event. IPv4 sockets take an address without a
 * family for one of theirs.
 */
static __always_inline int report_send(const enum tier tier, struct socket *socket, struct msghdr *message, int size,
				       int decided)
{
	const void *address = message->msg_name;
	struct sock *sock = socket->sk;
	struct given given = {.socket = socket, .address = address, .size = message->msg_namelen};
	struct pk_send *record;
	struct decided made;

	if (!address || !sock || !uses_address(socket, sock, message->msg_flags))
		return verdict(decided);
	given.family = sock->__sk_common.skc_family == AF_INET ? AF_INET : AF_UNSPEC;
	made = decide(tier, (struct asked){.kind = PK_send}, NULL, fill_given, &given, decided);
	if (made.unwanted)
		return outcome(&made);
	record = emit_reserve_decided(tier, PK_send, WITH_UNIX_PATH(*record), made.error);
	if (!record)
		return outcome(&made);
	fill_current(tier, &record->header, sizeof(*record), current_task(tier));
	fill_decided(&record->header, &made);
	fill_kind_of_socket((struct socket_head *)record, socket);
	fill_given_address((struct socket_head *)record, sizeof(*record), &record->path, address, given.size,
			   given.family);
	record->size = (__u32)size;
	emit_submit(record);
	return outcome(&made);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(socket_sendmsg, struct socket *socket, struct msghdr *message, int size, int decided)
{
	return report_send(TIER_FULL, socket, message, size, decided);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(socket_sendmsg_older, struct socket *socket, struct msghdr *message, int size, int decided)
{
	return report_send(TIER_OLDER, socket, message, size, decided);
}
