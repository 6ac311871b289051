// SPDX-License-Identifier: Apache-2.0
//
// OCSF against its own schemas, compiled to JSON Schema (they lie beside the source tree).
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/format_lines.h"
#include "tests/support/hostile.h"
#include "tests/support/shared_schema.h"

namespace picket {
namespace {

using nlohmann::json;
using test::JsonSchema;
using test::Record;
using test::SampleAlert;
using Lines = test::Lines<test::Ocsf>;

// The schema of the class that a record says it is of: plain, and with captions and profiles pinned.
class Schemas {
 public:
  bool there() const { return test::shared_json("ocsf/facts.json").has_value(); }

  std::string complaint(const json& record) {
    const int uid = record.at("class_uid");
    if (!schemas_.contains(uid)) load(uid);
    for (const JsonSchema& schema : schemas_.at(uid)) {
      std::string why = schema.complaint(record);
      if (!why.empty()) return why;
    }
    return "";
  }

 private:
  void load(int uid) {
    if (facts_.is_null()) facts_ = *test::shared_json("ocsf/facts.json");
    for (const auto& [name, facts] : facts_["classes"].items()) {
      if (facts["uid"] != uid) continue;
      for (const std::string folder : {"ocsf/", "ocsf/strict/"}) {
        schemas_[uid].push_back(test::shared_schema(folder + name + ".schema.json").value());
      }
    }
  }

  json facts_;
  std::map<int, std::vector<JsonSchema>> schemas_;
};

class OcsfSchema : public testing::Test {
 protected:
  void SetUp() override {
    if (!schemas_.there()) GTEST_SKIP() << test::kNoSchemas;
  }

  template <class Subject>
  void expect_valid(SampleAlert& sample, const Subject& subject) {
    const json record = Lines::parse(sample, subject);
    EXPECT_EQ(schemas_.complaint(record), "") << record.dump(2);
  }

  // Of every kind the event and its alert, all else as it is in the sample.
  void expect_all_valid(SampleAlert& sample, std::string_view text = test::every_kind::kText) {
    for (const auto& record : test::one_of_every_kind(text)) {
      Event event = record->event(sample.process, &sample.names);
      if (sample.container_known) event.container = &sample.container;
      if (sample.file_hash.is_known()) event.file_hash = &sample.file_hash;
      event.result = result_;
      expect_valid(sample, event);
      Alert alert = sample.alert(*record);
      alert.event = &event;
      expect_valid(sample, alert);
    }
  }

