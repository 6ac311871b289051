// SPDX-License-Identifier: Apache-2.0
//
// What an event was done to, in ECS's fields. Names that begin with a capital letter are not ECS's: Elastic's own agent
// uses them.
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <charconv>

#include "exporters/format/dns.h"
#include "exporters/format/ecs_document.h"
#include "exporters/format/fields.h"
#include "exporters/format/record_of.h"
#include "rules/event/dns.h"
#include "rules/event/endpoints.h"

namespace picket::ecs {
namespace {

// ECS knows three.
std::string_view type_of(std::uint32_t mode) {
  const std::uint32_t format = mode & S_IFMT;
  return format == S_IFREG ? "file" : format == S_IFDIR ? "dir" : format == S_IFLNK ? "symlink" : "";
}

void write_path(JsonWriter& json, std::string_view path) {
  write_text(json, "path", path);
  write_text(json, "name", base_name(path));
  write_text(json, "directory", directory_of(path));
}

void write_mode(JsonWriter& json, std::uint32_t mode) {
  constexpr std::uint32_t kPermissions = 07777;
  constexpr std::size_t kMost = 8;
  json.name("mode").placed(kMost, [mode](char* at) {
    *at++ = '0';
    return std::to_chars(at, at + kMost - 1, mode & kPermissions, 8).ptr;
  });
}

// The members that only some kinds have. A file has the name that it gets; what it had is beside it.
struct Particulars {
  JsonWriter& json;
  const Event& event;

  template <class Record>
  void operator()(const Record&) const {}

