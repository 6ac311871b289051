// SPDX-License-Identifier: Apache-2.0
//
// Policy -> plan: what of all rules the kernel decides, as the image that its programs look things up in
// (bpf/shared/policy.h), and what is left to user space.
//
// Each rule becomes, for each kind of event that it can match, an OR of conjuncts; each conjunct a bit, and what it
// asks of a lane a column of that lane's rows. Which keys meet it is found by asking the condition itself, of events
// made so (truth.h): the image cannot disagree with the evaluation of rules/match. What no lane can tell counts as
// true: an event is never kept back that a rule could match. Only a conjunct of which nothing was left can refuse.
//
// Limits, beyond which rules share bits or leave more to user space, with a warning, but never fail: 1,024 conjuncts of
// a kind, 4,096 of all; 64 of a rule for a kind; 32,768 keys; a mebibyte of rows. What is in no directory (memfds,
// pipes) has no last name: a memfd whose name has slashes in it is not taken for a file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bpf/shared/policy.h"
#include "rules/language/rule.h"
#include "rules/plan/containers.h"

namespace picket {

struct PlanOptions {
  Mode mode = Mode::Observe;               // of rules that say nothing of it
  std::optional<std::uint64_t> seed = {};  // of the hashes, any number; random when nothing is said
  UnknownContainer unknown_container = UnknownContainer::Allow;
};

// A part of a conjunct.
struct PlannedPart {
  std::string text;       // as a condition would say it
  std::string lane;       // where the kernel decides it; empty: nowhere
  std::string reason;     // why not in the kernel; empty for what is decided there
  bool presumed = false;  // of what is refused: that it would have succeeded, which is what it asks
};

struct PlannedConjunct {
  Kind kind;
  std::size_t rule;       // in the policy
  std::uint32_t number;   // its bit, as pk_verdict counts them
  bool complete = false;  // it holds just when the kernel finds that it does
  bool shared = false;    // other conjuncts have the same bit
  std::vector<PlannedPart> parts = {};
};

struct Plan {
  std::unique_ptr<pk_image> image;               // generation 1; of no rules: nothing is wanted
  std::vector<PlannedConjunct> conjuncts;        // by number
  std::unique_ptr<ContainerClasses> containers;  // of the image, or of a copy of it that is in force
  // Warnings of what does not fit; an error for every rule that denies or kills and cannot be enforced.
  std::vector<Diagnostic> diagnostics;

  // Why a rule could not be refused; nothing when it could be, were it to deny. By the rule's place in the policy.
  std::vector<std::string> obstacles;
};

// Never fails. Of the policy the plan refers to the conditions alone, for the classes of containers: they must outlive
// those, wherever the policy is moved. Takes about a quarter of a second for 10,000 rules.
Plan plan(const Policy& policy, const PlanOptions& options = {});

}  // namespace picket
