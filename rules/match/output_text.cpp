// SPDX-License-Identifier: Apache-2.0
#include "rules/match/output_text.h"

#include <cstring>

namespace picket {

// Behind the text.
inline char* OutputText::room(std::size_t bytes) {
  return memory_.size() - size_ < bytes ? grow(bytes) : memory_.data() + size_;
}

char* OutputText::grow(std::size_t bytes) {
  memory_.resize(2 * (size_ + bytes));
  return memory_.data() + size_;
}

inline void OutputText::add(std::string_view text) {
  if (text.empty()) return;
  std::memcpy(room(text.size()), text.data(), text.size());
  size_ += text.size();
}

void OutputText::make(std::span<const OutputPiece> output, const Event& event, Scratch& scratch) {
  size_ = 0;
  values_.resize(output.size());
  auto value = values_.begin();
  for (const OutputPiece& piece : output) {
    const std::size_t begin = size_;
    if (piece.literal()) {
      *value = {};
      add(piece.text);
    } else {
      *value = piece.value(event, scratch);
      add(piece, *value, event, scratch);
    }
    if (piece.width != 0) fit(begin, piece.width);
    ++value;
  }
}

// A piece with its value. Nearly all are texts.
inline void OutputText::add(const OutputPiece& piece, const Value& value, const Event& event, Scratch& scratch) {
  if (piece.computed) {
    computed_.clear();
    piece.computed->append(computed_, event, scratch);
    return add(computed_);
  }
  if (const auto* const text = std::get_if<std::string_view>(&value)) return add(*text);
  char room[kLongestMadeText];
  add(text_of(value, room));
}

// Fills up or cuts what was added from `begin` on.
void OutputText::fit(std::size_t begin, std::size_t width) {
  const std::size_t end = begin + width;
  if (size_ < end) std::memset(room(end - size_), ' ', end - size_);
  size_ = end;
}

}  // namespace picket
