// SPDX-License-Identifier: Apache-2.0
//
// From a text to the rules that ask for a beginning, an end or a fragment of it, in one pass over the text however many
// they are. What is found may be more than what is there (hashes, fragments of fragments), never less.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/match/glob.h"
#include "rules/match/postings.h"

namespace picket {

// Bytes of a text from the front, from the back, or from the front with slashes in a row counting once.
enum class Reading { Forward, Backward, Path };

// Beginnings of texts, read in one of these ways.
class Beginnings {
 public:
  explicit Beginnings(Reading reading) : reading_(reading) {}

  void add(std::string_view text, RuleIndex rule);
  void freeze() { postings_.freeze(); }
  void forget_events() { postings_.forget_events(); }

  // Calls use(rules) for each beginning that is known.
  template <class Use>
  void find(std::string_view text, std::uint32_t event, Use use) {
    if (postings_.empty()) return;
    switch (reading_) {
      case Reading::Forward:
        return find_read<Reading::Forward>(text, event, use);
      case Reading::Backward:
        return find_read<Reading::Backward>(text, event, use);
      case Reading::Path:
        return find_read<Reading::Path>(text, event, use);
    }
  }

 private:
  // A loop for each reading: this runs for every byte of a path.
  template <Reading reading, class Use>
  void find_read(std::string_view text, std::uint32_t event, Use use) {
    std::uint64_t hash = kEmptyHash;
    std::size_t at = 0;
    std::uint32_t size = 0;
    for (const auto& [wanted, filter] : sizes_) {
      if (wanted - size > text.size() - at) return;
      while (size < wanted) {
        const char byte = reading == Reading::Backward ? text[text.size() - 1 - at] : text[at];
        const bool repeats = reading == Reading::Path && byte == '/' && at > 0 && text[at - 1] == '/';
        ++at;
        if (!repeats) {
          hash = hash_with(hash, byte);
          ++size;
        }
        if (reading == Reading::Path && size < wanted && at == text.size()) return;
      }
      if ((filter & filter_bit(hash)) != 0) use(postings_.take(hash, event));
    }
  }

  // What beginnings of one size have in common: most texts are turned away here. The bit is chosen by those of the hash
  // to which multiplication takes the last byte that went in.
  struct Size {
    std::uint32_t bytes = 0;
    std::uint64_t filter = 0;
  };
  static std::uint64_t filter_bit(std::uint64_t hash) { return std::uint64_t{1} << (hash >> 40 & 63); }

  Reading reading_;
  std::vector<Size> sizes_;  // one for each that beginnings have, in order
  Postings postings_;
};

// Fragments of texts, ASCII letters of either case being equal. Of each fragment one gram is kept, the one that fewest
// other fragments have: as many bytes in a row as the fragment has room for, of kSizes.
class Fragments {
 public:
  void add(std::string_view text, RuleIndex rule);  // not empty
  void freeze();
  void forget_events() {
    for (Grams& grams : grams_) grams.postings.forget_events();
  }

  // Calls use(rules) for each gram that is known.
  template <class Use>
  void find(std::string_view text, std::uint32_t event, Use use) {
    for (std::size_t size = 0; size < kSizes.size(); ++size) {
      Grams& grams = grams_[size];
      if (grams.postings.empty()) continue;
      const std::uint64_t mask = kSizes[size] == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * kSizes[size]) - 1;
      std::uint64_t gram = 0;
      for (std::size_t at = 0; at < text.size(); ++at) {
        gram = (gram << 8 | static_cast<unsigned char>(folded(text[at]))) & mask;
        if (at + 1 < kSizes[size] || !grams.filter[filter_place(gram)]) continue;
        use(grams.postings.take(gram, event));
      }
    }
  }

 private:
  static constexpr std::array<std::size_t, 4> kSizes = {8, 4, 2, 1};
  static constexpr std::size_t kFilterBits = 15;
  static std::size_t filter_place(std::uint64_t gram) { return gram * 0x9e3779b97f4a7c15ull >> (64 - kFilterBits); }

  struct Grams {
    std::bitset<std::size_t{1} << kFilterBits> filter;  // most of what a text has is turned away here
    Postings postings;
  };

  std::vector<std::pair<std::string, RuleIndex>> added_;
  std::array<Grams, kSizes.size()> grams_;
};

}  // namespace picket
