// SPDX-License-Identifier: Apache-2.0
//
// Notes about a policy image, for the sensor that finds it in force when this one has ended: whose the conjuncts are
// that refuse, how many of their refusals were reported, and when the sensor was there last.
//
// They are a map of their own beside the image's, written through memory alone, and outlive the process with it. This
// is the one format that sensors of different versions share: what else they need of each other (where the image has
// its counts, how records are laid out) is said in it.
#pragma once

#include <bpf/bpf.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/shared/policy.h"
#include "sensor/kernel/pins.h"

namespace picket {

// A conjunct of a rule that refuses or kills.
struct ActingConjunct {
  std::uint32_t number = 0;
  std::string_view rule = {};
  bool kills = false;
};

struct NotesHead {
  static constexpr std::uint64_t kMagic = 0x31736574'6f6e6b70;  // "pknotes1": with another format, another number

  std::uint64_t magic;
  std::uint64_t records;  // record_layout() of who wrote the records
  std::uint64_t alive;    // boot clock: the sensor was there
  std::uint32_t off;      // 1: it had been told to refuse nothing
  std::uint32_t count;    // of notes that follow
  std::uint32_t hits_at;  // where the image's value has its counts (struct pk_hits, by conjunct)
  std::uint32_t hits;     // how many those are
};

struct RuleNote {
  static constexpr std::size_t kNameBytes = 239;  // longer names are cut

  std::uint64_t reported;  // refusals whose records were read
  std::uint32_t number;    // of the conjunct
  std::uint16_t kills;
  char name[kNameBytes + 1];
  char unused[2];
};
static_assert(sizeof(NotesHead) == 40 && sizeof(RuleNote) == 256);

// The name as notes have it.
std::string_view noted_name(std::string_view rule);

// Equal where records are laid out in the same way: a hash of every kind, member and flag, by name, number and type.
std::uint64_t record_layout();

// Memory of a map that has one element and can be mapped. Empty when it cannot.
class MappedMap {
 public:
  MappedMap() = default;
  MappedMap(int map, bool write);
  MappedMap(MappedMap&& other) noexcept;
  MappedMap& operator=(MappedMap&& other) noexcept;
  ~MappedMap();

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }  // of the element

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// Not thread-safe.
class Notes {
 public:
  Notes() = default;

  // A new map for these conjuncts of an image. Without a map, errno says why.
  static Notes make(std::span<const ActingConjunct> acting);

  // Those that a sensor left, to be read only. Without a map: they cannot be, or their format is not known here.
  static Notes open(Handle map);

  explicit operator bool() const { return memory_.data() != nullptr; }
  int map() const { return map_.get(); }
  NotesHead& head() const { return *reinterpret_cast<NotesHead*>(memory_.data()); }
  std::span<RuleNote> rules() const;

  // Of the conjunct with that number; nullptr: it is nobody's who refuses.
  RuleNote* find(std::uint32_t number) const;

 private:
  Notes(Handle map, MappedMap memory);

  Handle map_;
  MappedMap memory_;
  std::vector<std::uint16_t> places_;  // by conjunct: 1 + where its note is
};

}  // namespace picket
