// SPDX-License-Identifier: Apache-2.0
#include "exporters/kafka/consumer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "exporters/kafka/client_configuration.h"
#include "exporters/kafka/settings.h"

namespace picket {

namespace {

using std::chrono::milliseconds;

constexpr int kAskMs = 10'000;  // for the answer to one question when partitions come
constexpr int kAskedAgainMs = 1000;
constexpr std::string_view kScheme = "kafka://";

struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

std::vector<std::int32_t> numbers_of(const rd_kafka_topic_partition_list_t& partitions) {
  std::vector<std::int32_t> numbers;
  for (int i = 0; i < partitions.cnt; ++i) numbers.push_back(partitions.elems[i].partition);
  return numbers;
}

}  // namespace

Result<KafkaConsumerSettings> parse_kafka_url(std::string_view url) {
  const auto wrong = [url](const std::string& expected) {
    return Error{"'" + std::string(url) + "': expected " + expected, "kafka://kafka-1.example.org:9093/picket.alerts"};
  };
  if (!url.starts_with(kScheme)) return wrong("kafka://HOST:PORT[,HOST:PORT].../TOPIC");
  const std::string_view rest = url.substr(kScheme.size());
  const std::size_t slash = rest.find('/');
  if (slash == rest.npos || slash + 1 == rest.size()) return wrong("a topic behind the brokers");
  if (slash == 0) return wrong("brokers before the topic");
  if (rest.substr(0, slash).find('@') != rest.npos) {
    return Error{"credentials cannot stand in the address of brokers: others would see them",
                 "central: {properties: {sasl.username: ..., sasl.password: ...}} in the configuration file"};
  }
  KafkaConsumerSettings settings;
  settings.brokers = rest.substr(0, slash);
  settings.topic = rest.substr(slash + 1);
  const auto topic = TopicTemplate::parse(settings.topic);
  if (!topic) return topic.error();
  if (settings.topic.find('{') != settings.topic.npos) return wrong("one topic");
  return settings;
}

Result<std::unique_ptr<KafkaConsumer>> KafkaConsumer::open(const KafkaConsumerSettings& settings,
                                                           KafkaGroupListener& listener, milliseconds wait) {
  auto conf = make_consumer_configuration(settings);
  if (!conf) return conf.error();
  std::unique_ptr<KafkaConsumer> consumer(new KafkaConsumer(settings, listener));
  rd_kafka_conf_set_opaque(conf->get(), consumer.get());
  rd_kafka_conf_set_rebalance_cb(conf->get(), on_rebalance);
  rd_kafka_conf_set_error_cb(conf->get(), on_error);
  std::array<char, 512> reason{};
  consumer->handle_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf->get(), reason.data(), reason.size());
  if (consumer->handle_ == nullptr) return Error{"kafka: " + std::string(reason.data()), ""};
  (void)conf->release();  // is the consumer's now
  if (auto there = consumer->check(wait); !there) return there.error();

  rd_kafka_poll_set_consumer(consumer->handle_);
  const List topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), settings.topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto code = rd_kafka_subscribe(consumer->handle_, topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return Error{"kafka: " + std::string(rd_kafka_err2str(code)), ""};
  return consumer;
}

// Asked again and again: who is refused needs no patience.
Result<void> KafkaConsumer::check(milliseconds wait) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + wait;
  rd_kafka_topic_t* const topic = rd_kafka_topic_new(handle_, settings_.topic.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  auto code = RD_KAFKA_RESP_ERR__TIMED_OUT;
  while (code != RD_KAFKA_RESP_ERR_NO_ERROR && !refused_ && Clock::now() < deadline) {
    code = rd_kafka_metadata(handle_, 0, topic, &metadata, kAskedAgainMs);
    rd_kafka_poll(handle_, 0);  // why there was no answer comes as an error
  }
  rd_kafka_topic_destroy(topic);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Error{"kafka: no broker answers: " + (trouble_.empty() ? rd_kafka_err2str(code) : trouble_),
                 "check the brokers, and security.protocol, certificates and credentials in central.properties"};
  }
  trouble_.clear();
  auto found = check_topic(*metadata);
  rd_kafka_metadata_destroy(metadata);
  return found;
}

Result<void> KafkaConsumer::check_topic(const rd_kafka_metadata_t& metadata) const {
  for (int i = 0; i < metadata.topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& found = metadata.topics[i];
    if (found.topic != settings_.topic || found.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      return Error{"kafka: topic '" + settings_.topic + "' does not exist",
                   "the sensors' sink names it (output.sinks)"};
    return Error{"kafka: topic '" + settings_.topic + "': " + rd_kafka_err2str(found.err), ""};
  }
  return {};
}

KafkaConsumer::~KafkaConsumer() {
  if (handle_ != nullptr) rd_kafka_destroy(handle_);
}

void KafkaConsumer::close() {
  if (handle_ != nullptr && !std::exchange(closed_, true)) rd_kafka_consumer_close(handle_);
}

// Errors that come as messages pass by themselves, but for a topic that is gone or closed to us.
rd_kafka_message_t* KafkaConsumer::next(milliseconds wait) {
  rd_kafka_message_t* const message = rd_kafka_consumer_poll(handle_, static_cast<int>(wait.count()));
  if (message == nullptr) return nullptr;
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    trouble_.clear();
    return message;
  }
  if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    trouble_ = rd_kafka_message_errstr(message);
    if (message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
        message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
        message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
      fatal_ = trouble_;
    }
  }
  rd_kafka_message_destroy(message);
  return nullptr;
}

