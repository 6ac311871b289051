// SPDX-License-Identifier: Apache-2.0
//
// How an operation ended, as far as it is known.
//
// Most events are made before the operation is done: all checks are passed, and it may still fail. When a rule asks,
// the sensor waits for the call's end and puts its result into the event. What comes through io_uring has no call of
// its own that could end: its outcome stays unknown. What is unknown counts as success in conditions, since a ring must
// be no way round a rule, and is shown as unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rules/event/event.h"

namespace picket {

// The kinds that somebody did; the others come from the sensor itself.
inline constexpr KindSet kDone = ~KindSet{Kind::loss, Kind::policy, Kind::result, Kind::other_name, Kind::container};

// Those that are made once it has been done, or has failed.
inline constexpr KindSet kMadeAtTheEnd{Kind::fork,        Kind::exec,         Kind::exit,        Kind::setns,
                                       Kind::unshare,     Kind::memfd,        Kind::open_failed, Kind::accept,
                                       Kind::close,       Kind::dns,          Kind::dup,         Kind::io_uring,
                                       Kind::userfaultfd, Kind::cgroup_mkdir, Kind::cgroup_rmdir};

// Those whose outcome can be waited for.
inline constexpr KindSet kMadeBefore = kDone & ~kMadeAtTheEnd;

// Those that give the process a descriptor.
inline constexpr KindSet kGivesDescriptor{Kind::open,     Kind::open_failed, Kind::create, Kind::memfd,
                                          Kind::socket,   Kind::accept,      Kind::dup,    Kind::perf_event,
                                          Kind::io_uring, Kind::userfaultfd};

struct Outcome {
  enum class Is { Success, Failure, Unknown } is = Is::Unknown;
  std::optional<std::int64_t> result;  // what the call returned: a negative errno after a failure
};

Outcome outcome_of(const Event& event);

// The name of an error, "EACCES"; of those, too, that the kernel uses within itself when a call is to be repeated.
// `error` is positive.
std::string_view error_name(std::int64_t error);

// The word for a header.decision: "denied"; empty for numbers that are none.
std::string_view decision_name(unsigned decision);

}  // namespace picket
