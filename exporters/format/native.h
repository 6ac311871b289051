// SPDX-License-Identifier: Apache-2.0
//
// Picket's own JSON: one object a line, stable, versioned ("schema": "picket.alert.v1").
#pragma once

#include <string>

#include "exporters/format/lineage_texts.h"
#include "exporters/format/rule_texts.h"
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

// Appends records as lines. Any bytes in names and paths give valid JSON: bytes that are not UTF-8 are written as
// U+FFFD, and the member is given again, exactly, as "<member>_base64" beside it. Used from one thread. Allocates only
// when the buffer, `scratch` or what it keeps grow.
class NativeJson {
 public:
  explicit NativeJson(Host host);

  // "schema": "picket.alert.v1"
  void append(TextBuffer& out, const Alert& alert, Scratch& scratch);

  // What the sensor says of itself, "schema": "picket.event.v1": an event of kind loss or policy; alerts that were
  // suppressed, as kind throttled; a change of enforcement, as kind enforcement.
  void append(TextBuffer& out, const Event& event, Scratch& scratch) const;
  void append(TextBuffer& out, const Throttled& throttled, Scratch& scratch) const;
  void append(TextBuffer& out, const EnforcementChange& change, Scratch& scratch) const;

 private:
  Host host_;
  std::string host_member_;  // as every record has it
  RuleTexts rules_;
  LineageTexts lineages_;
};

}  // namespace picket
