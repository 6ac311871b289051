// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/acting.h"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <utility>

#include "sensor/pipeline/enforcement.h"

namespace picket {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

// With rules that outlive the sensor the next one must be able to start under them; so what executes this program is
// exempt as well. An update that replaces the file is noticed like one of a runtime.
std::vector<std::string> own_executable(const Config& config) {
  std::error_code code;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", code);
  if (!config.persistent || code) return {};
  return {path.string()};
}

ExemptFiles::Add exempt_in(KernelSide& kernel) {
  return [&kernel](const pk_file_id& file) {
    if (const auto done = kernel.exempt(file); !done) spdlog::warn("{}", done.error().message);
  };
}

}  // namespace

Acting::Acting(const Config& config, KernelSide& kernel, EnforcementSwitch::Report report)
    : kernel_(kernel),
      switch_(dead_man_seconds(config) * kSecond,
              {.allow = [&kernel](bool yes) { kernel.enforce(yes); },
               .put_off = [&kernel](std::uint64_t monotonic) { kernel.enforce_until(monotonic); }},
              std::move(report)),
      mounts_(
          "/proc/1/mountinfo",
          {.show = [&kernel](std::uint32_t device, const pk_file_system* where) { return kernel.show(device, where); },
           .set_root = [&kernel](std::uint32_t device) { kernel.set_root_device(device); }}),
      exempt_(config.exempt, config.host_root, exempt_in(kernel)),
      exempt_own_(own_executable(config), "/", exempt_in(kernel)) {}

Result<std::uint32_t> Acting::decide(const Policy& policy, const Plan& plan) {
  auto generation = kernel_.decide(*plan.image, acting_conjuncts(policy, plan.conjuncts));
  if (!generation) return generation.error();
  generation_ = *generation;
  counts_.change(policy, plan.conjuncts, kernel_.former_hits());
  return generation_;
}

void Acting::start(const Plan& plan) {
  look_for_files();
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
