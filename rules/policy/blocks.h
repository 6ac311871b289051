// SPDX-License-Identifier: Apache-2.0
//
// Blocks: keys of a rule whose value is itself a map, as in `throttle: {per: [proc.name], every: 1m}`. Private to
// rules/policy.
#pragma once

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

#include "rules/event/text.h"
#include "rules/policy/values.h"

namespace picket::policy {

// One key of a block: a text, or a list of them.
template <class Block>
struct BlockKey {
  std::string_view name;
  bool required;
  Text Block::*text = nullptr;
  std::vector<Text> Block::*texts = nullptr;  // one word alone is a list of one
};

inline constexpr BlockKey<ThrottleItem> kThrottleKeys[] = {
    {"per", false, nullptr, &ThrottleItem::per},
    {"every", true, &ThrottleItem::every},
    {"max", false, &ThrottleItem::max},
};

inline constexpr BlockKey<ThresholdItem> kThresholdKeys[] = {
    {"count", true, &ThresholdItem::count},
    {"within", true, &ThresholdItem::within},
    {"by", false, nullptr, &ThresholdItem::by},
};

inline constexpr BlockKey<SequenceItem> kSequenceKeys[] = {
    {"after", true, nullptr, &SequenceItem::after},
    {"by", true, nullptr, &SequenceItem::by},
    {"within", true, &SequenceItem::within},
};

// Reads the block into its texts; their meaning is checked by rules/compile. These keys are Picket's own, so that an
// unknown one is an error: nobody else's file can have it.
template <class Block>
void read_block(Values& values, const Text& key, const TreeNode& node, std::span<const BlockKey<Block>> rows,
                Block& into) {
  into = Block{};
  into.key = key;
  std::string keys;
  for (const auto& row : rows) keys += (keys.empty() ? "" : ", ") + std::string(row.name);
  if (node.kind != TreeNode::Kind::Map) {
    return values.error(key, quote(key.value) + " must be a map with the keys " + keys);
  }
  std::vector<std::string_view> given;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Text name = values.text_of(*node.children[i]);
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&name](const auto& one) { return one.name == name.value; });
    if (row == rows.end()) {
      std::vector<std::string_view> known;
      for (const auto& one : rows) known.push_back(one.name);
      std::string hint = suggestion(name.value, known);
      if (hint.empty()) hint = "keys: " + keys;
      values.error(name, quote(key.value) + " has no key " + quote(name.value), std::move(hint));
    } else if (std::find(given.begin(), given.end(), row->name) != given.end()) {
      values.error(name, quote(name.value) + " is given twice");
    } else {
      given.push_back(row->name);
      const TreeNode& value = *node.children[i + 1];
      row->text ? values.text(name, value, into.*row->text) : values.words(name, value, into.*row->texts);
    }
  }
  for (const auto& row : rows) {
    if (!row.required || std::find(given.begin(), given.end(), row.name) != given.end()) continue;
    values.error(key, quote(key.value) + " without " + quote(row.name));
  }
}

}  // namespace picket::policy
