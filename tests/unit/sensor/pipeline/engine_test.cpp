// SPDX-License-Identifier: Apache-2.0
//
// Records through the whole of user space: decode, process table, rules, JSON.
#include "sensor/pipeline/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/compile.h"
#include "tests/support/memory_sink.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using nlohmann::json;
using test::compile_text;
using test::FakeNames;
using test::Record;

class EngineTest : public testing::Test {
 protected:
  static Outputs outputs(std::vector<json>& lines) { return Outputs(Host{"host", "b007"}, test::json_sinks(lines)); }

  Record<pk_exec> exec(std::uint32_t pid, pk_key parent, std::string_view path, std::string_view argv) {
    Record<pk_exec> record(Kind::exec);
    record->header.process = pk_process_key(pid, 1'000'000'000);
    record->header.time = ++time_;
    record->start_time = 1'000'000'000;
    record->parent = parent;
    record.text(&pk_exec::path, path).text(&pk_exec::argv, argv);
    const auto slash = path.rfind('/');
    path.substr(slash + 1).copy(record->comm.bytes, 15);
    return record;
  }

  Record<pk_open> open(std::uint32_t pid, std::string_view path) {
    Record<pk_open> record(Kind::open);
    record->header.process = pk_process_key(pid, 1'000'000'000);
    record->header.time = ++time_;
    record->file_mode = 1;
    record.text(&pk_open::path, path);
    return record;
  }

  std::uint64_t time_ = 2'000'000'000;
  std::vector<json> lines_;
  Compiled compiled_ = compile_text(R"(
- rule: Shadow read
  desc: Somebody read the password hashes
  condition: evt.type = openat and fd.name = /etc/shadow and not proc.name = sshd
  output: read %fd.name by %proc.name parent %proc.pname user %user.name
  priority: CRITICAL
  tags: [T1003.008]
)");
  Outputs outputs_ = outputs(lines_);
  ProcessTable processes_;
  FakeNames names_;
  ContainerTable containers_;
  Engine engine_{compiled_.policy, processes_, containers_, names_, outputs_};
};

TEST_F(EngineTest, AMatchingEventBecomesAnAlertWithItsProcess) {
  engine_.on_record(exec(100, 0, "/usr/bin/bash", {"bash\0", 5}).bytes());
  engine_.on_record(exec(200, pk_process_key(100, 1'000'000'000), "/usr/bin/cat", {"cat\0/etc/shadow\0", 16}).bytes());
  auto record = open(200, "/etc/shadow");
  record->header.syscall = 257;
  engine_.on_record(record.bytes());

  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0]["rule"], "Shadow read");
  EXPECT_EQ(lines_[0]["message"], "read /etc/shadow by cat parent bash user root");
  EXPECT_EQ(lines_[0]["process"]["pid"], 200);
  EXPECT_EQ(engine_.counters().events, 3u);
  EXPECT_EQ(engine_.counters().alerts, 1u);
}

TEST_F(EngineTest, ARingIsNoWayRoundARuleAboutACall) {
  auto record = open(200, "/etc/shadow");
  record->header.syscall = 426;  // io_uring_enter
  engine_.on_record(record.bytes());
  record->header.syscall = 85;  // creat: not the call the rule names
  engine_.on_record(record.bytes());
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0]["event"]["type"], "io_uring");
}

// The image of a generation has numbers of its own. What it decided is its rules' alert as long as they are there, and
// is looked at like any other event when they have gone.
TEST_F(EngineTest, WhatTheKernelDecidedIsTheAlertOfTheRuleThatDecided) {
  const auto rule = [](const std::string& name) {
    return compile_text("- rule: " + name +
                        "\n  desc: d\n  condition: open.path = /nobody\n  output: o\n  priority: INFO\n");
  };
  const Compiled first = rule("first");
  const Compiled second = rule("second");
  const auto decided = [this](std::uint32_t generation) {
    auto record = open(200, "/etc/hosts");
    record->header.policy = generation;
    record->header.decision = PK_DENIED;
    record->header.conjunct = 65;  // the first one of the second word
    record->header.error = -13;
    engine_.on_record(record.bytes());
  };
  engine_.add_decisions(7, first.policy, {{.kind = Kind::open, .rule = 0, .number = 64}});
  decided(7);
  engine_.add_decisions(8, second.policy, {{.kind = Kind::open, .rule = 0, .number = 64}});
  decided(7);
  decided(8);
  auto own = engine_.change_rules(second.policy, std::make_unique<Matching>(second.policy));
  decided(7);
  decided(8);
  std::vector<std::string> rules;
  for (const json& line : lines_) {
    if (line.contains("rule")) rules.push_back(line["rule"]);
  }
  EXPECT_EQ(rules, (std::vector<std::string>{"first", "first", "second", "second"}));
  EXPECT_EQ(lines_[0]["event"]["decision"], "denied");
  EXPECT_EQ(lines_[0]["event"]["error"], "EACCES");
  engine_.change_rules(compiled_.policy, std::move(own));
}

TEST_F(EngineTest, AnEventThatNoRuleWantsIsSilent) {
  engine_.on_record(open(200, "/etc/passwd").bytes());
  EXPECT_TRUE(lines_.empty());
}

TEST_F(EngineTest, MalformedRecordsAreCountedAndChangeNothing) {
  auto record = open(200, "/etc/shadow");
  record->path.size = 0xffffffff;
  engine_.on_record(record.bytes());
  engine_.on_record(record.bytes().first(7));
  EXPECT_EQ(engine_.counters().malformed(), 2u);
  EXPECT_EQ(engine_.counters().refused[static_cast<std::size_t>(DecodeError::TooShort)], 1u);
  EXPECT_EQ(engine_.counters().refused[static_cast<std::size_t>(DecodeError::TextOutside)], 1u);
  EXPECT_EQ(engine_.counters().events, 0u);
  EXPECT_EQ(processes_.size(), 0u);
}

TEST_F(EngineTest, EventsAreCounted) {
  const Compiled compiled = compile_text(R"(
- rule: Any
  desc: Every open
  condition: evt.type in (open, openat) and evt.num >= 1
  output: number %evt.num
  priority: INFO
)");
  Engine engine(compiled.policy, processes_, containers_, names_, outputs_);
  for (int i = 0; i < 3; ++i) engine.on_record(open(200, "/etc/passwd").bytes());
  ASSERT_EQ(lines_.size(), 3u);
  EXPECT_EQ(lines_[0]["message"], "number 1");
  EXPECT_EQ(lines_[2]["message"], "number 3");
}

// ---- how often ----

TEST_F(EngineTest, SuppressedAlertsAreCountedInTheNextAndAtTheEnd) {
  const Compiled compiled = compile_text(R"(
- rule: Opened
  desc: Every open
  condition: evt.type = openat
  output: "%fd.name"
  priority: INFO
  throttle: {per: fd.name, every: 10s, max: 2}
)");
  Engine engine(compiled.policy, processes_, containers_, names_, outputs_);
  const auto open_at = [&](std::string_view path, std::uint64_t seconds) {
    auto record = open(200, path);
    record->header.time = seconds * 1'000'000'000;
    record->header.syscall = 257;
    engine.on_record(record.bytes());
  };
  for (const std::uint64_t second : {100, 101, 102, 103, 109}) open_at("/etc/passwd", second);
  open_at("/etc/group", 105);
  EXPECT_EQ(lines_.size(), 3u);
  EXPECT_EQ(engine.rates().throttled, 3u);
  open_at("/etc/passwd", 110);
  ASSERT_EQ(lines_.size(), 4u);
  EXPECT_FALSE(lines_[1].contains("throttled"));
  EXPECT_EQ(lines_[3]["throttled"], 3);

  for (const std::uint64_t second : {111, 112}) open_at("/etc/passwd", second);
  ASSERT_EQ(lines_.size(), 5u);
  EXPECT_FALSE(lines_[4].contains("throttled"));
  engine.tick(121'000'000'000, {});
  EXPECT_EQ(lines_.size(), 5u) << "an event of that window may be on the way";
  engine.tick(122'000'000'000, {});
  ASSERT_EQ(lines_.size(), 6u);
  EXPECT_EQ(lines_[5]["schema"], "picket.event.v1");
  EXPECT_EQ(lines_[5]["event"]["throttled"]["rule"], "Opened");
  EXPECT_EQ(lines_[5]["event"]["throttled"]["key"], "fd.name=/etc/passwd");
  EXPECT_EQ(lines_[5]["event"]["throttled"]["count"], 1);

  for (const std::uint64_t second : {130, 131, 132}) open_at("/etc/group", second);
  engine.finish();
  ASSERT_EQ(lines_.size(), 9u);
  EXPECT_EQ(lines_[8]["event"]["throttled"]["count"], 1);
}

TEST_F(EngineTest, ARuleBelowItsThresholdLeavesTheEventToOthers) {
  const Compiled compiled = compile_text(R"(
- rule: Many
  desc: Three in a second
  condition: evt.type = openat
  output: many
  priority: ERROR
  threshold: {count: 3, within: 1s, by: fd.name}
- rule: Any
  desc: Every open
  condition: evt.type = openat
  output: any
  priority: INFO
)");
  Engine engine(compiled.policy, processes_, containers_, names_, outputs_);
  std::string seen;
  for (int i = 0; i < 7; ++i) {
    auto record = open(200, "/etc/passwd");
    record->header.syscall = 257;
    engine.on_record(record.bytes());
    seen += lines_.back()["rule"] == "Many" ? 'M' : 'a';
  }
  EXPECT_EQ(seen, "aaMaaMa");
}

TEST_F(EngineTest, ASequenceReportsBesideTheFirstMatch) {
  const Compiled compiled = compile_text(R"(
- rule: Any
  desc: Every open
  condition: evt.type = openat
  output: any
  priority: INFO
- rule: Passwd
  desc: Not reported, only a step
  condition: fd.name = /etc/passwd
  output: passwd
  priority: INFO
  enabled: false
- rule: Passwd then shadow
  desc: One process reads both
  condition: fd.name = /etc/shadow
  output: both by %proc.pid
  priority: ERROR
  sequence: {after: Passwd, by: process, within: 10s}
)");
  Engine engine(compiled.policy, processes_, containers_, names_, outputs_);
  const auto opens = [&](std::uint32_t pid, std::string_view path) {
    const std::size_t before = lines_.size();
    auto record = open(pid, path);
    record->header.syscall = 257;
    engine.on_record(record.bytes());
    std::string rules;
    for (std::size_t i = before; i < lines_.size(); ++i) rules += lines_[i]["rule"].get<std::string>() + ";";
    return rules;
  };
  EXPECT_EQ(opens(200, "/etc/shadow"), "Any;");
  EXPECT_EQ(opens(200, "/etc/passwd"), "Any;");
  EXPECT_EQ(opens(300, "/etc/shadow"), "Any;");
  EXPECT_EQ(opens(200, "/etc/shadow"), "Any;Passwd then shadow;");
  EXPECT_EQ(lines_.back()["message"], "both by 200");
  EXPECT_EQ(engine.counters().alerts, 5u);
}

// ---- events that wait for the end of their call ----

class EngineResultTest : public EngineTest {
 protected:
  EngineResultTest()
      : compiled_results_(compile_text(R"(
- rule: Read
  desc: By whatever outcome
  condition: evt.type = openat and fd.num >= 0
  output: got %fd.num %evt.res %evt.rawres %evt.failed
  priority: INFO
- rule: Not read
  desc: By whatever outcome
  condition: evt.type = openat and evt.failed = true
  output: got %fd.num %evt.res %evt.rawres %evt.failed
  priority: INFO
)")) {}

  void on_open(std::uint32_t tid, std::uint64_t time, bool follows = true) {
    auto record = open(200, "/etc/shadow");
    record->header.syscall = 257;
    record->header.tid = tid;
    record->header.time = time;
    if (follows) record->header.flags |= PK_FLAG_result_follows;
    results_.on_record(record.bytes());
  }

  void on_result(std::uint32_t tid, std::int64_t result, std::uint64_t since) {
    Record<pk_result> record(Kind::result);
    record->header.tid = tid;
    record->result = static_cast<std::uint64_t>(result);
    record->since = since;
    results_.on_record(record.bytes());
  }

  std::string message(std::size_t line) { return lines_.at(line)["message"]; }

  Compiled compiled_results_;
  Engine results_{compiled_results_.policy, processes_, containers_, names_, outputs_};
};

TEST_F(EngineResultTest, TheResultDecides) {
  on_open(7, 1000);
  on_open(8, 1001);
  EXPECT_TRUE(lines_.empty());
  on_result(8, -13, 1001);
  on_result(7, 5, 1000);
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(message(0), "got -1 EACCES -13 true");
  EXPECT_EQ(lines_[0]["event"]["outcome"], "failure");
  EXPECT_EQ(lines_[0]["event"]["result"], -13);
  EXPECT_EQ(lines_[0]["event"]["error"], "EACCES");
  EXPECT_EQ(lines_[0]["event"]["decision"], "allowed");
  EXPECT_EQ(message(1), "got 5 SUCCESS 5 false");
  EXPECT_EQ(lines_[1]["event"]["outcome"], "success");
  EXPECT_EQ(lines_[1]["event"]["result"], 5);
}

TEST_F(EngineResultTest, NobodyKnowsInTime) {
  on_open(7, 1000);
  results_.on_time(1000 + Engine::kResultNs - 1);
  EXPECT_TRUE(lines_.empty());
  results_.on_time(1000 + Engine::kResultNs);
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(message(0), "got <NA> SUCCESS <NA> false");
  EXPECT_EQ(lines_[0]["event"]["outcome"], "unknown");
  EXPECT_FALSE(lines_[0]["event"].contains("result"));
  EXPECT_EQ(results_.waited(Wait::Result).overdue, 1u);
  on_result(7, -13, 1000);  // too late, and harmless
  EXPECT_EQ(lines_.size(), 1u);
}

TEST_F(EngineResultTest, AnEarlierCallsEventsDoNotGetThisOnesResult) {
  on_open(7, 1000);
  on_open(7, 2000);
  on_result(7, -2, 2000);
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(lines_[0]["event"]["outcome"], "unknown");
  EXPECT_EQ(lines_[1]["event"]["error"], "ENOENT");
}

TEST_F(EngineResultTest, WhatNobodyAwaitsIsNotHeld) {
  on_open(7, 1000, false);
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(results_.waited(Wait::Result).held, 0u);
}

// An evaluation may hold names, so nothing is read again in the middle of one.
TEST_F(EngineTest, NamesAreRefreshedBetweenEventsOnly) {
  engine_.on_record(open(200, "/etc/shadow").bytes());
  EXPECT_EQ(names_.refreshed, 0);
  engine_.tick(boot_clock(), Losses{});
  EXPECT_EQ(names_.refreshed, 1);
}

TEST_F(EngineTest, LossIsReportedOncePerKindAndTick) {
  Losses losses{};
  losses[PK_open] = {.count = 7, .since = 1000, .until = 1010};
  engine_.tick(boot_clock(), losses);
  engine_.tick(boot_clock(), Losses{});
  losses[PK_open] = {.count = 3, .since = 2000, .until = 2000};
  engine_.tick(boot_clock(), losses);

  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(lines_[0]["schema"], "picket.event.v1");
  EXPECT_EQ(lines_[0]["event"]["kind"], "loss");
  EXPECT_EQ(lines_[0]["event"]["loss"]["count"], 7);
  EXPECT_EQ(lines_[0]["event"]["loss"]["since"], 1000);
  EXPECT_EQ(lines_[0]["event"]["loss"]["until"], 1010);
  EXPECT_EQ(lines_[1]["event"]["loss"]["count"], 3);
  EXPECT_EQ(engine_.counters().lost[PK_open], 10u);
}

}  // namespace
}  // namespace picket
