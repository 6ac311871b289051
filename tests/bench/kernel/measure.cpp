// SPDX-License-Identifier: Apache-2.0
//
// The program that `guest` runs: counts instructions of operations. In a guest that QEMU runs with -icount shift=0 the
// time stamp counter goes up by one, and the clocks by a nanosecond, for each instruction of guest and kernel, whatever
// the host does.
//
//   measure list                    the kinds of events that operations make
//   measure median SET              of each operation of the set (increments, refused, hooks) the median of its counts
//   measure drive SET PID FILE      does each operation of the set many times and says what that has cost: the BPF
//                                   programs, the sensor (process PID), lines in FILE
//   measure fill COUNT              opens and closes a file so many times
//   measure crowd COUNT             makes so many processes that stay, until standard input ends
//   measure memory PID              of the sensor and of all BPF objects
//
// Rows of output are METRIC, OPERATION, DETAIL, VALUE, parted by tabs: `run` says what they mean. An operation that
// fails is not measured: its VALUE says "failed: " and why. Static and without threads, so that nothing else is
// counted. Needs root, and a /run that is a tmpfs with the program nothing.cpp as /run/nothing.
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/kernel/counters.h"
#include "tests/bench/kernel/operations.h"

namespace {

using bench::Operation;

constexpr int kWarmUp = 30;
constexpr int kRounds = 301;

// There are pauses in which the sensor gets to read. Without them the single CPU would be the loop's, and each record
// that is made while others pile up pays for waking the sensor.
constexpr int kBetweenPauses = 20;
constexpr int kBatch = 50;
constexpr int kBatches = 24;
constexpr int kPause = 100;    // ms
constexpr int kSettle = 1000;  // ms: until the sensor has read and written everything

void sleep_ms(int milliseconds) {
  const timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000L};
  nanosleep(&time, nullptr);
}

std::uint64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(time.tv_nsec);
}

void row(const char* metric, const char* operation, const char* detail, std::uint64_t value) {
  std::printf("%s\t%s\t%s\t%llu\n", metric, operation, detail, static_cast<unsigned long long>(value));
}

// The instructions of doing it once, or nothing when it failed.
std::optional<std::uint64_t> once(const Operation& operation) {
  operation.before();
  const std::uint64_t begin = __rdtsc();
  const int result = operation.act();
  const std::uint64_t end = __rdtsc();
  if (result < 0) {
    std::printf("median\t%s\t-\tfailed: %s\n", operation.name, std::strerror(errno));
    return std::nullopt;
  }
  operation.after();
  return end - begin;
}

void median(const Operation& operation) {
  static std::uint64_t counts[kRounds];
  for (int round = -kWarmUp; round < kRounds; ++round) {
    if (round % kBetweenPauses == 0) sleep_ms(kPause);
    const auto count = once(operation);
    if (!count) return;
    if (round >= 0) counts[round] = *count;
  }
  std::nth_element(counts, counts + kRounds / 2, counts + kRounds);
  row("median", operation.name, "-", counts[kRounds / 2]);
}

// What the sensor uses while nothing happens, per nanosecond of the clock.
double idle_rate(const bench::ProcessTime& sensor) {
  sleep_ms(kSettle);
  const std::uint64_t begin = now(), used = sensor.now();
  sleep_ms(10 * kSettle);
  return static_cast<double>(sensor.now() - used) / static_cast<double>(now() - begin);
}

void report_programs(const Operation& operation, const std::map<std::string, bench::Calls>& before,
                     const std::map<std::string, bench::Calls>& after) {
  for (const auto& [name, calls] : after) {
    const bench::Calls& then = before.at(name);
    if (calls.count - then.count < kBatches * kBatch / 2) continue;  // not this operation's: a timer's, or our own
    row("calls", operation.name, name.c_str(), calls.count - then.count);
    row("body", operation.name, name.c_str(), calls.time - then.time);
  }
}

