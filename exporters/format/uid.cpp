// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/uid.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "exporters/format/fields.h"

namespace picket {
namespace {

// The last step of splitmix64: every bit of the number decides on every bit of the result.
constexpr std::uint64_t mix(std::uint64_t number) {
  number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9u;
  number = (number ^ number >> 27) * 0x94d049bb133111ebu;
  return number ^ number >> 31;
}

// FNV-1a: texts are short, and nobody gains by two that agree.
constexpr std::uint64_t digest(std::string_view text) {
  std::uint64_t digest = 0xcbf29ce484222325u;
  for (const char c : text) digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return digest;
}

// The first 16 digits as a number; 0 when they are none, as in tests.
std::uint64_t boot_number(std::string_view boot_id) {
  std::uint64_t number = 0;
  const std::string_view digits = boot_id.substr(0, 16);
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

Uid mixed(std::uint64_t boot, std::initializer_list<std::uint64_t> parts) {
  Uid uid{mix(boot), mix(boot + 1)};
  for (const std::uint64_t part : parts) {
    uid.high = mix(uid.high ^ part);
    uid.low = mix(uid.low + part);
  }
  return uid;
}

constexpr std::uint64_t kVersion = 0x8000, kVersionMask = 0xf000;
constexpr std::uint64_t kVariant = std::uint64_t{2} << 62, kVariantMask = std::uint64_t{3} << 62;

// Puts the six bits in place that say what kind of UUID it is.
Uid marked(Uid uid) { return {(uid.high & ~kVersionMask) | kVersion, (uid.low & ~kVariantMask) | kVariant}; }

}  // namespace

char* put_uid(char* at, const Uid& uid) {
  char digits[2 * kHexSize];
  put_hex(put_hex(digits, uid.high), uid.low);
  const char* from = digits;
  for (const int group : {8, 4, 4, 4, 12}) {
    if (from != digits) *at++ = '-';
    at = std::copy_n(from, group, at);
    from += group;
  }
  return at;
}

// All of the key, with its two highest bits moved out of the variant's way, and 58 bits of the boot.
Uid process_uid(std::string_view boot_id, pk_key key) {
  const std::uint64_t boot = mix(boot_number(boot_id));
  return marked({(boot & ~std::uint64_t{3}) | key >> 62, key});
}

Uid event_uid(std::string_view boot_id, const Event& event, std::string_view rule) {
  const pk_header& header = *event.header;
  return marked(mixed(boot_number(boot_id), {header.time, header.sequence, header.cpu,
                                             static_cast<std::uint64_t>(header.kind), header.process, digest(rule)}));
}

Uid notice_uid(std::string_view boot_id, std::string_view what, std::string_view about, std::uint64_t time) {
  return marked(mixed(boot_number(boot_id), {digest(what), digest(about), time}));
}

}  // namespace picket
