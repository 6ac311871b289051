// SPDX-License-Identifier: Apache-2.0
//
// LineWriter: a destination that is given lines, as a sink would, and what became of them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/sink/destination.h"
#include "exporters/sink/sink_types.h"

namespace picket::test {

struct WriterCounters {
  std::uint64_t written, dropped;
  std::string last_error;
};

class LineWriter {
 public:
  explicit LineWriter(std::unique_ptr<Destination> destination) : destination_(std::move(destination)) {}

  // Whole lines, which are `count`, each a message.
  void write(std::string_view lines, std::size_t count) {
    std::vector<Message> messages;
    for (auto rest = lines; !rest.empty(); rest.remove_prefix(messages.back().text.size())) {
      messages.emplace_back().text = rest.substr(0, rest.find('\n') + 1);
    }
    ASSERT_EQ(messages.size(), count);
    ledger_.produced(count);
    EXPECT_EQ(destination_->send(messages, ledger_), count);
  }

  WriterCounters counters() const {
    const LedgerCounts counts = ledger_.counts();
    EXPECT_EQ(counts.queued, 0u);
    return {counts.delivered, counts.all_dropped(), counts.last_error};
  }

  Destination& destination() { return *destination_; }
  Ledger& ledger() { return ledger_; }

 private:
  Ledger ledger_{"test"};
  std::unique_ptr<Destination> destination_;
};

// What a type of sinks makes of these keys.
inline Result<std::unique_ptr<Destination>> make_destination(
    std::string_view type, const std::vector<std::pair<std::string, std::string>>& keys) {
  SinkSettings settings;
  for (const auto& [key, value] : keys) settings.add(key, value);
  return find_sink_type(type)->make(settings);
}

}  // namespace picket::test
