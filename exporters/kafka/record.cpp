// SPDX-License-Identifier: Apache-2.0
#include "exporters/kafka/record.h"

#include <array>
#include <cstring>

namespace picket {

namespace {

struct PackedHeader {
  std::uint64_t id;
  std::array<std::uint32_t, 4> lengths;
  std::uint64_t flags;
};
static_assert(sizeof(PackedHeader) == 32);

constexpr std::uint64_t kAgain = 1, kShortened = 2;

}  // namespace

void pack(const KafkaRecord& record, std::string& out) {
  PackedHeader header{record.id, {}, (record.again ? kAgain : 0) | (record.shortened ? kShortened : 0)};
  const std::array texts{record.topic, record.key, record.rule, record.value};
  for (std::size_t i = 0; i < texts.size(); ++i) header.lengths[i] = static_cast<std::uint32_t>(texts[i].size());
  out.assign(reinterpret_cast<const char*>(&header), sizeof header);
  for (const std::string_view text : texts) out += text;
}

std::optional<KafkaRecord> unpack(std::string_view bytes) {
  PackedHeader header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  bytes.remove_prefix(sizeof header);
  std::array<std::string_view, 4> texts;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (header.lengths[i] > bytes.size()) return std::nullopt;
    texts[i] = bytes.substr(0, header.lengths[i]);
    bytes.remove_prefix(texts[i].size());
  }
  if (!bytes.empty()) return std::nullopt;
  return KafkaRecord{.topic = texts[0],
                     .key = texts[1],
                     .rule = texts[2],
                     .id = header.id,
                     .value = texts[3],
                     .again = (header.flags & kAgain) != 0,
                     .shortened = (header.flags & kShortened) != 0};
}

}  // namespace picket
