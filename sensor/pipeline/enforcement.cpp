// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/enforcement.h"

#include <string>

#include "sensor/kernel/startup.h"

namespace picket {

KindSet enforced_kinds(const Plan& plan) {
  KindSet kinds;
  if (!plan.image) return kinds;
  for (const PlannedConjunct& conjunct : plan.conjuncts) {
    const pk_kind_plan& kind = plan.image->kinds[static_cast<unsigned>(conjunct.kind)];
    const std::uint32_t word = kind.enforce + 1 + conjunct.number / 64 - kind.first;
    if (plan.image->bits[word] >> conjunct.number % 64 & 1) kinds = kinds | KindSet{conjunct.kind};
  }
  return kinds;
}

KernelWants wants_of(KindSet kinds, KindSet results, const Plan& plan) {
  if (!plan.names.empty()) kinds = kinds | KindSet{Kind::link, Kind::rename, Kind::create};
  return {kinds, results, enforced_kinds(plan)};
}

std::optional<Error> reason_not_to_enforce(const Plan& plan, const KernelSide& kernel) {
  const KindSet kinds = enforced_kinds(plan);
  if (kinds.empty()) return std::nullopt;
  if (const auto observing = kernel.observing_only()) {
    return Error{"rules are to refuse " + names_of(kinds) + " events, but " + observing->message,
                 (observing->hint.empty() ? "" : observing->hint + "; ") +
                     "with enforcement.mode: audit the sensor says what it would refuse"};
  }
  const KindSet impossible = kinds & ~kernel.refusable();
  if (impossible.empty()) return std::nullopt;
  return Error{"rules are to refuse " + names_of(impossible) + " events, which this kernel can only report",
               "docs/kernels.md says what each kernel can refuse; with mode: audit a rule says what it would refuse"};
}

}  // namespace picket
