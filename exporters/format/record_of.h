// SPDX-License-Identifier: Apache-2.0
//
// An event's record with its own type, for what asks which members it has: use(event.as<pk_open>()).
#pragma once

#include "rules/event/event.h"

namespace picket {

template <class Use>
void with_record(const Event& event, Use use) {
  switch (event.kind()) {
#define KIND(number, name, group, doc) \
  case Kind::name:                     \
    use(event.as<pk_##name>());        \
    break;
#include "bpf/shared/kinds.def"
#undef KIND
  }
}

// What kinds that are about a file tell of it, whichever of that they know.
struct FileFacts {
  std::string_view path;
  std::uint64_t inode = 0;  // 0: not known
  std::uint32_t device = 0;
  std::uint32_t mode = 0;  // st_mode; 0: not known
};

// Of its first path where there are two.
inline FileFacts file_of(const Event& event) {
  FileFacts facts;
  with_record(event, [&](const auto& record) {
    if constexpr (requires { record.path; }) facts.path = event.text(record.path);
    if constexpr (requires { record.old_path; }) facts.path = event.text(record.old_path);
    if constexpr (requires { record.inode; }) facts.inode = record.inode;
    if constexpr (requires { record.device; }) facts.device = record.device;
    if constexpr (requires { record.old_mode; }) {
      facts.mode = record.old_mode;
    } else if constexpr (requires { record.mode; }) {
      facts.mode = record.mode;
    }
  });
  return facts;
}

// The second one.
inline std::string_view second_path(const Event& event) {
  std::string_view path;
  with_record(event, [&](const auto& record) {
    if constexpr (requires { record.new_path; }) path = event.text(record.new_path);
  });
  return path;
}

}  // namespace picket
