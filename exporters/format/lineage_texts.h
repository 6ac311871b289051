// SPDX-License-Identifier: Apache-2.0
//
// What was written of processes, kept for the next alert of the same one: it is most of an alert, and mostly the same.
//
// A text is given out only while all that it was made of is in the state that it was made of, which revisions tell
// (rules/event/revision.h): of the process, of each ancestor that is shown, of the names of users and groups. A process
// or names without a revision are not kept: copies of processes, and what tests make up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "exporters/format/lineage.h"

namespace picket {

// For one boot id. Used from one thread. Allocates only when a place has to keep more than before.
class LineageTexts {
 public:
  // Empty when there is none that still holds. Good until the next call of keep().
  std::string_view find(const Lineage& lineage) const;

  void keep(const Lineage& lineage, std::string_view text);

  static constexpr std::size_t kPlaces = 64;          // each process has one, which it may share with others
  static constexpr std::size_t kLongest = 16u << 10;  // what is longer is not kept: all together have 1 MiB at most

 private:
  struct Place {
    std::uint64_t names = 0;
    std::int64_t wall_clock_offset = 0;
    std::size_t size = 0;                                        // 0: nothing is kept
    std::array<std::uint64_t, 1 + kShownAncestors> revisions{};  // of the process and its ancestors
    std::string text;

    bool holds(const Lineage& lineage) const;
    bool take_state(const Lineage& lineage);
  };

  static std::size_t place_of(const Lineage& lineage);

  std::array<Place, kPlaces> places_;
};

}  // namespace picket
