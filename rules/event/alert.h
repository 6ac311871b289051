// SPDX-License-Identifier: Apache-2.0
//
// Alert: a rule that matched an event, as exporters see it. A view: it owns nothing and lives as long as the event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/attack.h"
#include "rules/event/catalogue.h"
#include "rules/event/event.h"

namespace picket {

// How urgent a rule is, most urgent first, with Falco's names.
enum class Priority {
#define PRIORITY(name, severity) name,
#include "rules/event/priorities.def"
#undef PRIORITY
};

std::string_view priority_name(Priority priority);  // "Critical"

// How grave its alerts are, with OCSF's names and numbers (severity_id).
enum class AlertSeverity : std::uint8_t {
#define SEVERITY(id, name) name = id,
#include "rules/event/severities.def"
#undef SEVERITY
};

std::string_view severity_name(AlertSeverity severity);  // "Critical"

// That of a rule which says nothing of it.
AlertSeverity severity_of(Priority priority);

// A value that is made of fields, as in %toupper(proc.name) or %proc.env[PATH]. Thread-safe on separate scratch.
class Computed {
 public:
  virtual ~Computed() = default;
  virtual Value get(const Event& event, Scratch& scratch) const = 0;
  // As outputs show it: lists whole, where get() yields the first value.
  virtual void append(std::string& out, const Event& event, Scratch& scratch) const = 0;
};

// A piece of a rule's output template: literal text, or a value.
struct OutputPiece {
  std::string text;              // the literal, or the token as written without % ("proc.aname[2]")
  const Field* field = nullptr;  // a field, unless `computed` says how its value comes about
  int index = -1;
  std::shared_ptr<const Computed> computed = nullptr;
  std::size_t width = 0;  // filled up or cut to so many bytes; 0: as long as it is

  bool literal() const { return field == nullptr && computed == nullptr; }
  Value value(const Event& event, Scratch& scratch) const {
    return computed ? computed->get(event, scratch) : field->get(event, index, scratch);
  }
};

struct Alert {
  const Event* event = nullptr;
  std::string_view rule;
  std::string_view description;
  Priority priority = Priority::Debug;
  std::span<const std::string> tags;
  std::span<const OutputPiece> output;  // the template; `message` is its text for this event
  std::string_view message;
  AlertSeverity severity = AlertSeverity::Informational;
  std::span<const Attack> attacks = {};
  std::uint64_t throttled = 0;         // alerts like this one that were suppressed since the last that was shown
  std::uint64_t rule_revision = 0;     // of all here that is the rule's, not the event's (revision.h)
  std::uint64_t id = 0;                // unique and rising over all runs of the sensor on its host; 0: it has none
  std::string_view id_text = {};       // its id where it is no such number: alerts of `picket central`
  std::span<const Value> values = {};  // one for each piece of the output (rules/match/output_text.h), or none at all

  // Of a piece that is no literal.
  Value value(std::size_t piece, Scratch& scratch) const {
    return values.empty() ? output[piece].value(*event, scratch) : values[piece];
  }
};

// Alerts that were suppressed by a rule's throttle and that no later alert could tell of. A view, too.
struct Throttled {
  std::string_view rule;
  std::string_view key;     // the fields that they agree in: "proc.name=cat user.name=root"; may be cut
  std::uint64_t count = 0;  // how many
  std::uint64_t since = 0;  // boot clock: when their window began, and the last of them
  std::uint64_t until = 0;
  std::int64_t wall_clock_offset = 0;  // as in Event
};

// Messages that one of the sensor's outputs had to drop. A view, too.
struct Undelivered {
  struct Cause {
    std::string_view name;  // "queue_full"
    std::string_view text;  // "its queue was full"
    std::uint64_t count = 0;
  };
  std::string_view output;
  std::uint64_t count = 0;  // of all causes together
  std::span<const Cause> causes = {};
  std::uint64_t since = 0;  // boot clock: they were dropped between
  std::uint64_t until = 0;
  std::int64_t wall_clock_offset = 0;
};

// What the rules of a sensor that has ended refused without it, of one of them.
struct RefusedMeanwhile {
  std::string_view rule = {};
  std::uint64_t denied = 0;
  std::uint64_t killed = 0;
};

// The time in which the kernel refused and no sensor was there.
struct Meanwhile {
  std::uint64_t since = 0, until = 0;  // boot clock; since 0: not known
  bool counted = true;                 // false: it was kept by a version whose counts cannot be read
  std::uint64_t refused = 0;           // operations that nobody has reported: all of `rules` together
  std::uint64_t recorded = 0;          // those of them of which there still was a record: alerts of their own
  std::span<const RefusedMeanwhile> rules = {};
};

// What rules may do has changed, between the states enforce, audit (rules only say what they would do), observe, off
// (by command) and lapsed (by the dead-man timer). A view, too.
struct EnforcementChange {
  std::string_view from = {}, to = {};
  std::string_view cause = {};           // command, timeout, dead_man, reload or takeover
  std::uint64_t time = 0;                // boot clock
  std::uint64_t until = 0;               // boot clock: when it turns itself on again; 0: not by itself, or it is on
  std::uint32_t uid = 0;                 // who asked for it, when a command did
  std::uint32_t pid = 0;                 // 0: nobody did
  std::string_view process = {};         // the executable of that process
  std::string_view key = {};             // the id of the key whose order it was; empty: none was needed
  const Meanwhile* meanwhile = nullptr;  // of a takeover
  std::int64_t wall_clock_offset = 0;
};

}  // namespace picket
