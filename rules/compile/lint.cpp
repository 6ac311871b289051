// SPDX-License-Identifier: Apache-2.0
//
// Each rule by itself, then each against those before it: the first rule that matches an event gives the alert, so that
// a rule whose every event an earlier one takes is never heard of.
#include "rules/compile/lint.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>

#include "rules/compile/bind.h"
#include "rules/compile/logic.h"
#include "rules/event/text.h"

namespace picket {
namespace {

using language::Node;
using NodeKind = Node::Kind;

// Comparisons of checks, about a second's work.
constexpr std::size_t kSteps = 5'000'000;

// The fields of checks, as bits of a hash. Of what a rule demands only checks that must hold, or must fail, by
// themselves.
std::uint64_t bit_of(const Node& check) { return std::uint64_t{1} << std::hash<std::string>()(print(check.left)) % 64; }

std::uint64_t all_fields(const Node& node) {
  std::uint64_t bits = node.kind == NodeKind::Check ? bit_of(node) : 0;
  for (const auto& child : node.children) bits |= all_fields(*child);
  return bits;
}

std::uint64_t demanded_fields(const Node& node) {
  if (node.kind == NodeKind::Check) return bit_of(node);
  if (node.kind == NodeKind::Not) {
    const Node& inner = *node.children.front();
    return inner.kind == NodeKind::Check ? bit_of(inner) : 0;
  }
  std::uint64_t bits = 0;
  if (node.kind == NodeKind::And) {
    for (const auto& child : node.children) bits |= demanded_fields(*child);
  }
  return bits;
}

// The numbers of a record are always there.
bool may_be_missing(const Node& check) {
  const Field* field = check.left.plain_field();
  if (field == nullptr) return true;
  const auto wire = wire_fields();
  const bool recorded = field >= wire.data() && field < wire.data() + wire.size();
  return field->name != kEventType && (!recorded || field->type == Type::Text);
}

// Whether the condition as a whole asks that the left side be there.
bool is_demanded(const Node& condition, const language::Term& left) {
  if (condition.kind == NodeKind::Check) return print(condition.left) == print(left);
  return condition.kind == NodeKind::And &&
         std::any_of(condition.children.begin(), condition.children.end(),
                     [&left](const auto& child) { return is_demanded(*child, left); });
}

// Whether the condition says anywhere what is to be when the left side is not there.
bool is_considered(const Node& condition, const language::Term& left) {
  if (condition.kind == NodeKind::Check) {
    return condition.op == language::Operator::Exists && print(condition.left) == print(left);
  }
  return std::any_of(condition.children.begin(), condition.children.end(),
                     [&left](const auto& child) { return is_considered(*child, left); });
}

// The first check below a `not` that may lack its value.
const Node* negated_unknown(const Node& node, const Node& whole, bool negated) {
  if (node.kind == NodeKind::Check) {
    const bool open = !is_demanded(whole, node.left) && !is_considered(whole, node.left);
    return negated && may_be_missing(node) && open ? &node : nullptr;
  }
  const bool below = node.kind == NodeKind::Not ? !negated : negated;
  for (const auto& child : node.children) {
    if (const Node* found = negated_unknown(*child, whole, below)) return found;
  }
  return nullptr;
}

// Steps of sequences that are no more than that take no events, sequences report besides other rules.
bool reports_alone(const Rule& rule) { return rule.reports && rule.sequence.after.empty(); }

class Lint {
 public:
  Lint(const policy::Documents& documents, const Compiled& compiled)
      : documents_(documents), rules_(compiled.policy.rules) {}

  void constants() {
    for (const Rule& rule : rules_) {
      if (rule.kinds.empty()) continue;  // compile() has said so
      if (logic_.never_holds(*rule.condition)) {
        const std::string first = quote(print(*logic_.first()));
        const Node* second = logic_.second();
        warn(rule,
             "this rule can never match: " + first +
                 (second == nullptr ? " never holds" : " and " + quote(print(*second)) + " exclude each other"),
             {});
      } else if (logic_.always_holds(*rule.condition)) {
        warn(rule, "this rule matches every event: its condition always holds", {});
      }
    }
  }

