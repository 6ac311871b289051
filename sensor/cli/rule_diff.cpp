// SPDX-License-Identifier: Apache-2.0
#include "sensor/cli/rule_diff.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sensor/cli/rule_list.h"

namespace picket::cli {
namespace {

using Rules = std::unordered_map<std::string_view, const Rule*>;

Rules by_name(const Compiled& compiled) {
  Rules rules;
  for (const Rule& rule : compiled.policy.rules) rules.emplace(rule.name, &rule);
  return rules;
}

// A property of a rule: as written, or as compiled when that could be done.
struct Property {
  std::string_view name;
  std::string (*text)(const policy::RuleItem& item, const Rule* rule);
};

constexpr Property kProperties[] = {
    {"description", [](const policy::RuleItem& item, const Rule*) { return flat(item.description.value); }},
    {"condition",
     [](const policy::RuleItem& item, const Rule* rule) {
       return rule ? language::print(*rule->condition) : flat(item.condition.value);
     }},
    {"output", [](const policy::RuleItem& item, const Rule*) { return flat(item.output.value); }},
    {"priority",
     [](const policy::RuleItem& item, const Rule* rule) {
       return rule ? std::string(priority_name(rule->priority)) : item.priority.value;
     }},
    {"action",
     [](const policy::RuleItem&, const Rule* rule) { return rule ? describe(rule->response) : std::string(); }},
    {"severity", [](const policy::RuleItem&,
                    const Rule* rule) { return rule ? std::string(severity_name(rule->severity)) : std::string(); }},
    {"throttle",
     [](const policy::RuleItem&, const Rule* rule) { return rule ? describe(rule->throttle) : std::string(); }},
    {"threshold",
     [](const policy::RuleItem&, const Rule* rule) { return rule ? describe(rule->threshold) : std::string(); }},
    {"sequence",
     [](const policy::RuleItem&, const Rule* rule) { return rule ? describe(rule->sequence) : std::string(); }},
    {"enabled", [](const policy::RuleItem& item, const Rule*) { return std::string(item.enabled ? "yes" : "no"); }},
    {"source",
     [](const policy::RuleItem& item, const Rule*) {
       return item.source.value.empty() ? std::string(policy::kSource) : item.source.value;
     }},
    {"tags",
     [](const policy::RuleItem& item, const Rule*) {
       std::vector<std::string> tags;
       for (const policy::Text& tag : item.tags) tags.push_back(tag.value);
       std::sort(tags.begin(), tags.end());
       tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
       std::string text;
       for (const std::string& tag : tags) text += (text.empty() ? "" : ", ") + tag;
       return text;
     }},
};

void append_change(std::string& out, std::string_view what, const std::string& before, const std::string& after) {
  if (before == after) return;
  out.append("    ").append(what).append("\n");
  if (!before.empty()) out += "      - " + before + "\n";
  if (!after.empty()) out += "      + " + after + "\n";
}

// Items of one list that another does not have.
std::string missing_from(const policy::List& other, const policy::List& list) {
  std::string text;
  for (const policy::Text& item : list.items) {
    const bool there = std::any_of(other.items.begin(), other.items.end(),
                                   [&item](const policy::Text& each) { return each.value == item.value; });
    if (!there) text += (text.empty() ? "" : ", ") + flat(item.value);
  }
  return text;
}

std::string changes(const policy::List& before, const policy::List& after) {
  std::string out;
  append_change(out, "items", missing_from(after, before), missing_from(before, after));
  return out;
}

std::string changes(const policy::Macro& before, const policy::Macro& after) {
  std::string out;
  append_change(out, "condition", flat(before.condition.value), flat(after.condition.value));
  return out;
}

// Items of one sort; `changes` says what is different about one that both have.
template <class Item, class Changes>
void append_items(std::string& out, std::string_view sort, const policy::Items<Item>& before,
                  const policy::Items<Item>& after, Changes changes) {
  const auto line = [&out, sort](char mark, const Item& item) {
    out.append(1, mark).append(" ").append(sort).append(" ").append(flat(item.name.value)).append("\n");
  };
  for (const Item& item : before) {
    if (after.find(item.name.value) == nullptr) line('-', item);
  }
  for (const Item& item : after) {
    const Item* older = before.find(item.name.value);
    if (older == nullptr) {
      line('+', item);
    } else if (const std::string text = changes(*older, item); !text.empty()) {
      line('~', item);
      out += text;
    }
  }
}

}  // namespace

std::string diff_rules(const RuleSet& before, const RuleSet& after) {
  const Rules older = by_name(before.compiled), newer = by_name(after.compiled);
  const auto find = [](const Rules& rules, const policy::RuleItem& item) {
    const auto found = rules.find(item.name.value);
    return found == rules.end() ? nullptr : found->second;
  };
  std::string out;
  append_items(out, "rule", before.documents.rules, after.documents.rules,
               [&](const policy::RuleItem& one, const policy::RuleItem& other) {
                 std::string text;
                 for (const Property& property : kProperties) {
                   append_change(text, property.name, property.text(one, find(older, one)),
                                 property.text(other, find(newer, other)));
                 }
                 return text;
               });
  const auto change = [](const auto& one, const auto& other) { return changes(one, other); };
  append_items(out, "macro", before.documents.macros, after.documents.macros, change);
  append_items(out, "list", before.documents.lists, after.documents.lists, change);
  return out;
}

}  // namespace picket::cli
