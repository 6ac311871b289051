// SPDX-License-Identifier: Apache-2.0
//
// Our defaults, then the user's properties over them.
#include "exporters/kafka/client_configuration.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "exporters/kafka/property_names.h"
#include "exporters/kafka/token_file.h"

namespace picket {

namespace {

// What no message may be lost by. docs/kafka.md says why each is so.
constexpr std::pair<const char*, const char*> kDefaults[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"max.in.flight.requests.per.connection", "5"},
    {"retries", "2147483647"},
    {"delivery.timeout.ms", "0"},  // a message that times out is lost, and may duplicate others: never
    {"retry.backoff.ms", "100"},
    {"reconnect.backoff.ms", "100"},
    {"reconnect.backoff.max.ms", "10000"},
    {"linger.ms", "5"},
    {"batch.size", "262144"},
    {"compression.type", "zstd"},
    {"partitioner", "murmur2_random"},  // as Java's clients do: joins with what they write
    {"queue.buffering.max.messages", "50000"},
    {"queue.buffering.max.kbytes", "65536"},
    {"socket.keepalive.enable", "true"},
    {"socket.nagle.disable", "true"},  // a small request would wait 40 ms for the acknowledgement of the one before
    {"statistics.interval.ms", "10000"},
    {"allow.auto.create.topics", "false"},
    {"client.id", "picket"},
};

// Ours alone: the destination counts by them.
constexpr std::string_view kReserved[] = {
    "delivery.report.only.error", "dr_cb", "dr_msg_cb", "transactional.id", "bootstrap.servers",
    "metadata.broker.list"};

// Of consumers. Offsets are committed when the alerts are delivered, never by themselves.
constexpr std::pair<const char*, const char*> kConsumerDefaults[] = {
    {"enable.auto.commit", "false"},       {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "earliest"},  // where an offset is gone: what is left of the history
    {"allow.auto.create.topics", "false"}, {"socket.keepalive.enable", "true"},
    {"reconnect.backoff.max.ms", "10000"}, {"queued.max.messages.kbytes", "32768"},
    {"max.poll.interval.ms", "600000"},    {"client.id", "picket-central"},
};

constexpr std::string_view kConsumerReserved[] = {"enable.auto.commit",  "enable.auto.offset.store", "group.id",
                                                  "bootstrap.servers",   "metadata.broker.list",     "rebalance_cb",
                                                  "enable.partition.eof"};

// Of no client of ours.
struct Refused {
  std::string_view name;
  const char* why;
  const char* hint;
};
constexpr const char* kNoKinit = "it is about a command that librdkafka would run, and a sensor runs none";
constexpr const char* kKeytabHint = "KRB5_CLIENT_KTNAME=/PATH in the sensor's environment names the keytab";
constexpr Refused kRefused[] = {
    {"enable.sasl.oauthbearer.unsecure.jwt",
     "tokens that nobody signed protect nothing, and librdkafka 2.0 crashes when it renews one",
     "sasl.oauthbearer.token.endpoint.url: file:///PATH takes tokens from a file"},
    {"sasl.oauthbearer.config", "it is about tokens that nobody signed, which are not possible here",
     "sasl.oauthbearer.token.endpoint.url: file:///PATH takes tokens from a file"},
    {"sasl.kerberos.kinit.cmd", kNoKinit, kKeytabHint},
    {"sasl.kerberos.keytab", kNoKinit, kKeytabHint},
    {"sasl.kerberos.principal", kNoKinit, kKeytabHint},
    {"sasl.kerberos.min.time.before.relogin", kNoKinit, kKeytabHint},
};

constexpr std::string_view kTokenUrl = "sasl.oauthbearer.token.endpoint.url";

constexpr std::string_view kSecrets[] = {"sasl.password",
                                         "ssl.key.password",
                                         "ssl.keystore.password",
                                         "ssl.key.pem",
                                         "sasl.oauthbearer.client.secret",
                                         "sasl.oauthbearer.config"};

constexpr std::string_view kCertificates[] = {"ssl.ca.location", "ssl.certificate.location"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// How far the user's properties are followed.
enum class Look { AtTheirFiles, AtThemAlone };

Result<void> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> reason;
  const auto done = rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size());
  if (done == RD_KAFKA_CONF_OK) return {};
  const bool secret = is_one_of(name, kSecrets);
  std::string hint = done == RD_KAFKA_CONF_UNKNOWN ? suggest_property(name) : "";
  if (hint.empty()) hint = "the properties are those of librdkafka " + std::string(rd_kafka_version_str());
  return Error{"kafka: property '" + name + "': " + (secret ? "its value was refused" : reason.data()), hint};
}

// What keeps messages from coming across comes as an error, too, and is said once; so does what SASL's library says at
// each attempt.
void log_line(const rd_kafka_t*, int level, const char* facility, const char* text) {
  const bool said = level > 2 || std::string_view(facility) == "LIBSASL";
  spdlog::log(said ? spdlog::level::debug : spdlog::level::warn, "librdkafka {}: {}", facility, text);
}

