// SPDX-License-Identifier: Apache-2.0
//
// Whether the sensor does its work: what /healthz and /readyz answer. The engine's thread tells, any other may ask.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace picket {

// Thread-safe; nothing here waits. Times are of the boot clock.
class Health {
 public:
  // The loop turns several times a second. What may hold it up (a disk, a slow reader of standard output) takes less.
  static constexpr std::uint64_t kHangsAfterNs = 10'000'000'000;

  // What is not ready while it starts: a literal.
  explicit Health(std::string_view starting = "the sensor starts: not all hooks are attached yet")
      : starting_(starting) {}

  // All hooks are attached and the rules in force, from which moment on the loop has to turn.
  void ready(std::uint64_t now) {
    turned(now);
    stage_.store(Stage::Running);
  }
  void ending() { stage_.store(Stage::Ending); }
  void turned(std::uint64_t now) { turned_.store(now, std::memory_order_relaxed); }

  // Why it is not; empty: it is. As long as it starts it is alive: who waits for that asks whether it is ready.
  std::string not_alive(std::uint64_t now) const;
  std::string not_ready(std::uint64_t now) const;

 private:
  enum class Stage { Starting, Running, Ending };

  const std::string_view starting_;
  std::atomic<Stage> stage_ = Stage::Starting;
  std::atomic<std::uint64_t> turned_ = 0;
};

}  // namespace picket
