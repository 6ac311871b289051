// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/members.h"

namespace picket {

void write_flags(JsonWriter& json, std::string_view member, std::uint32_t flags, std::span<const FlagName> names) {
  json.name(member).open('[');
  for (const FlagName& flag : names) {
    if (flags == 0) break;  // most have none or one of the first
    if ((flags & flag.mask) != 0) json.word(flag.name);
    flags &= ~flag.mask;
  }
  json.close(']');
}

void write_user(JsonWriter& json, std::string_view member, std::uint32_t uid, Names& names) {
  json.name(member).open('{').member("uid", uid);
  text_if_any(json, "name", names.user(uid));
  json.close('}');
}

void write_account(JsonWriter& json, std::string_view member, std::uint32_t uid, Names& names) {
  json.name(member).open('{').member("uid", uid);
  text_if_any(json, "name", names.user(uid));
  text_if_any(json, "home", names.home(uid));
  text_if_any(json, "shell", names.shell(uid));
  json.close('}');
}

void write_group(JsonWriter& json, std::string_view member, std::uint32_t gid, Names& names) {
  json.name(member).open('{').member("gid", gid);
  text_if_any(json, "name", names.group(gid));
  json.close('}');
}

void write_hashes(JsonWriter& json, std::string_view member, const FileHash& hash) {
  if (!hash.is_known()) return;
  char digits[kSha256Digits];
  write_digits(hash.sha256, digits);
  json.name(member).open('[').open('{').member("algorithm", "SHA-256").member("algorithm_id", 3);
  json.member("value", std::string_view(digits, sizeof digits)).close('}').close(']');
}

void write_attacks(JsonWriter& json, std::span<const Attack> attacks) {
  if (attacks.empty()) return;
  const auto write_uid = [&json](std::string_view member, std::string_view uid) {
    if (!uid.empty()) json.name(member).open('{').member("uid", uid).close('}');
  };
  json.name("attacks").open('[');
  for (const Attack& attack : attacks) {
    json.open('{');
    if (attack.tactic != nullptr) {
      json.name("tactic").open('{').member("uid", attack.tactic->uid).member("name", attack.tactic->name).close('}');
    }
    write_uid("technique", attack.technique);
    write_uid("sub_technique", attack.sub_technique);
    json.close('}');
  }
  json.close(']');
}

namespace {

// The value alone; false for a text that is not UTF-8.
struct WriteValue {
  JsonWriter& json;
  bool operator()(std::monostate) const { return json.null(), true; }
  bool operator()(std::string_view text) const { return json.text_exactly(text); }
  bool operator()(std::int64_t number) const { return json.number(number), true; }
  bool operator()(std::uint64_t number) const { return json.number(number), true; }
  bool operator()(bool truth) const { return json.truth(truth), true; }
  bool operator()(const Address& address) const {
    return json.placed(kLongestAddress, [&address](char* at) { return put_text(at, address); }), true;
  }
};

[[gnu::always_inline]] inline void write_behind_name(JsonWriter& json, std::string_view name, const Value& value) {
  if (!std::visit(WriteValue{json}, value)) json.any_base64_member(name, std::get<std::string_view>(value));
}

}  // namespace

void write_value(JsonWriter& json, std::string_view name, const Value& value) {
  write_behind_name(json.any_name(name), name, value);
}

void write_value(JsonWriter& json, std::string_view name, std::string_view written, const Value& value) {
  write_behind_name(json.name_again(written), name, value);
}

}  // namespace picket
