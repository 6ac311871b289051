// SPDX-License-Identifier: GPL-2.0-only
//
// accept, when it has succeeded: the LSM hook comes before anybody knows who connected. do_accept serves accept,
// accept4 and io_uring for every family (since 5.9), so what it returns is looked at: the file of the new socket.
#include "bpf/lib/address.bpf.h"
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/hook.bpf.h"

/*
 * The addresses are those of the new socket. A socket for IPv6 that takes IPv4 connections, too, has them as IPv6
 * addresses (::ffff:1.2.3.4). A unix socket inherits the path of the one that listens; who connects to it rarely has
 * one, and it is not told.
 */
static __always_inline int report_accept(const enum tier tier, struct file *accepted)
{
	const unsigned long max_errno = 4095;
	struct socket_head *head;
	struct pk_accept *record;
	struct sock *sock;

	if ((unsigned long)accepted >= -max_errno)
		return 0;
	sock = sock_of_file(accepted);
	if (!sock)
		return 0;
	record = emit_reserve(tier, PK_accept, WITH_UNIX_PATH(*record));
	if (!record)
		return 0;
	fill_current(tier, &record->header, sizeof(*record), current_task(tier));
	head = (struct socket_head *)record;
	fill_remote(head, sock);
	record->local_port = local_port(head->family, sock);
	record->reserved = 0;
	read_local_address(head->family, &record->local_address, sock);
	fill_own_path(head, sizeof(*record), &record->path, sock);
	emit_submit(record);
	return 0;
}

SEC("fexit/do_accept")
int BPF_PROG(accepted, struct file *listening, void *how, void *address, void *size, int flags, struct file *file)
{
	return report_accept(TIER_FULL, file);
}

SEC("fexit/do_accept")
int BPF_PROG(accepted_older, struct file *listening, void *how, void *address, void *size, int flags, struct file *file)
{
	return report_accept(TIER_OLDER, file);
}