// What comes from a file is ours; other URLs are librdkafka's, where it can ask them.
Result<void> set_token_url(rd_kafka_conf_t* conf, const std::string& url, Look look) {
  const auto path = path_of_token_url(url);
  if (!path) return set(conf, std::string(kTokenUrl), url);
  if (look == Look::AtTheirFiles) {
    if (const auto token = read_token_file(*path); !token)
      return Error{"kafka: property '" + std::string(kTokenUrl) + "': " + token.error().message, token.error().hint};
  }
  take_tokens_from_file(conf, *path);
  return {};
}

Result<void> set_users(rd_kafka_conf_t* conf, const std::string& name, const std::string& value, Look look) {
  for (const Refused& row : kRefused)
    if (row.name == name) return Error{"kafka: property '" + name + "' cannot be set: " + row.why, row.hint};
  if (look == Look::AtTheirFiles && is_one_of(name, kCertificates) && value != "probe")
    if (auto good = check_certificate_file(name, value); !good) return good;
  if (name == kTokenUrl) return set_token_url(conf, value, look);
  return set(conf, name, value);
}

// What librdkafka would let pass, and then wait for or do without a word.
Result<void> settle_sasl(rd_kafka_conf_t* conf, const std::vector<std::pair<std::string, std::string>>& properties) {
  if (!client_property(conf, "security.protocol").starts_with("sasl_")) return {};
  const bool said = std::any_of(properties.begin(), properties.end(), [](const auto& property) {
    return property.first == "sasl.mechanism" || property.first == "sasl.mechanisms";
  });
  if (!said)
    return Error{"kafka: it is not said how the brokers let us in",
                 "sasl.mechanism: SCRAM-SHA-512, SCRAM-SHA-256, PLAIN, OAUTHBEARER or GSSAPI"};
  const std::string mechanism = client_property(conf, "sasl.mechanisms");
  // librdkafka's own would be: it is where take_tokens_from_file() puts the file's name.
  const bool has_file = !client_property(conf, "sasl.oauthbearer.config").empty();
  if (mechanism == "OAUTHBEARER" && !has_file && client_property(conf, "sasl.oauthbearer.method") != "oidc")
    return Error{"kafka: OAUTHBEARER without a token", "sasl.oauthbearer.token.endpoint.url: file:///PATH"};
  // Never, it means: no kinit is run. What gets the tickets is the library of Kerberos, from the keytab.
  if (mechanism == "GSSAPI") return set(conf, "sasl.kerberos.min.time.before.relogin", "0");
  return {};
}

// The defaults, the brokers, then the user's properties, but for those that are not the user's.
template <std::size_t N, std::size_t M>
Result<ClientConfiguration> make(const std::string& brokers, const std::pair<const char*, const char*> (&defaults)[N],
                                 const std::vector<std::pair<std::string, std::string>>& properties,
                                 const std::string_view (&reserved)[M], Look look = Look::AtTheirFiles) {
  if (brokers.empty())
    return Error{"kafka: no brokers are given", "brokers: kafka-1.example.org:9093,kafka-2.example.org:9093"};
  ClientConfiguration conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), log_line);
  for (const auto& [name, value] : defaults)
    if (auto done = set(conf.get(), name, value); !done) return done.error();
  if (auto done = set(conf.get(), "bootstrap.servers", brokers); !done) return done.error();
  for (const auto& [name, value] : properties) {
    if (is_one_of(name, reserved))
      return Error{"kafka: property '" + name + "' cannot be set: the sensor sets it itself", ""};
    if (auto done = set_users(conf.get(), name, value, look); !done) return done.error();
  }
  if (auto done = settle_sasl(conf.get(), properties); !done) return done.error();
  return conf;
}

}  // namespace

Result<ClientConfiguration> make_client_configuration(const KafkaSettings& settings) {
  return make(settings.brokers, kDefaults, settings.properties, kReserved);
}

Result<void> check_client_properties(const KafkaSettings& settings) {
  const auto made = make(settings.brokers, kDefaults, settings.properties, kReserved, Look::AtThemAlone);
  return made ? Result<void>() : made.error();
}

Result<ClientConfiguration> make_consumer_configuration(const KafkaConsumerSettings& settings) {
  auto conf = make(settings.brokers, kConsumerDefaults, settings.properties, kConsumerReserved);
  if (!conf) return conf.error();
  if (auto done = set(conf->get(), "group.id", settings.group); !done) return done.error();
  return conf;
}

std::string client_property(const rd_kafka_conf_t* conf, const char* name) {
  std::array<char, 512> value;
  std::size_t size = value.size();
  if (rd_kafka_conf_get(conf, name, value.data(), &size) != RD_KAFKA_CONF_OK) return "";
  return value.data();
}

}  // namespace picket
