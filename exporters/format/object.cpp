// SPDX-License-Identifier: Apache-2.0
//
// The members of a record say what it is about: there is no list of kinds here, only of members, in the order in which
// they matter.
#include "exporters/format/object.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "exporters/format/terminal.h"
#include "exporters/format/text.h"
#include "rules/event/value.h"

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

  template <class Record>
  bool peer(const Record& record) {
    if (record.family == AF_INET || record.family == AF_INET6) return internet(record);
    if (record.family == AF_UNIX) {
      out_ += "unix:";
      if constexpr (requires { record.path; }) text(record.path);
      return true;
    }
    if constexpr (requires { record.path; }) {
      if (path(record.path)) return true;
    }
    out_ += "family ";
    append_number(out_, record.family);
    return true;
  }

  template <class Record>
  bool internet(const Record& record) {
    Address address;
    address.family = record.family == AF_INET ? 4 : 6;
    std::memcpy(address.bytes.data(), record.address.bytes, sizeof record.address.bytes);
    if (address.family == 6) out_ += '[';
    append_text(out_, address);
    out_ += address.family == 6 ? "]:" : ":";
    append_number(out_, record.port);
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
bool append_of(Object object, const Record& record) {
  if constexpr (requires { record.argv; })
    return false;  // exec: the process itself
  else if constexpr (requires { record.address; })
    return object.peer(record);
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
    return append_of(Object(out, event), event.as<pk_##name>());
#include "bpf/shared/kinds.def"
#undef KIND
  }
  return false;
}

}  // namespace picket
