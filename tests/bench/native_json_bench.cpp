// SPDX-License-Identifier: Apache-2.0
//
// Native JSON against what a library would do: nlohmann::json writing the same alert. The library is given a head
// start: its tree is built beforehand, only writing it is measured. And against itself, when it has written of the same
// process before.
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
    tree_ = nlohmann::ordered_json::parse(line_.view());
  }

  // Of a process that was never seen before, or of one that is the same as before.
  std::size_t write_native() {
    sample_.revise();
    return write_again();
  }
  std::size_t write_again() {
    line_.clear();
    sample_.scratch.clear();
    native_.append(line_, sample_.alert(), sample_.scratch);
    return line_.size();
  }

  std::size_t write_tree() {
    text_ = tree_.dump();
    return text_.size() + 1;
  }

 private:
  test::SampleAlert sample_;
  NativeJson native_{sample_.host};
  TextBuffer line_;
  std::string text_;
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

void native_json_same_process(benchmark::State& state) {
  Subjects subjects;
  std::size_t bytes = 0;
  for (auto _ : state) bytes += subjects.write_again();
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(native_json_same_process);

void native_json_baseline(benchmark::State& state) {
  Subjects subjects;
  std::size_t bytes = 0;
  for (auto _ : state) bytes += subjects.write_tree();
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(native_json_baseline);

// All by turns, so that whatever else the machine does slows down all. `times_as_fast` is the result; `same_process` is
// how much faster still it is when the text of the process is there.
void native_json_ratio(benchmark::State& state) {
  using Clock = std::chrono::steady_clock;
  constexpr int kTurn = 100;
  Subjects subjects;
  Clock::duration native{}, again{}, tree{};
  for (auto _ : state) {
    const auto begin = Clock::now();
    for (int i = 0; i < kTurn; ++i) benchmark::DoNotOptimize(subjects.write_native());
    const auto written = Clock::now();
    for (int i = 0; i < kTurn; ++i) benchmark::DoNotOptimize(subjects.write_again());
    const auto middle = Clock::now();
    for (int i = 0; i < kTurn; ++i) benchmark::DoNotOptimize(subjects.write_tree());
    native += written - begin;
    again += middle - written;
    tree += Clock::now() - middle;
  }
  state.counters["times_as_fast"] = static_cast<double>(tree.count()) / static_cast<double>(native.count());
  state.counters["same_process"] = static_cast<double>(native.count()) / static_cast<double>(again.count());
}
BENCHMARK(native_json_ratio);

}  // namespace
}  // namespace picket
