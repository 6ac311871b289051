// SPDX-License-Identifier: Apache-2.0
//
// Wire fields: every row of bpf/shared/fields/*.def as <kind>.<name>, without a line for any of them here.
#include <algorithm>
#include <array>
#include <cstring>

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

// FIELD(u32, flags, "...") in the list of `open` is the row
//   {"open.flags", type_of::u32, Argument::None, {Kind::open}, "...", accessor}
// whose accessor reads pk_open::flags with Wire::u32.
#define FIELD(type, member, text)                                                                       \
  {RECORD_NAME "." #member,                                                                             \
   type_of::type,                                                                                       \
   Argument::None,                                                                                      \
   kinds_of(RECORD{}),                                                                                  \
   text,                                                                                                \
   [](const Event& event, int, Scratch& scratch) {                                                      \
     return get<RECORD>(event, scratch,                                                                 \
                        [](const auto& wire, const auto& record) { return wire.type(record.member); }); \
   }},

constexpr Field kRows[] = {
#define RECORD pk_header
#define RECORD_NAME "header"
#include "bpf/shared/fields/header.def"
#undef RECORD
#undef RECORD_NAME

#define RECORD pk_fork
#define RECORD_NAME "fork"
#include "bpf/shared/fields/fork.def"
#undef RECORD
#undef RECORD_NAME

#define RECORD pk_exec
#define RECORD_NAME "exec"
#include "bpf/shared/fields/exec.def"
#undef RECORD
#undef RECORD_NAME

#define RECORD pk_exit
#define RECORD_NAME "exit"
#include "bpf/shared/fields/exit.def"
#undef RECORD
#undef RECORD_NAME

#define RECORD pk_open
#define RECORD_NAME "open"
#include "bpf/shared/fields/open.def"
#undef RECORD
#undef RECORD_NAME

#define RECORD pk_connect
#define RECORD_NAME "connect"
#include "bpf/shared/fields/connect.def"
#undef RECORD
#undef RECORD_NAME

#define RECORD pk_loss
#define RECORD_NAME "loss"
#include "bpf/shared/fields/loss.def"
#undef RECORD
#undef RECORD_NAME

#define RECORD pk_cgroup_mkdir
#define RECORD_NAME "cgroup_mkdir"
#include "bpf/shared/fields/cgroup_mkdir.def"
#undef RECORD
#undef RECORD_NAME

#define RECORD pk_cgroup_rmdir
#define RECORD_NAME "cgroup_rmdir"
#include "bpf/shared/fields/cgroup_rmdir.def"
#undef RECORD
#undef RECORD_NAME

#define RECORD pk_container
#define RECORD_NAME "container"
#include "bpf/shared/fields/container.def"
#undef RECORD
#undef RECORD_NAME
};
#undef FIELD

constexpr bool has_rows(KindSet kinds) {
  return std::any_of(std::begin(kRows), std::end(kRows), [kinds](const Field& row) { return row.kinds == kinds; });
}
#define KIND(number, name, group, doc) static_assert(has_rows({Kind::name}), "a kind without its list above");
#include "bpf/shared/kinds.def"
#undef KIND

// Members that only fill up the struct are no fields.
constexpr bool is_filler(const Field& row) { return row.name.ends_with(".reserved"); }
constexpr std::size_t kFillers = std::count_if(std::begin(kRows), std::end(kRows), is_filler);

constexpr auto kFields = [] {
  std::array<Field, std::size(kRows) - kFillers> fields{};
  std::remove_copy_if(std::begin(kRows), std::end(kRows), fields.begin(), is_filler);
  return fields;
}();

}  // namespace

std::span<const Field> wire() { return kFields; }

}  // namespace picket::rows
