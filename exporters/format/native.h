// SPDX-License-Identifier: Apache-2.0
//
// Picket's own JSON: one object a line, stable, versioned ("schema": "picket.alert.v1").
#pragma once

#include <string>

#include "exporters/format/envelope.h"
#include "exporters/format/formatter.h"
#include "exporters/format/lineage_texts.h"
#include "exporters/format/rule_texts.h"

namespace picket {

// What is not UTF-8 is given again, exactly, as "<member>_base64" beside its member.
class NativeJson final : public Formatter {
 public:
  explicit NativeJson(Host host);

  // "schema": "picket.alert.v1"
  void append(TextBuffer& out, const Alert& alert, Scratch& scratch) override;

  // What the sensor says of itself, "schema": "picket.event.v1": alerts that were suppressed are of kind throttled, a
  // change of enforcement of kind enforcement.
  void append(TextBuffer& out, const Event& event, Scratch& scratch) override;
  void append(TextBuffer& out, const Throttled& throttled, Scratch& scratch) override;
  void append(TextBuffer& out, const EnforcementChange& change, Scratch& scratch) override;
  void append(TextBuffer& out, const Undelivered& undelivered, Scratch& scratch) override;

 private:
  Host host_;
  std::string host_member_;  // as every record has it
  EnvelopeText alert_begins_;
  RuleTexts rules_;
  LineageTexts lineages_;
};

}  // namespace picket
