// SPDX-License-Identifier: Apache-2.0
//
// Members that several formats, or several parts of one, have.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bpf/shared/wire.h"
#include "exporters/format/json.h"
#include "rules/event/attack.h"
#include "rules/event/file_hash.h"
#include "rules/event/process.h"
#include "rules/event/value.h"

namespace picket {

// Members that nobody knows the value of are left out.
[[gnu::always_inline]] inline void text_if_any(JsonWriter& json, std::string_view member, std::string_view text) {
  if (!text.empty()) json.member(member, text);
}

struct FlagName {
  std::uint32_t mask;
  std::string_view name;
};

// Of records and of processes.
inline constexpr FlagName kFlags[] = {
#define FLAG(bit, name, doc) {PK_FLAG_##name, #name},
#include "bpf/shared/flags.def"
#undef FLAG
};

// Of executables.
inline constexpr FlagName kExeFlags[] = {
#define EXE_FLAG(bit, name, doc) {PK_EXE_##name, #name},
#include "bpf/shared/exe_flags.def"
#undef EXE_FLAG
};

// "NAME",...: those that are set.
void write_flag_names(JsonWriter& json, std::uint32_t flags, std::span<const FlagName> names);

// "MEMBER":["NAME",...]; most have none.
[[gnu::always_inline]] inline void write_flags(JsonWriter& json, std::string_view member, std::uint32_t flags,
                                               std::span<const FlagName> names) {
  json.name(member).open('[');
  if (flags != 0) write_flag_names(json, flags, names);
  json.close(']');
}

// "MEMBER":{"uid":0,"name":"root"}; an account tells of the home directory and the login shell besides.
void write_user(JsonWriter& json, std::string_view member, std::uint32_t uid, Names& names);
void write_account(JsonWriter& json, std::string_view member, std::uint32_t uid, Names& names);
void write_group(JsonWriter& json, std::string_view member, std::uint32_t gid, Names& names);

// In OCSF's shape (fingerprint), where SHA-256 has the number 3; nothing when it is not known.
void write_hashes(JsonWriter& json, std::string_view member, const FileHash& hash);

// "attacks":[...], in OCSF's shape; nothing when there are none.
void write_attacks(JsonWriter& json, std::span<const Attack> attacks);

// A value that is no text, without its name: null when it is missing.
void write_no_text(JsonWriter& json, const Value& value);

// A member's value, whose name has been written. Nearly all are texts.
inline void write_behind_name(JsonWriter& json, std::string_view name, const Value& value) {
  const auto* const text = std::get_if<std::string_view>(&value);
  if (text == nullptr) return write_no_text(json, value);
  if (!json.text_exactly(*text)) json.any_base64_member(name, *text);
}

// A member of any name. `written` is the name as any_name() has written it.
inline void write_value(JsonWriter& json, std::string_view name, const Value& value) {
  write_behind_name(json.any_name(name), name, value);
}
inline void write_value(JsonWriter& json, std::string_view name, std::string_view written, const Value& value) {
  write_behind_name(json.name_again(written), name, value);
}

}  // namespace picket
