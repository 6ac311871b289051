// SPDX-License-Identifier: Apache-2.0
//
// What all destinations of lines share: each message is written whole or not at all, and when that fails, and is over,
// it is said once. Private to the room.
//
// Nothing is buffered here: lines are with the kernel when send() returns, so that whoever kills the sensor cannot
// take back what it has already seen.
#pragma once

#include <string_view>

#include "exporters/sink/destination.h"

namespace picket {

class LineDestination : public Destination {
 public:
  // Takes all of them over. Messages whose texts lie one behind the other are written together.
  std::size_t send(std::span<const Message> messages, Ledger& ledger) override;
  void poll(Ledger& /*ledger*/, std::chrono::milliseconds /*wait*/) override {}
  bool flush(Ledger& /*ledger*/, std::chrono::milliseconds /*wait*/) override { return true; }

 protected:
  explicit LineDestination(int descriptor) : descriptor_(descriptor) {}

  int descriptor() const { return descriptor_; }
  void set_descriptor(int descriptor) { descriptor_ = descriptor; }

 private:
  // Called with what was written of a message whose rest could not be. True when it was taken back.
  virtual bool take_back(std::size_t /*written*/) { return false; }

  // Called when messages have been written, before they count as delivered. 0, or why they are not.
  virtual int complete() { return 0; }

  int end_torn_line();
  int put(std::string_view bytes, std::size_t& written);
  int wait_until_writable();
  void settle(std::span<const Message> messages, Ledger& ledger);
  void fail(int error, std::size_t count, Ledger& ledger);

  int descriptor_;
  int error_ = 0;      // why the last message was dropped; 0 when it was not
  bool torn_ = false;  // the output ends in a part of a line
};

}  // namespace picket
