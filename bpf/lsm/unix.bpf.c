// SPDX-License-Identifier: GPL-2.0-only
//
// Unix sockets that have a file: who connects to one, or sends it a message. socket_connect and socket_sendmsg see the
// address that the caller gave, which may be a link, a bind mount's or relative. These hooks see the socket that the
// kernel found by it, and that one knows the file that its server bound: there is no way round its path.
//
// Sockets with an abstract name, or none, have no file: connect and send tell of them.
#include "bpf/lib/kernel_sockets.bpf.h"
#include "bpf/lib/report.bpf.h"

/* What the kernel found by the address. */
struct server {
	struct sock *sock;
	struct dentry *dentry;
};

static __always_inline void fill_unix_connect(const enum tier tier, void *to, const void *subject)
{
	const struct server *server = subject;
	struct pk_unix_connect *record = to;
	struct dentry *dentry = server->dentry;
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	struct sock *sock = server->sock;

	record->inode = BPF_CORE_READ(inode, i_ino);
	record->device = BPF_CORE_READ(inode, i_sb, s_dev);
	record->type = BPF_CORE_READ(sock, sk_type);
	record->mode = BPF_CORE_READ(inode, i_mode);
}

static __always_inline int report_unix_connect(const enum tier tier, struct sock *sock, int decided)
{
	struct unix_sock *bound = (struct unix_sock *)sock;
	const struct server server = {.sock = sock, .dentry = BPF_CORE_READ(bound, path.dentry)};
	struct report about = REPORT(unix_connect, path);

	about.probed = true;
	if (!server.dentry)
		return verdict(decided);
	return report_path(tier, about, server.dentry, BPF_CORE_READ(bound, path.mnt), fill_unix_connect, &server,
			   decided);
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(unix_stream_connect, struct sock *sock, struct sock *other, struct sock *made, int decided)
{
	return report_unix_connect(TIER_FULL, other, decided);
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(unix_stream_connect_older, struct sock *sock, struct sock *other, struct sock *made, int decided)
{
	return report_unix_connect(TIER_OLDER, other, decided);
}

/* Datagrams: asked for each message, connected or not. */
SEC("lsm/unix_may_send")
int BPF_PROG(unix_may_send, struct socket *socket, struct socket *other, int decided)
{
	return report_unix_connect(TIER_FULL, BPF_CORE_READ(other, sk), decided);
}

SEC("lsm/unix_may_send")
int BPF_PROG(unix_may_send_older, struct socket *socket, struct socket *other, int decided)
{
	return report_unix_connect(TIER_OLDER, BPF_CORE_READ(other, sk), decided);
}
