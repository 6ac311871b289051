// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/fields.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "exporters/format/dns.h"
#include "rules/event/value.h"

namespace picket {
namespace {

// The family of the address in a record; 0 when the record has none.
template <class Record>
sa_family_t family_of(const Record& record) {
  if constexpr (requires { record.family; }) return record.family;
  return AF_UNSPEC;
}

// Kinds whose texts are no text for anybody: they are given as base64 alone.
template <class Record>
constexpr bool kBinary = std::is_same_v<Record, pk_dns>;

// One function for each row of types.def: how a field of that wire type is written. A type that is forgotten here does
// not compile as soon as a field has it. Inlined, so that the compiler knows the names (json.h).
struct FieldWriter {
  JsonWriter& json;
  const Event& event;
  std::string_view boot_id;
  sa_family_t family;
  bool binary;

  [[gnu::always_inline]] void u16(std::string_view name, pk_u16 number) const { json.member(name, number); }
  [[gnu::always_inline]] void u32(std::string_view name, pk_u32 number) const { json.member(name, number); }
  [[gnu::always_inline]] void u64(std::string_view name, pk_u64 number) const { json.member(name, number); }
  [[gnu::always_inline]] void s32(std::string_view name, pk_s32 number) const { json.member(name, number); }

  [[gnu::always_inline]] void key(std::string_view name, pk_key key) const {
    if (key == 0) return;
    write_entity_id(json.name(name), boot_id, key);
  }

  [[gnu::always_inline]] void text(std::string_view name, const pk_text& field) const {
    const std::string_view text = event.text(field);
    if (text.empty()) return;
    if (binary) {
      json.base64_member(name, text);
    } else {
      json.member(name, text);
    }
  }

  [[gnu::always_inline]] void comm(std::string_view name, const pk_comm& comm) const {
    const char* const end = std::find(std::begin(comm.bytes), std::end(comm.bytes), '\0');
    json.member(name, std::string_view(comm.bytes, static_cast<std::size_t>(end - comm.bytes)));
  }

  [[gnu::always_inline]] void address(std::string_view name, const pk_address& bytes) const {
    if (family != AF_INET && family != AF_INET6) return;
    Address address;
    address.family = family == AF_INET ? 4 : 6;
    std::memcpy(address.bytes.data(), bytes.bytes, family == AF_INET ? 4 : 16);
    json.name(name).placed(kLongestAddress, [&address](char* at) { return put_text(at, address); });
  }
};

// FIELD(u32, device, "...") writes `"device":<record.device>`.
#define FIELD(type, name, doc) \
  if constexpr (std::string_view(#name) != "reserved") write.type(#name, record.name);

#define BEGIN(kind) void append_rows([[maybe_unused]] const FieldWriter& write, const pk_##kind& record) {
#define END(kind) }
#include "bpf/shared/records.def"
#undef BEGIN
#undef END
#undef FIELD

template <class Record>
void append_record(JsonWriter& json, const Event& event, std::string_view boot_id) {
  const auto& record = event.as<Record>();
  append_rows(FieldWriter{json, event, boot_id, family_of(record), kBinary<Record>}, record);
}

}  // namespace

void append_fields(JsonWriter& json, const Event& event, std::string_view boot_id) {
  json.name(kind_name(event.kind())).open('{');
  switch (event.kind()) {
#define KIND(number, name, group, doc)              \
  case Kind::name:                                  \
    append_record<pk_##name>(json, event, boot_id); \
    break;
#include "bpf/shared/kinds.def"
#undef KIND
  }
  if (event.kind() == Kind::dns) append_dns(json, event.text(event.as<pk_dns>().message));
  json.close('}');
}

char* put_hex(char* at, std::uint64_t number) {
  struct Digits {
    char of[256][2];
  };
  static constexpr Digits kDigits = [] {
    Digits digits{};
    for (unsigned byte = 0; byte < 256; ++byte) {
      digits.of[byte][0] = "0123456789abcdef"[byte >> 4];
      digits.of[byte][1] = "0123456789abcdef"[byte & 15];
    }
    return digits;
  }();
  for (int shift = 56; shift >= 0; shift -= 8, at += 2) std::memcpy(at, kDigits.of[number >> shift & 255], 2);
  return at;
}

void write_alert_id(JsonWriter& json, std::uint64_t id) {
  json.placed(kHexSize, [id](char* at) { return put_hex(at, id); });
}

void write_entity_id(JsonWriter& json, std::string_view boot_id, pk_key key) {
  json.placed(boot_id.size() + 1 + kHexSize, [boot_id, key](char* at) {
    at = std::copy(boot_id.begin(), boot_id.end(), at);
    *at++ = '-';
    return put_hex(at, key);
  });
}

}  // namespace picket
