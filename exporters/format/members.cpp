// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/members.h"

namespace picket {

void write_flag_names(JsonWriter& json, std::uint32_t flags, std::span<const FlagName> names) {
  for (const FlagName& flag : names) {
    if (flags == 0) break;  // most have one of the first
    if ((flags & flag.mask) != 0) json.word(flag.name);
    flags &= ~flag.mask;
  }
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

struct WriteValue {
  JsonWriter& json;
  void operator()(std::monostate) const { json.null(); }
  void operator()(std::string_view text) const { json.text(text); }
  void operator()(std::int64_t number) const { json.number(number); }
  void operator()(std::uint64_t number) const { json.number(number); }
  void operator()(bool truth) const { json.truth(truth); }
  void operator()(const Address& address) const {
    json.placed(kLongestAddress, [&address](char* at) { return put_text(at, address); });
  }
};

}  // namespace

void write_no_text(JsonWriter& json, const Value& value) { std::visit(WriteValue{json}, value); }

}  // namespace picket
