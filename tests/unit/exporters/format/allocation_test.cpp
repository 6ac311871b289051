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
  NativeJson native(sample.host);
  TextBuffer json;
  std::string out;
  const auto write = [&] {
    json.clear();
    out.clear();
    sample.scratch.clear();
    native.append(json, sample.alert(), sample.scratch);
    append_human(out, sample.alert(), true, sample.scratch);
  };
  write();
  const std::size_t before = test::allocations;
  for (int i = 0; i < 100; ++i) write();
  EXPECT_EQ(test::allocations - before, 0u);
}

// Nor for texts that are kept, whether they are made anew or given out again.
TEST(Allocation, NoneForTextsThatAreKept) {
  test::SampleAlert sample;
  sample.revise();
  NativeJson native(sample.host);
  TextBuffer out;
  int round = 0;
  const auto write = [&] {
    out.clear();
    sample.scratch.clear();
    if (++round % 2 == 0) sample.process.revision.renew();
    native.append(out, sample.alert(), sample.scratch);
  };
  write();
  const std::size_t before = test::allocations;
  for (int i = 0; i < 100; ++i) write();
  EXPECT_EQ(test::allocations - before, 0u);
}

}  // namespace
}  // namespace picket
