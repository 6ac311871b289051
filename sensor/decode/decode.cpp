// SPDX-License-Identifier: Apache-2.0
#include "sensor/decode/decode.h"

#include <cstdlib>
#include <optional>

#include "rules/event/layout.h"

namespace picket {
namespace {

// An empty text may stand anywhere in the record: hooks leave {0, 0} for what they could not read.
bool is_inside(const pk_text& text, const Layout& layout, std::size_t record_size) {
  const std::size_t end = std::size_t{text.offset} + text.size;
  static_assert(sizeof(std::size_t) > sizeof(text.offset), "the sum above must not wrap");
  return end <= record_size && (text.size == 0 || text.offset >= layout.size);
}

// Nothing when it can be relied on.
std::optional<DecodeError> problem_of(std::span<const std::byte> record) {
  if (reinterpret_cast<std::uintptr_t>(record.data()) % alignof(std::uint64_t) != 0) return DecodeError::Misaligned;
  if (record.size() < sizeof(pk_header)) return DecodeError::TooShort;

  const auto* header = reinterpret_cast<const pk_header*>(record.data());
  const Layout& layout = layout_of(header->kind);
  if (layout.size == 0) return DecodeError::UnknownKind;
  if (header->size != record.size()) return DecodeError::WrongSize;
  if (record.size() < layout.size) return DecodeError::TooShort;

  for (const std::size_t at : layout.texts) {
    const auto& text = *reinterpret_cast<const pk_text*>(record.data() + at);
    if (!is_inside(text, layout, record.size())) return DecodeError::TextOutside;
  }

  return std::nullopt;
}

}  // namespace

std::string_view describe(DecodeError error) {
  switch (error) {
    case DecodeError::Misaligned:
      return "record is not aligned to 8 bytes";
    case DecodeError::TooShort:
      return "record is shorter than its kind";
    case DecodeError::WrongSize:
      return "record is not as long as its header says";
    case DecodeError::UnknownKind:
      return "record is of an unknown kind";
    case DecodeError::TextOutside:
      return "record has a text outside its variable part";
  }
  std::abort();
}

std::variant<Event, DecodeError> decode(std::span<const std::byte> record) {
  std::variant<Event, DecodeError> decoded;  // made where it is returned: an event is not copied
  if (const auto problem = problem_of(record)) {
    decoded = *problem;
  } else {
    std::get<Event>(decoded).header = reinterpret_cast<const pk_header*>(record.data());
  }
  return decoded;
}

}  // namespace picket
