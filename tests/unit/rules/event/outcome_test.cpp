// SPDX-License-Identifier: Apache-2.0
//
// How operations ended, as conditions and outputs see it.
#include "rules/event/outcome.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "rules/event/catalogue.h"
#include "tests/support/record.h"

namespace picket {
namespace {

std::string shown(const Event& event, std::string_view field) {
  Scratch scratch;
  std::string text;
  append_text(text, find_field(field)->get(event, -1, scratch));
  return text;
}

Value compared(const Event& event, std::string_view field) {
  Scratch scratch;
  return find_field(field)->get_each(event, 0, scratch);
}

TEST(Outcome, WhenTheCallsEndWasSeen) {
  const Process process;
  test::Record<pk_open> open(Kind::open);
  Event event = open.event(process);
  event.result = 5;
  EXPECT_EQ(shown(event, "evt.res"), "SUCCESS");
  EXPECT_EQ(shown(event, "evt.rawres"), "5");
  EXPECT_EQ(shown(event, "evt.failed"), "false");
  EXPECT_EQ(shown(event, "fd.num"), "5");
  event.result = -EACCES;
  EXPECT_EQ(shown(event, "evt.res"), "EACCES");
  EXPECT_EQ(shown(event, "evt.rawres"), "-13");
  EXPECT_EQ(shown(event, "evt.failed"), "true");
  EXPECT_EQ(shown(event, "fd.num"), "-1");
}

TEST(Outcome, WhatNobodyKnowsCountsAsSuccess) {
  const Process process;
  test::Record<pk_open> open(Kind::open);
  const Event event = open.event(process);
  EXPECT_EQ(outcome_of(event).is, Outcome::Is::Unknown);
  EXPECT_EQ(shown(event, "evt.res"), "SUCCESS");
  EXPECT_EQ(shown(event, "evt.rawres"), "<NA>");
  EXPECT_EQ(shown(event, "evt.failed"), "false");
  EXPECT_EQ(shown(event, "fd.num"), "<NA>");
  EXPECT_GT(std::get<std::int64_t>(compared(event, "fd.num")), 1 << 20);
  EXPECT_GT(std::get<std::int64_t>(compared(event, "evt.rawres")), 1 << 20);

  test::Record<pk_unlink> unlink(Kind::unlink);
  EXPECT_EQ(std::get<std::int64_t>(compared(unlink.event(process), "evt.rawres")), 0);
}

TEST(Outcome, OfKindsThatAreMadeAtTheEnd) {
  const Process process;
  test::Record<pk_exec> exec(Kind::exec);
  EXPECT_EQ(shown(exec.event(process), "evt.rawres"), "0");
  test::Record<pk_open_failed> failed(Kind::open_failed);
  failed->header.error = -ENOENT;
  EXPECT_EQ(shown(failed.event(process), "evt.res"), "ENOENT");
  EXPECT_EQ(shown(failed.event(process), "fd.num"), "-1");
  test::Record<pk_dup> dup(Kind::dup);
  dup->new_descriptor = 1;
  EXPECT_EQ(shown(dup.event(process), "fd.num"), "1");
}

TEST(Outcome, NamesOfErrors) {
  EXPECT_EQ(error_name(EAGAIN), "EAGAIN");
  EXPECT_EQ(error_name(512), "ERESTARTSYS");
  EXPECT_EQ(error_name(4000), "EUNKNOWN");
}

}  // namespace
}  // namespace picket
