// SPDX-License-Identifier: Apache-2.0
//
// How an operation ended: evt.res and its kin, and the descriptor that it gave.
#include <limits>
#include <optional>

#include "rules/event/number_names.h"
#include "rules/event/rows.h"

namespace picket::rows {
namespace {

constexpr KindSet kReturning = (kDone & ~kGivesDescriptor) | KindSet{Kind::dup};

// Stands in comparisons for a number that nobody knows: what succeeded returned a descriptor, or nothing to speak of.
std::int64_t presumed(Kind kind) {
  return kGivesDescriptor.contains(kind) ? std::numeric_limits<std::int64_t>::max() : 0;
}

Value result_name(const Event& event, int, Scratch&) {
  if (!kDone.contains(event.kind())) return {};
  const Outcome outcome = outcome_of(event);
  if (outcome.is != Outcome::Is::Failure) return std::string_view("SUCCESS");
  return error_name(-*outcome.result);
}

Value result_number(const Event& event, int, Scratch&) {
  const auto result = kDone.contains(event.kind()) ? outcome_of(event).result : std::nullopt;
  return result ? Value{*result} : Value{};
}

Value each_result_number(const Event& event, int position, Scratch&) {
  if (position != 0 || !kDone.contains(event.kind())) return {};
  return outcome_of(event).result.value_or(presumed(event.kind()));
}

Value decision(const Event& event, int, Scratch&) {
  return kDone.contains(event.kind()) ? known_text(decision_name(event.header->decision)) : Value{};
}

Value failed(const Event& event, int, Scratch&) {
  return kDone.contains(event.kind()) ? Value{outcome_of(event).is == Outcome::Is::Failure} : Value{};
}

Value descriptor(const Event& event, int, Scratch&) {
  constexpr std::int64_t kNoDescriptor = -1;
  if (!kGivesDescriptor.contains(event.kind())) return {};
  const Outcome outcome = outcome_of(event);
  if (outcome.is == Outcome::Is::Failure) return kNoDescriptor;
  return outcome.result ? Value{*outcome.result} : Value{};
}

Value each_descriptor(const Event& event, int position, Scratch& scratch) {
  if (position != 0 || !kGivesDescriptor.contains(event.kind())) return {};
  const Value known = descriptor(event, -1, scratch);
  return present(known) ? known : Value{presumed(event.kind())};
}

// The number of a success, the name of an error.
Value result_argument(const Event& event, int, Scratch& scratch) {
  if (!kReturning.contains(event.kind())) return {};
  const Outcome outcome = outcome_of(event);
  if (outcome.is == Outcome::Is::Failure) return error_name(-*outcome.result);
  return outcome.result ? Value{decimal(*outcome.result, scratch)} : Value{};
}

Value each_result_argument(const Event& event, int position, Scratch& scratch) {
  if (position != 0 || !kReturning.contains(event.kind())) return {};
  const Value known = result_argument(event, -1, scratch);
  return present(known) ? known : Value{std::string_view("0")};
}

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {.name = "evt.res",
     .type = Type::Text,
     .argument = kNone,
     .kinds = kDone,
     .doc = "How it ended: SUCCESS or the name of the error (EACCES). Through io_uring nobody knows: then SUCCESS.",
     .get = result_name,
     .asks_outcome = true},
    {.name = "evt.rawres",
     .type = Type::Signed,
     .argument = kNone,
     .kinds = kDone,
     .doc =
         "What the call returned, an error as a negative number. Not known through io_uring, where it compares as 0, "
         "or, for what gives a descriptor, as one above all others.",
     .get = result_number,
     .get_each = each_result_number,
     .asks_outcome = true},
    {.name = "evt.failed",
     .type = Type::Bool,
     .argument = kNone,
     .kinds = kDone,
     .doc = "It failed or was refused. Through io_uring: was refused.",
     .get = failed,
     .asks_outcome = true},
    {.name = "evt.decision",
     .type = Type::Text,
     .argument = kNone,
     .kinds = kDone,
     .doc = "What a rule that denies or kills made of it: allowed, denied, would_deny, killed or would_kill.",
     .get = decision},
    {.name = "fd.num",
     .type = Type::Signed,
     .argument = kNone,
     .kinds = kGivesDescriptor,
     .doc = "The new descriptor; -1 after a failure. Not known through io_uring, where it compares as one above all "
            "others.",
     .get = descriptor,
     .get_each = each_descriptor,
     .asks_outcome = true},
    {.name = "evt.arg.res",
     .type = Type::Text,
     .argument = kNone,
     .kinds = kReturning,
     .doc = "What the call returned: a number, or the name of the error (EACCES). Not known through io_uring, where it "
            "compares as 0.",
     .get = result_argument,
     .get_each = each_result_argument,
     .asks_outcome = true},
};

}  // namespace

std::span<const Field> outcome() { return kFields; }

}  // namespace picket::rows