  // A check of a missing value is false, and `not` makes that true: then something is refused for what is not known.
  void denials_of_the_unknown() {
    for (const Rule& rule : rules_) {
      if (!rule.response.enforces()) continue;
      const Node* check = negated_unknown(*rule.condition, *rule.condition, false);
      if (check == nullptr) continue;
      const std::string left = print(check->left);
      warn(rule,
           "this rule also denies when " + quote(left) + " has no value: then " + quote("not " + print(*check)) +
               " holds",
           "if that is not meant, add 'and " + left + " exists'; if it is, 'or not " + left + " exists'");
    }
  }

  void shadows() {
    struct Fields {
      std::uint64_t all, demanded;
    };
    std::vector<Fields> fields;
    for (const Rule& rule : rules_) fields.push_back({all_fields(*rule.condition), demanded_fields(*rule.condition)});
    for (std::size_t later = 0; later < rules_.size(); ++later) {
      for (std::size_t earlier = 0; earlier < later; ++earlier) {
        if ((fields[earlier].demanded & ~fields[later].all) != 0) continue;
        if (!is_shadowed(rules_[later], rules_[earlier])) continue;
        warn(rules_[later],
             "this rule never alerts: every event that it matches matches " + quote(rules_[earlier].name) +
                 " before it, at " + rules_[earlier].where.file + ":" + std::to_string(rules_[earlier].where.line),
             "put it before that rule, or give that rule an exception");
        break;
      }
      if (logic_.gave_up()) return warn_of_limit(later);
    }
  }

  template <class Item>
  void unused(const policy::Items<Item>& items, const std::vector<std::size_t>& numbers, std::string_view what,
              Finding finding) {
    for (const std::size_t number : numbers) {
      const policy::Text& name = items[number].name;
      found_.push_back(policy::diagnose(Severity::Warning, finding, name,
                                        std::string(what) + " " + quote(name.value) + " is used by no rule"));
    }
  }

  std::vector<Diagnostic> take() { return std::move(found_); }

 private:
  bool is_shadowed(const Rule& later, const Rule& earlier) {
    if (!reports_alone(later) || !reports_alone(earlier)) return false;
    if (earlier.threshold.count != 0) return false;  // it leaves events to later rules
    if (later.kinds.empty() || !(later.kinds & ~earlier.kinds).empty()) return false;
    return logic_.implies(*later.condition, *earlier.condition);
  }

  void warn(const Rule& rule, std::string message, std::string hint) {
    const policy::RuleItem* item = documents_.rules.find(rule.name);
    if (item == nullptr) return;
    found_.push_back(
        policy::diagnose(Severity::Warning, Finding::OddCondition, item->name, std::move(message), std::move(hint)));
  }

  void warn_of_limit(std::size_t rules) {
    found_.push_back({Severity::Warning,
                      {rules_[rules].where.file},
                      {},
                      "so many rules are not all compared: whether one hides another was "
                      "looked for among the first " +
                          std::to_string(rules + 1),
                      {},
                      Finding::Other});
  }

  const policy::Documents& documents_;
  const std::vector<Rule>& rules_;
  Logic logic_{kSteps};
  std::vector<Diagnostic> found_;
};

}  // namespace

std::vector<Diagnostic> lint(const policy::Documents& documents, const Compiled& compiled) {
  Lint lint(documents, compiled);
  lint.constants();
  lint.denials_of_the_unknown();
  lint.shadows();
  lint.unused(documents.macros, compiled.unused_macros, "macro", Finding::UnusedMacro);
  lint.unused(documents.lists, compiled.unused_lists, "list", Finding::UnusedList);
  return lint.take();
}

}  // namespace picket
