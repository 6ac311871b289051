// SPDX-License-Identifier: Apache-2.0
//
// Records made by hand, for tests: the bytes that a hook would have written.
//
//   Record<pk_open> open(Kind::open);
//   open->flags = O_WRONLY;
//   open.text(&pk_open::path, "/etc/shadow");
//   Event event = open.event(process);           // valid while `open` is
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "rules/event/event.h"
#include "rules/event/record_bytes.h"

namespace picket::test {

template <class Struct>
class Record {
 public:
  explicit Record(Kind kind) : bytes_(kind, sizeof(Struct)) {}

  Struct* operator->() { return static_cast<Struct*>(bytes_.at(0)); }

  Record& text(pk_text Struct::*field, std::string_view value) {
    const auto* begin = static_cast<const char*>(bytes_.at(0));
    const auto* member = reinterpret_cast<const char*>(&(operator->()->*field));
    bytes_.set_text(static_cast<std::size_t>(member - begin), value);
    return *this;
  }

  std::span<const std::byte> bytes() const { return bytes_.bytes(); }

  Event event(const Process& process, Names* names = nullptr) { return {&bytes_.header(), &process, names, 0}; }

 private:
  RecordBytes bytes_;
};

// Names out of thin air: uid 0 is root, 1000 is user; the same for groups; others have none.
class FakeNames : public Names {
 public:
  FakeNames() { changed(); }
  std::string_view user(std::uint32_t uid) override { return uid == 0 ? "root" : uid == 1000 ? "user" : ""; }
  std::string_view home(std::uint32_t uid) override { return uid == 0 ? "/root" : uid == 1000 ? "/home/user" : ""; }
  std::string_view shell(std::uint32_t uid) override { return uid == 0 ? "/bin/bash" : ""; }
  std::string_view group(std::uint32_t gid) override { return user(gid); }
  void refresh() override { ++refreshed; }

  int refreshed = 0;
};

}  // namespace picket::test
