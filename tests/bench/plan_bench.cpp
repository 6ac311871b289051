// SPDX-License-Identifier: Apache-2.0
//
// How long it takes to plan a policy: images are made at every load.
#include <benchmark/benchmark.h>

#include "rules/compile/compile.h"
#include "rules/plan/plan.h"
#include "tests/support/made_rules.h"

namespace picket {
namespace {

void plan_rules(benchmark::State& state) {
  policy::Documents documents;
  policy::load_text("made.yaml", test::MadeRules().yaml(static_cast<int>(state.range(0))), documents);
  const Compiled compiled = compile(documents);
  std::size_t conjuncts = 0;
  for (auto _ : state) conjuncts = plan(compiled.policy, {Mode::Observe, 1}).conjuncts.size();
  state.counters["conjuncts"] = static_cast<double>(conjuncts);
}
BENCHMARK(plan_rules)->Arg(100)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace picket
