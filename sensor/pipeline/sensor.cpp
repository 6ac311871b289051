// SPDX-License-Identifier: Apache-2.0
//
// Why there is no gap at start-up: the lifecycle hooks come first, so that every fork, exec and exit from then on waits
// in the ring; then every running process is read; then the ring is drained, which brings the table up to date; and
// only then do the other hooks attach, so that each of their events belongs to a process that is known. What the ring
// says about a time before a process was read changes nothing (ProcessTable).
#include "sensor/pipeline/sensor.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "exporters/format/notice.h"
#include "rules/event/time.h"
#include "sensor/hash/hasher.h"
#include "sensor/pipeline/acting.h"
#include "sensor/pipeline/container_scope.h"
#include "sensor/pipeline/driver.h"
#include "sensor/pipeline/enforcement.h"
#include "sensor/pipeline/notify.h"
#include "sensor/pipeline/outputs.h"
#include "sensor/pipeline/reload.h"
#include "sensor/pipeline/requests.h"
#include "sensor/pipeline/status.h"
#include "sensor/pipeline/summary.h"
#include "sensor/process/cgroup_tree.h"
#include "sensor/process/procfs.h"
#include "sensor/process/users.h"

namespace picket {
namespace {

// A lone event waits at most this long: the kernel side wakes us only for a well-filled ring.
constexpr int kDrainTimeoutMs = 50;
constexpr std::uint64_t kTickNs = 1'000'000'000;

class Sensor {
 public:
  // Without a recorder all is only evaluated.
  Sensor(const Config& config, RuleSource source, const Watch& watch, Outputs outputs,
         std::unique_ptr<KernelSide> kernel, const CgroupHierarchy& hierarchy, RecordingWriter* recorder)
      : config_(config),
        hierarchy_(hierarchy),
        source_(std::move(source)),
        rules_(std::make_unique<Ruleset>(std::move(source_.policy), std::move(source_.plan))),
        watch_(watch),
        outputs_(std::move(outputs)),
        kernel_(std::move(kernel)),
        recorder_(recorder),
        hasher_(
            {.wait = std::chrono::milliseconds(config.hash_wait_ms), .limits = {.most_bytes = config.hash_max_size}}),
        driver_(rules_->policy, config.max_processes, container_settings(), names_, outputs_, hashing_settings()),
        acting_(config, *kernel_, [this](const EnforcementChange& change) { say_change(change); }),
        requests_(config, source_.trust, acting_.enforcement(), [this] { return status(); }),
        scope_(*kernel_, driver_.containers()) {
    driver_.engine().set_wall_clock(wall_clock_offset());
  }

  std::optional<KernelError> start();
  Result<void> run(Signals& signals);

 private:
  // The steps of start().
  std::optional<KernelError> attach_lifecycle() { return failed(kernel_->attach_lifecycle()); }
  std::optional<KernelError> read_running_processes();
  std::optional<KernelError> read_running_containers();
  std::optional<KernelError> catch_up() { return failed(drain_all()); }
  std::optional<KernelError> decide();
  std::optional<KernelError> attach_hooks() { return kernel_->attach_hooks(); }
  Result<void> decide_by(Ruleset& rules);
  std::optional<KernelError> say_limits();
  std::optional<KernelError> say_ready();

  static std::optional<KernelError> failed(const Result<void>& result) {
    if (result) return std::nullopt;
    return KernelError{KernelError::Cause::Failed, result.error()};
  }
  ContainerSettings container_settings();
  HashingSettings hashing_settings();

  // All that reaches the engine goes through here, so that what is recorded is what happened. The recorder comes
  // second: answers about containers, which the driver takes over while it looks at the clock, come before that look.
  template <class Call>
  void feed(Call call) {
    call(driver_);
    if (recorder_ != nullptr) call(*recorder_);
  }
  void feed_snapshot(std::span<const std::byte> record) {
    feed([record](auto& inputs) { inputs.snapshot(record); });
  }

  Result<void> drain_all();
  Result<std::size_t> drain(int timeout_ms) {
    acting_.look();
    auto count = kernel_->drain(timeout_ms, [this](std::span<const std::byte> record) {
      feed([record](auto& inputs) { inputs.record(record); });
    });
    for (const HashAnswer& answer : hasher_.take()) {
      feed([&answer](auto& inputs) { inputs.hash(answer); });
    }
    feed([now = boot_clock()](auto& inputs) { inputs.time(now); });
    return count;
  }
  bool recording_failed() const { return recorder_ != nullptr && !recorder_->failure().empty(); }
  void tick();
  void record_names();
  void read_processes_again();
  Result<FormerRules> put_in_force(PreparedRules& prepared);
  void say_kinds_without_hook() const;
  void say_signature();
  void say_change(const EnforcementChange& change);
  Status status() const;

