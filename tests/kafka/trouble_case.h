// SPDX-License-Identifier: Apache-2.0
//
// A whole sink that alerts through trouble, in the spool mode that is the test's parameter, and the count at the end.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/kafka/broker_case.h"
#include "tests/kafka/endurance.h"

namespace picket {

class TroubleTest : public BrokerTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    topic_ += std::string("-") + GetParam();
    std::replace(topic_.begin(), topic_.end(), '/', '-');
    make_topic(1);
  }

  void alerts_for(Sink& sink, milliseconds time, std::int64_t rate = 1000) {
    at_rate(
        rate, time, [&] { alert(sink, ++id_); }, [] {});
  }

  void expect_all(Sink& sink) {
    EXPECT_TRUE(wait_until([&] { return sink.counts().delivered == id_; })) << sink.counts().error;
    end(sink);
    expect_all_delivered(sink.counts(), id_);
    expect_each_in_order(id_, std::chrono::seconds(60));
  }

  std::uint64_t id_ = 0;
};

}  // namespace picket
