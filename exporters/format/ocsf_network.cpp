// SPDX-License-Identifier: Apache-2.0
//
// Sockets and DNS in OCSF's objects. Of an event at least one end must be told, by something: where nothing is known of
// the local one, it is this host.
#include <netinet/in.h>
#include <sys/socket.h>

#include "exporters/format/dns.h"
#include "exporters/format/ocsf_record.h"
#include "rules/event/dns.h"
#include "rules/event/endpoints.h"

namespace picket::ocsf {
namespace {

constexpr int kUnknown = 0, kInbound = 1, kOutbound = 2, kLocal = 4;  // connection_info.direction_id

// An end of which nothing is known is left out, but for the local one.
void write_end(Record& record, std::string_view member, const std::optional<Endpoint>& end, std::string_view name,
               std::string_view path) {
  if (!end && name.empty() && path.empty()) return;
  record.json.name(member).open('{');
  if (end) {
    write_address(record.json, "ip", end->address);
    record.json.member("port", end->port);
  }
  write_text(record.json, "hostname", name);
  write_text(record.json, "svc_name", path);
  record.json.close('}');
}

std::string_view protocol_name(const SocketInfo& socket) {
  if (socket.family == AF_UNIX) return "unix";
  struct Name {
    std::uint16_t protocol;
    std::string_view name;
  };
  constexpr Name kNames[] = {{IPPROTO_TCP, "tcp"},       {IPPROTO_UDP, "udp"},   {IPPROTO_ICMP, "icmp"},
                             {IPPROTO_ICMPV6, "icmpv6"}, {IPPROTO_SCTP, "sctp"}, {IPPROTO_UDPLITE, "udplite"}};
  for (const Name& row : kNames) {
    if (row.protocol == socket.protocol) return row.name;
  }
  return {};
}

void write_connection(Record& record, const SocketInfo& socket, int direction) {
  JsonWriter& json = record.json;
  json.name("connection_info").open('{');
  json.member("direction_id", socket.family == AF_UNIX ? kLocal : direction);
  write_text(json, "protocol_name", protocol_name(socket));
  if (socket.family != AF_UNIX) json.member("protocol_num", socket.protocol);
  if (socket.family == AF_INET) json.member("protocol_ver_id", 4);
  if (socket.family == AF_INET6) json.member("protocol_ver_id", 6);
  json.close('}');
}

SocketInfo socket_or_none(const Event& event) { return socket_of(event).value_or(SocketInfo{}); }

// The local end begins the connection, or the remote one.
void write_ends(Record& record, const SocketInfo& socket, bool from_here, int direction) {
  write_end(record, from_here ? "src_endpoint" : "dst_endpoint", socket.local, record.host.name,
            from_here ? std::string_view() : socket.path);
  write_end(record, from_here ? "dst_endpoint" : "src_endpoint", socket.remote, record.event.host_name,
            from_here ? socket.path : std::string_view());
  write_connection(record, socket, direction);
}

}  // namespace

void write_new_socket(Record& record) {
  const auto& made = record.event.as<pk_socket>();
  SocketInfo socket;
  socket.family = made.family;
  socket.type = made.type;
  socket.protocol = made.protocol;
  write_ends(record, socket, true, kUnknown);
}

void write_own_address(Record& record) { write_ends(record, socket_or_none(record.event), false, kUnknown); }
void write_outbound(Record& record) { write_ends(record, socket_or_none(record.event), true, kOutbound); }
void write_inbound(Record& record) { write_ends(record, socket_or_none(record.event), false, kInbound); }

void write_either_way(Record& record) {
  const SocketInfo socket = socket_or_none(record.event);
  const bool from_here = socket.role != Role::Server;
  const int direction = socket.role == Role::Unknown ? kUnknown : from_here ? kOutbound : kInbound;
  write_ends(record, socket, from_here, direction);
}

void write_sent(Record& record) {
  write_outbound(record);
  if (!record.is_activity()) return;
  const std::uint64_t size = record.event.as<pk_send>().size;
  record.json.name("traffic").open('{').member("bytes", size).member("bytes_out", size);
  record.json.member("packets_out", 1).close('}');
}

void write_closed(Record& record) {
  write_either_way(record);
  if (!record.is_activity()) return;
  const auto& closed = record.event.as<pk_close>();
  const std::uint64_t sent = closed.sent, received = closed.received;
  record.json.name("traffic").open('{').member("bytes", sent + received);
  record.json.member("bytes_out", sent).member("bytes_in", received).close('}');
  if (closed.duration != 0) record.json.member("duration", milliseconds(closed.duration));
}

namespace {

void write_answer(JsonWriter& json, const DnsAnswer& answer) {
  json.open('{');
  write_dns_type(json, answer.type);
  if (answer.type == DnsMessage::kCname) {
    json.name("rdata").text(answer.target.text());
  } else {
    write_address(json, "rdata", answer.address);
  }
  json.member("class", "IN").member("ttl", answer.ttl).close('}');
}

// `rcode_id` has the numbers of DNS but for some that it lacks.
void write_rcode(JsonWriter& json, unsigned rcode) {
  constexpr unsigned kLastKnown = 11, kOther = 99;
  json.member("rcode_id", rcode <= kLastKnown ? rcode : kOther);
  if (rcode > kLastKnown) write_dns_rcode(json, "rcode", rcode);
}

}  // namespace

void write_dns(Record& record) {
  const auto& dns = record.event.as<pk_dns>();
  JsonWriter& json = record.json;
  SocketInfo socket;
  socket.family = dns.family;
  socket.protocol = dns.protocol;
  if (const auto address = address_of(dns.family, dns.address)) socket.remote = Endpoint{*address, dns.port};
  write_ends(record, socket, true, kInbound);
  auto message = DnsMessage::open(record.event.text(dns.message));
  if (!message) return;
  if (const auto question = message->question()) {
    json.name("query").open('{').name("hostname").text(question->name.text());
    write_dns_type(json, question->type);
    json.member("class", "IN").close('}');
  }
  if (!record.is_activity()) return;
  write_rcode(json, message->rcode());
  record.write_time("response_time", "response_time_dt", record.event.header->time);
  json.name("answers").open('[');
  for (DnsAnswer answer; message->answer(answer);) write_answer(json, answer);
  json.close(']');
}

}  // namespace picket::ocsf
