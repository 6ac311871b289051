// SPDX-License-Identifier: Apache-2.0
//
// A member of a consumer group: messages of one topic, from the partitions that the group gives to this member. Knows
// nothing of what is done with them; nothing is committed but what it is told.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/event/result.h"

namespace picket {

struct KafkaConsumerSettings {
  std::string brokers;  // "host:port,host:port"
  std::string topic;
  std::string group;
  std::vector<std::pair<std::string, std::string>> properties;  // librdkafka's own names; they win over our defaults

  // Where a partition begins of which the group has not committed anything: at its end; or at its beginning; or at the
  // first message that is not older than this, in milliseconds since 1970.
  bool from_beginning = false;
  std::optional<std::int64_t> since_ms;
};

// kafka://HOST:PORT[,HOST:PORT].../TOPIC -> brokers and topic.
Result<KafkaConsumerSettings> parse_kafka_url(std::string_view url);

struct KafkaMessage {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string_view value;  // valid during the call
};

// What the group gives and takes, told during poll() and close().
class KafkaGroupListener {
 public:
  virtual ~KafkaGroupListener() = default;
  // Go to another member after this call: the last moment to commit what was done of them.
  virtual void on_revoked(const std::vector<std::int32_t>& partitions) = 0;
  // Have gone to another member already, which repeats what was not committed.
  virtual void on_lost(const std::vector<std::int32_t>& partitions) = 0;
};

// Not thread-safe: all functions, and with them the listener's, in one thread.
class KafkaConsumer {
 public:
  // Asks the brokers: fails when none answers or lets us in within `wait`, and when there is no such topic. The
  // listener must outlive it.
  static Result<std::unique_ptr<KafkaConsumer>> open(const KafkaConsumerSettings& settings,
                                                     KafkaGroupListener& listener, std::chrono::milliseconds wait);
  ~KafkaConsumer();  // close() first, or the group waits for the session's end
  KafkaConsumer(const KafkaConsumer&) = delete;
  KafkaConsumer& operator=(const KafkaConsumer&) = delete;

  // Calls use(message) when there is one within that time; false when there is none.
  template <class Use>
  bool poll(std::chrono::milliseconds wait, Use use) {
    rd_kafka_message_t* const message = next(wait);
    if (message == nullptr) return false;
    use(KafkaMessage{message->partition, message->offset,
                     std::string_view(static_cast<const char*>(message->payload), message->len)});
    rd_kafka_message_destroy(message);
    return true;
  }

  // Offsets of the next messages, by partition; returns once the group has them.
  Result<void> commit(const std::map<std::int32_t, std::int64_t>& offsets);

  // Where that partition ends, behind its last message, as of the brokers' last answer.
  std::optional<std::int64_t> end_of(std::int32_t partition) const;

  // Leaves the group: revokes what there is.
  void close();

  // An error after which nothing comes any more; empty: none.
  const std::string& fatal() const { return fatal_; }
  // Why nothing comes at present, as far as is known; empty: nothing keeps it.
  const std::string& trouble() const { return trouble_; }

 private:
  KafkaConsumer(const KafkaConsumerSettings& settings, KafkaGroupListener& listener)
      : settings_(settings), listener_(listener) {}
  Result<void> check(std::chrono::milliseconds wait);
  Result<void> check_topic(const rd_kafka_metadata_t& metadata) const;
  rd_kafka_message_t* next(std::chrono::milliseconds wait);
  void take(rd_kafka_topic_partition_list_t* partitions);
  void give(rd_kafka_topic_partition_list_t* partitions);
  void begin(rd_kafka_topic_partition_t& partition, std::int64_t since);
  bool is_incremental() const;

  static void on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                           void* self);
  static void on_error(rd_kafka_t* handle, int code, const char* reason, void* self);

  const KafkaConsumerSettings settings_;
  KafkaGroupListener& listener_;
  rd_kafka_t* handle_ = nullptr;
  bool closed_ = false;
  bool refused_ = false;  // the credentials were
  std::string fatal_, trouble_;
};

}  // namespace picket
