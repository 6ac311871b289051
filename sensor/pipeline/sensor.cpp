// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/sensor.h"

#include <spdlog/spdlog.h>
#include <sys/utsname.h>

#include "exporters/format/notice.h"
#include "sensor/pipeline/alert_id.h"
#include "sensor/pipeline/enforcement.h"
#include "sensor/pipeline/metrics.h"
#include "sensor/pipeline/notify.h"
#include "sensor/pipeline/pace.h"
#include "sensor/pipeline/running_sensor.h"
#include "sensor/pipeline/status.h"
#include "sensor/pipeline/summary.h"
#include "sensor/process/procfs.h"

namespace picket {
namespace {

constexpr std::uint64_t kTickNs = 1'000'000'000;

}  // namespace

ContainerSettings Sensor::container_settings() {
  ContainerSettings settings{
      .host_root = config_.host_root, .wait_ns = config_.container_wait_ms * 1'000'000ull, .hierarchy = hierarchy_.id};
  settings.on_cgroup = [this](std::uint64_t cgroup, CgroupNews news) { scope_.on_cgroup(cgroup, news); };
  if (recorder_ != nullptr) {
    settings.on_answer = [this](const Resolver::Answer& answer) { recorder_->answer(answer); };
  }
  return settings;
}

HashingSettings Sensor::hashing_settings() {
  return {.wait_ns = config_.hash_wait_ms * 1'000'000ull,
          .own_pid = static_cast<std::uint32_t>(getpid()),
          .ask = [this](HashRequest request) { hasher_.ask(std::move(request)); }};
}

Result<void> Sensor::drain_all() {
  for (;;) {
    auto count = drain(0);
    if (!count) return count.error();
    if (*count == 0) return {};
  }
}

// From here on the kernel decides by these rules. Cgroups that were made while it was told about those that are there
// are in the rings, once the programs are done that gave them the class which those above had before.
Result<void> Sensor::decide_by(Ruleset& rules) {
  scope_.prepare(rules.plan);
  kernel_->settle();
  if (auto drained = drain(0); !drained) spdlog::error("{}", drained.error().message);
  auto generation = acting_.decide(rules.policy, rules.plan);
  if (!generation) {
    scope_.give_up();
    return generation.error();
  }
  scope_.change(*generation);
  driver_.engine().add_decisions(*generation, rules.policy, rules.plan.conjuncts);
  return {};
}

// Between two events. What waits for its outcome or its container is evaluated by the new rules.
Result<FormerRules> Sensor::put_in_force(PreparedRules& prepared) {
  FormerRules former;
  // When this returns the old image has no user any more. What it decided is in the rings, and is still looked at by
  // its own rules.
  if (auto decided = decide_by(*prepared.ruleset); !decided) return decided.error();
  if (auto drained = drain(0); !drained) spdlog::error("{}", drained.error().message);
  former.kernel = kernel_->commit(std::move(prepared.kernel));
  former.ruleset = std::exchange(rules_, std::move(prepared.ruleset));
  former.ruleset->matching = driver_.change_rules(rules_->policy, std::move(rules_->matching));
  watch_ = {rules_->policy.kinds, rules_->policy.results};
  if (auto kept = kernel_->keep(); !kept) spdlog::error("{}", kept.error().message);
  say_kinds_without_hook();
  driver_.ready(boot_clock(), kernel_->observing_only().has_value());
  acting_.change(rules_->plan);
  return former;
}

void Sensor::say_change(const EnforcementChange& change) {
  Scratch scratch;
  EnforcementChange said = change;
  said.wall_clock_offset = wall_clock_offset();
  spdlog::warn("{}", notice_of(said, scratch));
  driver_.engine().report_enforcement(change);
}

Status Sensor::status() const {
  const Engine& engine = driver_.engine();
  Status status = status_of(engine, *kernel_, outputs_);
  const std::uint64_t now = boot_clock();
  status.pid = getpid();
  status.running_seconds = (now - started_) / kTickNs;
  status.started = started_ + static_cast<std::uint64_t>(started_offset_);
  acting_.describe(status, now);
  status.rules = rules_->policy.rules.size();
  status.processes = driver_.processes();
  return status;
}

Samples Sensor::measure() const {
  const KernelStatistics kernel = kernel_->statistics();
  return picket::measure({.engine = driver_.engine(),
                          .outputs = outputs_,
                          .status = status(),
                          .kernel = kernel,
                          .kinds = watch_.kinds,
                          .processes_limit = config_.max_processes,
                          .containers = driver_.containers().size()});
}

// Every loop comes through here.
void Sensor::turn() {
  const std::uint64_t now = boot_clock();
  health_.turned(now);
  watchdog_.turned(now);
  if (endpoint_) endpoint_->look([this] { return measure(); });
}

Result<void> Sensor::run(Signals& signals) {
  Pace pace;
  while (signals.stop == 0 && !recording_failed()) {
    auto count = drain(pace.wait_ms());
    if (!count) return count.error();
    pace.found(*count);
    const bool hangup = std::exchange(signals.reload, 0) != 0;
    if (hangup) outputs_.reopen();
    if (reloads_) reloads_->look(boot_clock(), hangup);
    if (boot_clock() - last_tick_ >= kTickNs) tick();
  }
  health_.ending();
  notify_service_manager("STOPPING=1");
  while (reloads_ && reloads_->busy()) {
    if (auto count = drain(Pace::kLateMs); !count) break;
  }
  reloads_.reset();
  const std::uint64_t until = boot_clock() + config_.hash_wait_ms * 1'000'000ull;
  while (driver_.engine().waiting_for_hashes() != 0 && boot_clock() < until) {
    if (auto count = drain(Pace::kLateMs); !count) break;
  }
  auto drained = drain_all();
  tick();
  feed([](auto& inputs) { inputs.finish(); });
  outputs_.finish();
  say_summary(driver_.engine(), *kernel_, hasher_, outputs_, acting_.counts());
  return drained;
}

void Sensor::tick() {
  const Losses losses = kernel_->losses();
  const auto lost = [&losses](Kind kind) { return losses[static_cast<std::size_t>(kind)].count != 0; };
  if (lost(Kind::fork) || lost(Kind::exec) || lost(Kind::exit)) read_processes_again();
  if (lost(Kind::cgroup_mkdir)) read_running_containers();
  for (std::size_t kind = 0; kind < losses.size(); ++kind) {
    const Loss& loss = losses[kind];
    if (loss.count == 0) continue;
    feed([&](auto& inputs) { inputs.loss(static_cast<Kind>(kind), loss.count, loss.since, loss.until); });
  }
  acting_.tick();
  last_tick_ = boot_clock();
  feed([this, offset = wall_clock_offset()](auto& inputs) { inputs.tick(last_tick_, offset); });
  outputs_.tick(last_tick_, wall_clock_offset());
  record_names();
}

// The driver reads users and groups where they are.
void Sensor::record_names() {
  if (recorder_ == nullptr || recorded_names_ == names_.revision()) return;
  recorded_names_ = names_.revision();
  recorder_->forget_names();
  for (const auto& [id, account] : names_.users()) recorder_->user(id, account);
  for (const auto& [id, account] : names_.groups()) recorder_->group(id, account);
}

// What was lost of the lives of processes is seen from those that are there. What is in the rings is newer than the
// table, so that what differs from the table is looked at again when they have been read. Arguments come from /proc,
// where the process can have changed them: only for those whose own record was lost.
void Sensor::read_processes_again() {
  std::vector<std::vector<std::byte>> differing;
  feed([now = boot_clock()](auto& inputs) { inputs.begin_reading(now); });
  const auto differs = [this](std::span<const std::byte> record) {
    feed([record](auto& inputs) { inputs.confirm(record); });
    return !driver_.confirmed();
  };
  auto done = kernel_->snapshot([&](std::span<const std::byte> record) {
    if (differs(record)) differing.emplace_back(record.begin(), record.end());
  });
  if (!done || !drain(0)) return spdlog::warn("the running processes could not be read again");

  std::size_t corrected = 0;
  for (const auto& record : differing) {
    if (!differs(record)) continue;
    feed_snapshot(with_arguments(record, config_.argv_limit, config_.env));
    ++corrected;
  }
  feed([now = boot_clock()](auto& inputs) { inputs.retire(now); });
  spdlog::info("running processes read again: {} were not known or had executed another program, {} were gone",
               corrected, driver_.retired());
}

namespace {

// The same for both ways to run it, but for what is done with the events.
std::variant<std::monostate, KernelError, Error> run(const Config& config, RuleSource source, const Watch& watch,
                                                     Outputs outputs, const CgroupHierarchy& hierarchy,
                                                     RecordingWriter* recorder, Signals& signals) {
  Health health;
  std::unique_ptr<MetricsEndpoint> endpoint;
  if (config.metrics_listen && recorder == nullptr) {
    auto opened = MetricsEndpoint::open(*config.metrics_listen, health);
    if (!opened) return opened.error();
    endpoint = std::move(*opened);
  }
  auto kernel = KernelSide::open({.argv_limit = config.argv_limit,
                                  .ring_bytes = config.ring_bytes,
                                  .ring_cpus = config.ring_cpus,
                                  .cgroup_controller = hierarchy.controller,
                                  .persistent = config.persistent && recorder == nullptr,
                                  .counts_runs = config.metrics_kernel && recorder == nullptr,
                                  .env = config.env},
                                 kernel_wants(watch.kinds, watch.results, source.plan));
  if (auto* error = std::get_if<KernelError>(&kernel)) return std::move(*error);

  Sensor sensor(config, std::move(source), watch, std::move(outputs),
                std::move(std::get<std::unique_ptr<KernelSide>>(kernel)), hierarchy, recorder, health, endpoint.get());
  if (auto error = sensor.start()) return *std::move(error);
  if (auto ended = sensor.run(signals); !ended) return ended.error();
  return std::monostate{};
}

Facts read_facts(const Config& config, const CgroupHierarchy& hierarchy, const std::string& version) {
  utsname kernel{};
  uname(&kernel);
  Host host = read_host(config.host_root);
  return {.host_name = std::move(host.name),
          .boot_id = std::move(host.boot_id),
          .kernel = kernel.release,
          .picket = version,
          .hierarchy = hierarchy.id,
          .container_wait = config.container_wait_ms * 1'000'000ull,
          .hash_wait = config.hash_wait_ms * 1'000'000ull,
          .own_pid = static_cast<std::uint32_t>(getpid()),
          .max_processes = config.max_processes,
          .wall_clock_offset = wall_clock_offset()};
}

}  // namespace

std::variant<std::monostate, KernelError, Error> run_sensor(const Config& config, RuleSource rules, Signals& signals) {
  auto outputs = open_outputs(config, read_host(config.host_root));
  if (!outputs) return outputs.error();
  outputs->number_alerts_from(first_alert_id(std::chrono::system_clock::now()));
  const Watch kinds{rules.policy.kinds, rules.policy.results};
  return run(config, std::move(rules), kinds, std::move(*outputs), find_hierarchy(), nullptr, signals);
}

std::variant<std::monostate, KernelError, Error> record_events(const Config& config, Policy policy, const Watch& watch,
                                                               const std::string& path, const std::string& version,
                                                               Signals& signals) {
  const CgroupHierarchy hierarchy = find_hierarchy();
  auto writer = RecordingWriter::create(path, read_facts(config, hierarchy, version));
  if (!writer) return writer.error();
  auto ended = run(config, {.policy = std::move(policy)}, watch, Outputs({}, {}), hierarchy, writer->get(), signals);
  if (std::holds_alternative<KernelError>(ended)) ::unlink(path.c_str());  // nothing was recorded
  if (!std::holds_alternative<std::monostate>(ended)) return ended;

  const RecordingCounters& counters = (*writer)->counters();
  spdlog::info("recorded: {} events in {} bytes, {} lost", counters.records, counters.bytes, counters.lost);
  if ((*writer)->failure().empty()) return ended;
  return Error{"the recording " + path + " ends early: " + (*writer)->failure() + "; " +
                   std::to_string(counters.unwritten) + " events that had come were not written",
               "what was written is whole and can be replayed"};
}

}  // namespace picket
