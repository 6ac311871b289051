// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/members.h"

namespace picket {

void write_flags(JsonWriter& json, std::string_view member, std::uint32_t flags, std::span<const FlagName> names) {
  json.name(member).open('[');
  for (const FlagName& flag : names) {
    if (flags == 0) break;  // most have none or one of the first
    if ((flags & flag.mask) != 0) json.text(flag.name);
    flags &= ~flag.mask;
  }
  json.close(']');
}

void write_hashes(JsonWriter& json, std::string_view member, const FileHash& hash) {
  if (!hash.is_known()) return;
  char digits[kSha256Digits];
  write_digits(hash.sha256, digits);
  json.name(member).open('[').open('{').member("algorithm", "SHA-256").member("algorithm_id", 3);
  json.member("value", std::string_view(digits, sizeof digits)).close('}').close(']');
}

}  // namespace picket
