// SPDX-License-Identifier: Apache-2.0
//
// Revision: which state something is in, as a number that no other state of anything ever has. Who has made something
// of a state can keep it with the number: while the number is the same, nothing has changed.
//
// Whoever owns the thing, and nobody else can change it, renews the number with each change. A copy has none, since its
// owner is another one, who may know nothing of this; what has none (0) is taken for changed each time.
#pragma once

#include <atomic>
#include <cstdint>

namespace picket {

class Revision {
 public:
  Revision() = default;
  Revision(const Revision&) {}
  Revision& operator=(const Revision&) {
    number_ = 0;
    return *this;
  }

  std::uint64_t number() const { return number_; }
  void renew() { number_ = last_.fetch_add(1, std::memory_order_relaxed) + 1; }

 private:
  static inline std::atomic<std::uint64_t> last_{0};

  std::uint64_t number_ = 0;
};

}  // namespace picket
