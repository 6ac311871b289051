// SPDX-License-Identifier: Apache-2.0
//
// Why there is no gap at start-up: the lifecycle hooks come first, so that every fork, exec and exit from then on waits
// in the ring; then every running process is read; then the ring is drained, which brings the table up to date; and
// only then do the other hooks attach, so that each of their events belongs to a process that is known. What the ring
// says about a time before a process was read changes nothing (ProcessTable).
#include "sensor/pipeline/sensor.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "sensor/decode/decode.h"
#include "sensor/pipeline/engine.h"
#include "sensor/pipeline/notify.h"
#include "sensor/pipeline/outputs.h"
#include "sensor/process/cgroup_tree.h"
#include "sensor/process/containers.h"
#include "sensor/process/procfs.h"
#include "sensor/process/table.h"
#include "sensor/process/users.h"

namespace picket {
namespace {

// A lone event waits at most this long: the kernel side wakes us only for a well-filled ring.
constexpr int kDrainTimeoutMs = 50;
constexpr std::uint64_t kTickNs = 1'000'000'000;

class Sensor {
 public:
  Sensor(const Config& config, const Policy& policy, Outputs outputs, std::unique_ptr<KernelSide> kernel,
         const CgroupHierarchy& hierarchy)
      : config_(config),
        hierarchy_(hierarchy),
        kinds_(policy.kinds),
        rules_(policy.rules.size()),
        outputs_(std::move(outputs)),
        kernel_(std::move(kernel)),
        processes_(config.max_processes),
        containers_({.host_root = config.host_root,
                     .wait_ns = config.container_wait_ms * 1'000'000ull,
                     .hierarchy = hierarchy.id}),
        engine_(policy, processes_, containers_, names_, outputs_) {}

  std::optional<KernelError> start();
  Result<void> run(const volatile std::sig_atomic_t& stop);

 private:
  // The steps of start().
  std::optional<KernelError> attach_lifecycle() { return failed(kernel_->attach_lifecycle()); }
  std::optional<KernelError> read_running_processes();
  std::optional<KernelError> read_running_containers();
  std::optional<KernelError> catch_up() { return failed(drain_all()); }
  std::optional<KernelError> attach_hooks() { return kernel_->attach_hooks(); }
  std::optional<KernelError> say_limits();
  std::optional<KernelError> say_ready();

  static std::optional<KernelError> failed(const Result<void>& result) {
    if (result) return std::nullopt;
    return KernelError{KernelError::Cause::Failed, result.error()};
  }
  Result<void> drain_all();

  Result<std::size_t> drain(int timeout_ms) {
    auto count = kernel_->drain(timeout_ms, [this](std::span<const std::byte> record) { engine_.on_record(record); });
    engine_.poll_containers(boot_clock());
    return count;
  }
  void tick();
  void read_processes_again();
  void take_over(std::span<const std::byte> record);
  void say_summary() const;
  void say_rates() const;

  const Config& config_;
  const CgroupHierarchy hierarchy_;
  KindSet kinds_;
  std::size_t rules_;
  Outputs outputs_;
  std::unique_ptr<KernelSide> kernel_;
  ProcessTable processes_;
  ContainerTable containers_;
  UserDatabase names_;
  Engine engine_;
  std::uint64_t last_tick_ = 0;
};

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
      {"attach the other hooks", &Sensor::attach_hooks},
      {"say what this kernel cannot do", &Sensor::say_limits},
      {"say that the rules are in force", &Sensor::say_ready},
  };
  for (const Step& step : kSteps) {
    spdlog::debug("start: {}", step.name);
    if (auto error = (this->*step.run)()) return error;
  }
  return std::nullopt;
}

void Sensor::take_over(std::span<const std::byte> record) {
  const auto decoded = decode(record);
  if (const auto* event = std::get_if<Event>(&decoded)) processes_.apply_snapshot(*event);
}

std::optional<KernelError> Sensor::read_running_processes() {
  const RecordHandler complete = [this](std::span<const std::byte> record) {
    take_over(with_arguments(record, config_.argv_limit, config_.env));
  };
  if (auto done = kernel_->snapshot(complete); !done) {
    spdlog::warn("no task iterator ({}): reading the running processes from /proc", done.error().message);
    const RecordHandler handler = [this](std::span<const std::byte> record) { take_over(record); };
    return failed(snapshot_from_procfs(config_.argv_limit, handler, config_.env));
  }
  return std::nullopt;
}

// Cgroups that are made during the walk have their events in the ring, so that none is missed and none counts twice.
std::optional<KernelError> Sensor::read_running_containers() {
  const std::uint64_t now = boot_clock();
  const std::string mount = (config_.host_root == "/" ? "" : config_.host_root) + hierarchy_.mount;
  walk_cgroups(mount, [this, now](std::uint64_t id, std::string_view path) { containers_.add_running(id, path, now); });
  return std::nullopt;
}

Result<void> Sensor::drain_all() {
  for (;;) {
    auto count = drain(0);
    if (!count) return count.error();
    if (*count == 0) return {};
  }
}

