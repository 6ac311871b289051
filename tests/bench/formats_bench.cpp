// SPDX-License-Identifier: Apache-2.0
//
// Every format against native JSON, of the same alert: formats_ratio/NAME, in which `times_native` is the result and
// `bytes` the length of the line. In time of this thread: what others do on the machine is not counted.
#include <benchmark/benchmark.h>

#include <ctime>

#include "exporters/format/formats.h"
#include "rules/event/time.h"
#include "tests/support/sample.h"

namespace picket {
namespace {

// Native JSON keeps what is the same in the next alert, of which there are many: its best case.
class Writer {
 public:
  explicit Writer(const Format& format) : formatter_(format.make(sample_.host)) {}

  std::size_t write() {
    line_.clear();
    sample_.scratch.clear();
    formatter_->append(line_, sample_.alert(), sample_.scratch);
    return line_.size();
  }

 private:
  test::SampleAlert sample_;
  std::unique_ptr<Formatter> formatter_;
  TextBuffer line_;
};

// Both by turns, so that a processor that slows down slows down both.
void formats_ratio(benchmark::State& state, const Format& format) {
  constexpr int kTurn = 100;
  const auto now = [] { return read_clock(CLOCK_THREAD_CPUTIME_ID); };
  Writer writer(format), native(all_formats().front());
  std::int64_t ours = 0, natives = 0;
  for (auto _ : state) {
    const std::int64_t begin = now();
    for (int i = 0; i < kTurn; ++i) benchmark::DoNotOptimize(writer.write());
    const std::int64_t middle = now();
    for (int i = 0; i < kTurn; ++i) benchmark::DoNotOptimize(native.write());
    ours += middle - begin;
    natives += now() - middle;
  }
  state.counters["times_native"] = static_cast<double>(ours) / static_cast<double>(natives);
  state.counters["ns"] = static_cast<double>(ours) / (static_cast<double>(state.iterations()) * kTurn);
  state.counters["bytes"] = static_cast<double>(writer.write());
}

[[maybe_unused]] const int kRegistered = [] {
  for (const Format& format : all_formats()) {
    benchmark::RegisterBenchmark(("formats_ratio/" + std::string(format.name)).c_str(),
                                 [&format](benchmark::State& state) { formats_ratio(state, format); });
  }
  return 0;
}();

}  // namespace
}  // namespace picket
