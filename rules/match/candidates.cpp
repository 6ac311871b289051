// SPDX-License-Identifier: Apache-2.0
#include "rules/match/candidates.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "rules/language/terms.h"
#include "rules/match/anchors.h"

namespace picket {
namespace {

// Fewer rules than this are evaluated sooner than their term is looked up.
constexpr std::size_t kFewRules = 4;

using AnchorsOfRule = std::vector<Anchor>;

// How many rules have anchors about each term.
std::vector<std::size_t> rules_by_term(std::span<const AnchorsOfRule> anchors, std::size_t terms) {
  std::vector<std::size_t> counts(terms);
  std::vector<std::size_t> last(terms, std::numeric_limits<std::size_t>::max());
  for (std::size_t rule = 0; rule < anchors.size(); ++rule) {
    for (const Anchor& anchor : anchors[rule]) {
      if (last[anchor.term] == rule) continue;
      last[anchor.term] = rule;
      ++counts[anchor.term];
    }
  }
  return counts;
}

}  // namespace

std::vector<RuleIndex> Candidates::build(const SharedConditions& conditions, std::span<const Subject> rules) {
  std::vector<NodeId> roots;
  for (const Subject& rule : rules) roots.push_back(rule.condition);
  Anchors source(conditions, roots);
  std::vector<AnchorsOfRule> anchors;
  for (const NodeId root : roots) anchors.push_back(source.of(root));
  const auto companions = rules_by_term(anchors, conditions.terms().size());

  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> index_of(conditions.terms().size(), kNone);
  std::vector<RuleIndex> others;
  for (RuleIndex rule = 0; rule < rules.size(); ++rule) {
    const auto lonely = [&](const Anchor& anchor) { return companions[anchor.term] < kFewRules; };
    if (anchors[rule].empty() || std::any_of(anchors[rule].begin(), anchors[rule].end(), lonely)) {
      others.push_back(rule);
      continue;
    }
    for (const Anchor& anchor : anchors[rule]) {
      std::uint32_t& index = index_of[anchor.term];
      if (index == kNone) {
        index = static_cast<std::uint32_t>(indices_.size());
        indices_.emplace_back(anchor.term);
        many_.push_back(conditions.terms()[anchor.term]->many);
      }
      indices_[index].add(anchor, rule);
      for (unsigned kind = 0; kind < kKindEnd; ++kind) {
        if (rules[rule].kinds.contains(static_cast<Kind>(kind))) of_kind_[kind].push_back(index);
      }
    }
  }
  for (TermIndex& index : indices_) index.freeze();
  for (auto& indices : of_kind_) {
    std::sort(indices.begin(), indices.end());
    indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  }
  for (const Subject& rule : rules) kinds_.push_back(rule.kinds);
  noted_.assign(rules.size(), 0);
  found_.reserve(rules.size());
  return others;
}

void Candidates::next_event() {
  found_.clear();
  if (++event_ != 0) return;
  event_ = 1;
  std::fill(noted_.begin(), noted_.end(), 0);
  for (TermIndex& index : indices_) index.forget_events();
}

void Candidates::note(std::span<const RuleIndex> rules, Kind kind) {
  for (const RuleIndex rule : rules) {
    if (noted_[rule] == event_ || !kinds_[rule].contains(kind)) continue;
    noted_[rule] = event_;
    found_.push_back(rule);
  }
}

std::span<const RuleIndex> Candidates::find(const Event& event, SharedConditions& conditions, Scratch& scratch) {
  next_event();
  const Kind kind = event.kind();
  const auto use = [this, kind](std::span<const RuleIndex> rules) { note(rules, kind); };
  for (const std::uint32_t number : of_kind_[static_cast<std::size_t>(kind)]) {
    TermIndex& index = indices_[number];
    if (!many_[number]) {
      index.find(conditions.value(index.term()), event_, scratch, use);
      continue;
    }
    const language::Term& term = *conditions.terms()[index.term()];
    for (int position = 0;; ++position) {
      const Value value = value_at(term, event, position, scratch);
      if (!present(value)) break;
      index.find(value, event_, scratch, use);
    }
  }
  std::sort(found_.begin(), found_.end());
  return found_;
}

}  // namespace picket
