// SPDX-License-Identifier: Apache-2.0
#include "rules/event/layout.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace picket {
namespace {

#define FIELD(type, name, doc) \
  {#type, #name, offsetof(Record, name), sizeof(pk_##type), std::string_view(#type) == "text"},

#define BEGIN(kind)           \
  namespace of_##kind {       \
    using Record = pk_##kind; \
    constexpr Member kMembers[] = {
#define END(kind) \
  }               \
  ;               \
  }
BEGIN(header)
#include "bpf/shared/fields/header.def"
END(header)
#include "bpf/shared/records.def"
#undef BEGIN
#undef END
#undef FIELD

// Where the texts among these members stand.
template <const auto& members>
constexpr auto kTexts = [] {
  constexpr auto is_text = [](const Member& member) { return member.is_text; };
  std::array<std::size_t, std::count_if(std::begin(members), std::end(members), is_text)> texts{};
  std::size_t count = 0;
  for (const Member& member : members) {
    if (member.is_text) texts[count++] = member.offset;
  }
  return texts;
}();

constexpr Layout kHeaderLayout = {sizeof(pk_header), of_header::kMembers, {}};

// Indexed by kind. A kind without its list in records.def does not compile.
constexpr auto kLayouts = [] {
  std::array<Layout, kKindEnd> layouts{};
#define KIND(number, name, group, doc) \
  layouts[number] = {sizeof(pk_##name), of_##name::kMembers, kTexts<of_##name::kMembers>};
#include "bpf/shared/kinds.def"
#undef KIND
  return layouts;
}();

constexpr Layout kNone;

// Each member begins where the one before it ended, and the last ends the struct: bytes that no row names would carry
// whatever the kernel's memory held.
constexpr bool has_no_padding(const Layout& layout, std::size_t begin) {
  for (const Member& member : layout.members) {
    if (member.offset != begin) return false;
    begin += member.size;
  }
  return begin == layout.size;
}

static_assert(has_no_padding(kHeaderLayout, 0));
#define KIND(number, name, group, doc) static_assert(has_no_padding(kLayouts[number], sizeof(pk_header)), #name);
#include "bpf/shared/kinds.def"
#undef KIND

}  // namespace

const Layout& header_layout() { return kHeaderLayout; }

const Layout& layout_of(unsigned kind) { return kind < kLayouts.size() ? kLayouts[kind] : kNone; }

}  // namespace picket
