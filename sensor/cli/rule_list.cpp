// SPDX-License-Identifier: Apache-2.0
#include "sensor/cli/rule_list.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "rules/match/anchors.h"
#include "rules/plan/plan.h"
#include "sensor/kernel/startup.h"

namespace picket::cli {
namespace {

constexpr std::string_view kNextLine = "\n                  ";  // below what stands behind the titles

template <class Elements, class Text>
std::string joined(const Elements& elements, std::string_view separator, Text text) {
  std::string all;
  for (const auto& element : elements) {
    if (!all.empty()) all += separator;
    all += text(element);
  }
  return all;
}

std::string rule_line(const policy::RuleItem& rule) {
  return flat(rule.name.value) + "\t" + rule.priority.value + "\t" + (rule.enabled ? "enabled" : "disabled") + "\t" +
         (rule.actions.empty() ? "alert"
                               : joined(rule.actions, ", ", [](const auto& text) { return flat(text.value); }));
}

std::string macro_line(const policy::Macro& macro) {
  return flat(macro.name.value) + "\t" + flat(macro.condition.value);
}

std::string list_line(const policy::List& list) {
  return flat(list.name.value) + "\t" + joined(list.items, ", ", [](const auto& item) { return flat(item.value); });
}

template <class Item>
std::string lines(const policy::Items<Item>& items, std::string (*line)(const Item& item)) {
  std::string all;
  for (const Item& item : items) all += line(item) + "\n";
  return all;
}

struct Sort {
  std::string_view name;
  std::string (*list)(const policy::Documents& documents);
};

constexpr Sort kSorts[] = {
    {"rules", [](const policy::Documents& documents) { return lines(documents.rules, rule_line); }},
    {"macros", [](const policy::Documents& documents) { return lines(documents.macros, macro_line); }},
    {"lists", [](const policy::Documents& documents) { return lines(documents.lists, list_line); }},
};

// One way in which a rule can match: what the kernel decides by which lane, what is left.
std::string conjunct_text(const PlannedConjunct& conjunct) {
  std::string text = joined(conjunct.parts, "; ", [](const PlannedPart& part) {
    const std::string where = part.presumed ? "presumed" : part.lane.empty() ? "user space" : part.lane;
    return part.text + " (" + where + ")";
  });
  if (text.empty()) text = "all";
  return conjunct.shared ? text + "; other rules share its place" : text;
}

// A line for each kind, or for those that are alike; further ways to match are lines that begin with "or".
std::string in_the_kernel(const Plan& planned, std::size_t rule) {
  std::map<Kind, std::string> by_kind;
  for (const PlannedConjunct& one : planned.conjuncts) {
    if (one.rule != rule) continue;
    std::string& text = by_kind[one.kind];
    text += (text.empty() ? std::string() : std::string(kNextLine) + "or ") + conjunct_text(one);
  }
  std::vector<std::pair<std::string, std::string>> lines;  // what is decided, and of which kinds
  for (const auto& of_kind : by_kind) {
    const std::string_view name = kind_name(of_kind.first);
    const auto same =
        std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.first == of_kind.second; });
    if (same == lines.end()) {
      lines.emplace_back(of_kind.second, name);
    } else {
      same->second.append(", ").append(name);
    }
  }
  const std::string text = joined(lines, kNextLine, [](const auto& line) { return line.second + ": " + line.first; });
  return text.empty() ? "nothing: its events are all reported" : text;
}

// The literals of which an event has to meet one before the condition is evaluated. They depend on the other rules.
std::string looked_at_when(const Policy& policy, const Rule& rule) {
  SharedConditions conditions;
  std::vector<NodeId> roots;
  for (const Rule& each : policy.rules) roots.push_back(conditions.add(*each.condition));
  conditions.freeze();
  Anchors anchors(conditions, roots);
  const auto found = anchors.of(roots[static_cast<std::size_t>(&rule - policy.rules.data())]);
  if (found.empty()) return "always, for events of these kinds";
  return joined(found, ", or ", [&conditions](const Anchor& anchor) { return print(anchor, conditions); });
}

}  // namespace

std::string flat(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char byte) { return byte == '\n' || byte == '\t' || byte == '\r'; }, ' ');
  return line;
}

std::optional<std::string> list_items(const policy::Documents& documents, std::string_view sort) {
  const auto* found =
      std::find_if(std::begin(kSorts), std::end(kSorts), [sort](const Sort& each) { return each.name == sort; });
  if (found == std::end(kSorts)) return std::nullopt;
  return found->list(documents);
}

namespace {

// "Execution: T1059.004"
std::string attack_text(const Attack& attack) {
  std::string text(attack.tactic != nullptr ? attack.tactic->name : "");
  if (!text.empty() && !attack.finest().empty()) text += ": ";
  return text.append(attack.finest());
}

}  // namespace

std::string explain_rule(const Policy& policy, const Rule& rule, bool enabled) {
  struct Row {
    std::string_view title;
    std::string text;
  };
  const auto number = static_cast<std::size_t>(&rule - policy.rules.data());
  const Plan planned = plan(policy);
  const std::string place = rule.where.file + ":" + std::to_string(rule.where.line);
  const Row rows[] = {
      {"rule", rule.name + (enabled ? "" : " (disabled)")},
      {"place", place},
      {"description", flat(rule.description)},
      {"priority", std::string(priority_name(rule.priority))},
      {"severity", std::string(severity_name(rule.severity))},
      {"tags", joined(rule.tags, ", ", [](const std::string& tag) { return tag; })},
      {"ATT&CK", joined(rule.attacks, ", ", attack_text)},
      {"action", describe(rule.response)},
      {"mode", rule.response.mode ? std::string(kModes[static_cast<std::size_t>(*rule.response.mode)]) : ""},
      {"throttle", describe(rule.throttle)},
      {"sequence", describe(rule.sequence)},
      {"threshold", describe(rule.threshold)},
      {"condition", language::print(*rule.condition)},
      {"events", rule.kinds.empty() ? "none: it can never match" : names_of(rule.kinds)},
      {"outcome awaited", names_of(rule.results)},
      {"also watched", names_of(rule.needs & ~rule.kinds)},
      {"looked at when", looked_at_when(policy, rule)},
      {"in the kernel", in_the_kernel(planned, number)},
      {"deny possible", planned.obstacles[number].empty() ? "yes" : "no: " + planned.obstacles[number]},
  };
  std::string text;
  for (const auto& [title, value] : rows) {
    if (value.empty()) continue;
    text.append(title).append(":").append(17 - title.size(), ' ').append(value).append("\n");
  }
  return text;
}

}  // namespace picket::cli
