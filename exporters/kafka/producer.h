// SPDX-License-Identifier: Apache-2.0
//
// One producer of librdkafka. Knows nothing of spools and ledgers: takes records with a number each, and reports for
// each of them exactly once what became of it.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "exporters/kafka/record.h"
#include "exporters/kafka/settings.h"
#include "exporters/kafka/statistics.h"
#include "rules/event/descriptor.h"
#include "rules/event/result.h"

namespace picket {

enum class KafkaOutcome {
  Delivered,
  TooLarge,  // for the broker, and it cannot be shortened: no attempt will change that
  Refused,   // by the broker, for what is in it
  Returned,  // anything else: it is to be sent again
};

struct KafkaReport {
  std::uint64_t number = 0;
  KafkaOutcome outcome = KafkaOutcome::Delivered;
  bool shortened = false;   // it was not sent whole
  KafkaRecord record;       // of what did not arrive; valid during the call
  const char* reason = "";  // librdkafka's words
};

// Not thread-safe: all functions, and with them all reports, in one thread.
class KafkaProducer {
 public:
  using Receiver = std::function<void(const KafkaReport&)>;

  // `trouble`: that of the producer before, in whose place it comes; it lasts until something arrives.
  static Result<std::unique_ptr<KafkaProducer>> create(const KafkaSettings& settings, Receiver receiver,
                                                       std::string trouble = {});
  ~KafkaProducer();  // what was not reported will not be: purge() first
  KafkaProducer(const KafkaProducer&) = delete;
  KafkaProducer& operator=(const KafkaProducer&) = delete;

  enum class Produce { Taken, QueueFull, TooLarge, Refused, Failed };
  // Copies the record. Nothing but Taken is followed by a report. What is larger than brokers take is sent shortened
  // (shorten.h): at once when we know that they do not take it, else when one has refused it, and then behind what was
  // sent meanwhile. TooLarge is what cannot be shortened.
  Produce produce(const KafkaRecord& record, std::uint64_t number);

  void poll(std::chrono::milliseconds wait);  // reports, errors, statistics
  void purge();                               // everything comes back with the next poll()
  void purge_waiting();                       // what is not on its way to a broker does

  std::size_t outstanding() const { return outstanding_; }
  std::size_t most_messages() const { return most_messages_; }
  std::size_t most_bytes() const { return most_bytes_; }
  std::size_t outstanding_bytes() const { return outstanding_bytes_; }

  bool fatal() const { return fatal_; }  // of no further use
  // No broker can be reached, or none has confirmed anything for a while though it should. Ends with the next delivery.
  bool away() const { return away_ || (outstanding_ > 0 && Clock::now() - progress_ > kPatience); }
  bool refused() const { return refused_; }  // a broker was reached, and it or its certificate does not suit us
  const std::string& trouble() const { return trouble_; }  // why nothing arrives; empty: things do
  void set_trouble(std::string trouble) { trouble_ = std::move(trouble); }
  const KafkaStatistics& statistics() const { return statistics_; }

  rd_kafka_t* handle() { return handle_; }
  int news() const { return news_.get(); }  // a descriptor that can be read when poll() would find something

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kPatience{1000};

  KafkaProducer(const KafkaSettings& settings, Receiver receiver, std::string trouble);
  static void on_report(rd_kafka_t* handle, const rd_kafka_message_t* message, void* self);
  static void on_error(rd_kafka_t* handle, int error, const char* reason, void* self);
  static int on_statistics(rd_kafka_t* handle, char* json, std::size_t size, void* self);
  Produce put(const KafkaRecord& record, std::uint64_t number);
  Produce put_shortened(const KafkaRecord& record, std::uint64_t number, std::size_t most);
  void report(const rd_kafka_message_t& message);
  rd_kafka_headers_t* headers_of(const KafkaRecord& record) const;

  const KafkaSettings& settings_;
  Receiver receiver_;
  rd_kafka_t* handle_ = nullptr;
  const Descriptor news_;  // an eventfd that librdkafka's threads write to
  std::size_t outstanding_ = 0;
  std::size_t outstanding_bytes_ = 0;
  std::size_t most_messages_ = 0;
  std::size_t most_bytes_ = 0;
  std::size_t most_message_bytes_ = 0;
  std::size_t outstanding_shortened_ = 0;
  std::optional<Clock::time_point> shortened_said_at_;
  Clock::time_point progress_;  // the last delivery, or when there began to be something to deliver
  bool fatal_ = false;
  bool away_ = false;
  bool refused_ = false;
  std::string trouble_;
  KafkaStatistics statistics_;
};

// Whether the brokers can be reached with these settings, let us in, and have the topics. `wait` is for all of it.
Result<void> check_kafka_connection(const KafkaSettings& settings, std::chrono::milliseconds wait);

}  // namespace picket
