// SPDX-License-Identifier: Apache-2.0
//
// The way out of the spool, what comes back, and what the ledger is told of both.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "exporters/kafka/destination.h"
#include "exporters/kafka/message_number.h"

namespace picket {

bool KafkaDestination::may_feed(std::size_t bytes) const {
  return has_room(bytes) && (!producer_->away() || producer_->outstanding() < kMostWhileAway);
}

void KafkaDestination::feed(Ledger& ledger) {
  if (paused() || producer_->fatal()) return;
  const bool theirs = !returned_behind_ || spool_->empty();
  if ((theirs && !feed_returned(ledger)) || !spool_) return;
  returned_behind_ = returned_behind_ && !theirs;
  if (!held_back_.empty()) {
    if (!may_feed(held_back_.size()) || !feed_spooled(held_position_, held_back_, held_again_, ledger)) return;
    held_back_.clear();
  }
  while (may_feed(0)) {
    const auto record = spool_->next();
    if (!record) return;
    if (feed_spooled(record->position, record->payload, record->again, ledger)) continue;
    held_back_ = record->payload;
    held_position_ = record->position;
    held_again_ = record->again;
    return;
  }
}

// What came back from librdkafka is older than anything in the spool. True when none is left.
bool KafkaDestination::feed_returned(Ledger& ledger) {
  while (!returned_.empty()) {
    Returned& first = returned_.front();
    const auto record = unpack(first.packed);
    const auto result = producer_->produce(*record, first.number);
    if (result == KafkaProducer::Produce::QueueFull) return false;
    if (result == KafkaProducer::Produce::Failed) return pause(), false;
    if (result == KafkaProducer::Produce::Taken)
      ++direct_outstanding_;
    else
      ledger.dropped(result == KafkaProducer::Produce::TooLarge ? DropCause::too_large : DropCause::rejected);
    returned_.pop_front();
  }
  return true;
}

// False when librdkafka does not take it now.
bool KafkaDestination::feed_spooled(SpooledRecord::Position position, std::string_view packed, bool again,
                                    Ledger& ledger) {
  const auto give_up = [&](DropCause cause) {
    if (spool_->delivered(position)) ledger.dropped(cause, 1, Ledger::Place::Spool);
    return true;
  };
  auto record = unpack(packed);
  if (!record) return give_up(DropCause::rejected);  // whole by its checksum, and still none of ours
  record->again = record->again || again;
  switch (producer_->produce(*record, spooled_number(position))) {
    case KafkaProducer::Produce::Taken:
      return true;
    case KafkaProducer::Produce::TooLarge:
      return give_up(DropCause::too_large);
    case KafkaProducer::Produce::Refused:
      return give_up(DropCause::rejected);
    case KafkaProducer::Produce::Failed:
      pause();
      return false;
    case KafkaProducer::Produce::QueueFull:
      return false;
  }
  return false;
}

bool KafkaDestination::in_order_of_sending(const Returned& a, const Returned& b) {
  return MessageNumber::count_of(a.number) < MessageNumber::count_of(b.number);
}

void KafkaDestination::pause() { retry_at_ = Clock::now() + settings_.retry_interval; }

void KafkaDestination::on_report(const KafkaReport& report) {
  const MessageNumber number = MessageNumber::of(report.number);
  const auto place = number.spooled ? Ledger::Place::Spool : Ledger::Place::Queue;
  if (!number.spooled) --direct_outstanding_;
  if (report.outcome == KafkaOutcome::Returned) {
    restarting_ = true;
    if (number.spooled) return;  // the spool has it
    Returned& returned = returned_.emplace_back();
    returned.number = report.number;
    returned.priority = number.priority;
    pack(report.record, returned.packed);
    return;
  }
  if (number.spooled && !spool_->delivered(number.position)) return;
  if (report.outcome == KafkaOutcome::Delivered) {
    ledger_->delivered_since(hook_times_.of(report.number), place);
    if (report.shortened) ledger_->shortened();
    return;
  }
  ledger_->dropped(report.outcome == KafkaOutcome::TooLarge ? DropCause::too_large : DropCause::rejected, 1, place);
}

// No broker answers: what went straight to librdkafka is taken back, to be put into the spool before all that comes.
// Not when newer messages are in the spool already: then they wait in memory, and are sent first.
bool KafkaDestination::must_evacuate() const {
  return settings_.spool == KafkaSpoolMode::Overflow && !restarting_ && direct_outstanding_ > 0 && producer_->away() &&
         spool_->empty() && !spool_->failing();
}

void KafkaDestination::evacuate_when_due(Ledger& ledger) {
  if (!must_evacuate()) return;
  spdlog::info("{}: no broker confirms anything; {} messages go from memory into the spool", ledger.name(),
               direct_outstanding_);
  restarting_ = evacuating_ = true;
}

// Something came back: nothing is sent until everything has, so that the order stays.
void KafkaDestination::restart_when_due(Ledger& ledger) {
  const bool fatal = producer_->fatal();
  if (!restarting_ && !fatal) return;
  restarting_ = true;
  if (fatal || evacuating_)
    producer_->purge();
  else
    producer_->purge_waiting();
  producer_->poll(std::chrono::milliseconds(0));
  if (producer_->outstanding() > 0 || (Clock::now() < retry_at_ && !evacuating_)) return;

  if (fatal)
    spdlog::warn("{}: the producer failed for good ({}) and is made anew; what was not confirmed is sent again",
                 ledger.name(), producer_->trouble());
  // Messages were taken from its hands: a new one counts from the beginning.
  if (evacuating_) spool_returned(ledger);
  pause();
  if (fatal || evacuating_) {
    if (auto made = make_producer(); !made) return producer_->set_trouble(made.error().message);  // tried again
  }
  evacuating_ = false;
  std::sort(returned_.begin(), returned_.end(), in_order_of_sending);
  held_back_.clear();
  if (spool_) spool_->rewind();
  settle(ledger);
  restarting_ = false;
}

// The ledger learns what happened in the spool since the last time.
void KafkaDestination::settle(Ledger& ledger) {
  std::string error = producer_ ? producer_->trouble() : "";
  if (spool_) {
    if (!recovered_told_ && spool_->recovery().records > 0) ledger.recovered(spool_->recovery().records);
    recovered_told_ = true;
    SpoolState state = spool_->state();
    if (state.spooled > told_.spooled) ledger.spooled(state.spooled - told_.spooled);
    if (state.evicted > told_.evicted)
      ledger.dropped(DropCause::spool_full, state.evicted - told_.evicted, Ledger::Place::Spool);
    if (state.damaged > told_.damaged)
      ledger.dropped(DropCause::sink_error, state.damaged - told_.damaged, Ledger::Place::Spool);
    for (const SpoolEviction& eviction : spool_->take_evictions())
      spdlog::warn("spool {} is full: {} messages of priority {} are given up", settings_.spool_directory,
                   eviction.records, priority_name(eviction.priority));
    if (!state.error.empty())
      error = "spool: " + state.error + " (messages go without it)" + (error.empty() ? "" : "; " + error);
    told_ = std::move(state);
  }
  if (error == told_error_) return;
  ledger.set_error(error);
  told_error_ = std::move(error);
}

}  // namespace picket
