// SPDX-License-Identifier: Apache-2.0
//
// A Kafka topic, or several, as a destination: a producer of librdkafka with a spool in front of it.
//
// Where a message goes:
//
//   spool none      to librdkafka; what it does not take waits in the sink's queue
//   spool overflow  to librdkafka while it keeps up and the spool is empty; else everything into the spool, or the
//   order
//                   would break; from there to librdkafka as it takes them
//   spool durable   into the spool; from there, once it is on the disk
//
// While the disk takes nothing, a message goes to librdkafka without the spool in every mode: bypass.cpp.
//
// A message leaves the spool when the broker has confirmed it. When librdkafka gives messages back (a fatal error, a
// topic that is not there), nothing new is sent until all that is under way has come back; then it is sent again, in
// order, by a new producer if the old one is of no use. No message is given up but for its size, or because the broker
// refuses what is in it.
//
// Messages that were handed to librdkafka directly (overflow) are in memory only. When nothing is confirmed for a
// second, they are taken back and put into the spool, too; so kill -9 loses at most what was under way for that long.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "exporters/kafka/hook_times.h"
#include "exporters/kafka/producer.h"
#include "exporters/kafka/settings.h"
#include "exporters/sink/destination.h"
#include "exporters/spool/spool.h"

namespace picket {

class KafkaDestination : public Destination {
 public:
  // Finds what is wrong with the settings, opens the spool; asks no broker.
  static Result<std::unique_ptr<KafkaDestination>> open(KafkaSettings settings);

  std::size_t send(std::span<const Message> messages, Ledger& ledger) override;
  void poll(Ledger& ledger, std::chrono::milliseconds wait) override;
  // Messages in the spool have met their fate. At the end of the time what is under way goes into the spool, if there
  // is one.
  bool flush(Ledger& ledger, std::chrono::milliseconds wait) override;
  Rest rest() const override;

  const KafkaStatistics& statistics() const { return producer_->statistics(); }
  const Spool* spool() const { return spool_.get(); }  // nullptr: none
  KafkaProducer& producer() { return *producer_; }
  std::uint64_t producers_made() const { return producers_made_; }

 private:
  using Clock = std::chrono::steady_clock;

  // How many messages that the disk holds, or does not take, are with librdkafka while no broker answers: enough to see
  // that one does again. The others are as well kept where they are; in memory they would be tens of MiB.
  static constexpr std::size_t kMostWhileAway = 1000;

  // Came back from librdkafka, and is in no spool.
  struct Returned {
    std::uint64_t number = 0;
    Priority priority = Priority::Notice;
    std::string packed;
  };
  static bool in_order_of_sending(const Returned& a, const Returned& b);

  KafkaDestination(KafkaSettings settings, TopicTemplate topic);
  Result<void> make_producer();

  bool take(const Message& message, Ledger& ledger);
  bool take_directly(const KafkaRecord& record, const Message& message, Ledger& ledger, bool& taken);
  bool take_into_spool(std::string_view packed, Priority priority, std::uint64_t hook_time, Ledger& ledger);
  bool direct_way_is_open() const;
  bool has_room(std::size_t bytes) const;

  void feed(Ledger& ledger);
  bool may_feed(std::size_t bytes) const;
  bool feed_returned(Ledger& ledger);
  bool feed_spooled(SpooledRecord::Position position, std::string_view packed, bool again, Ledger& ledger);
  bool paused() const { return restarting_ || Clock::now() < retry_at_; }
  void pause();

  void settle(Ledger& ledger);
  void on_report(const KafkaReport& report);
  bool must_evacuate() const;
  void evacuate_when_due(Ledger& ledger);
  void restart_when_due(Ledger& ledger);
  void spool_returned(Ledger& ledger);
  void rescue(Ledger& ledger);
  void bypass_when_due();

  KafkaSettings settings_;
  TopicTemplate topic_;
  std::unique_ptr<Spool> spool_;
  SpoolState told_;  // what of the spool's state the ledger knows
  bool recovered_told_ = false;
  std::string told_error_;
  KafkaStatistics told_statistics_;

  std::unique_ptr<KafkaProducer> producer_;
  std::uint64_t producers_made_ = 0;
  std::uint64_t next_number_ = 0;  // of messages that go directly
  std::uint64_t direct_outstanding_ = 0;
  std::deque<Returned> returned_;  // sorted by number once restarting is over
  bool returned_behind_ = false;   // the spool took older ones and not these: nothing else comes before they are sent
  bool refused_ = false;           // the spool took a message not even into memory
  Clock::time_point bypass_until_{};  // until then a spool that fails is not tried
  std::string held_back_;             // read from the spool, and not taken by librdkafka
  SpooledRecord::Position held_position_;
  bool held_again_ = false;
  bool evacuating_ = false;  // restarting, because no broker answers: what is in memory goes to the disk
  bool restarting_ = false;  // until all that is under way has come back
  Clock::time_point retry_at_{};
  Ledger* ledger_ = nullptr;  // during the calls that may bring reports

  HookTimes hook_times_;

  std::string topic_name_;  // kept for their memory
  std::string packed_;
};

}  // namespace picket
