// SPDX-License-Identifier: Apache-2.0
//
// Where finished alerts go: every sink with its format.
//
// Lines of records that came together are written together. They wait no longer than those are being looked at, and are
// with the kernel before the sensor waits for more: whoever kills it takes back nothing that it had not just read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporters/format/formats.h"
#include "exporters/sink/sink.h"
#include "rules/event/alert.h"
#include "sensor/pipeline/config.h"

namespace picket {

// Used from one thread. Allocates nothing per alert once its buffer has grown.
class Outputs {
 public:
  Outputs(Host host, std::vector<std::unique_ptr<Sink>> json, std::vector<std::unique_ptr<Sink>> human, bool colour,
          const Format& format = all_formats().front());

  void write(const Alert& alert, Scratch& scratch);
  void write(const Event& event, Scratch& scratch);  // kind loss or policy
  void write(const Throttled& throttled, Scratch& scratch);
  void write(const EnforcementChange& change, Scratch& scratch);

  // Until flush(), lines may be kept, some hundred kilobytes of them. Otherwise each is written at once.
  void hold() { held_ = true; }
  void flush();

  // Lines that sinks had to drop, and why, one sentence for each sink that lost any; empty when none did.
  std::vector<std::string> losses() const;
  // How many that were, of all sinks.
  std::uint64_t dropped() const;

 private:
  template <class Subject>
  void write_all(const Subject& subject, Scratch& scratch);
  void put_out();
  static void put_out(std::string_view lines, std::size_t count, const std::vector<std::unique_ptr<Sink>>& sinks);

  std::unique_ptr<Formatter> formatter_;  // of json_
  std::vector<std::unique_ptr<Sink>> json_;
  std::vector<std::unique_ptr<Sink>> human_;
  bool colour_;
  bool held_ = false;
  TextBuffer json_lines_;
  std::string human_lines_;
  std::size_t json_count_ = 0;
};

// This host, whose root directory is seen there.
Host read_host(const std::string& host_root);

// Opens what the configuration asks for. Fails when a file cannot be opened.
Result<Outputs> open_outputs(const Config& config, Host host);

}  // namespace picket
