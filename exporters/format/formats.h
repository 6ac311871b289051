// SPDX-License-Identifier: Apache-2.0
//
// The formats that machines read, by name: one row each in formats.cpp. A new one is a file and a row.
#pragma once

#include <span>
#include <string_view>

#include "exporters/format/line.h"
#include "exporters/format/native.h"
#include "rules/event/alert.h"

namespace picket {

// Each function appends one line, newline included. All that formats/native.h promises of any bytes and of memory holds
// for every one of them. What a format has no place for goes to its place for what vendors add (docs/formats.md).
struct Format {
  std::string_view name;  // as output.format has it
  std::string_view doc;
  void (*alert)(Line& out, const Alert& alert, const Host& host, Scratch& scratch);
  void (*event)(Line& out, const Event& event, const Host& host, Scratch& scratch);  // any kind
  void (*throttled)(Line& out, const Throttled& throttled, const Host& host, Scratch& scratch);
  void (*change)(Line& out, const EnforcementChange& change, const Host& host, Scratch& scratch);
};

// The first one is the default.
std::span<const Format> all_formats();

// The format of that name, or nullptr.
const Format* find_format(std::string_view name);

// Whichever of the four the subject is.
inline void append(const Format& format, Line& out, const Alert& alert, const Host& host, Scratch& scratch) {
  format.alert(out, alert, host, scratch);
}
inline void append(const Format& format, Line& out, const Event& event, const Host& host, Scratch& scratch) {
  format.event(out, event, host, scratch);
}
inline void append(const Format& format, Line& out, const Throttled& throttled, const Host& host, Scratch& scratch) {
  format.throttled(out, throttled, host, scratch);
}
inline void append(const Format& format, Line& out, const EnforcementChange& change, const Host& host,
                   Scratch& scratch) {
  format.change(out, change, host, scratch);
}

}  // namespace picket
