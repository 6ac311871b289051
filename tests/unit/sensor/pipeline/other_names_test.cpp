// SPDX-License-Identifier: Apache-2.0
//
// Records of other names and the events that they belong to, through the engine.
#include "sensor/pipeline/other_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sensor/pipeline/engine.h"
#include "tests/support/compile.h"
#include "tests/support/memory_sink.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using nlohmann::json;
using test::compile_text;
using test::FakeNames;
using test::Record;
using testing::ElementsAre;

constexpr std::uint32_t kThread = 200;

Record<pk_open> open(std::string_view path, std::uint64_t time) {
  Record<pk_open> record(Kind::open);
  record->header.process = pk_process_key(kThread, 1'000'000'000);
  record->header.tid = kThread;
  record->header.time = time;
  record->header.flags = PK_FLAG_other_name;
  record->header.syscall = 257;
  record.text(&pk_open::path, path);
  return record;
}

Record<pk_other_name> name(std::string_view path, std::uint64_t time, Kind about = Kind::open,
                           std::uint32_t which = 0) {
  Record<pk_other_name> record(Kind::other_name);
  record->header.process = pk_process_key(kThread, 1'000'000'000);
  record->header.tid = kThread;
  record->header.time = time;
  record->about = static_cast<pk_u32>(about);
  record->which = which;
  record.text(&pk_other_name::path, path);
  return record;
}

std::vector<std::string> paths(const std::vector<OtherName>& names) {
  std::vector<std::string> all;
  for (const OtherName& each : names) all.push_back(each.path);
  return all;
}

class OtherNamesTest : public testing::Test {
 protected:
  void note(Record<pk_other_name> record) { names_.note(record.event(process_, nullptr)); }
  std::vector<std::string> take(Record<pk_open> record) { return paths(names_.take(record.event(process_, nullptr))); }

  Process process_;
  OtherNames names_{4};
};

TEST_F(OtherNamesTest, AreTakenOnceByTheEventAfterThem) {
  note(name("/etc/shadow", 100));
  note(name("/etc/shadow-", 101));
  EXPECT_THAT(take(open("/mnt/shadow", 102)), ElementsAre("/etc/shadow", "/etc/shadow-"));
  EXPECT_THAT(take(open("/mnt/shadow", 103)), ElementsAre());
  EXPECT_EQ(names_.size(), 0u);
}

TEST_F(OtherNamesTest, AreOfTheEventsOfOneKind) {
  note(name("/etc/shadow", 100, Kind::create));
  EXPECT_THAT(take(open("/mnt/shadow", 101)), ElementsAre());
  EXPECT_EQ(names_.size(), 1u);
}

TEST_F(OtherNamesTest, OfAnEventThatWasLostAreNotTheNextOnes) {
  note(name("/etc/shadow", 100));
  EXPECT_THAT(take(open("/mnt/other", 200'000'000)), ElementsAre());
}

TEST_F(OtherNamesTest, MakeRoomForNewOnes) {
  for (std::uint64_t time = 0; time < 5; ++time) note(name("/etc/shadow", 100 + time));
  EXPECT_EQ(names_.size(), 1u);
}

TEST_F(OtherNamesTest, TakeThePlaceOfAPathInACopy) {
  Record<pk_rename> record(Kind::rename);
  record.text(&pk_rename::old_path, "/mnt/a").text(&pk_rename::new_path, "/mnt/b");
  const Event event = record.event(process_, nullptr);
  RenamedEvent second(event, 1, "/etc/b"), first(event, 0, "/etc/a");
  const auto& renamed = second.event().as<pk_rename>();
  EXPECT_EQ(second.event().text(renamed.old_path), "/mnt/a");
  EXPECT_EQ(second.event().text(renamed.new_path), "/etc/b");
  EXPECT_EQ(second.event().reached_by, "/mnt/b");
  EXPECT_EQ(first.event().text(first.event().as<pk_rename>().old_path), "/etc/a");
  EXPECT_EQ(event.text(event.as<pk_rename>().new_path), "/mnt/b");
}

class EngineNamesTest : public testing::Test {
 protected:
  static Outputs outputs(std::vector<json>& lines) { return Outputs(Host{"host", "b007"}, test::json_sinks(lines)); }
  void happen(std::string_view path, std::string_view other, std::uint32_t conjunct = 0) {
    time_ += 1000;
    engine_.on_record(name(other, time_).bytes());
    auto record = open(path, time_ + 1);
    record->header.conjunct = static_cast<pk_u16>(conjunct);
    record->header.policy = conjunct != 0 ? 1 : 0;
    record->header.error = conjunct != 0 ? -1 : 0;
    record->header.decision = conjunct != 0 ? PK_DENIED : PK_ALLOWED;
    engine_.on_record(record.bytes());
  }
  std::vector<std::string> messages() const {
    std::vector<std::string> all;
    for (const json& line : lines_) all.push_back(line.at("message"));
    return all;
  }

  std::uint64_t time_ = 2'000'000'000;
  std::vector<json> lines_;
  Compiled compiled_ = compile_text(R"(
- rule: own
  desc: d
  condition: evt.type = openat and fd.name startswith /srv/
  output: own %fd.name
  priority: INFO
- rule: named
  desc: d
  condition: evt.type = openat and fd.name startswith /etc/ and not fd.name = /etc/hosts
  output: named %fd.name by %evt.reached_by
  priority: INFO
- rule: elsewhere
  desc: d
  condition: evt.type = openat and not fd.name startswith /mnt/
  output: elsewhere %fd.name
  priority: INFO
)");
  Outputs outputs_ = outputs(lines_);
  ProcessTable processes_;
  FakeNames names_;
  ContainerTable containers_;
  Engine engine_{compiled_.policy, processes_, containers_, names_, outputs_};
};

TEST_F(EngineNamesTest, ARuleThatNamesTheFileMatches) {
  happen("/mnt/shadow", "/etc/shadow");
  EXPECT_THAT(messages(), ElementsAre("named /etc/shadow by /mnt/shadow"));
  EXPECT_EQ(lines_[0]["event"]["reached_by"], "/mnt/shadow");
  EXPECT_EQ(lines_[0]["event"]["open"]["path"], "/etc/shadow");
}

// "elsewhere" matches the other name by what it does not say: that is for the path alone.
TEST_F(EngineNamesTest, ARuleThatNamesOthersDoesNot) {
  happen("/mnt/hosts", "/etc/hosts");
  happen("/mnt/data", "/var/lib/volumes/1/data");
  EXPECT_THAT(messages(), ElementsAre());
}

TEST_F(EngineNamesTest, TheOwnPathComesFirst) {
  happen("/srv/shadow", "/etc/shadow");
  EXPECT_THAT(messages(), ElementsAre("own /srv/shadow"));
  EXPECT_FALSE(lines_[0]["event"].contains("reached_by"));
}

TEST_F(EngineNamesTest, WhatARuleRefusedByAnotherNameIsShownUnderIt) {
  engine_.add_decisions(1, compiled_.policy, {{.kind = Kind::open, .rule = 1, .number = 0}});
  happen("/mnt/shadow", "/etc/shadow", 1);
  happen("/mnt/what", "/nobody/knows", 1);  // the kernel decided, whatever is known here
  EXPECT_THAT(messages(), ElementsAre("named /etc/shadow by /mnt/shadow", "named /mnt/what by <NA>"));
}

}  // namespace
}  // namespace picket
