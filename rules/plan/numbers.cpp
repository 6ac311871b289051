// SPDX-License-Identifier: Apache-2.0
//
// Comparisons cut the line of all numbers into pieces on which nothing changes. The longest piece is `other`; the rest
// has to be enumerated, so a comparison that would make too much of it is refused.
#include "rules/plan/numbers.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>

#include "rules/event/number_names.h"
#include "rules/plan/sample.h"

namespace picket::planning {
namespace {

using language::Literal;
using language::Node;
using language::Operator;

constexpr std::uint64_t kMostNamed = 1024;  // no number from here on has a name
constexpr int kMostBits = 12;

bool has_capital(const Literal& literal) {
  return std::any_of(literal.text.begin(), literal.text.end(), [](char byte) { return byte >= 'A' && byte <= 'Z'; });
}

// Whether numbers without a name, which are shown in decimal, all fail it, but for those it names.
bool is_named_check(const Node& check) {
  switch (check.op) {
    case Operator::Equal:
    case Operator::NotEqual:
    case Operator::In:
    case Operator::Intersects:
    case Operator::Exists:
      return true;
    case Operator::Contains:
    case Operator::StartsWith:
    case Operator::EndsWith:
      return std::all_of(check.literals.begin(), check.literals.end(), has_capital);
    default:
      return false;
  }
}

// Small numbers have names.
bool has_names(Shape shape) { return shape == Shape::Named || shape == Shape::Family; }

bool is_comparison(Operator op) {
  return op == Operator::Less || op == Operator::LessEqual || op == Operator::Greater || op == Operator::GreaterEqual;
}

}  // namespace

bool is_number_check(const Node& check, const Dependence& how) {
  return !has_names(how.shape) || is_named_check(check);
}

std::vector<std::uint64_t> numbers_of(const CallNumbers& call) {
  std::vector<std::uint64_t> numbers;
  if (call.native >= 0) numbers.push_back(pk_call(call.native, 0));
  if (call.x32 >= 0) numbers.push_back(pk_call(call.x32, 0));
  if (call.compat >= 0) numbers.push_back(pk_call(call.compat, PK_FLAG_compat));
  if (call.name == "io_uring") numbers.push_back(pk_call(-1, PK_FLAG_io_worker));
  return numbers;
}

NumberKeys::NumberKeys(Kind kind, Lane lane, const std::vector<Asked>& asked) {
  const Member* member = lane < PK_LANES ? find_member(kind, number_member(kind, lane)) : nullptr;
  const std::size_t size = member != nullptr ? member->size : sizeof(std::uint32_t);  // user, flags
  width_ = size == sizeof(std::uint64_t) ? ~0ull : (1ull << 8 * size) - 1;
  if (member != nullptr && member->type == "s32") sign_ = 1ull << (8 * size - 1);
  take_bits(asked);
  if (mask_ == 0) take_values(asked);
}

NumberKeys::NumberKeys(std::uint64_t bits) : width_(bits), mask_(bits) { combine(); }

// A call that is not known is shown as one that is outside any.
NumberKeys NumberKeys::of_calls(Kind kind) {
  std::set<std::uint64_t> known{pk_call(-1, PK_FLAG_io_worker)};
  for (const CallNumbers& call : calls_of(kind)) {
    for (const std::uint64_t number : numbers_of(call)) known.insert(number);
  }
  NumberKeys made;
  made.mask_ = ~0ull;
  made.keys_.assign(known.begin(), known.end());
  made.other_ = pk_call(-1, 0);
  return made;
}

// A number of which some bits are asked for has no keys but those.
void NumberKeys::take_bits(const std::vector<Asked>& asked) {
  for (const Asked& one : asked) {
    if (one.how.shape != Shape::Bits || std::popcount(mask_ | one.how.mask) > kMostBits) continue;
    mask_ |= one.how.mask;
    decided_.insert(one.check);
  }
  if (mask_ != 0) combine();
}

// From no bit on, which stands for `other`: no number is another.
void NumberKeys::combine() {
  for (std::uint64_t bits = 0;;) {
    keys_.push_back(bits);
    bits = (bits - mask_) & mask_;
    if (bits == 0) break;
  }
}

void NumberKeys::take_values(const std::vector<Asked>& asked) {
  for (const Asked& one : asked) {
    if (one.how.shape != Shape::Bits && take_values(one)) decided_.insert(one.check);
  }
  if (decided_.empty()) return;
  mask_ = width_;
  enumerate();
}

// What the check's literals name. False, and nothing is taken, when that is too much.
bool NumberKeys::take_values(const Asked& asked) {
  std::vector<std::uint64_t> points, cuts;  // new ones
  const auto add = [](std::set<std::uint64_t>& all, std::vector<std::uint64_t>& added, std::uint64_t number) {
    if (all.insert(number).second) added.push_back(number);
  };
  const bool names = has_names(asked.how.shape);
  if (names && !named_) {
    for (std::uint64_t number = 0; number < kMostNamed; ++number) add(points_, points, ordered(number));
  }
  for (const Literal& literal : asked.check->literals) {
    std::optional<std::uint64_t> ordered_value;
    const Value& value = literal.bound.value;
    if (const auto* text = std::get_if<std::string_view>(&value)) {
      const auto meant = number_of(*text);
      if (meant && *meant <= width_) ordered_value = ordered(*meant);
    } else if (const auto* natural = std::get_if<std::uint64_t>(&value)) {
      if (*natural <= width_) ordered_value = ordered(*natural);
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
      const auto least = -static_cast<std::int64_t>(sign_);
      const auto most = static_cast<std::int64_t>(sign_ == 0 ? width_ >> 1 : sign_ - 1);
      if (*number >= least && *number <= most) {
        ordered_value = ordered(static_cast<std::uint64_t>(*number) & width_);
      }
    }
    if (!ordered_value) continue;  // beyond all numbers: no key is on its other side
    if (is_comparison(asked.check->op)) {
      add(cuts_, cuts, *ordered_value);
      if (*ordered_value < width_) add(cuts_, cuts, *ordered_value + 1);
    } else {
      add(points_, points, *ordered_value);
    }
  }
  if (enumerated() + points_.size() <= kMostNumbers) {
    named_ = named_ || names;
    return true;
  }
  for (const std::uint64_t number : points) points_.erase(number);
  for (const std::uint64_t number : cuts) cuts_.erase(number);
  return false;
}

// How many numbers are in all pieces but the longest.
std::uint64_t NumberKeys::enumerated() const {
  std::uint64_t begin = 0, longest = 0, sum = 0;
  const auto piece = [&](std::uint64_t size) {
    longest = std::max(longest, size);
    sum += size;
  };
  for (const std::uint64_t cut : cuts_) {
    piece(cut - begin);
    begin = cut;
  }
  piece(width_ - begin);
  return sum - longest;
}

void NumberKeys::enumerate() {
  struct Piece {
    std::uint64_t first, last;
  };
  std::vector<Piece> pieces;
  std::uint64_t begin = 0;
  for (const std::uint64_t cut : cuts_) {
    if (cut > begin) pieces.push_back({begin, cut - 1});
    begin = cut;
  }
  pieces.push_back({begin, width_});
  const auto longest = std::max_element(
      pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.last - a.first < b.last - b.first; });
  std::set<std::uint64_t> keys = points_;
  for (const Piece& piece : pieces) {
    if (piece.first == longest->first) continue;
    for (std::uint64_t number = piece.first;; ++number) {
      keys.insert(number);
      if (number == piece.last) break;
    }
  }
  std::uint64_t other = longest->last;
  while (keys.contains(other)) --other;
  other_ = ordered(other);
  for (const std::uint64_t number : keys) keys_.push_back(ordered(number));
  std::sort(keys_.begin(), keys_.end());
}

}  // namespace picket::planning
