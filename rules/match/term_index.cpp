// SPDX-License-Identifier: Apache-2.0
#include "rules/match/term_index.h"

#include <algorithm>

namespace picket {

std::uint64_t TermIndex::hash_of(std::string_view text) {
  std::uint64_t hash = kEmptyHash;
  for (const char byte : text) hash = hash_with(hash, byte);
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
