// SPDX-License-Identifier: Apache-2.0
//
// Wire fields: every row of bpf/shared/fields/*.def as <kind>.<name>, without a line for any of them here.
#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <vector>

#include "rules/event/rows.h"

namespace picket::rows {
namespace {

// One function for each row of types.def: how a field of that wire type becomes a value. A type that is forgotten here
// does not compile as soon as a field has it.
template <class Record>
struct Wire {
  const Event& event;
  const Record& record;
  Scratch& scratch;

  Value u16(pk_u16 number) const { return std::uint64_t{number}; }
  Value u32(pk_u32 number) const { return std::uint64_t{number}; }
  Value u64(pk_u64 number) const { return std::uint64_t{number}; }
  Value s32(pk_s32 number) const { return std::int64_t{number}; }
  Value text(const pk_text& text) const { return known_text(event.text(text)); }

  Value comm(const pk_comm& comm) const {
    const char* end = std::find(std::begin(comm.bytes), std::end(comm.bytes), '\0');
    return known_text({comm.bytes, static_cast<std::size_t>(end - comm.bytes)});
  }

  // 16 digits, so that keys compare and sort as text.
  Value key(pk_key key) const {
    char* digits = scratch.room(16);
    for (int i = 0; i < 16; ++i) digits[i] = "0123456789abcdef"[key >> (60 - 4 * i) & 15];
    return std::string_view(digits, 16);
  }

  // The family stands beside the address.
  Value address(const pk_address& bytes) const {
    Address address;
    if (record.family == 2) address.family = 4;
    if (record.family == 10) address.family = 6;
    if (address.family == 0) return {};
    std::memcpy(address.bytes.data(), bytes.bytes, address.family == 4 ? 4 : 16);
    return address;
  }
};

// The rule type of each row of types.def.
namespace type_of {
constexpr Type u16 = Type::Unsigned, u32 = Type::Unsigned, u64 = Type::Unsigned, s32 = Type::Signed;
constexpr Type text = Type::Text, comm = Type::Text, key = Type::Text, address = Type::Address;
}  // namespace type_of

// The kinds whose records begin with each struct, and its name.
#define KIND(number, name, group, doc) \
  constexpr KindSet kinds_of(const pk_##name&) { return {Kind::name}; }
#include "bpf/shared/kinds.def"
#undef KIND
constexpr KindSet kinds_of(const pk_header&) { return KindSet::all(); }

template <class Record, class Read>
Value get(const Event& event, Scratch& scratch, Read read) {
  if (!kinds_of(Record{}).contains(event.kind())) return {};
  const Record& record = event.as<Record>();
  return read(Wire<Record>{event, record, scratch}, record);
}

// A text that can be a template argument.
template <std::size_t Size>
struct Literal {
  char bytes[Size] = {};
  constexpr Literal(const char (&text)[Size]) { std::copy_n(text, Size, bytes); }
};

// "open" and "path": open.path.
template <Literal kind, Literal member>
struct Name {
  static constexpr std::size_t kSize = sizeof kind.bytes - 1 + sizeof member.bytes;  // the dot, without both NULs
  static constexpr auto kText = [] {
    std::array<char, kSize + 1> text{};  // and a NUL
    char* end = std::copy_n(kind.bytes, sizeof kind.bytes - 1, text.data());
    *end++ = '.';
    std::copy_n(member.bytes, sizeof member.bytes - 1, end);
    return text;
  }();
  static constexpr std::string_view kView{kText.data(), kSize};
};

// FIELD(u32, flags, "...") in the list of `open` is the row
//   {"open.flags", type_of::u32, Argument::None, {Kind::open}, "...", accessor}
// whose accessor reads pk_open::flags with Wire::u32.
#define FIELD(type, member, text)                                                                       \
  {Name<kName, #member>::kView,                                                                         \
   type_of::type,                                                                                       \
   Argument::None,                                                                                      \
   kinds_of(Record{}),                                                                                  \
   text,                                                                                                \
   [](const Event& event, int, Scratch& scratch) {                                                      \
     return get<Record>(event, scratch,                                                                 \
                        [](const auto& wire, const auto& record) { return wire.type(record.member); }); \
   }},

#define BEGIN(kind)                  \
  namespace of_##kind {              \
    using Record = pk_##kind;        \
    constexpr Literal kName = #kind; \
    constexpr Field kRows[] = {
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

// Every row but those that only fill up the struct.
std::vector<Field> joined() {
  std::vector<Field> all;
  const auto add = [&all](std::span<const Field> rows) {
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(all),
                 [](const Field& row) { return !row.name.ends_with(".reserved"); });
  };
  add(of_header::kRows);
#define KIND(number, name, group, doc) add(of_##name::kRows);
#include "bpf/shared/kinds.def"
#undef KIND
  return all;
}

}  // namespace

std::span<const Field> wire() {
  static const std::vector<Field> fields = joined();
  return fields;
}

}  // namespace picket::rows
