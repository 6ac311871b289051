// SPDX-License-Identifier: Apache-2.0
//
// librdkafka's C API behind three verbs. Callbacks run inside rd_kafka_poll(), in our thread; only its log comes from
// threads of its own.
#include "exporters/kafka/producer.h"

#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "exporters/kafka/client_configuration.h"
#include "exporters/kafka/shorten.h"

namespace picket {

namespace {

// The answers of a broker after which the same bytes would only be refused again. All else is trouble that passes, or a
// mistake of the configuration: then the message waits.
constexpr std::pair<rd_kafka_resp_err_t, KafkaOutcome> kFinal[] = {
    {RD_KAFKA_RESP_ERR_NO_ERROR, KafkaOutcome::Delivered},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, KafkaOutcome::TooLarge},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, KafkaOutcome::TooLarge},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, KafkaOutcome::Refused},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, KafkaOutcome::Refused},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, KafkaOutcome::Refused},
};

// What is smaller was refused for the batch that it was in: shortening it would not help.
constexpr std::size_t kLeastShortened = 16 * 1024;

constexpr std::size_t kHeaderBytes = 512;  // what a message has beside key, rule and value
constexpr std::chrono::minutes kSayEvery{1};

KafkaOutcome outcome_of(rd_kafka_resp_err_t error) {
  for (const auto& [code, outcome] : kFinal)
    if (code == error) return outcome;
  return KafkaOutcome::Returned;
}

// No broker can be reached, or none lets us in: what ends by itself when they are back.
bool is_absence(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || error == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
         error == RD_KAFKA_RESP_ERR__SSL;
}

std::string_view header(const rd_kafka_headers_t* headers, const char* name) {
  const void* value = nullptr;
  std::size_t size = 0;
  if (headers == nullptr || rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return {};
  return {static_cast<const char*>(value), size};
}

bool is_shortened(const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  rd_kafka_message_headers(&message, &headers);
  return !header(headers, "shortened").empty();
}

KafkaRecord record_of(const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  rd_kafka_message_headers(&message, &headers);
  KafkaRecord record;
  record.topic = rd_kafka_topic_name(message.rkt);
  record.key = {static_cast<const char*>(message.key), message.key_len};
  record.rule = header(headers, "rule");
  record.value = {static_cast<const char*>(message.payload), message.len};
  record.shortened = is_shortened(message);
  record.again =
      !header(headers, "redelivery").empty() || rd_kafka_message_status(&message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
  const std::string_view id = header(headers, "id");
  std::from_chars(id.data(), id.data() + id.size(), record.id);
  return record;
}

std::size_t number_of(const rd_kafka_conf_t* conf, const char* property) {
  return std::strtoull(client_property(conf, property).c_str(), nullptr, 10);
}

}  // namespace

KafkaProducer::KafkaProducer(const KafkaSettings& settings, Receiver receiver, std::string trouble)
    : settings_(settings),
      receiver_(std::move(receiver)),
      news_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      trouble_(std::move(trouble)) {
  if (!news_) std::abort();
}

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::create(const KafkaSettings& settings, Receiver receiver,
                                                             std::string trouble) {
  auto conf = make_client_configuration(settings);
  if (!conf) return conf.error();
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer(settings, std::move(receiver), std::move(trouble)));
  producer->most_messages_ = number_of(conf->get(), "queue.buffering.max.messages");
  producer->most_bytes_ = number_of(conf->get(), "queue.buffering.max.kbytes") * 1024;
  producer->most_message_bytes_ = number_of(conf->get(), "message.max.bytes");
  rd_kafka_conf_set_opaque(conf->get(), producer.get());
  rd_kafka_conf_set_dr_msg_cb(conf->get(), on_report);
  rd_kafka_conf_set_error_cb(conf->get(), on_error);
  rd_kafka_conf_set_stats_cb(conf->get(), on_statistics);
  std::array<char, 512> reason;
  producer->handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), reason.data(), reason.size());
  if (producer->handle_ == nullptr)
    return Error{"kafka: no producer can be made: " + std::string(reason.data()),
                 "see the properties in docs/kafka.md"};
  conf->release();                          // the producer's now
  static constexpr std::uint64_t kOne = 1;  // what is written to an eventfd
  rd_kafka_queue_t* const queue = rd_kafka_queue_get_main(producer->handle_);
  rd_kafka_queue_io_event_enable(queue, producer->news_.get(), &kOne, sizeof kOne);
  rd_kafka_queue_destroy(queue);  // only this name of it
  return producer;
}

KafkaProducer::~KafkaProducer() {
  if (handle_ == nullptr) return;
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_destroy(handle_);
}

