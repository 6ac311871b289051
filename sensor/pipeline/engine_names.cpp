// SPDX-License-Identifier: Apache-2.0
//
// The engine's part of other names: which rules match a file by the name that the host has for it, and not by the path
// by which a process came to it.
//
// Such a name counts for rules that name it, or a directory above it. A rule that matches a path which nobody names
// matches what it does by what it does not say: it is not asked about other names.
#include <algorithm>

#include "sensor/pipeline/engine.h"
#include "sensor/pipeline/other_names.h"

namespace picket {
namespace {

// A path that no rule is about.
constexpr std::string_view kNowhere = "/\x7f/\x7f/\x7f";

}  // namespace

void Engine::find_rules(Event& event, std::vector<const Rule*>& rules) {
  rules.clear();
  event.number = ++evaluated_;
  scratch_.clear();
  matching_->matcher.each_match(event, scratch_, [&rules](const Rule& rule) {
    rules.push_back(&rule);
    return true;
  });
}

// `first`: the rule that reports, if there is one already: it refused the event (`decided`), or matches its own path.
// Returns the rule that has to alert about the event under its own path; nullptr when all is said.
const Rule* Engine::match_other_names(Event& event, const Rule* first, bool decided) {
  const std::vector<OtherName> names = other_names_.take(event);
  const auto contains = [](const std::vector<const Rule*>& rules, const Rule* rule) {
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
  };
  std::vector<const Rule*> own, anywhere, named;
  find_rules(event, own);
  if (first != nullptr && (!decided || contains(own, first))) return first;
  for (const OtherName& name : names) {
    RenamedEvent nowhere(event, name.which, kNowhere), renamed(event, name.which, name.path);
    find_rules(nowhere.event(), anywhere);
    find_rules(renamed.event(), named);
    std::erase_if(named, [&](const Rule* rule) { return contains(own, rule) || contains(anywhere, rule); });
    if (first != nullptr && !contains(named, first)) continue;
    if (first == nullptr) first = first_to_report(named, renamed.event());
    if (first == nullptr) continue;
    alert(*first, renamed.event());
    return nullptr;
  }
  return first;
}

const Rule* Engine::first_to_report(std::span<const Rule* const> rules, const Event& event) {
  for (const Rule* rule : rules) {
    const bool step = matching_->sequences.concern(*rule);
    const bool reports = rule->reports && rule->sequence.after.empty();
    if ((!step && !reports) || !matching_->rates.reached(*rule, event, scratch_)) continue;
    if (step) matching_->sequences.matched(*rule);
    if (reports) return rule;
  }
  return nullptr;
}

}  // namespace picket
