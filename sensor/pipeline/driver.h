// SPDX-License-Identifier: Apache-2.0
//
// The driver: an engine with the tables that it needs, moved by Inputs alone. The sensor and a replay drive it with the
// same calls, which is why they write the same.
#pragma once

#include "sensor/pipeline/engine.h"
#include "sensor/process/containers.h"
#include "sensor/process/table.h"
#include "sensor/recording/inputs.h"

namespace picket {

// Used from one thread. Users and groups come from `names`: the calls that tell of them change nothing here.
class Driver : public Inputs {
 public:
  // Policy, names and outputs must outlive the driver.
  Driver(const Policy& policy, std::size_t max_processes, const ContainerSettings& containers, Names& names,
         Outputs& outputs, HashingSettings hashing = {})
      : policy_(&policy),
        processes_(max_processes),
        containers_(containers),
        engine_(policy, processes_, containers_, names, outputs, std::move(hashing)) {}

  void record(std::span<const std::byte> record) override { engine_.on_record(record); }
  void snapshot(std::span<const std::byte> record) override;
  void begin_reading(std::uint64_t time) override { processes_.begin_reading(time); }
  void confirm(std::span<const std::byte> record) override;
  void retire(std::uint64_t time) override { retired_ = processes_.retire(time); }
  void cgroup(std::uint64_t id, std::string_view path, std::uint64_t time) override {
    containers_.add_running(id, path, time);
  }
  void answer(const Resolver::Answer& answer) override { containers_.give(answer); }
  void hash(const HashAnswer& answer) override { engine_.on_hash(answer); }
  void time(std::uint64_t time) override;
  void loss(Kind kind, std::uint64_t count, std::uint64_t since, std::uint64_t until) override;
  void tick(std::uint64_t time, std::int64_t wall_clock_offset) override;
  void forget_names() override {}
  void user(std::uint32_t, const Account&) override {}
  void group(std::uint32_t, const Account&) override {}
  void ready(std::uint64_t time, bool observe_only) override {
    engine_.report_policy(policy_->rules.size(), policy_->kinds, observe_only, time);
  }
  void finish() override { engine_.finish(); }

  // As Engine::change_rules(). To be followed by ready().
  std::unique_ptr<Matching> change_rules(const Policy& policy, std::unique_ptr<Matching> matching) {
    policy_ = &policy;
    return engine_.change_rules(policy, std::move(matching));
  }

  Engine& engine() { return engine_; }
  const Engine& engine() const { return engine_; }
  const ContainerTable& containers() const { return containers_; }
  std::size_t processes() const { return processes_.size(); }

  // What the last confirm() found: the process of the record is known with that image, or will be.
  bool confirmed() const { return confirmed_; }
  // How many processes the last retire() took for exited.
  std::size_t retired() const { return retired_; }

 private:
  const Policy* policy_;
  ProcessTable processes_;
  ContainerTable containers_;
  Engine engine_;
  Losses losses_{};
  bool confirmed_ = false;
  std::size_t retired_ = 0;
};

}  // namespace picket
