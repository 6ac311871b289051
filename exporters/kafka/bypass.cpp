// SPDX-License-Identifier: Apache-2.0
//
// The way round a spool whose disk takes nothing.
//
// The order stays: first the brokers confirm what is on the disk, then what waited in memory to get there is sent, then
// what comes, directly. Every retry_interval one message tries the disk; those that come meanwhile wait behind it, for
// the time that a write takes to fail.
#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>

#include "exporters/kafka/destination.h"
#include "exporters/kafka/message_number.h"

namespace picket {

void KafkaDestination::bypass_when_due() {
  if (!spool_ || !spool_->failing() || restarting_ || !spool_->drained()) return;
  if (!returned_.empty() && !returned_behind_) return;  // older than what the spool has: they first
  if (producer_->away() && producer_->outstanding() >= kMostWhileAway) return;
  const bool waits = spool_->unsynced() > 0;
  if (!waits && !refused_) return;
  if (const auto now = Clock::now(); now >= bypass_until_) {
    if (waits && spool_->sync()) return;  // the disk is back
    bypass_until_ = now + settings_.retry_interval;
  }
  std::deque<Returned> waiting;
  for (UnsyncedRecord& each : spool_->take_back()) waiting.push_back({0, each.priority, std::move(each.payload)});
  std::move(returned_.begin(), returned_.end(), std::back_inserter(waiting));
  returned_ = std::move(waiting);
  for (Returned& each : returned_) each.number = direct_number(next_number_++, each.priority);
  returned_behind_ = refused_ = false;
}

bool KafkaDestination::direct_way_is_open() const {
  if (paused() || !returned_.empty() || producer_->fatal()) return false;
  if (!spool_) return true;
  if (!spool_->empty() || producer_->away() || !has_room(0)) return false;
  if (spool_->failing()) return Clock::now() < bypass_until_;
  return settings_.spool == KafkaSpoolMode::Overflow;
}

}  // namespace picket
