// SPDX-License-Identifier: Apache-2.0
//
// Native JSON against what a library would do: nlohmann::json writing the same alert. The library is given a head
// start: its tree is built beforehand, only writing it is measured.
#include <benchmark/benchmark.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "exporters/format/native.h"
#include "tests/support/sample.h"

namespace picket {
namespace {

class Subjects {
 public:
  Subjects() {
    write_native();
    tree_ = nlohmann::ordered_json::parse(line_);
  }

  std::size_t write_native() {
    line_.clear();
    sample_.scratch.clear();
    append_native_json(line_, sample_.alert(), sample_.host, sample_.scratch);
    return line_.size();
  }

  std::size_t write_tree() {
    line_ = tree_.dump();
    return line_.size() + 1;
  }

 private:
  test::SampleAlert sample_;
  std::string line_;
  nlohmann::ordered_json tree_;
};

void native_json(benchmark::State& state) {
  Subjects subjects;
  std::size_t bytes = 0;
  for (auto _ : state) bytes += subjects.write_native();
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(native_json);

void native_json_baseline(benchmark::State& state) {
  Subjects subjects;
  std::size_t bytes = 0;
  for (auto _ : state) bytes += subjects.write_tree();
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(native_json_baseline);

// Both by turns, so that whatever else the machine does slows down both. `times_as_fast` is the result.
void native_json_ratio(benchmark::State& state) {
  using Clock = std::chrono::steady_clock;
  constexpr int kTurn = 100;
  Subjects subjects;
  Clock::duration native{}, tree{};
  for (auto _ : state) {
    const auto begin = Clock::now();
    for (int i = 0; i < kTurn; ++i) benchmark::DoNotOptimize(subjects.write_native());
    const auto middle = Clock::now();
    for (int i = 0; i < kTurn; ++i) benchmark::DoNotOptimize(subjects.write_tree());
    native += middle - begin;
    tree += Clock::now() - middle;
  }
  state.counters["times_as_fast"] = static_cast<double>(tree.count()) / static_cast<double>(native.count());
}
BENCHMARK(native_json_ratio);

}  // namespace
}  // namespace picket
