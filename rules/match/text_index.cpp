// SPDX-License-Identifier: Apache-2.0
#include "rules/match/text_index.h"

#include <algorithm>
#include <unordered_map>

namespace picket {
namespace {

// The grams of a fragment, in order, as find() makes them of a text.
template <class Use>
void each_gram(std::string_view fragment, std::size_t size, Use use) {
  for (std::size_t begin = 0; begin + size <= fragment.size(); ++begin) {
    std::uint64_t gram = 0;
    for (const char byte : fragment.substr(begin, size)) gram = gram << 8 | static_cast<unsigned char>(folded(byte));
    use(gram);
  }
}

}  // namespace

void Beginnings::add(std::string_view text, RuleIndex rule) {
  std::uint64_t hash = kEmptyHash;
  std::uint32_t size = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char byte = reading_ == Reading::Backward ? text[text.size() - 1 - at] : text[at];
    if (reading_ == Reading::Path && byte == '/' && at > 0 && text[at - 1] == '/') continue;
    hash = hash_with(hash, byte);
    ++size;
  }
  postings_.add(hash, rule);
  const auto place = std::lower_bound(sizes_.begin(), sizes_.end(), size,
                                      [](const Size& known, std::uint32_t bytes) { return known.bytes < bytes; });
  if (place != sizes_.end() && place->bytes == size) {
    place->filter |= filter_bit(hash);
  } else {
    sizes_.insert(place, {size, filter_bit(hash)});
  }
}

void Fragments::add(std::string_view text, RuleIndex rule) { added_.emplace_back(text, rule); }

void Fragments::freeze() {
  const auto size_of = [](std::string_view fragment) {
    return static_cast<std::size_t>(
        std::find_if(kSizes.begin(), kSizes.end(), [&](std::size_t size) { return size <= fragment.size(); }) -
        kSizes.begin());
  };
  std::array<std::unordered_map<std::uint64_t, std::uint32_t>, kSizes.size()> counts;
  for (const auto& [fragment, rule] : added_) {
    const std::size_t size = size_of(fragment);
    each_gram(fragment, kSizes[size], [&](std::uint64_t gram) { ++counts[size][gram]; });
  }
  for (const auto& [fragment, rule] : added_) {
    const std::size_t size = size_of(fragment);
    std::uint64_t rarest = 0;
    std::uint32_t least = UINT32_MAX;
    each_gram(fragment, kSizes[size], [&](std::uint64_t gram) {
      const std::uint32_t count = counts[size][gram];
      if (count >= least) return;
      rarest = gram;
      least = count;
    });
    grams_[size].filter.set(filter_place(rarest));
    grams_[size].postings.add(rarest, rule);
  }
  for (Grams& grams : grams_) grams.postings.freeze();
  added_ = {};
}

}  // namespace picket
