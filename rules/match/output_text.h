// SPDX-License-Identifier: Apache-2.0
//
// OutputText: what a rule's output says of an event, as text and as the values in it. Each value is got once, for all
// that show it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/alert.h"

namespace picket {

// Used from one thread. Allocates only when an output is longer than all before.
class OutputText {
 public:
  // Text and values are of this output and this event from here on, until the next call; missing values show as <NA>.
  // Texts that are values live as long as the event and what is in `scratch`.
  void make(std::span<const OutputPiece> output, const Event& event, Scratch& scratch);

  std::string_view text() const { return {memory_.data(), size_}; }

  // Of each piece; of literals, none. A list is its first value here, in the text it is whole.
  std::span<const Value> values() const { return values_; }

 private:
  char* room(std::size_t bytes);
  char* grow(std::size_t bytes);
  void add(std::string_view text);
  void add(const OutputPiece& piece, const Value& value, const Event& event, Scratch& scratch);
  void fit(std::size_t begin, std::size_t width);

  std::string memory_;  // of the text: its first size_ bytes
  std::size_t size_ = 0;
  std::string computed_;  // one piece
  std::vector<Value> values_;
};

}  // namespace picket
