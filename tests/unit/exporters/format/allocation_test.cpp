// SPDX-License-Identifier: Apache-2.0
//
// Formats run for every alert: once the buffer and scratch have grown, they may not allocate.
#include <gtest/gtest.h>

#include "exporters/format/formats.h"
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

// Of each format all that is written often: alerts, and events.
TEST(Allocation, NoFormatAllocatesWhenWarm) {
  for (const Format& format : all_formats()) {
    test::SampleAlert sample;
    sample.container_known = true;
    sample.file_hash = FileHash::known({0xcd, 2});
    sample.process.cwd = "/not/\xff/text";
    const auto records = test::one_of_every_kind();
    TextBuffer out;
    const auto formatter = format.make(sample.host);
    const auto write = [&] {
      out.clear();
      sample.scratch.clear();
      formatter->append(out, sample.alert(), sample.scratch);
      for (const auto& record : records) {
        out.clear();
        const Event event = record->event(sample.process, &sample.names);
        if (event.kind() == Kind::loss || event.kind() == Kind::policy) continue;  // a few an hour
        formatter->append(out, sample.alert(*record), sample.scratch);
        formatter->append(out, event, sample.scratch);
      }
    };
    write();
    write();
    const std::size_t before = test::allocations;
    for (int i = 0; i < 20; ++i) write();
    EXPECT_EQ(test::allocations - before, 0u) << format.name;
  }
}

}  // namespace
}  // namespace picket
