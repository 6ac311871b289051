// SPDX-License-Identifier: Apache-2.0
//
// Rows: the words of an image, and how a lane's rows are made of the conjuncts that ask something of it.
//
// Most rows of a lane differ in a few bits from the one of what is no key. So a row is made of that one and a list of
// conjuncts for which the answer is another. When there are more conjuncts than bits, several share one, which is set
// when any of them can hold: each bit has a count.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bpf/shared/policy.h"

namespace picket::planning {

// A stretch of words of the policy: of one kind, or of the subject, all of them.
struct Block {
  std::uint32_t first = 0, words = 0;
  bool summary = true;  // the word of words before them, which rows of the subject have not
};

// The words of all rows; equal ones are there once.
class RowPool {
 public:
  explicit RowPool(std::span<__u64> bits);

  // Where the row is. When there is no more room, 0: the row of all ones, with which nothing is missed.
  std::uint32_t place(const Block& block, std::span<const std::uint64_t> words);

  // So many words, zeroes, that are no row. 0 when there is no more room.
  std::uint32_t reserve(std::size_t words);

  bool full() const { return full_; }
  std::size_t used() const { return used_; }

 private:
  std::span<__u64> bits_;
  std::size_t used_;
  bool full_ = false;
  std::unordered_map<std::string, std::uint32_t> known_;
};

// A conjunct and whether it can hold.
using Answer = std::pair<std::uint32_t, bool>;

class LaneRows {
 public:
  // `bits[c]` is the bit of conjunct c in the policy; `members` those that are in the block. Both must outlive this.
  LaneRows(RowPool& pool, const Block& block, std::span<const std::uint32_t> bits,
           std::span<const std::uint32_t> members);

  // The row in which all hold but those that `answers` say otherwise of becomes the one that others are made of.
  void set_base(std::span<const Answer> answers);

  // The row in which `answers` differ from the base, or do not. 0, as of a lane that nobody asks about, when all hold.
  std::uint32_t row(std::span<const Answer> answers);
  std::uint32_t base() { return row({}); }

  bool in_base(std::uint32_t conjunct) const { return base_[conjunct]; }

 private:
  RowPool& pool_;
  Block block_;
  std::span<const std::uint32_t> bits_;
  std::vector<bool> base_;             // by conjunct
  std::vector<std::uint32_t> counts_;  // by bit of the block: how many conjuncts hold in the base
  std::vector<std::uint64_t> words_;   // the base
  std::vector<std::uint64_t> all_;     // all members hold
  std::vector<std::uint64_t> row_;
};

}  // namespace picket::planning
