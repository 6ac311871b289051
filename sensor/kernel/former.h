// SPDX-License-Identifier: Apache-2.0
//
// What a sensor that has ended left in force (persistence.h), for the one that takes its place, or removes it.
//
// How often its rules refused is exact: the programs count it where they decide, and the sensor that has ended noted
// how many of these refusals it had read. What the difference is, nobody has reported. Records of them are in the
// rings, as far as there was room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/result.h"
#include "sensor/kernel/notes.h"
#include "sensor/kernel/pins.h"

namespace picket {

struct Unreported {
  std::uint64_t denied = 0;
  std::uint64_t killed = 0;
};

// What remove_all_pins() removed.
struct Removed {
  std::size_t sensors = 0, programs = 0;
};

// Not thread-safe.
class FormerSensor {
 public:
  // All that have ended, oldest first; they are locked for this process, and nothing of them is changed.
  static Result<std::vector<FormerSensor>> find_all();

  // Programs are at their hooks by it.
  bool holds() const { return !links_.empty(); }
  std::size_t programs() const { return links_.size(); }

  // Boot clock: when it was there last; 0: not known.
  std::uint64_t alive() const;
  // It had been told to refuse nothing.
  bool off() const;
  // Its notes can be read: it is of no version that keeps others.
  bool known() const { return !generations_.empty(); }

  // From here on its programs are not called any more, and none runs.
  void release();

  // To be called after release(): what it refused and nobody reported, by rule.
  std::map<std::string, Unreported> unreported() const;

  // The records in its rings, in the order of time, each once. `rule`: whose refusal it is, as noted_name() has it;
  // empty: none. Those of a version that lays them out in another way are not handed out.
  using Handler = std::function<void(std::span<const std::byte> record, std::string_view rule)>;
  Result<void> drain(const Handler& handler);

  // Its pins are gone.
  Result<void> remove() const { return directory_->remove(); }

 private:
  struct Generation {
    std::uint32_t number;
    Notes notes;
    MappedMap image;
  };

  friend Result<Removed> remove_all_pins();

  explicit FormerSensor(std::unique_ptr<PinDirectory> directory);
  void open_generation(const std::string& pin);
  std::uint64_t done(const Generation& generation, std::uint32_t conjunct) const;
  std::string_view rule_of(std::span<const std::byte> record) const;
  void wait_for_programs() const;

  std::unique_ptr<PinDirectory> directory_;
  std::vector<std::string> links_;  // pins
  std::vector<std::string> rings_;
  std::vector<Generation> generations_;
};

// Removes all that sensors left in force. An error when one runs, or when something is in the way.
Result<Removed> remove_all_pins();

}  // namespace picket
