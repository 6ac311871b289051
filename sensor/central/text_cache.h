// SPDX-License-Identifier: Apache-2.0
//
// What was read of texts that come again and again, as most of a process's events have the same text of it. A text is
// found only when it is the same byte for byte, and was read with the same offset between the clocks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace picket::central {

// Each text has one place, which it may share with others: the last one is kept. What is in a place is good until
// another text takes it. Bounded: `places` values of texts of kLongest bytes; longer ones are never found again.
template <class Value>
class TextCache {
 public:
  explicit TextCache(std::size_t places) : size_(places), places_(std::make_unique<Place[]>(places)) {}

  static constexpr std::size_t kLongest = 16u << 10;

  Value* find(std::string_view text, std::int64_t offset) {
    Place& place = place_of(text);
    return place.kept && place.offset == offset && place.text == text ? &place.value : nullptr;
  }

  // To be filled with what the text says. If that fails, forget() it.
  Value& take(std::string_view text, std::int64_t offset) {
    Place& place = place_of(text);
    place.kept = text.size() <= kLongest;
    place.offset = offset;
    if (place.kept) place.text = text;
    return place.value;
  }
  void forget(std::string_view text) { place_of(text).kept = false; }

 private:
  struct Place {
    bool kept = false;
    std::int64_t offset = 0;
    std::string text;
    Value value{};
  };

  // By its front, which says of whom it is: another state of the same takes the place.
  Place& place_of(std::string_view text) {
    constexpr std::size_t kFront = 64;
    return places_[std::hash<std::string_view>{}(text.substr(0, std::min(kFront, text.size()))) % size_];
  }

  const std::size_t size_;
  const std::unique_ptr<Place[]> places_;
};

}  // namespace picket::central
