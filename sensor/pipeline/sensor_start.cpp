// SPDX-License-Identifier: Apache-2.0
//
// How the sensor starts.
//
// Why there is no gap: the lifecycle hooks come first, so that every fork, exec and exit from then on waits in the
// ring; then every running process is read; then the ring is drained, which brings the table up to date; and only then
// do the other hooks attach, so that each of their events belongs to a process that is known. What the ring says about
// a time before a process was read changes nothing (ProcessTable). What a sensor before this one has left in force goes
// when all of this one's is (takeover.h): until then an error leaves it.
#include <fmt/ranges.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "sensor/pipeline/enforcement.h"
#include "sensor/pipeline/notify.h"
#include "sensor/pipeline/running_sensor.h"
#include "sensor/process/procfs.h"

namespace picket {

std::optional<KernelError> Sensor::start() {
  struct Step {
    const char* name;
    std::optional<KernelError> (Sensor::*run)();
  };
  static constexpr Step kSteps[] = {
      {"attach the process hooks", &Sensor::attach_lifecycle},
      {"read the running processes", &Sensor::read_running_processes},
      {"find the running containers", &Sensor::read_running_containers},
      {"catch up with what happened meanwhile", &Sensor::catch_up},
      {"hand the rules to the kernel", &Sensor::decide},
      {"attach the other hooks", &Sensor::attach_hooks},
      {"keep what is refused when the sensor ends", &Sensor::keep},
      {"take over from the sensor before", &Sensor::take_over},
      {"say what this kernel cannot do", &Sensor::say_limits},
      {"give back the memory that only the start needed", &Sensor::give_back_memory},
      {"say that the rules are in force", &Sensor::say_ready},
  };
  for (const Step& step : kSteps) {
    spdlog::debug("start: {}", step.name);
    if (auto error = (this->*step.run)()) return error;
  }
  return std::nullopt;
}

std::optional<KernelError> Sensor::attach_lifecycle() {
  takeover_.sees_processes_from(boot_clock());
  return failed(kernel_->attach_lifecycle());
}

std::optional<KernelError> Sensor::attach_hooks() {
  takeover_.sees_all_from(boot_clock());
  return kernel_->attach_hooks();
}

// A recorder decides nothing, and leaves what is in force alone.
std::optional<KernelError> Sensor::take_over() {
  if (recorder_ != nullptr) return std::nullopt;
  takeover_.finish(
      {.generation = kernel_->image()->generation,
       .acting = acting_conjuncts(rules_->policy, rules_->plan.conjuncts),
       .state = acting_.enforcement().state()},
      [this](std::span<const std::byte> record) { driver_.record(record); },
      [this](const EnforcementChange& change) { say_change(change); });
  return std::nullopt;
}

std::optional<KernelError> Sensor::read_running_processes() {
  record_names();
  const RecordHandler complete = [this](std::span<const std::byte> record) {
    feed_snapshot(with_arguments(record, config_.argv_limit, config_.env));
  };
  if (auto done = kernel_->snapshot(complete); !done) {
    spdlog::warn("no task iterator ({}): reading the running processes from /proc", done.error().message);
    const RecordHandler handler = [this](std::span<const std::byte> record) { feed_snapshot(record); };
    return failed(snapshot_from_procfs(config_.argv_limit, handler, config_.env));
  }
  return std::nullopt;
}

// Cgroups that are made during the walk have their events in the ring, so that none is missed and none counts twice.
// The root is no container's.
std::optional<KernelError> Sensor::read_running_containers() {
  const std::uint64_t now = boot_clock();
  const std::string mount = (config_.host_root == "/" ? "" : config_.host_root) + hierarchy_.mount;
  struct stat root {};
  if (stat(mount.c_str(), &root) == 0) scope_.on_cgroup(root.st_ino, CgroupNews::Came);
  walk_cgroups(mount, [this, now](std::uint64_t id, std::string_view path) {
    feed([=](auto& inputs) { inputs.cgroup(id, path, now); });
  });
  return std::nullopt;
}

// The kernel's types and the trees of the rules leave holes of megabytes.
std::optional<KernelError> Sensor::give_back_memory() {
  malloc_trim(0);
  return std::nullopt;
}

std::optional<KernelError> Sensor::say_limits() {
  if (const auto reason = kernel_->observing_only()) {
    spdlog::warn("{}", reason->message);
    if (!reason->hint.empty()) spdlog::info("hint: {}", reason->hint);
  }
  say_kinds_without_hook();
  return std::nullopt;
}

void Sensor::say_kinds_without_hook() const {
  const char* const why = recorder_ != nullptr ? "" : ", which a rule asks for";
#define KIND(number, name, group, doc)                                   \
  if (kernel_->missing().contains(Kind::name)) {                         \
    spdlog::warn("this kernel has no hook for {} events{}", #name, why); \
  }
#include "bpf/shared/kinds.def"
#undef KIND
}

std::optional<KernelError> Sensor::say_ready() {
  if (recorder_ == nullptr) {
    reloads_ = std::make_unique<Reloads>(
        config_, std::move(source_.watch), source_.trust, *kernel_,
        [this]() -> const Policy& { return rules_->policy; },
        [this](PreparedRules& prepared) { return put_in_force(prepared); },
        [this](const Request& request) { return requests_.answer(request, Clocks::now()); });
  }
  health_.ready(boot_clock());  // before it is said, so that who hears it finds it true
  std::vector<std::string_view> hooks;
#define KIND(number, name, group, doc) \
  if (watch_.kinds.contains(Kind::name)) hooks.push_back(#name);
#include "bpf/shared/kinds.def"
#undef KIND
  spdlog::info("ready: {} processes known, events: {}", driver_.processes(), fmt::join(hooks, " "));
  const bool observing_only = kernel_->observing_only().has_value();
  feed([=, now = boot_clock()](auto& inputs) { inputs.ready(now, observing_only); });
  if (source_.approval) say_signature();
  notify_service_manager("READY=1");
  return std::nullopt;
}

// The signed policy is in force.
void Sensor::say_signature() {
  trust::Approval approval = *std::exchange(source_.approval, std::nullopt);
  spdlog::info("signed policy: {}", describe(approval.policy()));
  if (approval.first()) {
    spdlog::warn("{} has recorded no policy yet: any version would have been accepted this time",
                 config_.policy_record);
  }
  record(approval);
}

// A recording has all events, whoever wants them.
std::optional<KernelError> Sensor::decide() {
  if (recorder_ != nullptr) return std::nullopt;
  if (auto reason = reason_not_to_enforce(rules_->plan, *kernel_)) {
    return KernelError{KernelError::Cause::Unsupported, *std::move(reason)};
  }
  if (auto error = failed(decide_by(*rules_))) return error;
  acting_.start(rules_->plan);
  return std::nullopt;
}

}  // namespace picket