  void operator()(const pk_rename& record) const {
    json.name("Ext").open('{').name("original").open('{').name("path").text(event.text(record.old_path));
    json.close('}').close('}');
  }
  void operator()(const pk_link& record) const { write_text(json, "target_path", event.text(record.old_path)); }
  void operator()(const pk_symlink& record) const { write_text(json, "target_path", event.text(record.target)); }
  void operator()(const pk_mount& record) const { write_text(json, "device", event.text(record.source)); }
  void operator()(const pk_chown& record) const {
    if (record.uid != UINT32_MAX) write_digits(json, "uid", record.uid);
    if (record.gid != UINT32_MAX) write_digits(json, "gid", record.gid);
    if (record.uid != UINT32_MAX) write_text(json, "owner", event.names->user(record.uid));
  }
};

std::string_view path_of(const Event& event) {
  if (event.kind() == Kind::pivot_root) return event.text(event.as<pk_pivot_root>().new_root);
  const std::string_view second = second_path(event);
  return second.empty() ? file_of(event).path : second;
}

void write_end(JsonWriter& json, std::string_view member, const std::optional<Endpoint>& end, std::string_view domain,
               std::string_view path) {
  if (!end && domain.empty() && path.empty()) return;
  json.name(member).open('{');
  if (end) {
    write_address(json, "address", end->address);
    write_address(json, "ip", end->address);
    json.member("port", end->port);
  }
  write_text(json, "domain", domain);
  if (!end) write_text(json, "address", path);
  json.close('}');
}

std::string_view transport_of(std::uint16_t protocol) {
  struct Name {
    std::uint16_t protocol;
    std::string_view name;
  };
  constexpr Name kNames[] = {{IPPROTO_TCP, "tcp"},
                             {IPPROTO_UDP, "udp"},
                             {IPPROTO_ICMP, "icmp"},
                             {IPPROTO_ICMPV6, "ipv6-icmp"},
                             {IPPROTO_SCTP, "sctp"}};
  for (const Name& row : kNames) {
    if (row.protocol == protocol) return row.name;
  }
  return {};
}

std::string_view direction_of(const SocketInfo& socket) {
  if (!socket.remote || socket.role == Role::Unknown) return {};
  return socket.role == Role::Client ? "egress" : "ingress";
}

void write_network(JsonWriter& json, const Event& event, const SocketInfo& socket) {
  json.name("network").open('{');
  write_text(json, "transport", socket.family == AF_UNIX ? std::string_view("unix") : transport_of(socket.protocol));
  if (socket.family == AF_INET) json.member("type", "ipv4");
  if (socket.family == AF_INET6) json.member("type", "ipv6");
  write_text(json, "direction", direction_of(socket));
  if (event.kind() == Kind::send) json.member("bytes", std::uint64_t{event.as<pk_send>().size});
  if (event.kind() == Kind::close) {
    const auto& closed = event.as<pk_close>();
    json.member("bytes", std::uint64_t{closed.sent} + std::uint64_t{closed.received});
  }
  if (event.kind() == Kind::dns) json.member("protocol", "dns");
  json.close('}');
}

SocketInfo socket_or_made(const Event& event) {
  if (const auto socket = socket_of(event)) return *socket;
  SocketInfo socket;
  with_record(event, [&socket](const auto& record) {
    if constexpr (requires { record.protocol; }) {
      socket.family = record.family;
      socket.protocol = record.protocol;
    }
  });
  return socket;
}

}  // namespace

void write_nothing(JsonWriter&, const Event&, const Host&) {}

void write_file(JsonWriter& json, const Event& event, const Host&) {
  const FileFacts facts = file_of(event);
  json.name("file").open('{');
  write_path(json, path_of(event));
  write_text(json, "type", event.kind() == Kind::symlink ? std::string_view("symlink") : type_of(facts.mode));
  if (facts.inode != 0) write_digits(json, "inode", facts.inode);
  if (event.kind() == Kind::chmod) {
    write_mode(json, event.as<pk_chmod>().mode);
  } else if (facts.mode != 0) {
    write_mode(json, facts.mode);
  }
  if (event.file_hash != nullptr) write_hash_object(json, *event.file_hash);
  with_record(event, Particulars{json, event});
  json.close('}');
  if (event.kind() != Kind::mount) return;
  json.name("Mount").open('{');
  write_text(json, "fs_type", event.text(event.as<pk_mount>().type));
  json.close('}');
}

void write_memfd(JsonWriter& json, const Event& event, const Host&) {
  json.name("file").open('{').name("name").text(event.text(event.as<pk_memfd>().name)).member("type", "file");
  json.close('}');
}

void write_missing_file(JsonWriter& json, const Event& event, const Host&) {
  const auto& failed = event.as<pk_open_failed>();
  const std::string_view name = event.text(failed.name), directory = event.text(failed.directory);
  json.name("file").open('{').name("path").text(name).name("name").text(base_name(name));
  write_text(json, "directory", directory.empty() ? directory_of(name) : directory);
  json.close('}');
}

void write_library(JsonWriter& json, const Event& event, const Host&) {
  const std::string_view path = file_of(event).path;
  json.name("dll").open('{');
  write_text(json, "path", path);
  write_text(json, "name", base_name(path));
  if (event.file_hash != nullptr) write_hash_object(json, *event.file_hash);
  json.close('}');
}

void write_memory(JsonWriter& json, const Event& event, const Host&) {
  json.name("Memory").open('{');
  with_record(event, [&json](const auto& record) {
    if constexpr (requires { record.protection; }) json.member("protection", record.protection);
    if constexpr (requires {
                    record.start;
                    record.previous;
                  }) {
      json.name("address").placed(kHexSize, [&record](char* at) { return put_hex(at, record.start); });
      json.member("size", record.size);
    }
  });
  json.close('}');
}

void write_target_process(JsonWriter& json, const Event& event, const Host& host) {
  with_record(event, [&](const auto& record) {
    if constexpr (requires { pk_key_pid(record.target); }) {
      json.name("Target").open('{').name("process").open('{').member("pid", pk_key_pid(record.target));
      write_entity_id(json.name("entity_id"), host.boot_id, record.target);
      json.close('}').close('}');
    }
  });
}

// A connection that was accepted began at the other end; bound and listening sockets are a destination.
void write_socket(JsonWriter& json, const Event& event, const Host&) {
  const SocketInfo socket = socket_or_made(event);
  const bool from_here = socket.role != Role::Server;
  write_end(json, from_here ? "source" : "destination", socket.local, event.local_name,
            from_here ? std::string_view() : socket.path);
  write_end(json, from_here ? "destination" : "source", socket.remote, event.host_name,
            from_here ? socket.path : std::string_view());
  write_network(json, event, socket);
}

void write_dns(JsonWriter& json, const Event& event, const Host&) {
  const auto& record = event.as<pk_dns>();
  SocketInfo socket;
  socket.family = record.family;
  socket.protocol = record.protocol;
  if (const auto address = address_of(record.family, record.address)) socket.remote = Endpoint{*address, record.port};
  write_end(json, "destination", socket.remote, {}, {});
  write_network(json, event, socket);
  auto message = DnsMessage::open(event.text(record.message));
  if (!message) return;
  json.name("dns").open('{').member("type", "answer");
  write_dns_rcode(json, "response_code", message->rcode());
  if (const auto question = message->question()) {
    json.name("question").open('{').name("name").text(question->name.text()).member("class", "IN");
    write_dns_type(json, question->type);
    json.close('}');
  }
  json.name("answers").open('[');
  for (DnsAnswer answer; message->answer(answer);) {
    json.open('{').name("name").text(answer.owner.text());
    write_dns_type(json, answer.type);
    if (answer.type == DnsMessage::kCname) {
      json.name("data").text(answer.target.text());
    } else {
      write_address(json, "data", answer.address);
    }
    json.member("class", "IN").member("ttl", answer.ttl).close('}');
  }
  json.close(']').close('}');
}

}  // namespace picket::ecs
