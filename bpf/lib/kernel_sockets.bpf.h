/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel as the programs see it: sockets and packets. What kernel.bpf.h says about types holds here as well. */
#ifndef PICKET_BPF_LIB_KERNEL_SOCKETS_H
#define PICKET_BPF_LIB_KERNEL_SOCKETS_H

#include "bpf/lib/kernel.bpf.h"

/* Constants of the kernel that no kernel version changed. */
#define SOCKFS_MAGIC 0x534f434bu
#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOCK_SEQPACKET 5
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_MPTCP 262
#define MSG_FASTOPEN 0x20000000u
#define SOCK_DONE 1 /* bit of sock->sk_flags: TCP: the other end's FIN came */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* The address that socket_connect gets is only probed: its type was renamed. */

struct sockaddr;

struct in6_addr {
	__u8 bytes[16]; /* only its address is taken: the kernel's member has another name */
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	__u16 skc_family;
	__u8 skc_state;
	unsigned long skc_flags;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	__u8 sk_kern_sock : 1; /* made by the kernel for itself */
	__u16 sk_type;
	__u16 sk_protocol;
};

struct inet_sock {
	__be16 inet_sport; /* stays when the connection ends, unlike skc_num */
};

struct tcp_sock {
	__u32 rcv_nxt;
	__u64 bytes_received;
	__u64 bytes_acked;
	__u64 bytes_sent;
	__u64 bytes_retrans;
};

struct sockaddr_un {
	__u16 sun_family;
};

struct unix_address {
	int len;
	struct sockaddr_un name[1]; /* [] over there; the path is behind the family */
};

struct unix_sock {
	struct unix_address *addr;
	struct path path; /* of the file that it is bound to; no dentry when there is none */
};

typedef enum {
	SS_CONNECTING = 2,
} socket_state;

struct socket {
	socket_state state;
	short type;
	struct sock *sk; /* 7.2: the verifier wants a NULL check */
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
	unsigned int msg_flags;
};

struct sk_buff {
	unsigned int len;
	unsigned int data_len; /* how much of `len` does not lie at `data` */
	__u16 transport_header;
	__u16 network_header;
	unsigned int end; /* as an offset, on 64-bit machines */
	unsigned char *head;
	unsigned char *data;
};

struct skb_shared_info {
	__u8 nr_frags;
	struct skb_fragment {
		unsigned int unused;
	} frags[17]; /* only its address is taken */
};

struct page {
	unsigned long flags; /* 6.18: a struct around it; only the size of the whole is used */
};

#pragma clang attribute pop

/* The heads of socket addresses as system calls take them: ABI, hence without CO-RE. */
union address_head {
	__u16 family;
	struct {
		__u16 family;
		__be16 port;
		__u8 address[4];
	} in;
	struct {
		__u16 family;
		__be16 port;
		__be32 flow;
		__u8 address[16];
	} in6;
};

/* A piece of a packet in a page. The same on all kernels, by other names: bio_vec, since 6.10 skb_frag. */
struct fragment {
	__u64 page; /* since 6.10 with bit 0 set when it is not one: memory of a device */
	__u32 size;
	__u32 offset;
};

#define UNIX_PATH_START 2
#define UNIX_PATH_BYTES 108 /* not NUL-terminated when all are used */

#endif
