// SPDX-License-Identifier: Apache-2.0
//
// Response: what is done about an event beside reporting it, and how often that is reported.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/alert.h"

namespace picket {

// Whether a response is carried out: not at all, only reported, or done.
enum class Mode { Observe, Audit, Enforce };
inline constexpr std::string_view kModes[] = {"observe", "audit", "enforce"};  // in this order

// An alert is always made; these come on top of it.
struct Response {
  bool deny = false;
  bool kill = false;
  int error = EPERM;           // errno of the denial, positive
  std::optional<Mode> mode{};  // nothing: the sensor's
  bool nobody_exempt = false;  // also who is otherwise refused nothing (docs/enforcement.md)

  bool enforces() const { return deny || kill; }
};

// Of the alerts that agree in `per`, at most `max` within `every` nanoseconds from the first of them.
struct Throttle {
  std::vector<OutputPiece> per;
  std::uint64_t every = 0;  // 0: not throttled
  std::uint64_t max = 1;
};

// The rule matches with the last of `count` events that meet its condition, agree in `by` and lie within so many
// nanoseconds.
struct Threshold {
  std::uint64_t count = 0;  // 0: every event that meets the condition
  std::uint64_t within = 0;
  std::vector<OutputPiece> by;
};

// The rule matches when its condition does and rules `steps` have matched before, in this order, for the same subject,
// all within so many nanoseconds.
struct Sequence {
  enum class By {
    Process,
    Ancestor,   // each step by the process of the one before it, or by a descendant of that
    Container,  // events of the host are of none
    Fields,
  };

  std::vector<std::string> after;  // names of the earlier rules; none: no sequence
  std::vector<std::size_t> steps;  // their places in Policy::rules
  By by = By::Process;
  std::vector<OutputPiece> fields;  // By::Fields
  std::uint64_t within = 0;
};

inline constexpr std::string_view kSubjects[] = {"process", "ancestor", "container"};  // in the order of Sequence::By
inline constexpr std::size_t kMaxSteps = 8;                                            // before the last
inline constexpr std::uint64_t kMaxThresholdCount = 1'000;
inline constexpr std::uint64_t kMaxWindow = 24ull * 3600 * 1'000'000'000;  // of all windows, in nanoseconds

// "deny (EACCES), kill"; "alert".
std::string describe(const Response& response);
// "3 in 1m per proc.name, user.name"; "" when there is none.
std::string describe(const Throttle& throttle);
// "5 within 10s by proc.name"
std::string describe(const Threshold& threshold);
// "after A, B within 10s by process"
std::string describe(const Sequence& sequence);
// "90s", "1m", "250ms"
std::string duration_text(std::uint64_t nanoseconds);

}  // namespace picket
