// SPDX-License-Identifier: Apache-2.0
//
// alerter PROGRESS FIRST RATE KEY=VALUE...: a sink of type kafka with these keys, and alerts through it at that rate,
// from that id on, until it is killed. It exists to be killed. PROGRESS is a file with an AlerterProgress.
#include "tests/kafka/alerter.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cstdio>
#include <memory>
#include <string>

#include "exporters/sink/sink_types.h"
#include "tests/kafka/endurance.h"

int main(int argc, char** argv) {
  using namespace picket;
  if (argc < 4) return 2;
  const int file = open(argv[1], O_RDWR | O_CLOEXEC);
  void* const memory = mmap(nullptr, sizeof(AlerterProgress), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) return 2;
  auto& progress = *static_cast<AlerterProgress*>(memory);

  SinkSettings keys;
  for (int i = 4; i < argc; ++i) {
    const std::string pair = argv[i];
    const std::size_t equals = pair.find('=');
    keys.add(pair.substr(0, equals), pair.substr(equals + 1));
  }
  auto made = find_sink_type("kafka")->make(keys);
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().message.c_str());
    return 1;
  }
  Sink sink({.name = "alerter", .queue_bytes = 1 << 20, .labels = true}, std::move(*made));

  std::uint64_t id = std::stoull(argv[2]) - 1;
  // All have one priority and one key: what is still queued are the newest.
  const auto note = [&] { progress.acknowledged = id - sink.counts().queued; };
  const auto next = [&] {
    progress.produced = ++id;
    alert(sink, id);
  };
  at_rate(std::stoll(argv[3]), std::chrono::hours(1), next, note);
  return 0;
}