rd_kafka_headers_t* KafkaProducer::headers_of(const KafkaRecord& record) const {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(8);
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  };
  std::array<char, 20> id;
  const char* const end = std::to_chars(id.data(), id.data() + id.size(), record.id).ptr;
  add("content-type", "application/json");
  add("schema", settings_.schema);
  add("version", settings_.version);
  add("host", settings_.host);
  add("rule", record.rule);
  if (record.id != 0) add("id", {id.data(), static_cast<std::size_t>(end - id.data())});
  if (record.again) add("redelivery", "1");
  if (record.shortened) add("shortened", "1");
  return headers;
}

KafkaProducer::Produce KafkaProducer::produce(const KafkaRecord& record, std::uint64_t number) {
  const Produce result = put(record, number);
  if (result != Produce::TooLarge) return result;
  const std::size_t beside = record.key.size() + record.rule.size() + kHeaderBytes;
  return put_shortened(record, number, most_message_bytes_ - std::min(most_message_bytes_, beside));
}

KafkaProducer::Produce KafkaProducer::put_shortened(const KafkaRecord& record, std::uint64_t number, std::size_t most) {
  const auto text = shorten_json(record.value, most);
  if (!text) return Produce::TooLarge;
  KafkaRecord shorter = record;
  shorter.value = *text;
  shorter.shortened = true;
  const Produce result = put(shorter, number);
  if (result != Produce::Taken) return result;
  const auto now = Clock::now();
  if (shortened_said_at_ && now - *shortened_said_at_ < kSayEvery) return result;
  shortened_said_at_ = now;
  spdlog::warn("kafka: messages are larger than the brokers take, and are sent with their longest texts cut");
  return result;
}

KafkaProducer::Produce KafkaProducer::put(const KafkaRecord& record, std::uint64_t number) {
  const std::string topic(record.topic);
  rd_kafka_headers_t* headers = headers_of(record);
  // The opaque is a number, never a pointer.
  const auto error = rd_kafka_producev(
      handle_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
      RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()), RD_KAFKA_V_HEADERS(headers),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(number)), RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (outstanding_++ == 0) progress_ = Clock::now();
    outstanding_bytes_ += record.value.size();
    outstanding_shortened_ += record.shortened ? 1 : 0;
    return Produce::Taken;
  }
  rd_kafka_headers_destroy(headers);
  if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) return Produce::QueueFull;
  if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return Produce::TooLarge;
  if (error == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_fatal_error(handle_, nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR)
    fatal_ = true;
  trouble_ = rd_kafka_err2str(error);
  return outcome_of(error) == KafkaOutcome::Refused ? Produce::Refused : Produce::Failed;
}

// The news are taken off first: what comes after that is written again.
void KafkaProducer::poll(std::chrono::milliseconds wait) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t size = read(news_.get(), &count, sizeof count);
  rd_kafka_poll(handle_, static_cast<int>(wait.count()));
}

void KafkaProducer::purge() { rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT); }

void KafkaProducer::purge_waiting() { rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE); }

void KafkaProducer::on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  static_cast<KafkaProducer*>(self)->report(*message);
}

void KafkaProducer::report(const rd_kafka_message_t& message) {
  --outstanding_;
  outstanding_bytes_ -= message.len;
  KafkaReport report;
  report.shortened = outstanding_shortened_ > 0 && is_shortened(message);
  outstanding_shortened_ -= report.shortened ? 1 : 0;
  report.number = reinterpret_cast<std::uint64_t>(message._private);
  report.outcome = outcome_of(message.err);
  if (report.outcome == KafkaOutcome::TooLarge && message.len >= kLeastShortened &&
      put_shortened(record_of(message), report.number, message.len / 2) == Produce::Taken)
    return;
  report.reason = rd_kafka_err2str(message.err);
  const bool by_us = message.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message.err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
  if (report.outcome == KafkaOutcome::Returned && !by_us) trouble_ = report.reason;
  if (report.outcome == KafkaOutcome::Delivered) {
    away_ = false;
    progress_ = Clock::now();
    trouble_.clear();
  } else {
    report.record = record_of(message);
  }
  receiver_(report);
}

void KafkaProducer::on_error(rd_kafka_t* handle, int error, const char* reason, void* self) {
  auto& producer = *static_cast<KafkaProducer*>(self);
  const auto code = static_cast<rd_kafka_resp_err_t>(error);
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, 512> why{};
    rd_kafka_fatal_error(handle, why.data(), why.size());
    producer.fatal_ = true;
    producer.trouble_ = why.data();
    return;
  }
  if (is_absence(code)) producer.away_ = true;
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL) producer.refused_ = true;
  // "All brokers down" comes after the reason why: keep the reason.
  if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || producer.trouble_.empty()) producer.trouble_ = reason;
}

int KafkaProducer::on_statistics(rd_kafka_t*, char* json, std::size_t size, void* self) {
  if (const auto parsed = parse_kafka_statistics({json, size}))
    static_cast<KafkaProducer*>(self)->statistics_ = *parsed;
  return 0;  // librdkafka frees it
}

}  // namespace picket
