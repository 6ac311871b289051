// SPDX-License-Identifier: Apache-2.0
//
// YAML text -> tree. The only place that knows yaml-cpp; its exceptions end here. Shared with rules/sigma, whose files
// are YAML, too; nobody else reads YAML rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace picket::policy {

struct TreeNode {
  enum class Kind { Null, Scalar, Sequence, Map };

  Kind kind = Kind::Null;
  std::uint32_t start = 0;                // where in the text the node begins, with its anchor and tag
  std::string value;                      // Scalar
  std::vector<const TreeNode*> children;  // Sequence: the items. Map: key, value, key, value...
};

// The value of that key of a map, or nullptr.
const TreeNode* value_of(const TreeNode& map, std::string_view key);

// One YAML stream. An alias is a second pointer to the same node, so that what a file repeats costs no memory here;
// whoever follows children must count for himself.
struct Tree {
  std::deque<TreeNode> nodes;
  std::vector<const TreeNode*> documents;  // not the empty ones
};

struct TreeError {
  std::uint32_t place = 0;
  std::string message;
};

// What a rule file needs is four levels deep; the limits keep a hostile one from taking the stack or the memory.
inline constexpr std::size_t kMaxDepth = 32;
inline constexpr std::size_t kMaxNodes = 2'000'000;

// Parses a text of less than 4 GiB. Never throws on any bytes (fuzzed).
std::variant<Tree, TreeError> parse_tree(std::string_view text);

}  // namespace picket::policy
