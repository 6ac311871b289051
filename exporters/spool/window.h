// SPDX-License-Identifier: Apache-2.0
//
// The records that were handed out and may not be forgotten yet: a row of numbers of which each is settled or not. They
// are settled in any order (a broker answers so); only a settled beginning leaves the row. Allocates nothing once it
// has grown to the size that is used.
#pragma once

#include <cstdint>
#include <vector>

namespace picket {

class SettledWindow {
 public:
  std::uint64_t begin() const { return begin_; }  // all below are settled
  std::uint64_t end() const { return begin_ + count_; }
  bool empty() const { return count_ == 0; }

  // Begins anew at a number. Only while it is empty.
  void restart(std::uint64_t number) { begin_ = number; }

  void push(bool settled) {
    if (count_ == states_.size()) grow();
    at(end()) = settled;
    ++count_;
    drop_settled();
  }

  bool settled(std::uint64_t number) const { return states_[number & (states_.size() - 1)] != 0; }

  // False when the number is not in the row, or was settled before.
  bool settle(std::uint64_t number) {
    if (number < begin_ || number >= end() || settled(number)) return false;
    at(number) = 1;
    drop_settled();
    return true;
  }

 private:
  std::uint8_t& at(std::uint64_t number) { return states_[number & (states_.size() - 1)]; }

  void drop_settled() {
    while (count_ > 0 && settled(begin_)) {
      ++begin_;
      --count_;
    }
  }

  void grow() {
    std::vector<std::uint8_t> larger(states_.empty() ? 64 : 2 * states_.size());
    for (std::uint64_t number = begin_; number < end(); ++number) larger[number & (larger.size() - 1)] = at(number);
    states_.swap(larger);
  }

  std::uint64_t begin_ = 0;
  std::uint64_t count_ = 0;
  std::vector<std::uint8_t> states_;  // a power of two, so that a number's place is its low bits
};

}  // namespace picket