std::optional<KernelError> Sensor::say_limits() {
  if (const auto reason = kernel_->observing_only()) {
    spdlog::warn("{}", reason->message);
    if (!reason->hint.empty()) spdlog::info("hint: {}", reason->hint);
  }
#define KIND(number, name, group, doc)                                                   \
  if (kernel_->missing().contains(Kind::name)) {                                         \
    spdlog::warn("this kernel has no hook for {} events, which a rule asks for", #name); \
  }
#include "bpf/shared/kinds.def"
#undef KIND
  return std::nullopt;
}

std::optional<KernelError> Sensor::say_ready() {
  std::vector<std::string_view> hooks;
#define KIND(number, name, group, doc) \
  if (kinds_.contains(Kind::name)) hooks.push_back(#name);
#include "bpf/shared/kinds.def"
#undef KIND
  spdlog::info("ready: {} processes known, events: {}", processes_.size(), fmt::join(hooks, " "));
  engine_.report_policy(rules_, kinds_, kernel_->observing_only().has_value());
  notify_service_manager("READY=1");
  return std::nullopt;
}

Result<void> Sensor::run(const volatile std::sig_atomic_t& stop) {
  while (stop == 0) {
    auto count = drain(kDrainTimeoutMs);
    if (!count) return count.error();
    engine_.on_time(boot_clock());
    if (*count == 0) outputs_.flush();
    if (boot_clock() - last_tick_ >= kTickNs) tick();
  }
  notify_service_manager("STOPPING=1");
  auto drained = drain_all();
  engine_.finish();
  tick();
  outputs_.flush();
  say_summary();
  return drained;
}

void Sensor::tick() {
  const Losses losses = kernel_->losses();
  const auto lost = [&losses](Kind kind) { return losses[static_cast<std::size_t>(kind)].count != 0; };
  if (lost(Kind::fork) || lost(Kind::exec) || lost(Kind::exit)) read_processes_again();
  engine_.tick(last_tick_ = boot_clock(), losses);
}

// What was lost of the lives of processes is seen from those that are there. What is in the rings is newer than the
// table, so that what differs from the table is looked at again when they have been read. Arguments come from /proc,
// where the process can have changed them: only for those whose own record was lost.
void Sensor::read_processes_again() {
  std::vector<std::vector<std::byte>> differing;
  processes_.begin_reading(boot_clock());
  const auto differs = [this](std::span<const std::byte> record) {
    const auto decoded = decode(record);
    const auto* event = std::get_if<Event>(&decoded);
    if (event == nullptr) return false;
    // Records about a container that is not known yet wait and will come.
    return !processes_.confirm(*event) && !containers_.pending(event->header->cgroup);
  };
  auto done = kernel_->snapshot([&](std::span<const std::byte> record) {
    if (differs(record)) differing.emplace_back(record.begin(), record.end());
  });
  if (!done || !drain(0)) return spdlog::warn("the running processes could not be read again");

  std::size_t corrected = 0;
  for (const auto& record : differing) {
    if (!differs(record)) continue;
    take_over(with_arguments(record, config_.argv_limit, config_.env));
    ++corrected;
  }
  const std::size_t gone = processes_.retire(boot_clock());
  spdlog::info("running processes read again: {} were not known or had executed another program, {} were gone",
               corrected, gone);
}

void Sensor::say_summary() const {
  const EngineCounters& counters = engine_.counters();
  std::uint64_t lost = 0;
  for (const std::uint64_t count : counters.lost) lost += count;
  spdlog::info("stopped: {} events, {} alerts, {} lost, {} malformed", counters.events, counters.alerts, lost,
               counters.malformed());
  for (std::size_t cause = 0; cause < counters.refused.size(); ++cause) {
    const std::uint64_t count = counters.refused[cause];
    if (count != 0) spdlog::error("{} times: {}", count, describe(static_cast<DecodeError>(cause)));
  }
  const HoldingCounters& waited = engine_.waited(Wait::Result);
  if (waited.held + waited.refused != 0) {
    spdlog::info("outcomes: {} awaited, {} not known in time, {} not awaited for want of room", waited.held,
                 waited.overdue, waited.refused);
  }
  say_rates();
  if (kernel_->reordered() != 0) spdlog::warn("{} events came after younger ones", kernel_->reordered());
  for (const std::string& loss : outputs_.losses()) spdlog::error("{}", loss);
}

void Sensor::say_rates() const {
  const RateCounters& rates = engine_.rates();
  if (rates.throttled != 0) spdlog::info("throttled: {} alerts were suppressed", rates.throttled);
  if (rates.throttles_evicted != 0) {
    spdlog::warn("throttled: {} keys gave way to others and began anew", rates.throttles_evicted);
  }
  if (rates.thresholds_evicted != 0) {
    spdlog::warn("thresholds: what was counted for {} keys was forgotten, there were too many",
                 rates.thresholds_evicted);
  }
}

}  // namespace

std::variant<std::monostate, KernelError, Error> run_sensor(const Config& config, const Policy& policy,
                                                            const volatile std::sig_atomic_t& stop) {
  auto outputs = open_outputs(config);
  if (!outputs) return outputs.error();

  const CgroupHierarchy hierarchy = find_hierarchy();
  auto kernel = KernelSide::open({.argv_limit = config.argv_limit,
                                  .ring_bytes = config.ring_bytes,
                                  .ring_cpus = config.ring_cpus,
                                  .cgroup_controller = hierarchy.controller,
                                  .env = config.env},
                                 policy.kinds, policy.results);
  if (auto* error = std::get_if<KernelError>(&kernel)) return std::move(*error);

  Sensor sensor(config, policy, std::move(*outputs), std::move(std::get<std::unique_ptr<KernelSide>>(kernel)),
                hierarchy);
  if (auto error = sensor.start()) return *std::move(error);
  if (auto ended = sensor.run(stop); !ended) return ended.error();
  return std::monostate{};
}

}  // namespace picket
