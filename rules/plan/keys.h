// SPDX-License-Identifier: Apache-2.0
//
// KeyTable: which key has which rows, put into the places of an image so that each is found within PK_KEY_PROBES.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bpf/shared/judge.h"

namespace picket::planning {

class KeyTable {
 public:
  using Rows = std::array<std::uint32_t, PK_RELATIONS>;

  void add(std::uint64_t tag, const Rows& rows) { entries_.push_back({tag, rows}); }
  std::size_t size() const { return entries_.size(); }

  // False when some key finds no place, or two have the same tag: another seed may do better.
  bool write(pk_image& image) const;

 private:
  struct Entry {
    std::uint64_t tag;
    Rows rows;
  };

  std::vector<Entry> entries_;
};

}  // namespace picket::planning
