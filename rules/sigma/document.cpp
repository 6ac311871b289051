// SPDX-License-Identifier: Apache-2.0
#include "rules/sigma/document.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "rules/event/text.h"

namespace picket::sigma {
namespace {

using policy::TreeNode;

// The document, its log source and its detection are put together; what lies deeper is replaced as a whole.
constexpr int kMergeDepth = 2;

constexpr std::size_t kMostLines = 200;
constexpr std::size_t kLongestLine = 4000;

// Keys of a map that documents are put together from; a rule has some twenty. Keeps the work bounded.
constexpr std::size_t kMostKeys = 500;
constexpr std::size_t kMostMade = 100'000;  // maps

// `over` on top of `base`, both maps; nullptr when there is too much of it.
const TreeNode* merge(const TreeNode& base, const TreeNode& over, int depth, std::deque<TreeNode>& made) {
  const std::size_t keys = std::max(base.children.size(), over.children.size()) / 2;
  if (keys > kMostKeys || made.size() > kMostMade) return nullptr;
  TreeNode merged = over;
  for (std::size_t i = 0; i + 1 < base.children.size(); i += 2) {
    const TreeNode& key = *base.children[i];
    const TreeNode& value = *base.children[i + 1];
    const auto same = [&key](const TreeNode* other) { return other->value == key.value && other->kind == key.kind; };
    std::size_t at = 0;
    while (at < merged.children.size() && !same(merged.children[at])) at += 2;
    if (at >= merged.children.size()) {
      merged.children.push_back(&key);
      merged.children.push_back(&value);
      continue;
    }
    const TreeNode*& known = merged.children[at + 1];
    const bool maps = known->kind == TreeNode::Kind::Map && value.kind == TreeNode::Kind::Map;
    if (maps && depth > 1) known = merge(value, *known, depth - 1, made);
    if (known == nullptr) return nullptr;
  }
  return &made.emplace_back(std::move(merged));
}

// The document without its `action`.
const TreeNode* without_action(const TreeNode& document, std::deque<TreeNode>& made) {
  TreeNode rest = document;
  auto& children = rest.children;
  for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
    if (children[i]->value != "action") continue;
    children.erase(children.begin() + static_cast<std::ptrdiff_t>(i),
                   children.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    break;
  }
  return &made.emplace_back(std::move(rest));
}

}  // namespace

std::vector<const TreeNode*> documents_of(const policy::Tree& tree, std::deque<TreeNode>& made, Findings& findings) {
  std::vector<const TreeNode*> rules;
  const TreeNode* global = nullptr;
  for (const TreeNode* document : tree.documents) {
    if (document->kind != TreeNode::Kind::Map) {
      findings.begin_rule("");
      findings.wrong(*document, "a Sigma rule must be a map", "it begins with 'title:'");
      continue;
    }
    const TreeNode* action = policy::value_of(*document, "action");
    const std::string name = line_of(action);
    const TreeNode* rest = action == nullptr ? document : without_action(*document, made);
    if (name == "global") {
      global = rest = global == nullptr ? rest : merge(*global, *rest, kMergeDepth, made);
    } else if (name == "reset") {
      global = nullptr;
    } else if (action == nullptr || (name == "repeat" && !rules.empty())) {
      const TreeNode* base = action == nullptr ? global : rules.back();
      if (base != nullptr) rest = merge(*base, *rest, kMergeDepth, made);
      rules.push_back(rest);
    } else {
      findings.begin_rule(line_of(policy::value_of(*document, "title")));
      findings.wrong(*action, name == "repeat" ? "there is no rule before to repeat" : "unknown action " + quote(name),
                     suggestion(name, {"global", "repeat", "reset"}));
    }
    if (rest == nullptr) {
      findings.begin_rule("");
      findings.wrong(*document, "too much is put together by 'action': nothing of this file is converted");
      return {};
    }
  }
  return rules;
}

bool has_duplicates(const TreeNode& map, Findings& findings) {
  std::set<std::string_view> keys;
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    const TreeNode& key = *map.children[i];
    if (key.kind != TreeNode::Kind::Scalar || keys.insert(key.value).second) continue;
    findings.wrong(key, quote(key.value) + " is given twice");
    return true;
  }
  return false;
}

std::string line_of(std::string_view text) {
  std::string line;
  std::size_t size = std::min(text.size(), kLongestLine);
  while (size < text.size() && size > 0 && (text[size] & 0xc0) == 0x80) --size;  // not within a character
  for (const char byte : text.substr(0, size)) {
    const bool blank = static_cast<unsigned char>(byte) <= ' ' || byte == 0x7f;
    if (!blank) {
      line += byte;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (line.ends_with(' ')) line.pop_back();
  return line;
}

std::string line_of(const TreeNode* node) {
  return node == nullptr || node->kind != TreeNode::Kind::Scalar ? std::string() : line_of(node->value);
}

std::vector<std::string> lines_of(const TreeNode* node) {
  std::vector<std::string> lines;
  if (node == nullptr) return lines;
  if (node->kind == TreeNode::Kind::Scalar) lines.push_back(line_of(node));
  if (node->kind == TreeNode::Kind::Sequence) {
    for (const TreeNode* one : node->children) {
      if (lines.size() == kMostLines) break;
      if (one->kind == TreeNode::Kind::Scalar) lines.push_back(line_of(one));
    }
  }
  return lines;
}

}  // namespace picket::sigma
