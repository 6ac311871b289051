// SPDX-License-Identifier: Apache-2.0
#include "rules/event/outcome.h"

#include <cstring>
#include <iterator>

namespace picket {
namespace {

// include/linux/errno.h of the kernel: never seen by programs, but by whoever looks at the end of a call.
struct InnerError {
  std::int64_t number;
  std::string_view name;
};

constexpr InnerError kInnerErrors[] = {
    {512, "ERESTARTSYS"}, {513, "ERESTARTNOINTR"}, {514, "ERESTARTNOHAND"}, {516, "ERESTART_RESTARTBLOCK"}};

constexpr std::int64_t kMostErrors = 4095;

// The descriptor that an event made at the end tells itself.
std::optional<std::int64_t> descriptor_of(const Event& event) {
  if (event.kind() == Kind::io_uring) return event.as<pk_io_uring>().descriptor;
  if (event.kind() == Kind::dup) return event.as<pk_dup>().new_descriptor;
  return std::nullopt;
}

}  // namespace

Outcome outcome_of(const Event& event) {
  using Is = Outcome::Is;
  if (event.result)
    return {*event.result < 0 && *event.result >= -kMostErrors ? Is::Failure : Is::Success, event.result};
  if (event.header->error != 0) return {Is::Failure, event.header->error};
  if (!kMadeAtTheEnd.contains(event.kind())) return {};
  if (kGivesDescriptor.contains(event.kind())) return {Is::Success, descriptor_of(event)};
  return {Is::Success, 0};
}

std::string_view decision_name(unsigned decision) {
  static constexpr std::string_view kWords[] = {
#define DECISION(number, name, word, doc) #word,
#include "bpf/shared/decisions.def"
#undef DECISION
  };
  return decision < std::size(kWords) ? kWords[decision] : std::string_view();
}

std::string_view error_name(std::int64_t error) {
  for (const InnerError& row : kInnerErrors) {
    if (row.number == error) return row.name;
  }
  const char* name = error > 0 && error <= kMostErrors ? strerrorname_np(static_cast<int>(error)) : nullptr;
  return name != nullptr ? name : "EUNKNOWN";
}

}  // namespace picket
