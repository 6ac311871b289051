// SPDX-License-Identifier: Apache-2.0
#include "rules/event/attack.h"

#include <algorithm>
#include <iterator>

namespace picket {
namespace {

constexpr Tactic kTactics[] = {
#define TACTIC(uid, word, name) {uid, word, name},
#include "rules/event/tactics.def"
#undef TACTIC
};

constexpr std::string_view kPrefixes[] = {"mitre_", "attack."};

std::string lower(std::string_view tag) {
  std::string text(tag);
  for (char& byte : text) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
    if (byte == '-') byte = '_';
  }
  return text;
}

std::string upper(std::string_view word) {
  std::string text(word);
  for (char& byte : text) {
    if (byte >= 'a' && byte <= 'z') byte = static_cast<char>(byte - 'a' + 'A');
  }
  return text;
}

bool are_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char byte) { return byte >= '0' && byte <= '9'; });
}

// t1059 or t1059.004
bool is_technique(std::string_view word) {
  const bool sub = word.size() == 9 && word[5] == '.';
  return (word.size() == 5 || sub) && word[0] == 't' && are_digits(word.substr(1, 4)) &&
         (!sub || are_digits(word.substr(6)));
}

const Tactic* find_tactic(std::string_view word, bool prefixed) {
  const std::string uid = upper(word);
  const auto* found = std::find_if(std::begin(kTactics), std::end(kTactics), [&](const Tactic& tactic) {
    return tactic.uid == uid || (prefixed && tactic.word == word);
  });
  return found == std::end(kTactics) ? nullptr : found;
}

}  // namespace

std::vector<Attack> attacks_of(std::span<const std::string> tags) {
  std::vector<const Tactic*> tactics;
  std::vector<std::string> techniques;
  const auto add = [](auto& all, auto one) {
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
  };
  for (const std::string& tag : tags) {
    const std::string text = lower(tag);
    std::string_view word = text;
    for (const std::string_view prefix : kPrefixes) {
      if (word.size() == text.size() && word.starts_with(prefix)) word.remove_prefix(prefix.size());
    }
    if (is_technique(word)) {
      add(techniques, upper(word));
    } else if (const Tactic* tactic = find_tactic(word, word.size() != text.size())) {
      add(tactics, tactic);
    }
  }

  const bool shared = tactics.size() == 1 && !techniques.empty();
  std::vector<Attack> attacks;
  for (const Tactic* tactic : tactics) {
    if (!shared) attacks.push_back({tactic, {}, {}});
  }
  for (const std::string& uid : techniques) {
    const bool sub = uid.find('.') != uid.npos;
    attacks.push_back({shared ? tactics.front() : nullptr, uid.substr(0, uid.find('.')), sub ? uid : std::string()});
  }
  return attacks;
}

}  // namespace picket
