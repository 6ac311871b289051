// SPDX-License-Identifier: Apache-2.0
//
// Bytes -> Event. The border between the kernel's records (or a recorded file) and everything that trusts an Event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "rules/event/event.h"

namespace picket {

// Why a record was refused. Each is counted; none is fatal.
enum class DecodeError {
  Misaligned,   // the record does not begin on an 8-byte boundary
  TooShort,     // shorter than a header, or than its kind's struct
  WrongSize,    // the header's size is not the record's
  UnknownKind,  // a kind that this build does not know
  TextOutside,  // a text field reaches beyond the record or into its fixed part
};
inline constexpr std::size_t kDecodeErrors = static_cast<std::size_t>(DecodeError::TextOutside) + 1;

std::string_view describe(DecodeError error);

// Checks everything that Event promises and returns a view of the bytes; the process is not joined yet.
// The bytes must stay where they are while the event is used. Any bytes are safe (fuzzed).
std::variant<Event, DecodeError> decode(std::span<const std::byte> record);

}  // namespace picket
