// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/merge.h"

#include <algorithm>
#include <utility>

namespace picket {
namespace {

// Records whose room is given back together.
constexpr std::size_t kBatch = 256;

}  // namespace

Merge::Merge(std::vector<Ring> rings, std::uint64_t patience) : rings_(std::move(rings)), patience_(patience) {}

Merge::Round Merge::round(std::uint64_t now, const RecordHandler& handler, const BatchHandler& handled) {
  for (Ring& ring : rings_) ring.look(now);
  Round round;
  round.until = limit(now);
  round.count = hand_out(round.until, handler, handled);
  settle(handled);
  return round;
}

void Merge::settle(const BatchHandler& handled) {
  handled();
  for (Ring& ring : rings_) ring.release();
}

bool Merge::kept_back() const {
  return std::any_of(rings_.begin(), rings_.end(), [](const Ring& ring) { return !ring.empty(); });
}

std::uint64_t Merge::limit(std::uint64_t now) const {
  std::uint64_t limit = now;
  for (const Ring& ring : rings_) {
    const bool given_up = ring.busy_since() != 0 && now - ring.busy_since() >= patience_;
    if (!given_up) limit = std::min(limit, ring.horizon());
  }
  return limit;
}

// Takes the ring with the oldest record, and from it all that is not younger than what the others have.
std::size_t Merge::hand_out(std::uint64_t limit, const RecordHandler& handler, const BatchHandler& handled) {
  for (std::size_t count = 0, settled = 0;;) {
    Ring* oldest = nullptr;
    std::uint64_t others = limit;
    for (Ring& ring : rings_) {
      if (ring.empty()) continue;
      if (oldest == nullptr) {
        oldest = &ring;
      } else if (ring.front_time() < oldest->front_time()) {
        others = std::min(others, std::exchange(oldest, &ring)->front_time());
      } else {
        others = std::min(others, ring.front_time());
      }
    }
    if (oldest == nullptr || oldest->front_time() > limit) return count;
    count += hand_out(*oldest, others, handler);
    if (count - settled < kBatch) continue;
    settle(handled);
    settled = count;
  }
}

std::size_t Merge::hand_out(Ring& ring, std::uint64_t limit, const RecordHandler& handler) {
  std::size_t count = 0;
  for (; !ring.empty() && ring.front_time() <= limit; ++count) {
    if (ring.front_time() < newest_) ++reordered_;
    newest_ = std::max(newest_, ring.front_time());
    handler(ring.front());
    ring.pass();
  }
  return count;
}

}  // namespace picket
