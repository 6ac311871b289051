// SPDX-License-Identifier: Apache-2.0
//
// How operations ended, as conditions and outputs see it.
#include "rules/event/outcome.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "rules/event/catalogue.h"
#include "tests/support/fields.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using test::show;

Value compared(const Event& event, std::string_view field) {
  Scratch scratch;
  return find_field(field)->get_each(event, 0, scratch);
}

TEST(Outcome, WhenTheCallsEndWasSeen) {
  const Process process;
  test::Record<pk_open> open(Kind::open);
  Event event = open.event(process);
  event.result = 5;
  EXPECT_EQ(show("evt.res", event), "SUCCESS");
  EXPECT_EQ(show("evt.rawres", event), "5");
  EXPECT_EQ(show("evt.failed", event), "false");
  EXPECT_EQ(show("fd.num", event), "5");
  event.result = -EACCES;
  EXPECT_EQ(show("evt.res", event), "EACCES");
  EXPECT_EQ(show("evt.rawres", event), "-13");
  EXPECT_EQ(show("evt.failed", event), "true");
  EXPECT_EQ(show("fd.num", event), "-1");
}

TEST(Outcome, WhatNobodyKnowsCountsAsSuccess) {
  const Process process;
  test::Record<pk_open> open(Kind::open);
  const Event event = open.event(process);
  EXPECT_EQ(outcome_of(event).is, Outcome::Is::Unknown);
  EXPECT_EQ(show("evt.res", event), "SUCCESS");
  EXPECT_EQ(show("evt.rawres", event), "<NA>");
  EXPECT_EQ(show("evt.failed", event), "false");
  EXPECT_EQ(show("fd.num", event), "<NA>");
  EXPECT_GT(std::get<std::int64_t>(compared(event, "fd.num")), 1 << 20);
  EXPECT_GT(std::get<std::int64_t>(compared(event, "evt.rawres")), 1 << 20);

  test::Record<pk_unlink> unlink(Kind::unlink);
  EXPECT_EQ(std::get<std::int64_t>(compared(unlink.event(process), "evt.rawres")), 0);
}

TEST(Outcome, OfKindsThatAreMadeAtTheEnd) {
  const Process process;
  test::Record<pk_exec> exec(Kind::exec);
  EXPECT_EQ(show("evt.rawres", exec.event(process)), "0");
  test::Record<pk_open_failed> failed(Kind::open_failed);
  failed->header.error = -ENOENT;
  EXPECT_EQ(show("evt.res", failed.event(process)), "ENOENT");
  EXPECT_EQ(show("fd.num", failed.event(process)), "-1");
  test::Record<pk_dup> dup(Kind::dup);
  dup->new_descriptor = 1;
  EXPECT_EQ(show("fd.num", dup.event(process)), "1");
}

TEST(Outcome, NamesOfErrors) {
  EXPECT_EQ(error_name(EAGAIN), "EAGAIN");
  EXPECT_EQ(error_name(512), "ERESTARTSYS");
  EXPECT_EQ(error_name(4000), "EUNKNOWN");
}

}  // namespace
}  // namespace picket
