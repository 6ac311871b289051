// SPDX-License-Identifier: Apache-2.0
//
// How many events a second one core replays: with 100 rules, with none, and only read. Each number is of the whole way
// from the file: decompression, decoding, process table, containers, rules, alerts.
//
// replay_ratio is what to look at: all three by turns, by the time of the processor, so that whatever else the machine
// does slows down all of them.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <string>

#include "rules/compile/compile.h"
#include "sensor/pipeline/replay.h"
#include "sensor/recording/writer.h"
#include "tests/support/activity.h"

namespace picket {
namespace {

// Of the sorts that rule packs have: names, prefixes and lists of files, programs and their parents, ports.
std::string hundred_rules() {
  const auto rule = [](int number, const std::string& condition) {
    return "- rule: r" + std::to_string(number) +
           "\n  desc: d\n  priority: INFO\n  output: \"%proc.cmdline %fd.name\"\n" + "  condition: " + condition + "\n";
  };
  std::string text;
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    switch (i % 5) {
      case 0:
        text += rule(i, "evt.type in (open, openat, openat2) and fd.name startswith /opt/app" + n +
                            "/ and not proc.name = x" + n);
        break;
      case 1:
        text += rule(i, "evt.type in (open, openat, openat2) and fd.name in (/etc/shadow" + n + ", /etc/sudoers" + n +
                            ") and proc.pname != sshd");
        break;
      case 2:
        text += rule(i, "evt.type = execve and proc.name in (nc" + n + ", ncat" + n + ") and user.uid != 0");
        break;
      case 3:
        text += rule(i, "evt.type = connect and fd.sport = " + std::to_string(20000 + i) +
                            " and not proc.exepath startswith /usr");
        break;
      default:
        text +=
            rule(i, "evt.type in (open, openat, openat2) and fd.name endswith .secret" + n + " and proc.aname = bash");
    }
  }
  return text + rule(100, "evt.type in (open, openat, openat2) and fd.name = /etc/shadow");
}

Policy policy_of(const std::string& text) {
  policy::Documents documents;
  policy::load_text("bench.yaml", text, documents);
  return compile(documents).policy;
}

// A recording of made-up activity, on disk (in the page cache, that is).
class Subject {
 public:
  Subject() {
    std::filesystem::remove(path_);
    auto writer =
        RecordingWriter::create(path_, {"host", "b007", "6.12", "0.1", 0, 2'000'000'000, 2'000'000'000, 0, 65536, 0});
    test::Activity activity(7, 2000);
    const auto use = [&](std::span<const std::byte> record) {
      (*writer)->record(record);
      if (++events % 200 == 0) (*writer)->time(activity.time());
    };
    activity.begin([&](std::span<const std::byte> record) { (*writer)->snapshot(record); });
    while (events < 500'000) activity.next(use);
    (*writer)->finish();
    config_.standard_output = StandardOutput::Off;
    config_.file = "/dev/shm/picket-replay-bench-" + std::to_string(getpid()) + ".json";
  }
  ~Subject() {
    std::filesystem::remove(path_);
    std::filesystem::remove(config_.file);
  }

  void replay_all() { benchmark::DoNotOptimize(replay(path_, rules_, config_)); }
  void replay_without_rules() { benchmark::DoNotOptimize(replay(path_, everything_, config_)); }
  void read() {
    Nothing nothing;
    auto reader = RecordingReader::open(path_);
    while ((*reader)->play_block(nothing)) {
    }
  }

  std::int64_t events = 0;

 private:
  struct Nothing final : Inputs {
    void record(std::span<const std::byte> record) override { benchmark::DoNotOptimize(record.data()); }
    void snapshot(std::span<const std::byte>) override {}
    void begin_reading(std::uint64_t) override {}
    void confirm(std::span<const std::byte>) override {}
    void retire(std::uint64_t) override {}
    void cgroup(std::uint64_t, std::string_view, std::uint64_t) override {}
    void answer(const Resolver::Answer&) override {}
    void hash(const HashAnswer&) override {}
    void time(std::uint64_t) override {}
    void loss(Kind, std::uint64_t, std::uint64_t, std::uint64_t) override {}
    void tick(std::uint64_t, std::int64_t) override {}
    void forget_names() override {}
    void user(std::uint32_t, const Account&) override {}
    void group(std::uint32_t, const Account&) override {}
    void ready(std::uint64_t, bool) override {}
    void finish() override {}
  };

  const std::string path_ = "/dev/shm/picket-replay-bench-" + std::to_string(getpid());
  const Policy rules_ = policy_of(hundred_rules());
  const Policy everything_ = {{}, rules_.kinds, {}};  // seen and joined, compared with nothing
  Config config_;
};

void run(benchmark::State& state, void (Subject::*what)()) {
  Subject subject;
  for (auto _ : state) (subject.*what)();
  state.SetItemsProcessed(state.iterations() * subject.events);
}

void replay_100_rules(benchmark::State& state) { run(state, &Subject::replay_all); }
BENCHMARK(replay_100_rules)->Unit(benchmark::kMillisecond);

void replay_no_rules(benchmark::State& state) { run(state, &Subject::replay_without_rules); }
BENCHMARK(replay_no_rules)->Unit(benchmark::kMillisecond);

void replay_baseline(benchmark::State& state) { run(state, &Subject::read); }
BENCHMARK(replay_baseline)->Unit(benchmark::kMillisecond);

void replay_ratio(benchmark::State& state) {
  Subject subject;
  std::clock_t all = 0, joined = 0, read = 0;
  const auto measured = [](auto call) {
    const std::clock_t begin = std::clock();
    call();
    return std::clock() - begin;
  };
  for (auto _ : state) {
    read += measured([&] { subject.read(); });
    joined += measured([&] { subject.replay_without_rules(); });
    all += measured([&] { subject.replay_all(); });
  }
  const auto per_event = [&](std::clock_t time) {
    return 1e9 * static_cast<double>(time) / CLOCKS_PER_SEC /
           (static_cast<double>(state.iterations()) * static_cast<double>(subject.events));
  };
  state.counters["ns_reading"] = per_event(read);
  state.counters["ns_tables"] = per_event(joined - read);
  state.counters["ns_100_rules"] = per_event(all - joined);
  state.counters["times_of_reading"] = static_cast<double>(all) / static_cast<double>(read);
}
BENCHMARK(replay_ratio)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace picket
