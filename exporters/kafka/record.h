// SPDX-License-Identifier: Apache-2.0
//
// A message as it goes to Kafka, and as the spool keeps it: topic and key are decided when it is taken, so that a
// change of the configuration does not move what waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picket {

// A view.
struct KafkaRecord {
  std::string_view topic;
  std::string_view key;
  std::string_view rule;  // empty: none
  std::uint64_t id = 0;   // 0: none
  std::string_view value;
  bool again = false;      // it may have reached the broker before
  bool shortened = false;  // the value is not whole (shorten.h)
};

// As bytes, over `out`: the numbers (little-endian), then the texts in the order above.
void pack(const KafkaRecord& record, std::string& out);

// Nothing when the bytes are no such record. Views into `bytes`.
std::optional<KafkaRecord> unpack(std::string_view bytes);

}  // namespace picket
