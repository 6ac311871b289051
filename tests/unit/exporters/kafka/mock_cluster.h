// SPDX-License-Identifier: Apache-2.0
//
// librdkafka's mock cluster: three brokers in this process, behind real sockets.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <string>
#include <vector>

#include "tests/support/kafka.h"

namespace picket {

class MockCluster {
 public:
  MockCluster() {
    owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0);
    cluster_ = rd_kafka_mock_cluster_new(owner_, kBrokers);
  }
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(owner_);
  }

  std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  void make_topic(const std::string& name, int partitions) {
    rd_kafka_mock_topic_create(cluster_, name.c_str(), partitions, kBrokers);
  }
  void down() {
    for (int id = 1; id <= kBrokers; ++id) rd_kafka_mock_broker_set_down(cluster_, id);
  }
  void up() {
    for (int id = 1; id <= kBrokers; ++id) rd_kafka_mock_broker_set_up(cluster_, id);
  }
  std::vector<Consumed> read(const std::string& topic, int partitions, std::size_t count) const {
    return consume({{"bootstrap.servers", brokers()}}, topic, partitions, count);
  }

 private:
  static constexpr int kBrokers = 3;
  rd_kafka_t* owner_;
  rd_kafka_mock_cluster_t* cluster_;
};

}  // namespace picket
