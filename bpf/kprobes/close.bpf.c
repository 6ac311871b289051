// SPDX-License-Identifier: GPL-2.0-only
//
// close of TCP connections. tcp_close runs once in a socket's life, when its last descriptor is gone: by close, by the
// end of the process, by io_uring, whoever had the descriptor last. Two more programs note when a connection came
// about, and on whose initiative. They are attached when close is asked for, so that older connections have no
// duration.
//
// Not told: connections of multipath TCP, which the kernel closes by other ways, and those that end with the socket
// going on (a second connect, to AF_UNSPEC).
#include "bpf/lib/address.bpf.h"
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/hook.bpf.h"

#define ROLE_CONNECTED 1
#define ROLE_ACCEPTED 2

/* States of a TCP socket that never was connected. A connection that ended by itself is in TCP_CLOSE. */
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_CLOSE 7
#define TCP_LISTEN 10

struct connection {
	__u64 since; /* boot clock */
	__u32 role;
	__u16 local_port;
	__u16 remote_port;
};

/*
 * By the address of the struct sock. Another connection may get that address, but not before tcp_close, which takes the
 * entry out, or it writes its own. Ports are compared all the same, for connections that end without tcp_close.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct connection);
} connections SEC(".maps");

static __always_inline void note_connection(struct sock *sock, __u32 role)
{
	__u16 family = BPF_CORE_READ(sock, __sk_common.skc_family);
	__u64 key = (__u64)sock;
	struct connection connection = {
		.since = bpf_ktime_get_boot_ns(),
		.role = role,
		.local_port = local_port(family, sock),
		.remote_port = remote_port(family, sock),
	};

	bpf_map_update_elem(&connections, &key, &connection, BPF_ANY);
}

static __always_inline int note_accepted(struct file *accepted)
{
	const unsigned long max_errno = 4095;
	struct sock *sock;

	if ((unsigned long)accepted >= -max_errno)
		return 0;
	sock = sock_of_file(accepted);
	if (sock && BPF_CORE_READ(sock, sk_protocol) == IPPROTO_TCP)
		note_connection(sock, ROLE_ACCEPTED);
	return 0;
}

static __always_inline bool was_connected(struct sock *sock)
{
	__u8 state = BPF_CORE_READ(sock, __sk_common.skc_state);

	if (state == TCP_SYN_SENT || state == TCP_SYN_RECV || state == TCP_LISTEN)
		return false;
	if (!BPF_CORE_READ(sock, __sk_common.skc_dport))
		return false;
	/* A connect that was refused leaves a port; but only an answer brings a sequence number. */
	return state != TCP_CLOSE || BPF_CORE_READ((struct tcp_sock *)sock, rcv_nxt);
}

/*
 * bytes_acked counts sequence numbers: the SYN of the side that connected, and the FIN of either, take one each. A FIN
 * is acknowledged only when all data is, and then the data that was sent (once) tells how much that was.
 */
static __always_inline __u64 bytes_sent(struct tcp_sock *sock, __u32 role)
{
	__u64 acknowledged = BPF_CORE_READ(sock, bytes_acked);
	__u64 sent = BPF_CORE_READ(sock, bytes_sent) - BPF_CORE_READ(sock, bytes_retrans);

	if (role == ROLE_CONNECTED && acknowledged)
		acknowledged--;
	return acknowledged < sent ? acknowledged : sent;
}

/* The other end's FIN takes a sequence number, too. */
static __always_inline __u64 bytes_received(struct sock *sock)
{
	__u64 received = BPF_CORE_READ((struct tcp_sock *)sock, bytes_received);

	if (received && BPF_CORE_READ(sock, __sk_common.skc_flags) & 1ul << SOCK_DONE)
		received--;
	return received;
}

/* Takes what is known of the beginning out of the map. */
static __always_inline void fill_beginning(struct pk_close *record, struct sock *sock)
{
	__u64 key = (__u64)sock;
	struct connection *known = bpf_map_lookup_elem(&connections, &key);

	record->role = 0;
	record->duration = 0;
	if (!known)
		return;
	if (known->local_port == record->local_port && known->remote_port == record->port) {
		record->role = known->role;
		record->duration = record->header.time - known->since;
	}
	bpf_map_delete_elem(&connections, &key);
}

static __always_inline int report_close(const enum tier tier, struct sock *sock)
{
	struct socket_head *head;
	struct pk_close *record;

	if (BPF_CORE_READ_BITFIELD_PROBED(sock, sk_kern_sock) || !was_connected(sock))
		return 0;
	record = emit_reserve(tier, PK_close, sizeof(*record));
	if (!record)
		return 0;
	fill_current(tier, &record->header, sizeof(*record), current_task(tier));
	head = (struct socket_head *)record;
	fill_remote(head, sock);
	record->local_port = local_port(head->family, sock);
	record->reserved = 0;
	read_local_address(head->family, &record->local_address, sock);
	fill_beginning(record, sock);
	record->sent = bytes_sent((struct tcp_sock *)sock, record->role);
	record->received = bytes_received(sock);
	emit_submit(record);
	return 0;
}

/* The answer to this side's SYN came. In the context of whatever the CPU was doing. */
SEC("fentry/tcp_finish_connect")
int BPF_PROG(connection_made, struct sock *sock)
{
	note_connection(sock, ROLE_CONNECTED);
	return 0;
}

SEC("fentry/tcp_finish_connect")
int BPF_PROG(connection_made_older, struct sock *sock)
{
	note_connection(sock, ROLE_CONNECTED);
	return 0;
}

SEC("fexit/do_accept")
int BPF_PROG(connection_accepted, struct file *listening, void *how, void *address, void *size, int flags,
	     struct file *file)
{
	return note_accepted(file);
}

SEC("fexit/do_accept")
int BPF_PROG(connection_accepted_older, struct file *listening, void *how, void *address, void *size, int flags,
	     struct file *file)
{
	return note_accepted(file);
}

SEC("fentry/tcp_close")
int BPF_PROG(connection_closed, struct sock *sock)
{
	return report_close(TIER_FULL, sock);
}

SEC("fentry/tcp_close")
int BPF_PROG(connection_closed_older, struct sock *sock)
{
	return report_close(TIER_OLDER, sock);
}
