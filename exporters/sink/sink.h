// SPDX-License-Identifier: Apache-2.0
//
// A sink takes finished lines and puts them somewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "rules/event/result.h"

namespace picket {

// What became of the lines: written + dropped = given, always.
struct SinkCounters {
  std::uint64_t written = 0;
  std::uint64_t dropped = 0;
  std::string last_error;  // why the last one was dropped; empty when none was
};

// Used from one thread.
class Sink {
 public:
  virtual ~Sink() = default;

  // Writes whole lines (newlines included), which are `count`, each of them or none of it, and counts: no half line is
  // left behind in a file. Says a failure to the log once, when it begins, and once when it is over.
  virtual void write(std::string_view lines, std::size_t count) = 0;

  // Pushes out what is buffered. Called at shutdown and when the sensor is idle.
  virtual void flush() = 0;

  virtual const SinkCounters& counters() const = 0;
  virtual std::string_view name() const = 0;  // "stdout", "file /var/log/picket/alerts.json"
};

// Lines to a descriptor that the caller owns (stdout). A reader that went away (EPIPE) is a failure like any other.
std::unique_ptr<Sink> open_descriptor_sink(int descriptor, std::string name);

// Lines appended to a file; created with mode 0600, never through a symbolic link, refused when it is not a regular
// file. On a full disk the lines are dropped and counted, and writing goes on when there is room again.
Result<std::unique_ptr<Sink>> open_file_sink(const std::string& path);

}  // namespace picket
