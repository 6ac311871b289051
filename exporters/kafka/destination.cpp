// SPDX-License-Identifier: Apache-2.0
//
// The way of messages in: straight to librdkafka, or into the spool. The way out of the spool, and back: feed.cpp.
#include "exporters/kafka/destination.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "exporters/kafka/message_number.h"

namespace picket {

namespace {

// How much of librdkafka's memory may be used before messages take the way through the spool.
constexpr double kWindowShare = 0.8;

constexpr auto kSpoolLook = std::chrono::milliseconds(5);  // how often a spool that waits is looked after

// In mode durable a message waits for the disk before it is sent: that is most of what it waits for.
constexpr auto kDurableSync = std::chrono::milliseconds(5);

SpoolOptions options_of(const KafkaSettings& settings) {
  SpoolOptions options{.directory = settings.spool_directory, .budget = settings.spool_budget};
  if (settings.spool == KafkaSpoolMode::Durable) options.sync_soonest = kDurableSync;
  return options;
}

std::uint64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

// What the spool's recovery found is said once; the counts are in the ledger.
void say(const std::string& directory, const SpoolRecovery& found) {
  if (found.records > 0) spdlog::info("spool {}: {} messages of an earlier run wait", directory, found.records);
  if (found.lost_records + found.damaged_bytes + found.damaged_headers + found.unreadable_segments > 0)
    spdlog::warn("spool {} was damaged: {} messages are lost ({} places, {} bytes, {} segments unreadable)", directory,
                 found.lost_records, found.damaged_stretches, found.damaged_bytes, found.unreadable_segments);
  if (found.other_version_segments > 0)
    spdlog::warn("spool {}: {} segments were written by another version of the sensor and are left alone", directory,
                 found.other_version_segments);
  if (found.checkpoint_damaged)
    spdlog::warn("spool {}: its checkpoint was damaged; what is there is sent again", directory);
  for (const std::string& name : found.foreign_files)
    spdlog::warn("spool {}: {} is not of the spool and is left alone", directory, name);
}

}  // namespace

KafkaDestination::KafkaDestination(KafkaSettings settings, TopicTemplate topic)
    : settings_(std::move(settings)), topic_(std::move(topic)) {}

Result<std::unique_ptr<KafkaDestination>> KafkaDestination::open(KafkaSettings settings) {
  auto topic = TopicTemplate::parse(settings.topic);
  if (!topic) return topic.error();
  std::unique_ptr<KafkaDestination> result(new KafkaDestination(std::move(settings), std::move(*topic)));
  if (auto made = result->make_producer(); !made) return made.error();
  if (result->settings_.spool == KafkaSpoolMode::None) return result;
  auto spool = Spool::open(options_of(result->settings_));
  if (!spool) return spool.error();
  result->spool_ = std::move(*spool);
  say(result->settings_.spool_directory, result->spool_->recovery());
  return result;
}

// The one before stays when there can be none: a certificate may have expired since.
Result<void> KafkaDestination::make_producer() {
  auto made = KafkaProducer::create(
      settings_, [this](const KafkaReport& report) { on_report(report); },
      producer_ ? producer_->trouble() : std::string());
  if (!made) return made.error();
  producer_ = std::move(*made);
  ++producers_made_;
  return {};
}

std::size_t KafkaDestination::send(std::span<const Message> messages, Ledger& ledger) {
  ledger_ = &ledger;
  settle(ledger);
  std::size_t taken = 0;
  while (taken < messages.size() && take(messages[taken], ledger)) ++taken;
  settle(ledger);
  return taken;
}

bool KafkaDestination::take(const Message& message, Ledger& ledger) {
  if (evacuating_ || returned_behind_ || must_evacuate()) return false;  // what is older goes into the spool first
  topic_.expand(message, topic_name_);
  std::string_view value = message.text;
  if (value.ends_with('\n')) value.remove_suffix(1);
  const KafkaRecord record{topic_name_, kafka_key_of(settings_, message), message.rule, message.id, value};
  bool taken = false;
  if (direct_way_is_open() && take_directly(record, message, ledger, taken)) return taken;
  if (!spool_) return false;
  pack(record, packed_);
  return take_into_spool(packed_, message.priority, message.time, ledger);
}

// False when librdkafka has no room for it now.
bool KafkaDestination::take_directly(const KafkaRecord& record, const Message& message, Ledger& ledger, bool& taken) {
  using Produce = KafkaProducer::Produce;
  const std::uint64_t number = direct_number(next_number_, message.priority);
  const Produce result = producer_->produce(record, number);
  taken = true;
  if (result == Produce::Taken) {
    ++next_number_;
    hook_times_.note(number, message.time);
    ++direct_outstanding_;
    return true;
  }
  if (result == Produce::TooLarge) return ledger.dropped(DropCause::too_large), true;
  if (result == Produce::Refused) return ledger.dropped(DropCause::rejected), true;
  if (result == Produce::Failed) pause();
  taken = false;
  return false;
}

bool KafkaDestination::take_into_spool(std::string_view packed, Priority priority, std::uint64_t hook_time,
                                       Ledger& ledger) {
  switch (spool_->put(priority, now_ns(), packed)) {
    case Spool::Put::Taken:
      hook_times_.note(spooled_number(spool_->last_taken()), hook_time);
      return true;
    case Spool::Put::TooLarge:
      ledger.dropped(DropCause::too_large);
      return true;
    case Spool::Put::Full:
      ledger.dropped(DropCause::spool_full);
      return true;
    case Spool::Put::Later:
      refused_ = true;
      return false;
  }
  return false;
}

bool KafkaDestination::has_room(std::size_t bytes) const {
  return static_cast<double>(producer_->outstanding()) <
             kWindowShare * static_cast<double>(producer_->most_messages()) &&
         static_cast<double>(producer_->outstanding_bytes() + bytes) <
             kWindowShare * static_cast<double>(producer_->most_bytes());
}

void KafkaDestination::poll(Ledger& ledger, std::chrono::milliseconds wait) {
  ledger_ = &ledger;
  if (spool_) spool_->tick(Clock::now());
  settle(ledger);
  evacuate_when_due(ledger);
  restart_when_due(ledger);
  bypass_when_due();
  feed(ledger);
  if (spool_ && !spool_->empty()) wait = std::min(wait, kSpoolLook);
  producer_->poll(wait);
  settle(ledger);
  if (producer_->statistics() == told_statistics_) return;
  told_statistics_ = producer_->statistics();
  ledger.set_client(told_statistics_);
}

// News from librdkafka make it be looked at; only what time brings has to be waited for.
Destination::Rest KafkaDestination::rest() const {
  Rest rest{.until_readable = producer_->news()};
  if (restarting_ || (spool_ && spool_->unsynced() > 0)) rest.at_most = kSpoolLook;
  return rest;
}

bool KafkaDestination::flush(Ledger& ledger, std::chrono::milliseconds wait) {
  const auto deadline = Clock::now() + wait;
  while (true) {
    if (spool_) spool_->sync();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    poll(ledger, std::clamp(left, std::chrono::milliseconds(0), kSpoolLook));
    const bool on_disk = !spool_ || spool_->unsynced() == 0;
    if (direct_outstanding_ == 0 && returned_.empty() && on_disk) return true;
    if (Clock::now() >= deadline) break;
  }
  if (spool_) rescue(ledger);
  return direct_outstanding_ == 0 && returned_.empty();
}

// The broker does not come back in time: what only memory has goes to the disk.
void KafkaDestination::rescue(Ledger& ledger) {
  producer_->purge();
  for (int i = 0; i < 100 && producer_->outstanding() > 0; ++i) producer_->poll(kSpoolLook);
  spool_returned(ledger);
}

// In the order in which they were sent; behind what the spool holds already.
void KafkaDestination::spool_returned(Ledger& ledger) {
  std::sort(returned_.begin(), returned_.end(), in_order_of_sending);
  while (!returned_.empty()) {
    const Returned& first = returned_.front();
    if (!take_into_spool(first.packed, first.priority, hook_times_.of(first.number), ledger)) break;
    returned_.pop_front();
  }
  returned_behind_ = !returned_.empty();
  spool_->sync();
  settle(ledger);
}

}  // namespace picket
