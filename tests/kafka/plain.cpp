// SPDX-License-Identifier: Apache-2.0
//
// plain RATE SECONDS FILE: the lines of FILE as messages by librdkafka alone, at that rate. Reads from standard input
// the brokers, the topic, and librdkafka's properties with their values, one a line. Prints how many milliseconds until
// half of the messages were confirmed, 99 %, and all: what guest_test holds the sensor against.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "tests/kafka/latency.h"

int main(int argc, char** argv) {
  using namespace picket;
  if (argc < 4) return 2;
  KafkaSettings settings;
  std::string topic, name, value;
  std::cin >> settings.brokers >> topic;
  while (std::cin >> name >> value) settings.properties.emplace_back(name, value);
  std::ifstream file(argv[3]);
  std::vector<std::string> texts;
  for (std::string line; std::getline(file, line);) texts.push_back(line);
  if (texts.empty()) return 1;
  const Latency latency =
      latency_of_librdkafka(settings, topic, texts, std::stoll(argv[1]), std::chrono::seconds(std::stoll(argv[2])));
  std::printf("%.1f %.1f %.1f\n", latency.p50, latency.p99, latency.most);
  return latency.most > 0 ? 0 : 1;
}
