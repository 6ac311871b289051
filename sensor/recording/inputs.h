// SPDX-License-Identifier: Apache-2.0
//
// Inputs: everything that reaches the engine from outside, as calls in the order in which they happen. The sensor makes
// them, live; a recording is a list of them; a replay makes them again. Nothing else may influence an alert, clocks
// included, so that the same inputs and the same rules always give the same output, byte for byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "rules/event/event.h"
#include "sensor/hash/request.h"
#include "sensor/process/resolver.h"
#include "sensor/process/users.h"

namespace picket {

// What an alert says of the host, and the settings on which the order of events depends.
struct Facts {
  std::string host_name;
  std::string boot_id;               // without dashes
  std::string kernel;                // its release
  std::string picket;                // version of the recorder
  std::uint32_t hierarchy = 0;       // ContainerSettings
  std::uint64_t container_wait = 0;  // nanoseconds
  std::uint64_t hash_wait = 0;       // nanoseconds
  std::uint32_t own_pid = 0;         // of the sensor, for whose own events no file is hashed
  std::uint64_t max_processes = 0;
  std::int64_t wall_clock_offset = 0;  // nanoseconds from the boot clock to the time since 1970, at the start

  bool operator==(const Facts&) const = default;
};

// Times are of the boot clock. Arguments are good during the call; records are aligned to 8 bytes.
class Inputs {
 public:
  virtual ~Inputs() = default;

  virtual void record(std::span<const std::byte> record) = 0;
  virtual void snapshot(std::span<const std::byte> record) = 0;
  virtual void begin_reading(std::uint64_t time) = 0;
  virtual void confirm(std::span<const std::byte> record) = 0;
  virtual void retire(std::uint64_t time) = 0;
  virtual void cgroup(std::uint64_t id, std::string_view path, std::uint64_t time) = 0;
  virtual void answer(const Resolver::Answer& answer) = 0;
  virtual void hash(const HashAnswer& answer) = 0;
  virtual void time(std::uint64_t time) = 0;
  virtual void loss(Kind kind, std::uint64_t count, std::uint64_t since, std::uint64_t until) = 0;
  virtual void tick(std::uint64_t time, std::int64_t wall_clock_offset) = 0;
  virtual void forget_names() = 0;
  virtual void user(std::uint32_t id, const Account& account) = 0;
  virtual void group(std::uint32_t id, const Account& account) = 0;
  virtual void ready(std::uint64_t time, bool observe_only) = 0;
  virtual void finish() = 0;
};

}  // namespace picket
