// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/acting.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "sensor/pipeline/enforcement.h"

namespace picket {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

}  // namespace

Acting::Acting(const Config& config, KernelSide& kernel, EnforcementSwitch::Report report)
    : kernel_(kernel),
      switch_(config.dead_man_seconds * kSecond,
              {.allow = [&kernel](bool yes) { kernel.enforce(yes); },
               .put_off = [&kernel](std::uint64_t monotonic) { kernel.enforce_until(monotonic); }},
              std::move(report)),
      exempt_(config.exempt, config.host_root, [&kernel](const pk_file_id& file) {
        if (const auto done = kernel.exempt(file); !done) spdlog::warn("{}", done.error().message);
      }) {}

Result<std::uint32_t> Acting::decide(const Policy& policy, const Plan& plan) {
  auto generation = kernel_.decide(*plan.image);
  if (!generation) return generation.error();
  generation_ = *generation;
  counts_.change(policy, plan.conjuncts, kernel_.former_hits());
  return generation_;
}

void Acting::start(const Plan& plan) {
  exempt_.look();
  switch_.start(acting_rules(plan), Clocks::now());
}

void Acting::change(const Plan& plan) { switch_.change_rules(acting_rules(plan), Clocks::now()); }

void Acting::describe(Status& status, std::uint64_t now) const {
  const std::uint64_t on_again = switch_.off_until();
  status.enforcement = switch_.state();
  if (on_again > now) status.on_again_seconds = (on_again - now + kSecond - 1) / kSecond;
  status.dead_man_seconds = static_cast<std::uint32_t>(switch_.dead_man() / kSecond);
  status.lapses = switch_.lapses();
  status.enforcing_rules = switch_.rules().enforce;
  status.auditing_rules = switch_.rules().audit;
  status.generation = generation_;
  status.counts = counts();
}

}  // namespace picket
