// SPDX-License-Identifier: Apache-2.0
//
// Records of a sensor that has ended: which of them are news, and whose they become.
#include "sensor/pipeline/takeover.h"

#include <gtest/gtest.h>

#include <cstring>
#include <span>
#include <vector>

#include "bpf/shared/wire.h"

namespace picket {
namespace {

std::span<const std::byte> bytes_of(const pk_open& record) { return std::as_bytes(std::span(&record, 1)); }

TEST(Takeover, WhatThisSensorSawItselfIsNoNews) {
  Takeover takeover;
  takeover.sees_processes_from(100);
  takeover.sees_all_from(200);
  const struct {
    std::uint16_t kind;
    std::uint64_t time;
    bool refused, news;
  } rows[] = {
      {PK_fork, 99, false, true},           {PK_fork, 100, false, false}, {PK_exit, 150, false, false},
      {PK_cgroup_mkdir, 99, false, true},   {PK_open, 150, false, true},  {PK_open, 200, false, false},
      {PK_open, 300, true, true},           {PK_exec, 150, true, true},   {PK_exec, 150, false, false},
      {PK_cgroup_rmdir, 100, false, false}, {PK_setns, 150, false, true},
  };
  for (const auto& row : rows) {
    pk_open record{};
    record.header.kind = row.kind;
    record.header.time = row.time;
    EXPECT_EQ(row.news, takeover.is_news(bytes_of(record), row.refused)) << row.kind << " at " << row.time;
  }
}

TEST(Takeover, ARecordBecomesOneOfTheRuleOfThatName) {
  pk_open record{};
  record.header.policy = 3;
  record.header.conjunct = 7;
  record.header.decision = PK_DENIED;
  record.header.error = -13;
  record.flags = 0x55;
  const ActingConjunct rule{.number = 20, .rule = "one", .kills = false};
  std::vector<std::byte> buffer;
  for (const ActingConjunct* each : {&rule, static_cast<const ActingConjunct*>(nullptr)}) {
    const auto translated = Takeover::translate(bytes_of(record), each, 9, buffer);
    ASSERT_EQ(sizeof record, translated.size());
    pk_open made;
    std::memcpy(&made, translated.data(), sizeof made);
    EXPECT_EQ(9u, made.header.policy);
    EXPECT_EQ(each == nullptr ? 0u : 21u, made.header.conjunct);
    EXPECT_EQ(PK_DENIED, made.header.decision);
    EXPECT_EQ(-13, made.header.error);
    EXPECT_EQ(0x55u, made.flags);
  }
}

}  // namespace
}  // namespace picket