Result<void> KafkaConsumer::commit(const std::map<std::int32_t, std::int64_t>& offsets) {
  const List list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [partition, offset] : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), settings_.topic.c_str(), partition)->offset = offset;
  }
  const auto code = rd_kafka_commit(handle_, list.get(), 0);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET) return {};
  return Error{"kafka: offsets were not committed: " + std::string(rd_kafka_err2str(code)), ""};
}

std::optional<std::int64_t> KafkaConsumer::end_of(std::int32_t partition) const {
  std::int64_t low = -1, high = -1;
  const auto code = rd_kafka_get_watermark_offsets(handle_, settings_.topic.c_str(), partition, &low, &high);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) return std::nullopt;
  return high;
}

bool KafkaConsumer::is_incremental() const {
  const char* const protocol = rd_kafka_rebalance_protocol(handle_);
  return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
}

void KafkaConsumer::on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                                 void* self) {
  auto& consumer = *static_cast<KafkaConsumer*>(self);
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    consumer.take(partitions);
  } else {
    consumer.give(partitions);
  }
}

// Where the group has not been yet, the place is asked for and committed at once: whoever gets the partition next
// begins there, and not at what then is its end.
void KafkaConsumer::take(rd_kafka_topic_partition_list_t* partitions) {
  const auto asked = rd_kafka_committed(handle_, partitions, kAskMs);
  if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) {
    spdlog::error("kafka: where the group stands cannot be asked: {}", rd_kafka_err2str(asked));
    fatal_ = rd_kafka_err2str(asked);
  }
  std::map<std::int32_t, std::int64_t> begun;
  for (int i = 0; i < partitions->cnt && fatal_.empty(); ++i) {
    rd_kafka_topic_partition_t& partition = partitions->elems[i];
    if (partition.offset >= 0) continue;
    begin(partition, settings_.since_ms.value_or(-1));
    if (partition.offset >= 0) begun[partition.partition] = partition.offset;
  }
  if (!fatal_.empty()) {  // nothing is read from a place that nobody has named
    rd_kafka_assign(handle_, nullptr);
  } else if (is_incremental()) {
    if (rd_kafka_error_t* const error = rd_kafka_incremental_assign(handle_, partitions)) {
      fatal_ = rd_kafka_error_string(error);
      rd_kafka_error_destroy(error);
    }
  } else {
    rd_kafka_assign(handle_, partitions);
  }
  if (begun.empty()) return;
  if (const auto done = commit(begun); !done) spdlog::warn("{}", done.error().message);
}

void KafkaConsumer::begin(rd_kafka_topic_partition_t& partition, std::int64_t since) {
  std::int64_t low = 0, high = 0;
  const auto code =
      rd_kafka_query_watermark_offsets(handle_, partition.topic, partition.partition, &low, &high, kAskMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fatal_ = "partition " + std::to_string(partition.partition) + " does not tell its ends: " + rd_kafka_err2str(code);
    return;
  }
  partition.offset = settings_.from_beginning ? low : high;
  if (since < 0) return;
  const List list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_t* const asked =
      rd_kafka_topic_partition_list_add(list.get(), partition.topic, partition.partition);
  asked->offset = since;
  if (rd_kafka_offsets_for_times(handle_, list.get(), kAskMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fatal_ = "partition " + std::to_string(partition.partition) + " does not tell where that time is";
    return;
  }
  if (asked->offset >= 0) partition.offset = asked->offset;
}

void KafkaConsumer::give(rd_kafka_topic_partition_list_t* partitions) {
  if (rd_kafka_assignment_lost(handle_) != 0) {
    listener_.on_lost(numbers_of(*partitions));
  } else {
    listener_.on_revoked(numbers_of(*partitions));
  }
  if (!is_incremental()) {
    rd_kafka_assign(handle_, nullptr);
  } else if (rd_kafka_error_t* const error = rd_kafka_incremental_unassign(handle_, partitions)) {
    fatal_ = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
  }
}

void KafkaConsumer::on_error(rd_kafka_t* handle, int code, const char* reason, void* self) {
  auto& consumer = *static_cast<KafkaConsumer*>(self);
  consumer.trouble_ = reason;
  consumer.refused_ = consumer.refused_ || code == RD_KAFKA_RESP_ERR__AUTHENTICATION;
  if (code != RD_KAFKA_RESP_ERR__FATAL) return;
  std::array<char, 512> text{};
  rd_kafka_fatal_error(handle, text.data(), text.size());
  consumer.fatal_ = text.data();
}

}  // namespace picket
