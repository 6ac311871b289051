// SPDX-License-Identifier: Apache-2.0
//
// The members of a record say what it is about: there is no list of kinds here, only of members, in the order in which
// they matter.
#include "exporters/format/object.h"

#include <sys/socket.h>

#include "exporters/format/terminal.h"
#include "exporters/format/text.h"
#include "rules/event/dns.h"
#include "rules/event/endpoints.h"

namespace picket {
namespace {

class Object {
 public:
  Object(std::string& out, const Event& event) : out_(out), event_(event) {}

  bool text(const pk_text& field, bool truncated = false) {
    const std::string_view text = event_.text(field);
    if (text.empty()) return false;
    if (truncated) out_ += "...";
    append_terminal_text(out_, text, kWholeText);
    return true;
  }

  bool path(const pk_text& field) { return text(field, (event_.header->flags & PK_FLAG_path_truncated) != 0); }

  bool two_paths(const pk_text& from, const pk_text& to) {
    text(from, (event_.header->flags & PK_FLAG_old_path_truncated) != 0);
    out_ += " => ";
    path(to);
    return true;
  }

  // The remote end, with its name; the local one when there is no other.
  bool socket(const SocketInfo& socket) {
    const auto& end = socket.remote ? socket.remote : socket.local;
    if (!end) return nowhere(socket);
    if (end->address.family == 6) out_ += '[';
    append_text(out_, end->address);
    out_ += end->address.family == 6 ? "]:" : ":";
    append_number(out_, end->port);
    if (event_.host_name.empty()) return true;
    out_ += " (";
    append_terminal_text(out_, event_.host_name, kWholeText);
    out_ += ')';
    return true;
  }

  bool nowhere(const SocketInfo& socket) {
    out_ += socket.family == AF_UNIX ? "unix:" : "family ";
    if (socket.family != AF_UNIX) append_number(out_, socket.family);
    append_terminal_text(out_, socket.path, kWholeText);
    return true;
  }

  // www.example.test A NOERROR 192.0.2.1 192.0.2.2
  bool dns(std::string_view bytes) {
    auto message = DnsMessage::open(bytes);
    const auto question = message ? message->question() : std::nullopt;
    if (!question) {
      out_ += "DNS answer that cannot be read";
      return true;
    }
    append_terminal_text(out_, question->name.text(), kWholeText);
    append_dns_type(out_ += ' ', question->type);
    append_dns_rcode(out_ += ' ', message->rcode());
    for (DnsAnswer answer; message->answer(answer);) {
      if (answer.type != DnsMessage::kCname) append_text(out_ += ' ', answer.address);
    }
    return true;
  }

  bool descriptor(std::int64_t number) {
    append_number(out_ += "descriptor ", number);
    out_ += " = ";
    return true;
  }

  bool process(pk_key key) {
    out_ += "process ";
    append_number(out_, pk_key_pid(key));
    return true;
  }

 private:
  std::string& out_;
  const Event& event_;
};

template <class Record>
bool append_of(Object object, [[maybe_unused]] const Event& event, const Record& record) {
  if constexpr (requires { record.new_descriptor; }) object.descriptor(record.new_descriptor);
  if (const auto socket = socket_of(event)) return object.socket(*socket);
  if constexpr (requires { record.argv; })
    return false;  // exec: the process itself
  else if constexpr (requires { record.message; })
    return object.dns(event.text(record.message));
  else if constexpr (requires {
                       record.old_path;
                       record.new_path;
                     })
    return object.two_paths(record.old_path, record.new_path);
  else if constexpr (requires {
                       record.old_root;
                       record.new_root;
                     })
    return object.two_paths(record.old_root, record.new_root);
  else if constexpr (requires {
                       record.target;
                       record.tracer;
                     })
    return object.process(record.target);
  else if constexpr (requires {
                       record.target;
                       record.signal;
                     })
    return object.process(record.target);
  else if constexpr (requires {
                       record.target;
                       record.path;
                     })
    return object.two_paths(record.path, record.target);
  else if constexpr (requires { record.path; })
    return object.path(record.path);
  else if constexpr (requires { record.name.size; })
    return object.text(record.name);
  else
    return false;
}

}  // namespace

bool append_object(std::string& out, const Event& event) {
  switch (event.kind()) {
#define KIND(number, name, group, doc) \
  case Kind::name:                     \
    return append_of(Object(out, event), event, event.as<pk_##name>());
#include "bpf/shared/kinds.def"
#undef KIND
  }
  return false;
}

}  // namespace picket
