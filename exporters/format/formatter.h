// SPDX-License-Identifier: Apache-2.0
//
// Formatter: one format, for one sensor. What is the same in all of its lines it may keep.
#pragma once

#include <string>

#include "exporters/format/text_buffer.h"
#include "rules/event/alert.h"

namespace picket {

// What is the same for every record of one sensor.
struct Host {
  std::string name;     // host name
  std::string boot_id;  // /proc/sys/kernel/random/boot_id without dashes
  // What native JSON does not tell; empty when it is not known.
  std::string machine_id = {};  // /etc/machine-id
  std::string kernel = {};      // its release
};

// Each function appends one line, newline included. Any bytes in names and paths give valid JSON: bytes that are not
// UTF-8 are written as U+FFFD, and given exactly, as Base64, in a member of their own. Used from one thread. Allocates
// only when the buffer, `scratch` or what it keeps grow, and for what comes a few times an hour.
class Formatter {
 public:
  virtual ~Formatter() = default;

  virtual void append(TextBuffer& out, const Alert& alert, Scratch& scratch) = 0;
  virtual void append(TextBuffer& out, const Event& event, Scratch& scratch) = 0;  // of any kind
  virtual void append(TextBuffer& out, const Throttled& throttled, Scratch& scratch) = 0;
  virtual void append(TextBuffer& out, const EnforcementChange& change, Scratch& scratch) = 0;
  virtual void append(TextBuffer& out, const Undelivered& undelivered, Scratch& scratch) = 0;
};

}  // namespace picket
