// SPDX-License-Identifier: Apache-2.0
#include "rules/match/output_text.h"

#include <cstring>

namespace picket {

// Behind the text.
inline char* OutputText::room(std::size_t bytes) {
  if (memory_.size() - size_ < bytes) [[unlikely]]
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
  values_.clear();
  values_.reserve(output.size());
  for (const OutputPiece& piece : output) {
    const std::size_t begin = size_;
    if (piece.literal()) {
      values_.emplace_back();
      add(piece.text);
    } else {
      add(piece, event, scratch);
    }
    if (piece.width != 0) fit(begin, piece.width);
  }
}

// A value.
inline void OutputText::add(const OutputPiece& piece, const Event& event, Scratch& scratch) {
  const Value& value = values_.emplace_back(piece.value(event, scratch));
  if (!piece.computed) {
    char room[kLongestMadeText];
    return add(text_of(value, room));
  }
  computed_.clear();
  piece.computed->append(computed_, event, scratch);
  add(computed_);
}

// Fills up or cuts what was added from `begin` on.
void OutputText::fit(std::size_t begin, std::size_t width) {
  const std::size_t end = begin + width;
  if (size_ < end) std::memset(room(end - size_), ' ', end - size_);
  size_ = end;
}

}  // namespace picket
