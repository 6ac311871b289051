// SPDX-License-Identifier: Apache-2.0
//
// Sample: an event of one kind whose lanes are set one by one, to ask a condition what it says of them. What belongs to
// no lane is as in an event of root's that nothing is known of. Not copyable; allocates only when it is made and when a
// text is longer than any before.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rules/event/event.h"
#include "rules/event/layout.h"
#include "rules/event/record_bytes.h"
#include "rules/plan/lane.h"

namespace picket::planning {

class Sample {
 public:
  explicit Sample(Kind kind);
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  // `number` as a hook has it: the lowest bytes count. Of the lane of calls it is a pk_call().
  void set_number(Lane lane, std::uint64_t number);
  void reset_number(Lane lane);
  // Of kinds that have an address: IPv4 inside IPv6.
  void set_mapped_address(bool mapped);
  // Of kinds that are decided by an address. Nothing: of a family that has none.
  void set_ip(const std::optional<pk_ip>& ip);
  // At most PATH_MAX bytes. `lane` is either of the path's.
  void set_path(Lane lane, std::string_view path);
  void set_task(std::string_view name);
  void set_parent(std::string_view name);    // no name: there is no parent
  void set_digest(std::string_view digits);  // 64 hexadecimal ones
  void set_container(const Container* container) { event_.container = container; }

  pk_header& header() { return record_.header(); }
  const Event& event() const { return event_; }

 private:
  void set_call(std::uint64_t call);
  void set_text(std::string_view member, std::size_t room, std::string_view text);

  Kind kind_;
  RecordBytes record_;
  Process process_, parent_;
  Event event_;
};

// The member of that name of the kind's records, or nullptr.
const Member* find_member(Kind kind, std::string_view name);

}  // namespace picket::planning
