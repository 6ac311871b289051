// SPDX-License-Identifier: Apache-2.0
//
// Alerts that are only counted: the sensor writes into a pipe, so that millions of them need no room.
//
//   Counted alerts({"no opening"});
//   Sensor sensor({.rules = ..., .standard_output = alerts.pipe()});
//   ...
//   sensor.stop();
//   alerts.of("no opening");
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/kernel/support/files.h"

namespace picket::test {

class Counted {
 public:
  // `also`: what stands in a line besides, of those that count.
  explicit Counted(const std::vector<std::string>& rules, std::string also = "");
  ~Counted();  // waits for the sensor's end
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  const std::string& pipe() const { return pipe_; }

  // Alerts of that rule; of all rules. Waits for the sensor's end: it must have been asked for.
  std::uint64_t of(const std::string& rule);
  std::uint64_t all();

 private:
  void read_all();
  void count(std::string_view line);
  void finish();

  Directory directory_;
  const std::string pipe_ = directory_ / "alerts";
  const std::string also_;
  std::map<std::string, std::uint64_t> counts_;  // by what stands in the line
  std::thread reader_;
};

}  // namespace picket::test
