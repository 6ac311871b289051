// SPDX-License-Identifier: Apache-2.0
//
// Value: what a field yields for one event. Small, copied freely; text points into the event, the process or the
// Scratch that was passed to the accessor, and lives as long as those.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rules/event/decimal.h"

namespace picket {

enum class Type {
  Text,
  Signed,
  Unsigned,
  Bool,
  Address,
  Network,  // an Address that is compared with networks: fd.net = 10.0.0.0/8
};

std::string_view type_name(Type type);  // "text", "signed number", ...

struct Address {
  std::uint8_t family = 0;               // 4 or 6
  std::array<std::uint8_t, 16> bytes{};  // network order; IPv4 uses the first four
  bool operator==(const Address&) const = default;
};

// Missing (monostate) is a value of its own: every comparison with it is false, `exists` is false.
using Value = std::variant<std::monostate, std::string_view, std::int64_t, std::uint64_t, bool, Address>;

inline bool present(const Value& value) { return value.index() != 0; }

// In the usual notation without a NUL, of at most so many bytes. Returns the place behind it.
inline constexpr std::size_t kLongestAddress = sizeof("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255") - 1;
char* put_text(char* at, const Address& address);

// The value as rule outputs show it: numbers in decimal, true/false, addresses in their usual notation, missing as
// "<NA>". What is not there as text is made in `room`.
inline constexpr std::size_t kLongestMadeText = std::max(kLongestDecimal, kLongestAddress);
std::string_view text_of(const Value& value, std::span<char, kLongestMadeText> room);

void append_text(std::string& out, const Value& value);
void append_text(std::string& out, const Address& address);

// Where an accessor builds text that is stored nowhere. Its memory is reused from event to event: no allocation once it
// has grown. Views handed out stay valid until clear(). Not thread-safe: one for each evaluating thread.
class Scratch {
 public:
  // Room for `size` bytes; the caller fills it. Earlier rooms stay where they are.
  char* room(std::size_t size);
  std::string_view keep(std::string_view text);
  void clear();

 private:
  static constexpr std::size_t kBlock = 64 * 1024;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::vector<std::unique_ptr<char[]>> large_;  // rooms over kBlock, freed by clear()
  std::size_t block_ = 0;
  std::size_t used_ = 0;
};

}  // namespace picket
