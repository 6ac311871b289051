// SPDX-License-Identifier: Apache-2.0
//
// Formats run for every alert: once the buffer and scratch have grown, they may not allocate.
#include <gtest/gtest.h>

#include "exporters/format/human.h"
#include "exporters/format/native.h"
#include "tests/support/allocations.h"
#include "tests/support/sample.h"

namespace picket {
namespace {

TEST(Allocation, NoneWhenWarm) {
  test::SampleAlert sample;
  sample.process.cwd = "/not/\xff/text";
  std::string out;
  const auto write = [&] {
    out.clear();
    sample.scratch.clear();
    append_native_json(out, sample.alert(), sample.host, sample.scratch);
    append_human(out, sample.alert(), true, sample.scratch);
  };
  write();
  const std::size_t before = test::allocations;
  for (int i = 0; i < 100; ++i) write();
  EXPECT_EQ(test::allocations - before, 0u);
}

}  // namespace
}  // namespace picket
