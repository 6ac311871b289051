// SPDX-License-Identifier: Apache-2.0
//
// SharedConditions: the conditions of all rules as one graph. Parts that are alike are one node, whichever rules and
// macros they came from, and each is evaluated at most once for an event; so is each term.
//
// `and` and `or` evaluate what costs least first. A condition has no effects and its parts no order, so that this, and
// leaving parts out, changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "rules/language/ast.h"

namespace picket {

using NodeId = std::uint32_t;
using TermId = std::uint32_t;

class SharedConditions {
 public:
  struct Node {
    language::Node::Kind kind;
    std::uint32_t first = 0, count = 0;     // children, all of them earlier nodes
    const language::Node* check = nullptr;  // of a Check
    TermId term = 0;                        // its left side
    std::uint32_t cost = 0;                 // of an evaluation, about; a number compared with another is 1
    std::uint64_t sketch = 0;               // of a text that is searched in a list: see sketch_of(); 0: none
  };

  // Adds a bound condition, which must outlive this. To be followed by freeze() before events come.
  NodeId add(const language::Node& condition);
  void freeze();

  std::span<const Node> nodes() const { return nodes_; }
  std::span<const NodeId> children(const Node& node) const {
    return std::span(children_).subspan(node.first, node.count);
  }
  std::span<const language::Term* const> terms() const { return terms_; }

  // What follows is about this event, until the next call. Both must stay as they are until then.
  void begin(const Event& event, Scratch& scratch);

  bool holds(NodeId id) {
    const std::uint32_t known = results_[id];
    return known / 2 == number_ ? (known & 1) != 0 : find_out(id);
  }

  // The value of a term that stands for one.
  const Value& value(TermId id) { return value_numbers_[id] == number_ ? values_[id] : get(id); }

  std::uint64_t checks_evaluated() const { return checks_evaluated_; }

 private:
  TermId intern(const language::Term& term);
  NodeId intern(std::string key, Node node, std::span<const NodeId> children);
  const Value& get(TermId id);
  bool find_out(NodeId id);
  bool evaluate(const Node& node);
  bool check_holds(const Node& node);

  std::vector<Node> nodes_;
  std::vector<NodeId> children_;
  std::vector<const language::Term*> terms_;
  std::unordered_map<std::string, NodeId> known_nodes_;  // until freeze()
  std::unordered_map<std::string, TermId> known_terms_;

  // Results are those of the event under way when they bear its number: twice the number, plus the result.
  std::uint32_t number_ = 0;
  std::vector<std::uint32_t> results_;
  std::vector<std::uint32_t> value_numbers_;
  std::vector<Value> values_;
  const Event* event_ = nullptr;
  Scratch* scratch_ = nullptr;
  std::uint64_t checks_evaluated_ = 0;
};

}  // namespace picket
