// SPDX-License-Identifier: Apache-2.0
#include "rules/match/term_index.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace picket {

// Eight bytes at a time: nobody asks for the hashes of its prefixes. The last eight may have been taken before, in
// part.
std::uint64_t TermIndex::hash_of(std::string_view text) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::uint64_t hash = kEmptyHash ^ text.size();
  const auto take = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
    hash ^= hash >> 32;
  };
  const auto take_at = [&](std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, kWord);
    take(word);
  };
  if (text.size() < kWord) {
    std::uint64_t word = 0;
    for (const char byte : text) word = word << 8 | static_cast<unsigned char>(byte);
    take(word);
    return hash;
  }
  for (std::size_t at = 0; at + kWord < text.size(); at += kWord) take_at(at);
  take_at(text.size() - kWord);
  return hash;
}

std::uint64_t TermIndex::hash_of(const Address& address, std::uint8_t prefix) {
  std::uint64_t hash = hash_with(hash_with(kEmptyHash, static_cast<char>(address.family)), static_cast<char>(prefix));
  const std::size_t bytes = prefix / 8u, bits = prefix % 8u;
  for (std::size_t i = 0; i < bytes; ++i) hash = hash_with(hash, static_cast<char>(address.bytes[i]));
  if (bits == 0) return hash;
  return hash_with(hash, static_cast<char>(address.bytes[bytes] & 0xff00u >> bits));
}

void TermIndex::add(const Anchor& anchor, RuleIndex rule) {
  switch (anchor.lookup) {
    case Lookup::Whole:
      return wholes_.add(hash_of(anchor.text), rule);
    case Lookup::Prefix:
      return prefixes_.add(anchor.text, rule);
    case Lookup::PathPrefix:
      return paths_.add(anchor.text, rule);
    case Lookup::Suffix:
      return suffixes_.add(anchor.text, rule);
    case Lookup::Fragment:
      return fragments_.add(anchor.text, rule);
    case Lookup::Number:
      return numbers_.add(anchor.number, rule);
    case Lookup::Network:
      prefixes_of_networks_.emplace_back(anchor.address.family, anchor.prefix);
      return networks_.add(hash_of(anchor.address, anchor.prefix), rule);
    case Lookup::Pattern:
      break;
  }
  const auto [known, added] = pattern_numbers_.try_emplace(anchor.regex.get(), patterns_.size());
  if (added) {
    pattern_set_.add(*anchor.regex);
    patterns_.emplace_back();
  }
  patterns_[known->second].push_back(rule);
  all_patterns_.push_back(rule);
}

void TermIndex::freeze() {
  for (Postings* postings : {&wholes_, &numbers_, &networks_}) postings->freeze();
  for (Beginnings* beginnings : {&prefixes_, &paths_, &suffixes_}) beginnings->freeze();
  fragments_.freeze();
  std::sort(prefixes_of_networks_.begin(), prefixes_of_networks_.end());
  prefixes_of_networks_.erase(std::unique(prefixes_of_networks_.begin(), prefixes_of_networks_.end()),
                              prefixes_of_networks_.end());
  if (!patterns_.empty()) pattern_set_.compile();
  matching_.reserve(patterns_.size());
}

void TermIndex::forget_events() {
  for (Postings* postings : {&wholes_, &numbers_, &networks_}) postings->forget_events();
  for (Beginnings* beginnings : {&prefixes_, &paths_, &suffixes_}) beginnings->forget_events();
  fragments_.forget_events();
  patterns_event_ = 0;
}

}  // namespace picket
