// SPDX-License-Identifier: Apache-2.0
//
// What a format makes of a subject (an alert, an event, a notice), as text and as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "exporters/format/ecs.h"
#include "exporters/format/ocsf.h"
#include "tests/support/sample.h"

namespace picket::test {

struct Ocsf {
  static void append(TextBuffer& out, const auto& subject, SampleAlert& sample) {
    append_ocsf(out, subject, sample.host, sample.scratch);
  }
};

struct Ecs {
  static void append(TextBuffer& out, const auto& subject, SampleAlert& sample) {
    append_ecs(out, subject, sample.host, sample.scratch);
  }
};

template <class Format>
struct Lines {
  static std::string line_of(SampleAlert& sample, const auto& subject) {
    TextBuffer out;
    Format::append(out, subject, sample);
    return std::string(out.view());
  }

  static nlohmann::json parse(SampleAlert& sample, const auto& subject) {
    return nlohmann::json::parse(line_of(sample, subject));
  }

  // The event of a record, as the sample's process did it.
  template <class Struct>
  static nlohmann::json shown(Record<Struct>& record, std::optional<std::int64_t> result = std::nullopt) {
    SampleAlert sample;
    Event event = record.event(sample.process, &sample.names);
    event.result = result;
    return parse(sample, event);
  }
};

}  // namespace picket::test
