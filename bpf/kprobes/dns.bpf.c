// SPDX-License-Identifier: GPL-2.0-only
//
// DNS answers, as they are taken from a UDP socket: skb_consume_udp ends every receive of a datagram, in the context of
// the process that received it, and knows from its length when it was only peeked at. The whole datagram is seen, even
// if the process asked for less of it.
//
// Covered are the part of a packet that lies in the sk_buff itself and the first page behind it: drivers that put the
// headers here and the rest there fill one page. What lies in further pages, or in packets that IP had to put together,
// is missing from the message; an answer whose first twelve bytes are not in one place is not seen.
#include "bpf/lib/address.bpf.h"
#include "bpf/lib/emit.bpf.h"
#include "bpf/lib/hook.bpf.h"

#define DNS_PORT 53
#define DNS_HEADER_BYTES 12
#define DNS_MESSAGE_MAX 4096
#define DNS_RESPONSE 0x80 /* in the third byte of a message */

/*
 * x86-64: where the kernel keeps two addresses, that of the array of all struct page and that of the memory which they
 * describe. Set by the sensor, from /proc/kallsyms; 0 when there are none: then pages are not looked into.
 */
const volatile __u64 vmemmap_base_at = 0;
const volatile __u64 page_offset_base_at = 0;

struct udp_head { /* ABI */
	__be16 source;
	__be16 destination;
	__be16 size;
	__be16 checksum;
};

/* Where the addresses stand behind the beginning of an IP header. */
#define IPV4_SOURCE 12
#define IPV6_SOURCE 8

/* Where the bytes of a page can be read; NULL when that is not known. */
static __always_inline const void *page_bytes(__u64 page)
{
	__u64 pages = 0, memory = 0;

	if (!vmemmap_base_at || !page_offset_base_at || page & 1)
		return NULL;
	bpf_probe_read_kernel(&pages, sizeof(pages), (const void *)vmemmap_base_at);
	bpf_probe_read_kernel(&memory, sizeof(memory), (const void *)page_offset_base_at);
	if (page < pages)
		return NULL;
	return (const void *)(memory + (page - pages) / bpf_core_type_size(struct page) * 4096);
}

/* Copies at most `most` bytes, for which there is `room`, from the first page behind the sk_buff; returns how many. */
static __always_inline __u32 copy_fragment(char *to, const __u64 room, __u64 most, struct sk_buff *packet)
{
	struct skb_shared_info *shared = (void *)BPF_CORE_READ(packet, head) + BPF_CORE_READ(packet, end);
	struct fragment fragment = {};
	const void *from;

	if (!BPF_CORE_READ(shared, nr_frags))
		return 0;
	bpf_probe_read_kernel(&fragment, sizeof(fragment), &shared->frags);
	from = page_bytes(fragment.page);
	if (!from)
		return 0;
	if (most > fragment.size)
		most = fragment.size;
	barrier_var(most);
	if (most > room || bpf_probe_read_kernel(to, most, from + fragment.offset))
		return 0;
	return most;
}

/*
 * The datagram behind the members. Returns how many of its bytes were there to be read. What is to be bounded is
 * bounded right before it is used: the verifier of 5.10 forgets bounds of what is on the stack meanwhile.
 */
static __always_inline __u32 copy_message(struct pk_dns *record, struct sk_buff *packet)
{
	char *message = (char *)(record + 1);
	const void *data = BPF_CORE_READ(packet, data);
	__u64 whole = BPF_CORE_READ(packet, len);
	__u64 here = whole - BPF_CORE_READ(packet, data_len);
	__u64 linear;
	char *rest;

	if (whole > DNS_MESSAGE_MAX)
		whole = DNS_MESSAGE_MAX;
	if (here > whole)
		here = whole;
	barrier_var(here);
	if (here > DNS_MESSAGE_MAX)
		return 0;
	rest = message + here;
	linear = here;
	barrier_var(linear); /* older verifiers forget a bound with the register that had it: a mask stays */
	linear &= 2 * DNS_MESSAGE_MAX - 1;
	if (bpf_probe_read_kernel(message, linear, data))
		return 0;
	if (here < whole)
		here += copy_fragment(rest, DNS_MESSAGE_MAX, whole - here, packet);
	return here;
}

/* Whether it is for us to say anything: an answer from a name server. */
static __always_inline bool is_answer(struct sk_buff *packet, const struct udp_head *udp)
{
	__u8 head[DNS_HEADER_BYTES] = {};
	__u32 here = BPF_CORE_READ(packet, len) - BPF_CORE_READ(packet, data_len);

	if (udp->source != bpf_htons(DNS_PORT) || BPF_CORE_READ(packet, len) < sizeof(head))
		return false;
	if (here >= sizeof(head))
		bpf_probe_read_kernel(head, sizeof(head), BPF_CORE_READ(packet, data));
	else if (!here)
		copy_fragment((char *)head, sizeof(head), sizeof(head), packet);
	return head[2] & DNS_RESPONSE;
}

/* The server's address is that of the packet: one for IPv4 may arrive at a socket for IPv6. */
static __always_inline void fill_server(struct pk_dns *record, struct sk_buff *packet)
{
	const void *network = BPF_CORE_READ(packet, head) + BPF_CORE_READ(packet, network_header);
	__u8 version = 0;

	bpf_probe_read_kernel(&version, sizeof(version), network);
	record->family = version >> 4 == 4 ? AF_INET : AF_INET6;
	record->protocol = IPPROTO_UDP;
	record->port = DNS_PORT;
	record->reserved = 0;
	read_address(record->family, &record->address, network + IPV4_SOURCE, network + IPV6_SOURCE);
}

static __always_inline int report_dns(const enum tier tier, struct sk_buff *packet, int length)
{
	struct task_struct *task = current_task(tier);
	struct udp_head udp = {};
	struct pk_dns *record;
	__u32 size;

	if (length <= 0) /* peeked at, or thrown away unread */
		return 0;
	bpf_probe_read_kernel(&udp, sizeof(udp), BPF_CORE_READ(packet, head) + BPF_CORE_READ(packet, transport_header));
	if (!is_answer(packet, &udp) || BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return 0;
	record = emit_reserve(tier, PK_dns, sizeof(*record) + 2 * DNS_MESSAGE_MAX);
	if (!record)
		return 0;
	size = copy_message(record, packet);
	fill_current(tier, &record->header, sizeof(*record) + size, task);
	fill_server(record, packet);
	record->message.offset = sizeof(*record);
	record->message.size = size;
	emit_submit(record);
	return 0;
}

SEC("fentry/skb_consume_udp")
int BPF_PROG(dns_received, struct sock *sock, struct sk_buff *packet, int length)
{
	return report_dns(TIER_FULL, packet, length);
}

SEC("fentry/skb_consume_udp")
int BPF_PROG(dns_received_older, struct sock *sock, struct sk_buff *packet, int length)
{
	return report_dns(TIER_OLDER, packet, length);
}
