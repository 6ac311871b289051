// SPDX-License-Identifier: Apache-2.0
//
// What an event costs the rules: the Matcher with 100, 1,000 and 10,000 of them, and the walk over all trees (the
// oracle) with 100. `of_100` is the time as against 100 rules in the same run. And what it takes to load them.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "rules/compile/compile.h"
#include "rules/match/match.h"
#include "tests/support/made_rules.h"
#include "tests/unit/rules/builtin/scene.h"

namespace picket {
namespace {

using test::Scene;

Compiled compile_made(int count) {
  policy::Documents documents;
  policy::load_text("made.yaml", test::MadeRules().yaml(count), documents);
  return compile(documents);
}

// What a host does most: programs, files, connections. One of the five matches a rule.
const std::vector<Scene>& scenes() {
  static const std::vector<Scene> all = [] {
    std::vector<Scene> made;
    const auto by_shell = [](Scene scene) {
      return scene.under("bash", "/usr/bin/bash").under("sshd", "/usr/sbin/sshd").under("systemd", "/usr/bin/systemd");
    };
    made.push_back(by_shell(Scene::exec().by("grep", "/usr/bin/grep", "-rn --include=*.cpp evaluate /home/me/src")));
    made.push_back(
        by_shell(Scene::exec().by("bash", "/usr/bin/bash", "-c cd /srv/www && ls -l | sort -k5 | tail -20")));
    made.push_back(by_shell(Scene::open("/usr/lib/x86_64-linux-gnu/libcrypto.so.3", 0).by("curl", "/usr/bin/curl")));
    made.push_back(by_shell(Scene::open("/var/log/nginx/access.log", 1).by("nginx", "/usr/sbin/nginx")));
    made.push_back(by_shell(Scene::connect("93.184.216.34", 443).by("curl", "/usr/bin/curl", "https://example.com")));
    return made;
  }();
  return all;
}

using Clock = std::chrono::steady_clock;

double nanoseconds(Clock::time_point begin, std::size_t events) {
  return std::chrono::duration<double, std::nano>(Clock::now() - begin).count() / static_cast<double>(events);
}

std::vector<Event> events_of(Names& names) {
  std::vector<Event> events;
  for (const Scene& scene : scenes()) events.push_back(scene.event(names));
  return events;
}

constexpr int kRounds = 4000;

double matcher_time(Matcher& matcher, const std::vector<Event>& events) {
  Scratch scratch;
  const auto begin = Clock::now();
  for (int round = 0; round < kRounds; ++round) {
    for (const Event& event : events) {
      scratch.clear();
      benchmark::DoNotOptimize(matcher.first_match(event, scratch));
    }
  }
  return nanoseconds(begin, kRounds * events.size());
}

double oracle_time(const Policy& policy, const std::vector<Event>& events) {
  Scratch scratch;
  const auto begin = Clock::now();
  for (int round = 0; round < kRounds / 10; ++round) {
    for (const Event& event : events) {
      scratch.clear();
      for (const Rule& rule : policy.rules) {
        if (!rule.kinds.contains(event.kind())) continue;
        benchmark::DoNotOptimize(evaluate(*rule.condition, event, scratch));
      }
    }
  }
  return nanoseconds(begin, kRounds / 10 * events.size());
}

void BM_LoadRules(benchmark::State& state) {
  const std::string text = test::MadeRules().yaml(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    policy::Documents documents;
    policy::load_text("made.yaml", text, documents);
    const Compiled compiled = compile(documents);
    const Matcher matcher(compiled.policy);
    benchmark::DoNotOptimize(&matcher);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["most_memory_MB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}
BENCHMARK(BM_LoadRules)->Arg(10000)->Unit(benchmark::kMillisecond)->Iterations(3);

// Each number of rules beside 100 of them, in turns, so that a busy machine slows down both.
void BM_EventAgainstRules(benchmark::State& state) {
  const int count = static_cast<int>(state.range(0));
  const Compiled few = compile_made(100), many = compile_made(count);
  Matcher of_few(few.policy), of_many(many.policy);
  test::FakeNames names;
  const auto events = events_of(names);
  double few_time = 0, many_time = 0, walk_time = 0;
  for (auto _ : state) {
    few_time += matcher_time(of_few, events);
    many_time += matcher_time(of_many, events);
    if (count <= 100) walk_time += oracle_time(few.policy, events);
  }
  const auto rounds = static_cast<double>(state.iterations());
  state.counters["ns_per_event"] = many_time / rounds;
  state.counters["of_100"] = many_time / few_time;
  if (count <= 100) state.counters["walk_over_matcher"] = walk_time / many_time;
}
BENCHMARK(BM_EventAgainstRules)->Arg(100)->Arg(1000)->Arg(10000)->Unit(benchmark::kMillisecond)->Iterations(20);

}  // namespace
}  // namespace picket
