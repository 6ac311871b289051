// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/losses.h"

#include <algorithm>

namespace picket {
namespace {

void add(Loss& loss, const pk_lost& before, const pk_lost& now, std::uint64_t epoch) {
  if (now.count == before.count) return;
  const std::uint64_t since = now.epoch == epoch ? now.since : std::max(now.since, before.until);
  loss.since = loss.count == 0 ? since : std::min(loss.since, since);
  loss.until = std::max<std::uint64_t>(loss.until, now.until);
  loss.count += now.count - before.count;
}

}  // namespace

Losses LossReader::next(std::uint64_t epoch) {
  Losses losses{};
  for (std::size_t cpu = 0; cpu < now_.size(); ++cpu) {
    for (unsigned kind = 0; kind < kKindEnd; ++kind) {
      add(losses[kind], before_[cpu].lost[kind], now_[cpu].lost[kind], epoch);
    }
  }
  std::swap(before_, now_);
  return losses;
}

}  // namespace picket
