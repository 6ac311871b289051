// SPDX-License-Identifier: Apache-2.0
//
// MemorySink: what an engine writes, as JSON, where a test can look at it.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "exporters/sink/sink.h"

namespace picket::test {

class MemorySink : public Sink {
 public:
  explicit MemorySink(std::vector<nlohmann::json>& lines) : lines_(lines) {}
  void write(std::string_view line, std::size_t) override { lines_.push_back(nlohmann::json::parse(line)); }
  void flush() override {}
  const SinkCounters& counters() const override { return counters_; }
  std::string_view name() const override { return "memory"; }

 private:
  std::vector<nlohmann::json>& lines_;
  SinkCounters counters_;
};

}  // namespace picket::test
