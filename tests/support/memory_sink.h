// SPDX-License-Identifier: Apache-2.0
//
// Sinks that a test can look into: what an engine writes, as text or as JSON.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/sink/sink.h"

namespace picket::test {

// Hands each message on, and has delivered it then.
class CallDestination final : public Destination {
 public:
  using Call = std::function<void(const Message& message)>;
  explicit CallDestination(Call call) : call_(std::move(call)) {}

  std::size_t send(std::span<const Message> messages, Ledger& ledger) override {
    for (const Message& message : messages) call_(message);
    ledger.delivered(messages);
    return messages.size();
  }
  void poll(Ledger&, std::chrono::milliseconds) override {}
  bool flush(Ledger&, std::chrono::milliseconds) override { return true; }

 private:
  Call call_;
};

using Sinks = std::vector<std::unique_ptr<Sink>>;

// One sink, without a queue, that hands its messages to `call`.
inline Sinks call_sinks(CallDestination::Call call, SinkTraits traits = {.name = "memory"}) {
  Sinks sinks;
  sinks.push_back(std::make_unique<Sink>(std::move(traits), std::make_unique<CallDestination>(std::move(call))));
  return sinks;
}

inline Sinks json_sinks(std::vector<nlohmann::json>& lines) {
  return call_sinks([&lines](const Message& message) { lines.push_back(nlohmann::json::parse(message.text)); });
}

}  // namespace picket::test
