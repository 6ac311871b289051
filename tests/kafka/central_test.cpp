// SPDX-License-Identifier: Apache-2.0
//
// picket central against Apache Kafka: what it finds in a history, and what members that come, go and die leave of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/kafka/broker.h"
#include "tests/support/exposition.h"
#include "tests/support/kafka.h"
#include "tests/support/native_line.h"
#include "tests/support/sample.h"
#include "tests/support/scrape.h"
#include "tests/support/token.h"

namespace picket {
namespace {

using std::chrono::milliseconds;

[[maybe_unused]] const Broker& started = Broker::get();

constexpr int kPartitions = 4;

constexpr const char* kRules = R"(
- rule: secret
  desc: d
  condition: evt.type = openat and fd.name startswith /secret/
  output: secret %fd.name
  priority: WARNING
)";

// One picket central, with a file of its own for its alerts.
class Command {
 public:
  Command(const std::string& name, const std::string& directory, std::vector<std::string> arguments)
      : alerts_(directory + "/" + name + ".json"), log_(directory + "/" + name + ".log") {
    arguments.insert(arguments.begin(), {PICKET_COMMAND, "central"});
    for (const char* each : {"--output", "off", "--file"}) arguments.emplace_back(each);
    arguments.push_back(alerts_);
    pid_ = fork();
    if (pid_ != 0) return;
    const int log = open(log_.c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(log, 2);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(126);
  }
  ~Command() {
    if (pid_ > 0) end(SIGKILL);
  }

  // Its exit code; -1 after a signal.
  int end(int signal) {
    kill(pid_, signal);
    return wait();
  }
  int wait() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    std::ifstream file(alerts_);
    for (std::string line; std::getline(file, line);) {
      const auto alert = nlohmann::json::parse(line, nullptr, false);
      if (!alert.is_discarded()) ids.push_back(alert["id"]);
    }
    return ids;
  }
  std::string log() const {
    std::ifstream file(log_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string alerts_, log_;
  pid_t pid_ = -1;
};

class CentralBroker : public testing::Test {
 protected:
  CentralBroker() {
    char name[] = "/tmp/kafka-central-XXXXXX";
    root_ = mkdtemp(name);
    topic_ = std::string("picket.") + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ofstream(root_ + "/rules.yaml") << kRules;
    std::ofstream config(root_ + "/picket.yaml");
    config << "central:\n  properties:\n    session.timeout.ms: 2000\n    heartbeat.interval.ms: 300\n";
    for (const auto& [key, value] : broker_.properties()) config << "    " << key << ": '" << value << "'\n";
    broker_.make_topic(topic_, kPartitions);
  }
  ~CentralBroker() override { std::filesystem::remove_all(root_); }

  std::vector<std::string> arguments(const std::string& group = "g", const std::string& topic = "") const {
    return {"--config",        root_ + "/picket.yaml",
            "--rules",         root_ + "/rules.yaml",
            "--group",         topic_ + "." + group,
            "--from",          "kafka://" + broker_.address() + "/" + (topic.empty() ? topic_ : topic),
            "--from-beginning"};
  }

  // A producer that knows the topic: what is sent before that is lost.
  rd_kafka_t* make_producer() const {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", broker_.address().c_str(), nullptr, 0);
    for (const auto& [key, value] : broker_.properties())
      rd_kafka_conf_set(conf, key.c_str(), value.c_str(), nullptr, 0);
    rd_kafka_conf_set(conf, "enable.idempotence", "true", nullptr, 0);  // what is sent again keeps its place
    rd_kafka_conf_set(conf, "linger.ms", "20", nullptr, 0);
    rd_kafka_conf_set(conf, "batch.size", "200000", nullptr, 0);  // the broker takes 300000
    rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    rd_kafka_topic_t* topic = rd_kafka_topic_new(producer, topic_.c_str(), nullptr);
    EXPECT_TRUE(until([&] {
      const rd_kafka_metadata_t* metadata = nullptr;
      if (rd_kafka_metadata(producer, 0, topic, &metadata, 5000) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
      const bool known = metadata->topic_cnt == 1 && metadata->topics[0].partition_cnt == kPartitions;
      rd_kafka_metadata_destroy(metadata);
      return known;
    }));
    rd_kafka_topic_destroy(topic);
    return producer;
  }

  // Opens of files, every tenth of which the rule is about; each partition has a fourth.
  void produce(int count) {
    rd_kafka_t* producer = make_producer();
    test::SampleAlert sample;
    sample.revise();
    for (int i = produced_; i < produced_ + count; ++i)
      send(producer, i % kPartitions, event(sample, i % 10 == 0 ? "/secret/" : "/tmp/", i));
    EXPECT_EQ(rd_kafka_flush(producer, 20'000), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(producer);
    produced_ += count;
  }

  static std::string event(test::SampleAlert& sample, const std::string& directory, int number) {
    test::Record<pk_open> record(Kind::open);
    record->header = sample.open->header;
    record->header.size = sizeof(pk_open);
    record->header.time += static_cast<std::uint64_t>(number) * 1000;
    record.text(&pk_open::path, directory + std::to_string(number));
    std::string text = test::native_line(sample.alert(record), sample.host, sample.scratch);
    text.pop_back();
    return text;
  }

  void send(rd_kafka_t* producer, int partition, const std::string& text) const {
    while (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_PARTITION(partition),
                             RD_KAFKA_V_VALUE(const_cast<char*>(text.data()), text.size()),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
      rd_kafka_poll(producer, 10);
  }

  // TOPIC/PARTITION/OFFSET of what the rule is about: partition p has the messages p, p + 4, p + 8...
  std::set<std::string> expected() const {
    std::set<std::string> places;
    for (int i = 0; i < produced_; i += 10) {
      places.insert(topic_ + "/" + std::to_string(i % kPartitions) + "/" + std::to_string(i / kPartitions));
    }
    return places;
  }

  static std::string place_of(const std::string& id) { return id.substr(0, id.rfind('/')); }

  static std::multiset<std::string> found(std::initializer_list<const Command*> processes) {
    std::multiset<std::string> places;
    for (const Command* process : processes) {
      for (const std::string& id : process->ids()) places.insert(place_of(id));
    }
    return places;
  }
  static std::multiset<std::string> each_once(const std::set<std::string>& places) {
    return {places.begin(), places.end()};
  }
  static std::set<std::string> once(const std::multiset<std::string>& places) { return {places.begin(), places.end()}; }

  static bool until(const std::function<bool()>& holds, int seconds = 20) {
    for (int i = 0; i < seconds * 20 && !holds(); ++i) std::this_thread::sleep_for(milliseconds(50));
    return holds();
  }

  Broker& broker_ = Broker::get();
  std::string root_, topic_;
  int produced_ = 0;
};

TEST_F(CentralBroker, HuntOverHistory) {
  produce(4000);
  Command process("a", root_, arguments());
  EXPECT_TRUE(until([&] { return found({&process}).size() >= expected().size(); })) << process.log();
  EXPECT_EQ(process.end(SIGTERM), 0) << process.log();
  EXPECT_EQ(found({&process}), each_once(expected()));
  EXPECT_NE(process.log().find("4000 messages, 4000 events, 400 alerts"), std::string::npos) << process.log();

  // The group is at the end; another begins anew.
  Command again("b", root_, arguments());
  Command other("c", root_, arguments("other"));
  EXPECT_TRUE(until([&] { return found({&other}).size() >= expected().size(); })) << other.log();
  EXPECT_EQ(again.end(SIGTERM), 0) << again.log();
  EXPECT_EQ(other.end(SIGTERM), 0) << other.log();
  EXPECT_TRUE(again.ids().empty());
  EXPECT_EQ(once(found({&other})), expected());
}

// Two share the work; one ends in an orderly way, another dies. Nothing is lost; second copies have equal ids.
TEST_F(CentralBroker, MembersComeGoAndDie) {
  produce(8000);
  Command first("a", root_, arguments());
  Command second("b", root_, arguments());
  EXPECT_TRUE(until([&] { return found({&first, &second}).size() >= expected().size(); })) << first.log();
  produce(4000);
  EXPECT_EQ(first.end(SIGTERM), 0) << first.log();
  EXPECT_TRUE(until([&] { return once(found({&first, &second})).size() >= expected().size(); })) << second.log();
  EXPECT_EQ(found({&first, &second}), each_once(expected()))
      << "none twice, none lost, when members go in an orderly way";

  produce(4000);
  second.end(SIGKILL);
  produce(4000);
  Command third("c", root_, arguments());
  EXPECT_TRUE(until([&] { return once(found({&first, &second, &third})).size() >= expected().size(); })) << third.log();
  EXPECT_EQ(third.end(SIGTERM), 0) << third.log();
  EXPECT_EQ(once(found({&first, &second, &third})), expected());
}

TEST_F(CentralBroker, WhatIsNoEventIsCounted) {
  produce(40);
  rd_kafka_t* producer = make_producer();
  for (const char* text : {"", "{", R"({"schema":"picket.event.v1"})", R"({"schema":"picket.alert.v7"})"}) {
    send(producer, 0, text);
  }
  test::SampleAlert sample;
  send(producer, 0, event(sample, "/secret/", 4000));
  rd_kafka_flush(producer, 10'000);
  rd_kafka_destroy(producer);

  Command process("a", root_, arguments());
  EXPECT_TRUE(until([&] { return process.ids().size() >= 5; })) << process.log();
  EXPECT_EQ(process.end(SIGTERM), 0) << process.log();
  EXPECT_EQ(process.ids().size(), 5u);
  for (const char* said : {"45 messages, 41 events, 5 alerts", "2 not_json", "1 not_an_event", "1 other_version"}) {
    EXPECT_NE(process.log().find(said), std::string::npos) << said << '\n' << process.log();
  }
}

// A port of this host that nobody listens on now.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(socket, reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(socket);
  return ntohs(address.sin_port);
}

TEST_F(CentralBroker, TellsMetricsAndHealth) {
  produce(400);
  rd_kafka_t* producer = make_producer();
  send(producer, 2, "no event");
  rd_kafka_flush(producer, 10'000);
  rd_kafka_destroy(producer);
  const std::uint16_t port = free_port();
  auto with_metrics = arguments();
  with_metrics.insert(with_metrics.end(), {"--metrics-listen", "127.0.0.1:" + std::to_string(port)});
  Command process("a", root_, with_metrics);
  EXPECT_TRUE(until([&] { return process.ids().size() >= 40; })) << process.log();
  EXPECT_TRUE(until([&] { return test::scrape(port, "/readyz").status == 200; })) << process.log();
  EXPECT_EQ(test::scrape(port, "/healthz").status, 200);
  test::Scraped scraped;
  EXPECT_TRUE(until([&] {
    scraped = test::scrape(port, "/metrics");
    return scraped.body.find("picket_central_messages_total 401\n") != std::string::npos;
  })) << scraped.body;
  const test::Exposition read = test::read_exposition(scraped.body);
  EXPECT_EQ(read["picket_central_events_total"], 400);
  EXPECT_EQ(read["picket_central_unreadable_messages_total{cause=\"not_json\"}"], 1);
  EXPECT_EQ(read["picket_central_unreadable_messages_total{cause=\"other_version\"}"], 0);
  EXPECT_EQ(read["picket_alerts_total"], 40);
  EXPECT_EQ(read["picket_rules"], 1);
  EXPECT_EQ(read["picket_central_partitions"], 4);
  for (int i = 0; i < kPartitions; ++i)
    EXPECT_EQ(read["picket_central_lag_messages{partition=\"" + std::to_string(i) + "\"}"], 0);
  EXPECT_NE(scraped.body.find("picket_sink_delivered_messages_total{sink=\"file"), std::string::npos) << scraped.body;
  Command second("b", root_, with_metrics);
  EXPECT_EQ(second.wait(), 1) << "the address is taken";
  EXPECT_NE(second.log().find(std::to_string(port)), std::string::npos) << second.log();
  EXPECT_EQ(process.end(SIGTERM), 0) << process.log();
}

// In the place of a password.
TEST_F(CentralBroker, ReadsWithAToken) {
  produce(400);
  test::write_token(root_ + "/token", "picket", 60);
  std::ofstream(root_ + "/picket.yaml")
      << "central:\n  properties:\n    security.protocol: sasl_ssl\n    ssl.ca.location: " << broker_.directory
      << "/ca.pem\n    broker.address.family: v4\n"
      << "    sasl.mechanism: OAUTHBEARER\n"
      << "    sasl.oauthbearer.token.endpoint.url: file://" << root_ << "/token\n";
  auto with_token = arguments();
  with_token.insert(with_token.end(), {"--from", "kafka://" + broker_.token_address() + "/" + topic_});
  const auto first = std::find(with_token.begin(), with_token.end(), "--from");
  with_token.erase(first, first + 2);
  Command process("a", root_, with_token);
  EXPECT_TRUE(until([&] { return process.ids().size() >= 40; })) << process.log();
  EXPECT_EQ(process.end(SIGTERM), 0) << process.log();
  EXPECT_EQ(found({&process}), each_once(expected()));
}

TEST_F(CentralBroker, MistakesAreFoundAtTheStart) {
  Command missing("a", root_, arguments("g", "not-there"));
  EXPECT_EQ(missing.wait(), 1);
  EXPECT_NE(missing.log().find("topic 'not-there' does not exist"), std::string::npos) << missing.log();

  std::ofstream(root_ + "/picket.yaml", std::ios::app) << "    sasl.password: wrong\n";
  Command wrong("b", root_, arguments());
  EXPECT_NE(wrong.wait(), 0);
  EXPECT_EQ(wrong.log().find(broker_.password()), std::string::npos);
}

}  // namespace
}  // namespace picket
