// SPDX-License-Identifier: Apache-2.0
//
// The sensor, while it runs: what it is made of. Its start, a list of named steps, is in sensor_start.cpp, what it does
// then in sensor.cpp.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "rules/event/time.h"
#include "sensor/hash/hasher.h"
#include "sensor/pipeline/acting.h"
#include "sensor/pipeline/container_scope.h"
#include "sensor/pipeline/driver.h"
#include "sensor/pipeline/health.h"
#include "sensor/pipeline/metrics_endpoint.h"
#include "sensor/pipeline/notify.h"
#include "sensor/pipeline/outputs.h"
#include "sensor/pipeline/reload.h"
#include "sensor/pipeline/requests.h"
#include "sensor/pipeline/sensor.h"
#include "sensor/pipeline/takeover.h"
#include "sensor/process/cgroup_tree.h"
#include "sensor/process/users.h"

namespace picket {

// Used from one thread.
class Sensor {
 public:
  // Without a recorder all is only evaluated; `endpoint`: nullptr without one.
  Sensor(const Config& config, RuleSource source, const Watch& watch, Outputs outputs,
         std::unique_ptr<KernelSide> kernel, const CgroupHierarchy& hierarchy, RecordingWriter* recorder,
         Health& health, MetricsEndpoint* endpoint)
      : config_(config),
        hierarchy_(hierarchy),
        source_(std::move(source)),
        rules_(std::make_unique<Ruleset>(std::move(source_.policy), std::move(source_.plan))),
        watch_(watch),
        outputs_(std::move(outputs)),
        kernel_(std::move(kernel)),
        recorder_(recorder),
        health_(health),
        endpoint_(endpoint),
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
  std::optional<KernelError> attach_lifecycle();
  std::optional<KernelError> read_running_processes();
  std::optional<KernelError> read_running_containers();
  std::optional<KernelError> catch_up() { return failed(drain_all()); }
  std::optional<KernelError> decide();
  std::optional<KernelError> attach_hooks();
  std::optional<KernelError> keep() { return failed(kernel_->keep()); }
  std::optional<KernelError> take_over();
  Result<void> decide_by(Ruleset& rules);
  std::optional<KernelError> say_limits();
  std::optional<KernelError> give_back_memory();
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
    outputs_.hold();
    const auto take = [this](std::span<const std::byte> record) {
      feed([record](auto& inputs) { inputs.record(record); });
    };
    const auto write = [this] {
      outputs_.flush();
      outputs_.hold();
    };
    auto count = kernel_->drain(timeout_ms, take, write);
    for (const HashAnswer& answer : hasher_.take()) {
      feed([&answer](auto& inputs) { inputs.hash(answer); });
    }
    feed([now = boot_clock()](auto& inputs) { inputs.time(now); });
    outputs_.flush();
    turn();
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
  Samples measure() const;
  void turn();

  const Config& config_;
  const CgroupHierarchy hierarchy_;
  RuleSource source_;  // the policy is in rules_, the watch with reloads_ once there are any
  std::unique_ptr<Ruleset> rules_;
  Watch watch_;
  Outputs outputs_;
  std::unique_ptr<KernelSide> kernel_;
  RecordingWriter* const recorder_;
  Health& health_;
  MetricsEndpoint* const endpoint_;
  Watchdog watchdog_;
  UserDatabase names_;
  std::uint64_t recorded_names_ = 0;  // their version
  Hasher hasher_;
  Driver driver_;
  Acting acting_;
  Takeover takeover_;
  Requests requests_;
  const std::uint64_t started_ = boot_clock();
  const std::int64_t started_offset_ = wall_clock_offset();
  ContainerScope scope_;  // which the driver's container table tells
  std::uint64_t last_tick_ = 0;
  std::unique_ptr<Reloads> reloads_;  // once the sensor is ready, unless it records; before what it uses
};

}  // namespace picket
