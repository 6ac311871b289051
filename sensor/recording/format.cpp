// SPDX-License-Identifier: Apache-2.0
#include "sensor/recording/format.h"

#include <bit>

#include "rules/event/layout.h"

namespace picket::recording {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

// FNV-1a.
class Hash {
 public:
  void add(std::string_view text) {
    for (const char byte : text) add_byte(static_cast<unsigned char>(byte));
    add_byte(0);
  }
  void add(std::uint64_t number) {
    for (int i = 0; i < 8; ++i, number >>= 8) add_byte(static_cast<unsigned char>(number));
  }
  std::uint64_t value() const { return value_; }

 private:
  void add_byte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3u; }
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

void add(Hash& hash, const Layout& layout) {
  hash.add(layout.size);
  for (const Member& member : layout.members) {
    hash.add(member.type);
    hash.add(member.name);
    hash.add(member.offset);
    hash.add(member.size);
  }
}

}  // namespace

std::uint64_t layout_identity() {
  static const std::uint64_t identity = [] {
    Hash hash;
    add(hash, header_layout());
#define KIND(number, name, group, doc) \
  hash.add(number);                    \
  hash.add(#name);                     \
  add(hash, layout_of(number));
#include "bpf/shared/kinds.def"
#undef KIND
#define FLAG(bit, name, doc) \
  hash.add(bit);             \
  hash.add(#name);
#include "bpf/shared/flags.def"
#undef FLAG
    return hash.value();
  }();
  return identity;
}

}  // namespace picket::recording
