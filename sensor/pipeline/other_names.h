// SPDX-License-Identifier: Apache-2.0
//
// Other names of files, as the kernel side tells them just before an event under whose own path a rule would miss it
// (bpf/lib/other_names.bpf.h): kept until that event is evaluated, and the event as it is under such a name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/event/event.h"

namespace picket {

struct OtherName {
  std::uint64_t time = 0;  // boot clock
  std::uint32_t which = 0;
  std::string path;
};

// Used from one thread. Allocates, but only for events that have such names.
class OtherNames {
 public:
  explicit OtherNames(std::size_t most = 4096) : most_(most) {}

  // Keeps a record of the kind other_name. What belongs to events that were lost meanwhile goes when there is no room.
  void note(const Event& record);

  // The names of this event, which is flagged to have some; none when their record was lost. They are kept no longer.
  std::vector<OtherName> take(const Event& event);

  std::size_t size() const { return size_; }

 private:
  std::unordered_map<std::uint64_t, std::vector<OtherName>> names_;  // by thread and kind
  std::size_t size_ = 0;
  const std::size_t most_;
};

// An event whose first (0) or second (1) path is another one. Owns the record.
class RenamedEvent {
 public:
  RenamedEvent(const Event& event, std::uint32_t which, std::string_view path);
  RenamedEvent(const RenamedEvent&) = delete;
  RenamedEvent& operator=(const RenamedEvent&) = delete;

  // With the path that it takes the place of as `reached_by`. Good as long as this and the event are.
  Event& event() { return renamed_; }

 private:
  std::vector<std::uint64_t> words_;  // the record, aligned to 8 bytes
  Event renamed_;
};

}  // namespace picket
