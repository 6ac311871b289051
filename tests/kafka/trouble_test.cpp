// SPDX-License-Identifier: Apache-2.0
//
// What goes wrong between sensor and broker without either of them ending: a network that is cut, a broker that takes
// its time.
#include "tests/kafka/trouble_case.h"

namespace picket {
namespace {

// Connections stay and stall; there is no reset, no answer, and no new connection.
TEST_P(TroubleTest, NetworkCut) {
  if (!has_own_namespaces()) GTEST_SKIP() << "needs a network namespace of its own";
  const auto sink = make_sink(GetParam());
  alerts_for(*sink, milliseconds(500));
  ASSERT_TRUE(wait_until([&] { return sink->counts().delivered > 0; }));
  ASSERT_TRUE(set_loopback(false));
  alerts_for(*sink, milliseconds(2500), 200);
  const LedgerCounts cut = sink->counts();
  ASSERT_TRUE(set_loopback(true));
  EXPECT_LT(cut.delivered, id_) << "it was not cut";
  alerts_for(*sink, milliseconds(500));
  expect_all(*sink);
}

// It answers in bursts, seconds apart.
TEST_P(TroubleTest, SlowBroker) {
  const auto sink = make_sink(GetParam());
  for (int burst = 0; burst < 2; ++burst) {
    broker_.signal(SIGSTOP);
    alerts_for(*sink, milliseconds(1500), 300);
    broker_.signal(SIGCONT);
    alerts_for(*sink, milliseconds(300), 300);
  }
  expect_all(*sink);
}

INSTANTIATE_TEST_SUITE_P(Modes, TroubleTest, testing::Values("none", "overflow", "durable"));

}  // namespace
}  // namespace picket
