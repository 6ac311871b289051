// SPDX-License-Identifier: Apache-2.0
//
// EventReader: an alert in native JSON (picket.alert.v1) as the event that it was about, so that other rules can look
// at it. Written again it is the same text, and every field that rules can ask for has the same value; docs/central.md
// says which few have not.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "exporters/format/formatter.h"
#include "rules/event/event.h"
#include "sensor/central/record_reader.h"

namespace picket::central {

std::string_view problem_name(Problem problem);  // "not_json"
std::string_view describe(Problem problem);      // for people

// Bytes of the longest message: ten times what the largest record is as JSON.
inline constexpr std::size_t kLargestMessage = 4u << 20;

// Not thread-safe. Allocates only for processes and containers that are new to it, and what it keeps of those is
// bounded: some 40 MB as a rule, 200 MB whatever they are like.
class EventReader {
 public:
  EventReader();
  ~EventReader();
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  // Reads a message; nothing when it is an event. Any bytes are safe.
  std::optional<Problem> read(std::string_view message);

  // What was read last, when there was no problem. Good until the next read(), but for the host. Events of different
  // boots of hosts have different origins.
  const Event& event() const;
  const Host& host() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace picket::central
