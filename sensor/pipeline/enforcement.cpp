// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/enforcement.h"

#include <set>
#include <string>

#include "sensor/kernel/startup.h"

namespace picket {

namespace {

// Whether the conjunct is in a row of its kind: those that are enforced, or those that only say so.
bool is_in(const pk_image& image, std::uint32_t pk_kind_plan::*row, const PlannedConjunct& conjunct) {
  const pk_kind_plan& kind = image.kinds[static_cast<unsigned>(conjunct.kind)];
  const std::uint32_t word = kind.*row + 1 + conjunct.number / 64 - kind.first;
  return (image.bits[word] >> conjunct.number % 64 & 1) != 0;
}

// Rules that refuse, or say that they would, by the digest of what is executed.
bool decides_by_digests(const Plan& plan) {
  if (!plan.image) return false;
  const pk_image& image = *plan.image;
  const pk_kind_plan& exec = image.kinds[PK_exec];
  for (std::uint32_t word = 1; word <= exec.words; ++word) {
    const __u64 acting = image.bits[exec.enforce + word] | image.bits[exec.audit + word];
    if ((acting & image.bits[image.digest.asking + word]) != 0) return true;
  }
  return false;
}

// Not even what would be refused can be said then.
std::optional<Error> reason_without_digests(const Plan& plan, const KernelSide& kernel) {
  if (!decides_by_digests(plan)) return std::nullopt;
  if (auto observing = kernel.observing_only()) return observing;
  return kernel.without_digests();
}

}  // namespace

KernelWants kernel_wants(KindSet kinds, KindSet results, const Plan& plan) {
  return {kinds, results, enforced_kinds(plan), decides_by_digests(plan)};
}

KindSet enforced_kinds(const Plan& plan) {
  KindSet kinds;
  if (!plan.image) return kinds;
  for (const PlannedConjunct& conjunct : plan.conjuncts) {
    if (is_in(*plan.image, &pk_kind_plan::enforce, conjunct)) kinds = kinds | KindSet{conjunct.kind};
  }
  return kinds;
}

ActingRules acting_rules(const Plan& plan) {
  std::set<std::size_t> enforce, audit;
  if (!plan.image) return {};
  for (const PlannedConjunct& conjunct : plan.conjuncts) {
    if (is_in(*plan.image, &pk_kind_plan::enforce, conjunct)) enforce.insert(conjunct.rule);
    if (is_in(*plan.image, &pk_kind_plan::audit, conjunct)) audit.insert(conjunct.rule);
  }
  return {enforce.size(), audit.size()};
}

// Bits that rules share are never those of one that denies or kills.
std::vector<ActingConjunct> acting_conjuncts(const Policy& policy, const std::vector<PlannedConjunct>& conjuncts) {
  std::vector<ActingConjunct> acting;
  for (const PlannedConjunct& conjunct : conjuncts) {
    const Rule& rule = policy.rules[conjunct.rule];
    if (rule.response.enforces() && !conjunct.shared)
      acting.push_back({conjunct.number, rule.name, rule.response.kill});
  }
  return acting;
}

std::optional<Error> reason_not_to_enforce(const Plan& plan, const KernelSide& kernel) {
  const KindSet kinds = enforced_kinds(plan);
  if (const auto missing = reason_without_digests(plan, kernel)) {
    return Error{"rules decide by the digest of what is executed (proc.exe_hash.sha256), but " + missing->message,
                 (missing->hint.empty() ? "" : missing->hint + "; ") +
                     "without `action` such a rule alerts, by hashes that the sensor computes"};
  }
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
