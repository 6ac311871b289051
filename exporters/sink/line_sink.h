// SPDX-License-Identifier: Apache-2.0
//
// What all sinks of lines share: counting, and saying a failure when it begins and when it is over. Private to the
// room.
//
// Nothing is buffered here: lines are with the kernel when write() returns, so that whoever kills the sensor cannot
// take back what it has already seen. Nothing is synchronised to the disk either: that is left to the kernel's own
// schedule.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "exporters/sink/sink.h"

namespace picket {

class LineSink : public Sink {
 public:
  LineSink(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

  void write(std::string_view lines, std::size_t count) final;
  void flush() final {}
  const SinkCounters& counters() const final { return counters_; }
  std::string_view name() const final { return name_; }

 protected:
  int descriptor() const { return descriptor_; }

  // Called with what was written of a line whose rest could not be. True when it was taken back.
  virtual bool take_back(std::size_t /*written*/) { return false; }

 private:
  int end_torn_line();
  int put(std::string_view bytes, std::size_t& written);
  int wait_until_writable();
  void wrote(std::size_t count);
  void failed(int error);

  int descriptor_;
  std::string name_;
  SinkCounters counters_;
  int error_ = 0;      // why the last line was dropped; 0 when it was not
  bool torn_ = false;  // the output ends in a part of a line
};

}  // namespace picket
