// SPDX-License-Identifier: Apache-2.0
//
// Refusing under load: threads that are refused over and over. None gets through, every caller gets its rule's errno,
// and each refusal is an alert or counted as lost. `make stress` has each thread call 100,000 times.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <thread>
#include <vector>

#include "tests/kernel/support/counted.h"
#include "tests/kernel/support/scale.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

constexpr sockaddr_in kPeer{
    .sin_family = AF_INET, .sin_port = __builtin_bswap16(4242), .sin_addr = {0x0100007f}, .sin_zero = {}};

// What a thread does each time.
struct Deed {
  const char* rule;
  const char* condition;
  const char* errno_name;
  int error;
  int (*act)(int socket);
};

constexpr std::array kDeeds = {
    Deed{"no opening", "open.path = /run/stress/file", "EACCES", EACCES,
         [](int) { return open("/run/stress/file", O_RDONLY | O_CLOEXEC); }},
    Deed{"no renaming", "rename.old_path startswith /run/stress/", "EUCLEAN", EUCLEAN,
         [](int) { return rename("/run/stress/file", "/run/stress-taken"); }},
    Deed{"no connecting", "connect.port = 4242", "ENOTUNIQ", ENOTUNIQ,
         [](int socket) { return connect(socket, reinterpret_cast<const sockaddr*>(&kPeer), sizeof kPeer); }},
};

std::string rules() {
  std::string text;
  for (const Deed& deed : kDeeds) {
    text += std::string("- rule: ") + deed.rule + "\n  desc: d\n  condition: " + deed.condition +
            "\n  output: refused\n  priority: WARNING\n  action: deny\n  errno: " + deed.errno_name + "\n";
  }
  return text;
}

// How the calls of a deed ended.
struct Count {
  std::atomic<long> refused = 0, passed = 0, failed_otherwise = 0;

  void add(const Deed& deed, int result) {
    ++(result >= 0 ? passed : errno == deed.error ? refused : failed_otherwise);
    if (result > 0) close(result);
  }
};

TEST(Stress, NothingRefusedPassesAndNothingIsMiscounted) {
  const long threads = scaled("threads", 32), calls = scaled("calls", 100);
  ASSERT_EQ(0, mkdir("/run/stress", 0755));
  write_file("/run/stress/file", "text");
  Counted alerts({kDeeds[0].rule, kDeeds[1].rule, kDeeds[2].rule});
  Sensor sensor({.rules = rules(), .standard_output = alerts.pipe()});
  std::array<Count, kDeeds.size()> counts;
  const auto began = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> running;
    for (long i = 0; i < threads; ++i) {
      running.emplace_back([&] {
        const int socket_of_ours = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        for (long n = 0; n < calls; ++n) {
          for (std::size_t d = 0; d < kDeeds.size(); ++d) counts[d].add(kDeeds[d], kDeeds[d].act(socket_of_ours));
        }
        close(socket_of_ours);
      });
    }
  }
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  for (std::size_t d = 0; d < kDeeds.size(); ++d) {
    EXPECT_EQ(0, counts[d].passed) << kDeeds[d].rule;
    EXPECT_EQ(0, counts[d].failed_otherwise) << kDeeds[d].rule;
    EXPECT_EQ(threads * calls, counts[d].refused) << kDeeds[d].rule;
    EXPECT_LE(alerts.of(kDeeds[d].rule), static_cast<std::uint64_t>(threads * calls)) << kDeeds[d].rule;
  }
  const std::uint64_t attempts = static_cast<std::uint64_t>(threads * calls) * kDeeds.size();
  EXPECT_EQ(attempts, alerts.all() + sensor.lost()) << sensor.log();
  std::printf("stress: %ld threads, %llu calls in %.1f s; %llu alerts, %llu lost\n", threads,
              static_cast<unsigned long long>(attempts), std::chrono::duration<double>(took).count(),
              static_cast<unsigned long long>(alerts.all()), static_cast<unsigned long long>(sensor.lost()));
  unlink("/run/stress/file");
  rmdir("/run/stress");
}

}  // namespace
}  // namespace picket::test