  const Config& config_;
  const CgroupHierarchy hierarchy_;
  RuleSource source_;  // the policy is in rules_, the watch with reloads_ once there are any
  std::unique_ptr<Ruleset> rules_;
  Watch watch_;
  Outputs outputs_;
  std::unique_ptr<KernelSide> kernel_;
  RecordingWriter* const recorder_;
  UserDatabase names_;
  std::uint64_t recorded_names_ = 0;  // their version
  Hasher hasher_;
  Driver driver_;
  Acting acting_;
  Requests requests_;
  const std::uint64_t started_ = boot_clock();
  ContainerScope scope_;  // which the driver's container table tells
  std::uint64_t last_tick_ = 0;
  std::unique_ptr<Reloads> reloads_;  // once the sensor is ready, unless it records; before what it uses
};

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
      {"say what this kernel cannot do", &Sensor::say_limits},
      {"say that the rules are in force", &Sensor::say_ready},
  };
  for (const Step& step : kSteps) {
    spdlog::debug("start: {}", step.name);
    if (auto error = (this->*step.run)()) return error;
  }
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

// From here on the kernel decides by these rules. Cgroups that were made while it was told about those that are there
// are in the rings.
Result<void> Sensor::decide_by(Ruleset& rules) {
  scope_.prepare(rules.plan);
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
  acting_.describe(status, now);
  status.rules = rules_->policy.rules.size();
  status.processes = driver_.processes();
  return status;
}

Result<void> Sensor::run(Signals& signals) {
  while (signals.stop == 0 && !recording_failed()) {
    auto count = drain(kDrainTimeoutMs);
    if (!count) return count.error();
    if (reloads_) reloads_->look(boot_clock(), std::exchange(signals.reload, 0) != 0);
    if (*count == 0) outputs_.flush();
    if (boot_clock() - last_tick_ >= kTickNs) tick();
  }
  notify_service_manager("STOPPING=1");
  while (reloads_ && reloads_->busy()) {
    if (auto count = drain(kDrainTimeoutMs); !count) break;
  }
  reloads_.reset();
  const std::uint64_t until = boot_clock() + config_.hash_wait_ms * 1'000'000ull;
  while (driver_.engine().waiting_for_hashes() != 0 && boot_clock() < until) {
    if (auto count = drain(kDrainTimeoutMs); !count) break;
  }
  auto drained = drain_all();
  tick();
  feed([](auto& inputs) { inputs.finish(); });
  outputs_.flush();
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
  record_names();
}

// The driver reads users and groups where they are.
void Sensor::record_names() {
  if (recorder_ == nullptr || recorded_names_ == names_.version()) return;
  recorded_names_ = names_.version();
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

// The same for both ways to run it, but for what is done with the events.
std::variant<std::monostate, KernelError, Error> run(const Config& config, RuleSource source, const Watch& watch,
                                                     Outputs outputs, const CgroupHierarchy& hierarchy,
                                                     RecordingWriter* recorder, Signals& signals) {
  auto kernel = KernelSide::open({.argv_limit = config.argv_limit,
                                  .ring_bytes = config.ring_bytes,
                                  .ring_cpus = config.ring_cpus,
                                  .cgroup_controller = hierarchy.controller,
                                  .env = config.env},
                                 kernel_wants(watch.kinds, watch.results, source.plan));
  if (auto* error = std::get_if<KernelError>(&kernel)) return std::move(*error);

  Sensor sensor(config, std::move(source), watch, std::move(outputs),
                std::move(std::get<std::unique_ptr<KernelSide>>(kernel)), hierarchy, recorder);
  if (auto error = sensor.start()) return *std::move(error);
  if (auto ended = sensor.run(signals); !ended) return ended.error();
  return std::monostate{};
}

Facts read_facts(const Config& config, const CgroupHierarchy& hierarchy, const std::string& version) {
  utsname kernel{};
  uname(&kernel);
  Host host = read_host();
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
  auto outputs = open_outputs(config, read_host());
  if (!outputs) return outputs.error();
  const Watch kinds{rules.policy.kinds, rules.policy.results};
  return run(config, std::move(rules), kinds, std::move(*outputs), find_hierarchy(), nullptr, signals);
}

std::variant<std::monostate, KernelError, Error> record_events(const Config& config, Policy policy, const Watch& watch,
                                                               const std::string& path, const std::string& version,
                                                               Signals& signals) {
  const CgroupHierarchy hierarchy = find_hierarchy();
  auto writer = RecordingWriter::create(path, read_facts(config, hierarchy, version));
  if (!writer) return writer.error();
  auto ended =
      run(config, {.policy = std::move(policy)}, watch, Outputs({}, {}, {}, false), hierarchy, writer->get(), signals);
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
