// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/lineage_texts.h"

namespace picket {

std::size_t LineageTexts::place_of(const Lineage& lineage) {
  return lineage.process.key * 0x9e3779b97f4a7c15u >> 32 & (kPlaces - 1);
}

// A revision says of its process who the parent is as well: the walk is the one that was taken then.
bool LineageTexts::Place::holds(const Lineage& lineage) const {
  if (size == 0 || names != lineage.names.revision()) return false;
  if (wall_clock_offset != lineage.wall_clock_offset) return false;
  const Process* process = &lineage.process;
  for (std::size_t level = 0; level < size; ++level, process = process->parent) {
    if (process == nullptr || process->revision.number() != revisions[level]) return false;
  }
  return true;
}

// False when somebody does not say which state it is in.
bool LineageTexts::Place::take_state(const Lineage& lineage) {
  names = lineage.names.revision();
  wall_clock_offset = lineage.wall_clock_offset;
  bool told = names != 0;
  size = 0;
  const Process* process = &lineage.process;
  for (; process != nullptr && size < revisions.size(); process = process->parent) {
    revisions[size++] = process->revision.number();
    told &= process->revision.number() != 0;
  }
  return told;
}

std::string_view LineageTexts::find(const Lineage& lineage) const {
  const Place& place = places_[place_of(lineage)];
  return place.holds(lineage) ? std::string_view(place.text) : std::string_view();
}

// The memory of a text is as large as the longest that the place had, not twice that, as a string would have it.
void LineageTexts::keep(const Lineage& lineage, std::string_view text) {
  Place& place = places_[place_of(lineage)];
  if (!place.take_state(lineage) || text.size() > kLongest) {
    place.size = 0;
    return;
  }
  if (place.text.capacity() < text.size()) place.text = std::string();
  place.text = text;
}

}  // namespace picket