void drive(const Operation& operation, const bench::ProcessTime& sensor, const char* alerts, double idle) {
  const bench::Programs programs;
  const std::uint64_t lines = bench::lines_of(alerts);
  sleep_ms(kSettle);  // the sensor has seen all that was opened for this
  const auto before = programs.calls();
  const std::uint64_t begin = now(), used = sensor.now();
  for (int batch = 0; batch < kBatches; ++batch) {
    for (int i = 0; i < kBatch; ++i) {
      if (!once(operation)) return;
    }
    sleep_ms(kPause);
  }
  sleep_ms(kSettle);
  const std::uint64_t spent = sensor.now() - used;
  const auto at_rest = static_cast<std::uint64_t>(idle * static_cast<double>(now() - begin));
  const auto after = programs.calls();
  row("operations", operation.name, "-", kBatches * kBatch);
  row("sensor", operation.name, "-", spent > at_rest ? spent - at_rest : 0);
  row("alerts", operation.name, "-", bench::lines_of(alerts) - lines);
  report_programs(operation, before, after);
}

int list() {
  std::set<std::string_view> kinds;
  for (const Operation& operation : bench::every_hook()) kinds.insert(operation.kind);
  for (const std::string_view kind : kinds) std::printf("%.*s\n", static_cast<int>(kind.size()), kind.data());
  return 0;
}

std::span<const Operation> set_named(std::string_view name) {
  if (name == "increments") return bench::increments();
  if (name == "refused") return bench::refused();
  if (name == "hooks") return bench::every_hook();
  return {};
}

int crowd(int count) {
  std::vector<pid_t> crowd;
  for (int i = 0; i < count; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      execl("/proc/self/exe", "measure", "stay", "like-one-of-many", std::to_string(i).c_str(), nullptr);
      _exit(1);
    }
    crowd.push_back(pid);
  }
  std::printf("there\n");
  std::fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  for (const pid_t pid : crowd) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  return 0;
}

int memory(int sensor) {
  const bench::Memory maps = bench::map_memory(), programs = bench::program_memory();
  row("memory", "-", "resident", bench::status_of_process(sensor, "VmRSS") * 1024);
  row("memory", "-", "resident at most", bench::status_of_process(sensor, "VmHWM") * 1024);
  row("memory", "-", "maps", maps.bytes);
  row("memory", "-", "programs", programs.bytes);
  row("count", "-", "maps", maps.objects);
  row("count", "-", "programs", programs.objects);
  return 0;
}

int usage() {
  std::fprintf(stderr,
               "usage: measure list | median SET | drive SET PID FILE | fill COUNT | crowd COUNT | memory PID\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "stay") {
    for (;;) pause();
  }
  if (word == "list") return list();
  if (argc < 3) return usage();
  const int number = std::atoi(argv[word == "drive" && argc > 3 ? 3 : 2]);
  if (word == "crowd") return crowd(number);
  if (word == "memory") return memory(number);
  if (!bench::prepare("/run/nothing")) {
    std::perror("measure");
    return 1;
  }
  const auto operations = word == "fill" ? bench::increments() : set_named(argv[2]);
  int code = operations.empty() ? usage() : 0;
  if (word == "median") {
    for (const Operation& operation : operations) median(operation);
  } else if (word == "drive" && argc == 5) {
    const bench::ProcessTime sensor(number);
    const double idle = idle_rate(sensor);
    row("idle", "-", "-", static_cast<std::uint64_t>(idle * 1e9));
    for (const Operation& operation : operations) drive(operation, sensor, argv[4], idle);
  } else if (word == "fill") {
    const auto open = std::find_if(operations.begin(), operations.end(), [](const Operation& operation) {
      return operation.name == std::string_view("open+close");
    });
    for (int i = 0; i < number; ++i) once(*open);
  } else {
    code = usage();
  }
  bench::finish();
  return code;
}
