// SPDX-License-Identifier: Apache-2.0
//
// A binary heap whose nodes know their place in it, so that any node can be taken out or moved in logarithmic time.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace picket {

// Node has `std::size_t heap_index`, kOutside at first, and `bool before(const Node&) const`, a strict order. The heap
// owns no node. What a node is ordered by may only change while it is outside.
template <class Node>
class IndexedHeap {
 public:
  static constexpr std::size_t kOutside = static_cast<std::size_t>(-1);

  bool empty() const { return nodes_.empty(); }
  Node& top() const { return *nodes_.front(); }

  void insert(Node& node) {
    nodes_.push_back(&node);
    node.heap_index = nodes_.size() - 1;
    rise(node.heap_index);
  }

  // Does nothing for a node that is not in the heap.
  void erase(Node& node) {
    const std::size_t hole = std::exchange(node.heap_index, kOutside);
    if (hole == kOutside) return;
    Node* last = nodes_.back();
    nodes_.pop_back();
    if (last == &node) return;
    put(hole, last);
    rise(hole);
    sink(last->heap_index);
  }

 private:
  void put(std::size_t index, Node* node) {
    nodes_[index] = node;
    node->heap_index = index;
  }

  void exchange(std::size_t a, std::size_t b) {
    Node* node = nodes_[a];
    put(a, nodes_[b]);
    put(b, node);
  }

  void rise(std::size_t index) {
    while (index > 0 && nodes_[index]->before(*nodes_[(index - 1) / 2])) {
      exchange(index, (index - 1) / 2);
      index = (index - 1) / 2;
    }
  }

  void sink(std::size_t index) {
    for (;;) {
      std::size_t first = index;
      for (const std::size_t child : {2 * index + 1, 2 * index + 2}) {
        if (child < nodes_.size() && nodes_[child]->before(*nodes_[first])) first = child;
      }
      if (first == index) return;
      exchange(index, first);
      index = first;
    }
  }

  std::vector<Node*> nodes_;
};

}  // namespace picket
