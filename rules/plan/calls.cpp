// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/calls.h"

#include <algorithm>
#include <vector>

namespace picket::planning {
namespace {

bool can_hold(const Drafted& one, std::uint64_t call, const Draft& draft) {
  const auto predicate = one.ask_of(kCallLane);
  if (!predicate) return true;
  const LaneKeys& keys = draft.keys.at(Draft::lane_id(one.kind, kCallLane));
  const Truth& truth = draft.truths.at(*predicate);
  for (const Truth::At& at : truth.at) {
    if (keys.number(at.key) == call) return at.holds[PK_EXACT];
  }
  return truth.other[PK_EXACT];
}

}  // namespace

std::string calls_passed_over(std::span<const Drafted* const> conjuncts, const Draft& draft) {
  std::vector<std::string_view> names;
  if (conjuncts.empty()) return {};
  for (const CallNumbers& call : calls_of(conjuncts.front()->kind)) {
    const std::vector<std::uint64_t> numbers = numbers_of(call);
    const bool all = std::all_of(numbers.begin(), numbers.end(), [&](std::uint64_t number) {
      return std::any_of(conjuncts.begin(), conjuncts.end(),
                         [&](const Drafted* one) { return can_hold(*one, number, draft); });
    });
    if (!all && std::find(names.begin(), names.end(), call.name) == names.end()) names.push_back(call.name);
  }
  std::string list;
  for (const std::string_view name : names) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

}  // namespace picket::planning