  Schemas schemas_;
  std::optional<std::int64_t> result_;
};

TEST_F(OcsfSchema, EveryKindIsValid) {
  SampleAlert sample;
  expect_all_valid(sample);
}

TEST_F(OcsfSchema, WithAllThatIsKnown) {
  SampleAlert sample;
  sample.container_known = true;
  sample.process.exe_hash = FileHash::known({0xab, 1});
  sample.file_hash = FileHash::known({0xcd, 2});
  sample.host.machine_id = "b08dfa6083e7567a1921a715000001fb";
  sample.host.kernel = "6.12.0";
  sample.throttled = 17;
  for (const std::optional<std::int64_t> result :
       {std::optional<std::int64_t>(0), std::optional<std::int64_t>(-EACCES)}) {
    result_ = result;
    expect_all_valid(sample);
  }
}

TEST_F(OcsfSchema, WithNothingThatIsKnown) {
  SampleAlert sample;
  sample.process = Process{};
  sample.container = Container{};
  sample.container_known = true;
  sample.description.clear();
  sample.tags.clear();
  sample.attacks.clear();
  expect_all_valid(sample, "");
}

TEST_F(OcsfSchema, WithHostileBytes) {
  for (const std::string_view bytes : test::kHostile) {
    SampleAlert sample;
    test::make_hostile(sample, bytes);
    expect_all_valid(sample, bytes);
  }
}

TEST_F(OcsfSchema, EveryDecisionIsValid) {
  for (const int decision : {PK_ALLOWED, PK_DENIED, PK_WOULD_DENY, PK_KILLED, PK_WOULD_KILL}) {
    for (const int error : {0, -EPERM}) {
      SampleAlert sample;
      sample.open->header.decision = static_cast<pk_u16>(decision);
      sample.open->header.error = error;
      expect_valid(sample, sample.alert());
      expect_valid(sample, *sample.alert().event);
    }
  }
}

// What one record of each kind does not show: the other rows of its kind, and members that are empty or zero.
TEST_F(OcsfSchema, EveryVariantIsValid) {
  const auto expect_both = [this](auto& record, std::optional<std::int64_t> result = std::nullopt) {
    SampleAlert sample;
    Event event = record.event(sample.process, &sample.names);
    event.result = result;
    expect_valid(sample, event);
    Alert alert = sample.alert(record);
    alert.event = &event;
    expect_valid(sample, alert);
  };
  Record<pk_connect> connect(Kind::connect);
  for (const pk_u16 family : std::initializer_list<pk_u16>{0, 1, 2, 10, 16}) {
    connect->family = family;
    for (const int result : {0, -ECONNREFUSED, -ENETUNREACH}) expect_both(connect, result);
  }
  Record<pk_accept> accept(Kind::accept);
  Record<pk_close> close(Kind::close);
  Record<pk_dns> dns(Kind::dns);
  Record<pk_dup> dup(Kind::dup);
  for (const pk_u16 family : std::initializer_list<pk_u16>{0, 1, 2, 10}) {
    accept->family = close->family = dns->family = dup->family = family;
    close->role = family;
    expect_both(accept);
    expect_both(close);
    expect_both(dns);
    expect_both(dup);
  }
  Record<pk_signal> signal(Kind::signal);
  expect_both(signal);
  Record<pk_exit> exit(Kind::exit);
  exit->status = SIGKILL;
  expect_both(exit);
  Record<pk_mmap> mmap(Kind::mmap);
  expect_both(mmap);
  Record<pk_module> module(Kind::module);
  expect_both(module);
  Record<pk_setxattr> setxattr(Kind::setxattr);
  setxattr.text(&pk_setxattr::name, "security.capability");
  expect_both(setxattr);
  Record<pk_bpf> bpf(Kind::bpf);
  for (const pk_u32 command : {0u, 5u, 8u, 28u}) {
    bpf->command = command;
    expect_both(bpf);
  }
  Record<pk_container> container(Kind::container);
  for (const pk_u32 action : {1u, 2u, 3u}) {
    container->action = action;
    expect_both(container);
  }
}

TEST_F(OcsfSchema, TheSensorsOwnAreValid) {
  SampleAlert sample;
  const Undelivered::Cause causes[] = {{"queue_full", "its queue was full", 2}};
  expect_valid(sample, Undelivered{"kafka", 2, causes, 60'000'000'000, 63'000'000'000, 0});
  expect_valid(sample, Throttled{"Shell", "proc.name=cat", 2, 60'000'000'000, 63'000'000'000, 0});
  const RefusedMeanwhile rules[] = {{.rule = "one", .denied = 5}};
  const Meanwhile meanwhile{.since = 1, .until = 2, .refused = 12, .recorded = 10, .rules = rules};
  for (const std::string_view to : {"enforce", "audit", "observe", "off", "lapsed"}) {
    expect_valid(sample, EnforcementChange{.from = "enforce", .to = to, .cause = "dead_man"});
    expect_valid(sample, EnforcementChange{.from = "enforce",
                                           .to = to,
                                           .cause = "command",
                                           .until = 7,
                                           .pid = 812,
                                           .process = "/usr/bin/picket",
                                           .key = "k",
                                           .meanwhile = &meanwhile});
  }
}

// A validator that says yes to everything would pass the tests above.
TEST_F(OcsfSchema, AnythingElseIsInvalid) {
  SampleAlert sample;
  const json alert = Lines::parse(sample, sample.alert());
  json changed = alert;
  changed["surplus"] = 1;
  EXPECT_NE(schemas_.complaint(changed), "");
  changed = alert;
  changed["evidences"][0]["actor"]["process"]["user"]["uid"] = 0;
  EXPECT_NE(schemas_.complaint(changed), "") << "a number for a string";
  changed = alert;
  changed["type_uid"] = 200402;
  EXPECT_NE(schemas_.complaint(changed), "") << "of another activity";
  changed = alert;
  changed["action"] = "Denied";
  EXPECT_NE(schemas_.complaint(changed), "") << "a caption of another number";
  changed = alert;
  changed["finding_info"].erase("uid");
  EXPECT_NE(schemas_.complaint(changed), "");
}

}  // namespace
}  // namespace picket
