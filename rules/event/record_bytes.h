// SPDX-License-Identifier: Apache-2.0
//
// RecordBytes: the bytes of one record, put together by hand as a hook would write them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "rules/event/event.h"

namespace picket {

class RecordBytes {
 public:
  // All zero, but for the kind, and a call that nobody knows. `size`: of the kind's struct.
  RecordBytes(Kind kind, std::size_t size) {
    resize(size);
    header().kind = static_cast<pk_u16>(kind);
    header().syscall = -1;
  }

  pk_header& header() { return *reinterpret_cast<pk_header*>(words_.data()); }
  const pk_header& header() const { return *reinterpret_cast<const pk_header*>(words_.data()); }

  // The member at that place of the struct; its size is the caller's business.
  void* at(std::size_t offset) { return reinterpret_cast<char*>(words_.data()) + offset; }

  // Puts a text behind what is there; the pk_text at `offset` refers to it.
  void set_text(std::size_t offset, std::string_view value) {
    const std::size_t begin = size_;
    resize(size_ + value.size());
    value.copy(static_cast<char*>(at(begin)), value.size());
    const pk_text text{static_cast<pk_u32>(begin), static_cast<pk_u32>(value.size())};
    std::memcpy(at(offset), &text, sizeof text);
  }

  std::span<const std::byte> bytes() const { return {reinterpret_cast<const std::byte*>(words_.data()), size_}; }

 private:
  void resize(std::size_t size) {
    size_ = size;
    words_.resize((size + 7) / 8);
    header().size = static_cast<pk_u32>(size);
  }

  std::vector<std::uint64_t> words_;  // records are 8-byte aligned
  std::size_t size_ = 0;
};

}  // namespace picket
