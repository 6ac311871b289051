// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/rows.h"

#include <algorithm>

namespace picket::planning {
namespace {

// Rows 0 and PK_NONE, of all ones and of all zeroes, take the place before this one.
constexpr std::size_t kFirstRow = 256;

std::uint64_t summary_of(std::span<const std::uint64_t> words) {
  if (words.size() == 1) return words.front();
  std::uint64_t summary = 0;
  for (std::size_t word = 0; word < words.size(); ++word) summary |= std::uint64_t{words[word] != 0} << word;
  return summary;
}

}  // namespace

RowPool::RowPool(std::span<__u64> bits) : bits_(bits), used_(kFirstRow) { std::fill_n(bits_.begin(), PK_NONE, ~0ull); }

std::uint32_t RowPool::place(const Block& block, std::span<const std::uint64_t> words) {
  if (std::all_of(words.begin(), words.end(), [](std::uint64_t word) { return word == 0; })) return PK_NONE;
  std::string key(reinterpret_cast<const char*>(words.data()), words.size_bytes());
  key += block.summary ? 's' : ' ';
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  const std::size_t size = words.size() + (block.summary ? 1 : 0);
  if (used_ + size > bits_.size()) {
    full_ = true;
    return 0;
  }
  const auto row = static_cast<std::uint32_t>(used_);
  if (block.summary) bits_[used_++] = summary_of(words);
  std::copy(words.begin(), words.end(), bits_.begin() + static_cast<std::ptrdiff_t>(used_));
  used_ += words.size();
  known_.emplace(std::move(key), row);
  return row;
}

std::uint32_t RowPool::reserve(std::size_t words) {
  full_ = full_ || used_ + words > bits_.size();
  if (full_) return 0;
  const auto begin = static_cast<std::uint32_t>(used_);
  used_ += words;
  return begin;
}

LaneRows::LaneRows(RowPool& pool, const Block& block, std::span<const std::uint32_t> bits,
                   std::span<const std::uint32_t> members)
    : pool_(pool),
      block_(block),
      bits_(bits),
      base_(bits.size()),
      counts_(block.words * std::size_t{64}),
      words_(block.words) {
  for (const std::uint32_t conjunct : members) {
    base_[conjunct] = true;
    ++counts_[bits_[conjunct] - block_.first * 64];
  }
  set_base({});
  all_ = words_;
}

void LaneRows::set_base(std::span<const Answer> answers) {
  for (const auto& [conjunct, holds] : answers) {
    if (base_[conjunct] == holds) continue;
    base_[conjunct] = holds;
    counts_[bits_[conjunct] - block_.first * 64] += holds ? 1u : ~0u;
  }
  for (std::size_t bit = 0; bit < counts_.size(); ++bit) {
    const std::uint64_t mask = 1ull << bit % 64;
    words_[bit / 64] = (words_[bit / 64] & ~mask) | (counts_[bit] != 0 ? mask : 0);
  }
}

// Counts are changed and changed back: what is in between is the row.
std::uint32_t LaneRows::row(std::span<const Answer> answers) {
  row_ = words_;
  const auto count = [this](std::uint32_t conjunct) -> std::uint32_t& {
    return counts_[bits_[conjunct] - block_.first * 64];
  };
  for (const auto& [conjunct, holds] : answers) {
    if (base_[conjunct] != holds) count(conjunct) += holds ? 1u : ~0u;
  }
  for (const auto& [conjunct, holds] : answers) {
    const std::uint32_t bit = bits_[conjunct] - block_.first * 64;
    const std::uint64_t mask = 1ull << bit % 64;
    row_[bit / 64] = (row_[bit / 64] & ~mask) | (counts_[bit] != 0 ? mask : 0);
  }
  for (const auto& [conjunct, holds] : answers) {
    if (base_[conjunct] != holds) count(conjunct) -= holds ? 1u : ~0u;
  }
  return row_ == all_ ? 0 : pool_.place(block_, row_);
}

}  // namespace picket::planning
