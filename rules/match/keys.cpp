// SPDX-License-Identifier: Apache-2.0
#include "rules/match/keys.h"

#include <cstdint>

namespace picket {

void append_distinct(std::string& bytes, std::span<const OutputPiece> pieces, const Event& event, Scratch& scratch) {
  for (const OutputPiece& piece : pieces) {
    const Value value = piece.value(event, scratch);
    bytes += static_cast<char>(value.index());
    const std::size_t begin = bytes.size();
    if (present(value)) append_text(bytes, value);
    append_bytes(bytes, std::uint64_t{bytes.size() - begin});
  }
}

}  // namespace picket
