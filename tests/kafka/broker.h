// SPDX-License-Identifier: Apache-2.0
//
// The broker of a program of tests: Apache Kafka, started before the first of them and killed behind the last.
#pragma once

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "tests/kafka/loopback.h"

namespace picket {

inline std::string read_line(const std::string& path) {
  std::string line;
  std::getline(std::ifstream(path) >> std::ws, line);
  return line;
}

class Broker : public testing::Environment {
 public:
  static Broker& get() {
    static auto* const broker = static_cast<Broker*>(testing::AddGlobalTestEnvironment(new Broker));
    return *broker;
  }

  void SetUp() override {
    if (has_own_namespaces()) {
      ASSERT_TRUE(make_loopback());
    }
    char name[] = "/tmp/kafka-broker-XXXXXX";
    directory = mkdtemp(name);
    const int kdc = execute("kdc start " + kerberos());
    ASSERT_TRUE(kdc == 0 || kdc == 77);
    has_tickets = kdc == 0;
    ASSERT_NO_FATAL_FAILURE(run("start"));
  }
  void TearDown() override {
    run("kill");
    if (has_tickets) {
      EXPECT_EQ(execute("kdc kill " + kerberos()), 0);
    }
    std::filesystem::remove_all(directory);
  }

  void signal(int number) const { kill(std::stoi(read_line(directory + "/pid")), number); }

  void run(const std::string& verb) { ASSERT_EQ(execute("broker " + verb + " " + directory), 0) << verb; }

  std::map<std::string, std::string> properties() const {
    return {{"security.protocol", "sasl_ssl"},   {"ssl.ca.location", directory + "/ca.pem"},
            {"sasl.mechanism", "SCRAM-SHA-512"}, {"sasl.username", "picket"},
            {"sasl.password", password()},       {"broker.address.family", "v4"}};
  }

  void make_topic(const std::string& name, int partitions) const {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", address().c_str(), nullptr, 0);
    for (const auto& [key, value] : properties()) rd_kafka_conf_set(conf, key.c_str(), value.c_str(), nullptr, 0);
    rd_kafka_t* admin = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    rd_kafka_queue_t* queue = rd_kafka_queue_new(admin);
    rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(name.c_str(), partitions, 1, nullptr, 0);
    rd_kafka_CreateTopics(admin, &topic, 1, nullptr, queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 20'000);
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR) << rd_kafka_event_error_string(event);
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(admin);
  }

  std::string password() const { return read_line(directory + "/password"); }
  std::string address() const { return "localhost:" + read_line(directory + "/port"); }
  // Where clients have to have a certificate.
  std::string mutual_address() const { return "localhost:" + read_line(directory + "/mutual_port"); }
  // Where clients have to have a token.
  std::string token_address() const { return "localhost:" + read_line(directory + "/token_port"); }
  // Where clients have to have a ticket of Kerberos, if there is a key distribution centre.
  std::string ticket_address() const { return "localhost:" + read_line(directory + "/ticket_port"); }
  std::string kerberos() const { return directory + "/kerberos"; }

  std::string directory;
  bool has_tickets = false;

 private:
  // The exit code of a script of this directory.
  static int execute(const std::string& command) {
    const int status = std::system((std::string(PICKET_SOURCE_DIR) + "/tests/kafka/" + command).c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

}  // namespace picket
