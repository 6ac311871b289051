// SPDX-License-Identifier: Apache-2.0
#include "rules/sigma/modifiers.h"

#include <algorithm>
#include <iterator>

#include "rules/event/text.h"

namespace picket::sigma {
namespace {

struct Row {
  std::string_view name;
  void (*apply)(ItemKey& key);
  std::string_view unsaid;  // not empty: why it cannot be converted
};

constexpr Row kRows[] = {
#define TRANSFORM(name, function) {name, [](ItemKey& key) { key.transforms.push_back(function); }, ""},
#define MATCH(name, kind) {name, [](ItemKey& key) { key.match = Match::kind; }, ""},
#define FLAG(name, member) {name, [](ItemKey& key) { key.member = true; }, ""},
#define UNSAID(name, why) {name, nullptr, why},
#include "rules/sigma/modifiers.def"
#undef TRANSFORM
#undef MATCH
#undef FLAG
#undef UNSAID
};

const Row* find_row(std::string_view name) {
  const auto* row =
      std::find_if(std::begin(kRows), std::end(kRows), [name](const Row& one) { return one.name == name; });
  return row == std::end(kRows) ? nullptr : row;
}

std::string nearest_modifier(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Row& row : kRows) names.push_back(row.name);
  return suggestion(name, names);
}

// What does not go together.
std::string contradiction(const ItemKey& key) {
  const bool about_regex = key.any_case || key.by_line || key.dot_takes_newline;
  if (about_regex && key.match != Match::Regex)
    return "'i', 'm' and 's' are about regular expressions: they follow 're'";
  const bool takes_transforms = key.match == Match::Text || key.match == Match::Field;
  if (!key.transforms.empty() && !takes_transforms) return "these modifiers do not go together";
  return "";
}

}  // namespace

std::optional<ItemKey> read_key(const policy::TreeNode& node, Findings& findings) {
  ItemKey key;
  const std::string_view text = node.value;
  std::size_t begin = std::min(text.find('|'), text.size());
  key.field = text.substr(0, begin);
  while (begin < text.size()) {
    ++begin;
    const std::size_t end = std::min(text.find('|', begin), text.size());
    const std::string_view name = text.substr(begin, end - begin);
    const Place place{node, begin, name.size()};
    begin = end;
    const Row* row = find_row(name);
    if (row == nullptr) {
      findings.wrong(place, "unknown modifier " + quote(name), nearest_modifier(name));
      return std::nullopt;
    }
    if (!row->unsaid.empty()) {
      findings.unsaid(place, "modifier " + quote(name) + ": " + std::string(row->unsaid));
      return std::nullopt;
    }
    const Match before = key.match;
    row->apply(key);
    if (before != Match::Text && key.match != before) {
      findings.wrong(place, "these modifiers do not go together");
      return std::nullopt;
    }
  }
  const std::string why = contradiction(key);
  if (why.empty()) return key;
  findings.wrong({node}, why);
  return std::nullopt;
}

}  // namespace picket::sigma
