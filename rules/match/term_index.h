// SPDX-License-Identifier: Apache-2.0
//
// TermIndex: from the value of one term to the rules whose anchors it meets.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "rules/language/regex.h"
#include "rules/match/anchors.h"
#include "rules/match/text_index.h"

namespace picket {

class TermIndex {
 public:
  explicit TermIndex(TermId term) : term_(term) {}

  TermId term() const { return term_; }

  void add(const Anchor& anchor, RuleIndex rule);
  void freeze();
  void forget_events();  // see Postings

  // Calls use(rules) for each anchor that the value may meet. `event` is the number of the event, not 0.
  template <class Use>
  void find(const Value& value, std::uint32_t event, Scratch& scratch, Use use) {
    if (const auto* text = std::get_if<std::string_view>(&value)) {
      find_whole(*text, event, use);
      prefixes_.find(*text, event, use);
      paths_.find(*text, event, use);
      suffixes_.find(*text, event, use);
      fragments_.find(*text, event, use);
      find_patterns(*text, event, scratch, use);
    } else if (const auto* address = std::get_if<Address>(&value)) {
      for (const auto& [family, prefix] : prefixes_of_networks_) {
        if (family == address->family) use(networks_.take(hash_of(*address, prefix), event));
      }
    } else if (const auto* natural = std::get_if<std::uint64_t>(&value)) {
      use(numbers_.take(*natural, event));
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      use(numbers_.take(static_cast<std::uint64_t>(*whole), event));
    }
  }

 private:
  static std::uint64_t hash_of(std::string_view text);
  static std::uint64_t hash_of(const Address& address, std::uint8_t prefix);

  template <class Use>
  void find_whole(std::string_view text, std::uint32_t event, Use use) {
    if (!wholes_.empty()) use(wholes_.take(hash_of(text), event));
  }

  // All are given out when the automaton had no room.
  template <class Use>
  void find_patterns(std::string_view text, std::uint32_t event, Scratch& scratch, Use use) {
    if (patterns_.empty()) return;
    if (patterns_event_ == event) return;
    const bool known = pattern_set_.match(text, scratch, matching_);
    if (!known) patterns_event_ = event;
    if (!known) return use(std::span<const RuleIndex>(all_patterns_));
    for (const int number : matching_) use(std::span<const RuleIndex>(patterns_[static_cast<std::size_t>(number)]));
  }

  TermId term_;
  Postings wholes_, numbers_, networks_;
  Beginnings prefixes_{Reading::Forward}, paths_{Reading::Path}, suffixes_{Reading::Backward};
  Fragments fragments_;
  std::vector<std::pair<std::uint8_t, std::uint8_t>> prefixes_of_networks_;  // family, bits; each once

  language::RegexSet pattern_set_;
  std::map<const language::Regex*, std::size_t> pattern_numbers_;
  std::vector<std::vector<RuleIndex>> patterns_;  // rules by the number of the pattern
  std::vector<RuleIndex> all_patterns_;
  std::vector<int> matching_;
  std::uint32_t patterns_event_ = 0;  // for which all were given out
};

}  // namespace picket
