// SPDX-License-Identifier: Apache-2.0
//
// Rules over the events of a topic: which alerts there are, of which host, with which ids, and what is remembered.
#include "sensor/central/evaluation.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sensor/central/member.h"
#include "tests/support/compile.h"
#include "tests/support/memory_sink.h"
#include "tests/support/native_line.h"
#include "tests/support/sample.h"

namespace picket::central {
namespace {

using nlohmann::json;
using test::SampleAlert;

constexpr const char* kRules = R"(
- rule: shadow
  desc: d
  condition: evt.type = openat and fd.name = /etc/shadow
  output: read by %proc.name
  priority: WARNING
- rule: one
  desc: d
  condition: evt.type = openat and fd.name = /one
  output: o
  priority: NOTICE
  enabled: false
- rule: one, then two
  desc: d
  condition: evt.type = openat and fd.name = /two
  output: t
  priority: NOTICE
  sequence: {after: [one], by: process, within: 1m}
- rule: others
  desc: d
  condition: evt.type = openat
  output: o %fd.name
  priority: NOTICE
  throttle: {max: 1, every: 10m, per: [proc.name]}
- rule: twice
  desc: d
  condition: evt.type = openat and fd.name = /twice
  output: t
  priority: NOTICE
  threshold: {count: 2, within: 1m, by: [proc.name]}
)";

class CentralEvaluation : public testing::Test {
 protected:
  CentralEvaluation() { sample_.open->header.cgroup = sample_.process.cgroup; }

  // The sample opening a file, as it stands in a topic.
  std::string line(const char* path) {
    test::Record<pk_open> open(Kind::open);
    open->header = sample_.open->header;
    open->header.size = sizeof(pk_open);
    open->header.time += 1'000'000 * ++written_;
    open.text(&pk_open::path, path);
    return test::native_line(sample_.alert(open), sample_.host, scratch_);
  }
  void take(const char* path, std::int32_t partition = 0) { take_text(line(path), partition); }
  void take_text(const std::string& text, std::int32_t partition = 0) {
    member_.take({partition, offset_++, text});
    outputs_.flush();
  }

  std::vector<std::string> rules() const {
    std::vector<std::string> names;
    for (const json& one : lines_) names.push_back(one.contains("rule") ? one["rule"] : one["event"]["kind"]);
    return names;
  }

  SampleAlert sample_;
  Scratch scratch_;
  std::uint64_t written_ = 0;
  std::int64_t offset_ = 100;
  std::vector<json> lines_;
  Outputs outputs_{Host{"central-1", "cccccccccccccccccccccccccccccccc"}, test::json_sinks(lines_)};
  const Policy policy_ = test::compile_some(kRules).policy;
  Evaluation evaluation_{policy_, "picket.alerts", Host{"central-1", "cccccccccccccccccccccccccccccccc"}, outputs_};
  volatile std::sig_atomic_t stop_ = 0;
  Member member_{evaluation_, outputs_, stop_};
};

using Names = std::vector<std::string>;

TEST_F(CentralEvaluation, AlertsAreThoseOfTheHostWithIdsOfTheMessage) {
  ASSERT_EQ(policy_.rules.size(), 5u);
  take("/etc/shadow", 3);
  ASSERT_EQ(rules(), Names{"shadow"});
  EXPECT_EQ(lines_[0]["host"]["name"], "web-1");
  EXPECT_EQ(lines_[0]["message"], "read by cat");
  EXPECT_EQ(lines_[0]["process"]["pid"], 812);
  const std::string id = lines_[0]["id"];
  EXPECT_TRUE(id.starts_with("picket.alerts/3/100/")) << id;
  EXPECT_EQ(id.size(), std::string("picket.alerts/3/100/").size() + 16);
  EXPECT_EQ(member_.positions().at(3), 101);
}

TEST_F(CentralEvaluation, TheSameMessageHasTheSameId) {
  const std::string text = line("/etc/shadow");
  take_text(text);
  --offset_;
  take_text(text);
  take_text(text);
  ASSERT_EQ(lines_.size(), 3u);
  EXPECT_EQ(lines_[0], lines_[1]);
  EXPECT_NE(lines_[0]["id"], lines_[2]["id"]);
}

TEST_F(CentralEvaluation, WhatIsRememberedIsThePartitionsAndTheMachines) {
  take("/a");
  take("/a");  // throttled
  take("/a", 1);
  sample_.host.boot_id = "ffffffffffffffffffffffffffffffff";
  take("/a");
  EXPECT_EQ(rules(), (Names{"others", "others", "others"}));
  take("/twice");
  sample_.host.boot_id = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
  take("/twice");
  EXPECT_EQ(rules(), (Names{"others", "others", "others", "others"})) << "one of each machine is not two";
}

TEST_F(CentralEvaluation, ProcessesOfSeveralMachinesAreNotOne) {
  const std::string boots[] = {sample_.host.boot_id, "ffffffffffffffffffffffffffffffff"};
  take("/one");
  sample_.host.boot_id = boots[1];
  take("/two");
  EXPECT_EQ(rules(), (Names{"others", "others"}));
  sample_.host.boot_id = boots[0];
  take("/two");
  EXPECT_EQ(rules(), (Names{"others", "others", "one, then two"}));
}

TEST_F(CentralEvaluation, PartitionsThatAreRevokedSayWhatTheySuppressed) {
  take("/a");
  take("/a");
  take("/a");
  member_.on_revoked({0});
  ASSERT_EQ(rules(), (Names{"others", "throttled"}));
  EXPECT_EQ(lines_[1]["event"]["throttled"]["count"], 2);
  EXPECT_EQ(lines_[1]["host"]["name"], "central-1");
  EXPECT_TRUE(member_.positions().empty());
  take("/a");
  take("/a");
  member_.on_lost({0});
  EXPECT_EQ(rules(), (Names{"others", "throttled", "others"})) << "who has it now says so";
}

TEST_F(CentralEvaluation, WhatIsNoEventIsCountedAndPassed) {
  take_text("no");
  take_text(R"({"schema":"picket.event.v1"})");
  take_text(R"({"schema":"picket.alert.v9"})");
  take("/etc/shadow");
  EXPECT_EQ(rules(), Names{"shadow"});
  EXPECT_EQ(member_.counts().messages, 4u);
  EXPECT_EQ(describe_problems(member_.counts()),
            "1 not_json (no JSON object, or cut), 1 not_an_event (no alert of Picket: a notice of a sensor, or what "
            "others wrote), 1 other_version (of a version of picket.alert that is not known here)");
  EXPECT_EQ(member_.positions().at(0), 104);
}

TEST_F(CentralEvaluation, NothingSettlesBeforeItIsDelivered) {
  take("/etc/shadow");
  EXPECT_TRUE(member_.settle());
  EXPECT_FALSE(member_.error());
}

TEST(CentralLimits, RulesThatAreNotAsOnTheMachines) {
  const Policy policy = test::compile_some(R"(
- rule: refuses
  desc: d
  condition: evt.type = openat and fd.name = /etc/shadow
  output: o
  priority: WARNING
  action: deny
- rule: hashes
  desc: d
  condition: evt.type = execve and proc.exe_hash.sha256 = 0000000000000000000000000000000000000000000000000000000000000000
  output: o
  priority: WARNING
)")
                            .policy;
  const auto limits = limits_of(policy);
  ASSERT_EQ(limits.size(), 2u);
  EXPECT_NE(limits[0].find("'refuses'"), std::string::npos) << limits[0];
  EXPECT_NE(limits[1].find("'hashes'"), std::string::npos) << limits[1];
}

}  // namespace
}  // namespace picket::central
