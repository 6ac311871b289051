// SPDX-License-Identifier: Apache-2.0
//
// When the hooks were called whose messages are under way, by the numbers that librdkafka reports on. Private to the
// room.
//
// A fixed table in which each message has one place, so that it costs a message one write and one read. Who has been
// under way for longer than some ten thousand others gives way to a younger one: its latency is not measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace picket {

class HookTimes {
 public:
  static constexpr std::size_t kPlaces = 1u << 16;

  HookTimes() : places_(kPlaces) {}

  void note(std::uint64_t number, std::uint64_t time) { place(number) = {number, time}; }

  // 0: it is not known.
  std::uint64_t of(std::uint64_t number) const {
    const Place& found = places_[index(number)];
    return found.number == number ? found.time : 0;
  }

 private:
  struct Place {
    std::uint64_t number = 0;
    std::uint64_t time = 0;
  };

  // Numbers count up in their low bits; the high ones say of what.
  static std::size_t index(std::uint64_t number) { return (number + (number >> 60) * (kPlaces / 16)) % kPlaces; }
  Place& place(std::uint64_t number) { return places_[index(number)]; }

  std::vector<Place> places_;
};

}  // namespace picket
