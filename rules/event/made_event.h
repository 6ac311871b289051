// SPDX-License-Identifier: Apache-2.0
//
// MadeEvent: an event that nobody did, with the process that would have done it, those above it and its container. The
// tests of rules are made of these.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "rules/event/event.h"
#include "rules/event/layout.h"
#include "rules/event/record_bytes.h"
#include "rules/event/value.h"

namespace picket {

// The users that made events know: root, and the one that a test names.
class MadeNames : public Names {
 public:
  std::uint32_t uid = 0, gid = 0;
  std::string user_name, group_name;

  std::string_view user(std::uint32_t number) override;
  std::string_view home(std::uint32_t number) override { return number == 0 ? "/root" : ""; }
  std::string_view shell(std::uint32_t number) override { return number == 0 ? "/bin/bash" : ""; }
  std::string_view group(std::uint32_t number) override;
};

// Movable. A process that nothing is said of is pid 100 of root, without a terminal, working in /.
class MadeEvent {
 public:
  explicit MadeEvent(Kind kind);

  Kind kind() const { return static_cast<Kind>(record_.header().kind); }
  pk_header& header() { return record_.header(); }

  // The field of that name of the kind's record, or nullptr.
  const Member* member(std::string_view name) const;
  // Fields of numbers take what fits into them.
  void set(const Member& member, std::uint64_t number);
  // Texts and task names; the latter are cut to 15 bytes.
  void set(const Member& member, std::string_view text);
  void set(const Member& member, const Address& address);

  Process& process() { return processes_.front(); }
  // The next one above those that are there.
  Process& add_ancestor();
  Container& container();
  void forget_container() { container_.reset(); }
  MadeNames& names() { return *names_; }
  std::optional<std::int64_t>& result() { return result_; }
  FileHash& file_hash() { return file_hash_; }

  // Puts arguments, name and whatever else follows from the rest into the record and its processes.
  void complete();

  // Valid as long as this is and is not moved.
  Event event() const;

 private:
  void make_regular();
  void set_if_empty(std::string_view member, std::string_view text);

  RecordBytes record_;
  std::deque<Process> processes_;  // from the one that acts upwards; none of them moves
  std::unique_ptr<Container> container_;
  std::unique_ptr<MadeNames> names_ = std::make_unique<MadeNames>();
  std::optional<std::int64_t> result_;
  FileHash file_hash_;
};

}  // namespace picket
