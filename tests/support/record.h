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
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "rules/event/event.h"

namespace picket::test {

template <class Struct>
class Record {
 public:
  explicit Record(Kind kind) : words_((sizeof(Struct) + 7) / 8) {
    (*this)->header.kind = static_cast<pk_u16>(kind);
    (*this)->header.syscall = -1;
    resize(sizeof(Struct));
  }

  Struct* operator->() { return reinterpret_cast<Struct*>(words_.data()); }

  Record& text(pk_text Struct::*field, std::string_view value) {
    const std::size_t offset = size_;
    resize(offset + value.size());
    std::memcpy(reinterpret_cast<char*>(words_.data()) + offset, value.data(), value.size());
    (*this).operator->()->*field = {static_cast<pk_u32>(offset), static_cast<pk_u32>(value.size())};
    return *this;
  }

  std::span<const std::byte> bytes() const { return {reinterpret_cast<const std::byte*>(words_.data()), size_}; }

  Event event(const Process& process, Names* names = nullptr) { return {&(*this)->header, &process, names, 0}; }

 private:
  void resize(std::size_t size) {
    size_ = size;
    words_.resize((size + 7) / 8);
    (*this)->header.size = static_cast<pk_u32>(size);
  }

  std::vector<std::uint64_t> words_;  // records are 8-byte aligned
  std::size_t size_ = 0;
};

// Names out of thin air: uid 0 is root, 1000 is user; the same for groups; others have none.
class FakeNames : public Names {
 public:
  std::string_view user(std::uint32_t uid) override { return uid == 0 ? "root" : uid == 1000 ? "user" : ""; }
  std::string_view home(std::uint32_t uid) override { return uid == 0 ? "/root" : uid == 1000 ? "/home/user" : ""; }
  std::string_view shell(std::uint32_t uid) override { return uid == 0 ? "/bin/bash" : ""; }
  std::string_view group(std::uint32_t gid) override { return user(gid); }
  void refresh() override { ++refreshed; }

  int refreshed = 0;
};

}  // namespace picket::test
