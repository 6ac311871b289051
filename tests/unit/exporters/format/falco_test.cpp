// SPDX-License-Identifier: Apache-2.0
//
// Falco's JSON: the members, their order and their types, as falcosidekick and others read them.
#include "exporters/format/falco.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/golden.h"
#include "tests/support/sample.h"
#include "tests/support/shared_schema.h"

namespace picket {
namespace {

using nlohmann::ordered_json;
using test::Record;
using test::SampleAlert;

template <class Subject>
std::string line_of(SampleAlert& sample, const Subject& subject) {
  TextBuffer out;
  append_falco(out, subject, sample.host, sample.scratch);
  return std::string(out.view());
}

template <class Subject>
ordered_json parse(SampleAlert& sample, const Subject& subject) {
  return ordered_json::parse(line_of(sample, subject));
}

void print(SampleAlert& sample, std::initializer_list<std::string_view> names) {
  sample.output.clear();
  for (const std::string_view name : names) sample.output.push_back({std::string(name), find_field(name), -1});
}

TEST(Falco, Golden) {
  SampleAlert sample;
  test::expect_golden("falco_alert.json", line_of(sample, sample.alert()));
}

TEST(Falco, MembersAndFieldsInTheOrderOfTheirNames) {
  SampleAlert sample;
  print(sample, {"user.name", "proc.pid", "fd.name", "proc.pid", "evt.time"});
  sample.tags = {"zeta", "alpha", "T1003", "alpha"};
  const ordered_json alert = parse(sample, sample.alert());
  std::vector<std::string> members, fields;
  for (const auto& item : alert.items()) members.push_back(item.key());
  for (const auto& item : alert["output_fields"].items()) fields.push_back(item.key());
  EXPECT_EQ(members, (std::vector<std::string>{"hostname", "output", "output_fields", "priority", "rule", "source",
                                               "tags", "time"}));
  EXPECT_EQ(fields, (std::vector<std::string>{"alert.id", "evt.time", "fd.name", "proc.pid", "user.name"}));
  EXPECT_EQ(alert["tags"], ordered_json({"T1003", "alpha", "zeta"}));
}

// The types are those that falcosecurity/libs gives the fields: texts, numbers, truth values.
TEST(Falco, FieldsHaveFalcosTypes) {
  struct Row {
    const char* field;
    ordered_json expected;
  };
  const Row rows[] = {
      {"evt.time", 1785000063123456789},
      {"evt.time.iso8601", 1785000063123456789},
      {"evt.type", "openat"},
      {"evt.is_open_read", true},
      {"evt.cpu", 1},
      {"proc.name", "cat"},
      {"proc.cmdline", "cat /etc/shadow"},
      {"proc.pid", 812},
      {"proc.ppid", 640},
      {"proc.tty", 34816},
      {"user.uid", 0},
      {"user.loginuid", 1000},
      {"fd.name", "/etc/shadow"},
      {"fd.sport", nullptr},
      {"container.id", "host"},
      {"k8s.pod.name", nullptr},
  };
  for (const Row& row : rows) {
    SampleAlert sample;
    print(sample, {row.field});
    EXPECT_EQ(parse(sample, sample.alert())["output_fields"].at(row.field), row.expected) << row.field;
  }
}

TEST(Falco, UnsetLoginUidIsMinusOne) {
  SampleAlert sample;
  print(sample, {"user.loginuid"});
  sample.process.login_uid = UINT32_MAX;
  EXPECT_EQ(parse(sample, sample.alert())["output_fields"]["user.loginuid"], -1);
}

TEST(Falco, OutputHasFalcosPrefix) {
  SampleAlert sample;
  const ordered_json alert = parse(sample, sample.alert());
  EXPECT_EQ(alert["output"], "17:21:03.123456789: Critical " + sample.message);
  EXPECT_EQ(alert["time"], "2026-07-25T17:21:03.123456789Z");
  EXPECT_EQ(alert["source"], "syscall");
}

TEST(Falco, WhatFalcoDoesNotKnowIsAmongTheFields) {
  struct Row {
    pk_u16 decision;
    ordered_json action, result;
  };
  const Row rows[] = {{PK_ALLOWED, nullptr, nullptr},
                      {PK_DENIED, "deny", "done"},
                      {PK_WOULD_DENY, "deny", "audit"},
                      {PK_KILLED, "kill", "done"},
                      {PK_WOULD_KILL, "kill", "audit"}};
  for (const Row& row : rows) {
    SampleAlert sample;
    sample.open->header.decision = row.decision;
    sample.throttled = 17;
    const ordered_json fields = parse(sample, sample.alert())["output_fields"];
    EXPECT_EQ(fields.value("enforcement.action", ordered_json()), row.action) << row.decision;
    EXPECT_EQ(fields.value("enforcement.result", ordered_json()), row.result) << row.decision;
    EXPECT_EQ(fields["picket.throttled"], 17);
  }
}

TEST(Falco, BytesThatAreNotText) {
  SampleAlert sample;
  sample.open.text(&pk_open::path, "/tmp/\xc0\xaf");
  const ordered_json fields = parse(sample, sample.alert())["output_fields"];
  EXPECT_EQ(fields["fd.name"], "/tmp/\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(fields["fd.name_base64"], "L3RtcC/Arw==");
}

TEST(Falco, TheSensorsOwnAreInternal) {
  SampleAlert sample;
  Record<pk_loss> loss(Kind::loss);
  loss->lost_kind = PK_open;
  loss->count = 12;
  const ordered_json lost = parse(sample, loss.event(Process{}, &sample.names));
  EXPECT_EQ(lost["source"], "internal");
  EXPECT_EQ(lost["rule"], "Picket internal: events lost");
  EXPECT_EQ(lost["output_fields"]["loss.count"], 12);

  const Undelivered::Cause causes[] = {{"queue_full", "its queue was full", 2}};
  const ordered_json undelivered = parse(sample, Undelivered{"kafka", 2, causes, 1, 2, 0});
  EXPECT_EQ(undelivered["rule"], "Picket internal: messages dropped");
  EXPECT_EQ(undelivered["output_fields"]["undelivered.queue_full"], 2);
  const ordered_json suppressed = parse(sample, Throttled{"Shell", "proc.name=cat", 2, 1, 2, 0});
  EXPECT_EQ(suppressed["source"], "internal");
  EXPECT_EQ(suppressed["output_fields"]["throttled.count"], 2);

  const RefusedMeanwhile rules[] = {{.rule = "one", .denied = 5}, {.rule = "two", .denied = 1, .killed = 6}};
  const Meanwhile meanwhile{.since = 1, .until = 2, .refused = 12, .recorded = 10, .rules = rules};
  const ordered_json change = parse(sample, EnforcementChange{.from = "enforce",
                                                              .to = "enforce",
                                                              .cause = "takeover",
                                                              .pid = 812,
                                                              .process = "/usr/bin/picket",
                                                              .key = "k",
                                                              .meanwhile = &meanwhile});
  EXPECT_EQ(change["source"], "internal");
  EXPECT_EQ(change["output_fields"]["enforcement.cause"], "takeover");
  EXPECT_EQ(change["output_fields"]["meanwhile.rules"], "one: 5 denied, 0 killed; two: 1 denied, 6 killed");
}

// The schema lies beside the source tree, made from the readers' sources.
TEST(Falco, EveryAlertIsValid) {
  const auto schema = test::shared_schema("falco/alert.schema.json");
  if (!schema) GTEST_SKIP() << test::kNoSchemas;
  SampleAlert sample;
  for (const auto& record : test::one_of_every_kind()) {
    const std::string line = line_of(sample, sample.alert(*record));
    EXPECT_EQ(schema->complaint(nlohmann::json::parse(line)), "") << line;
    const std::string event = line_of(sample, record->event(sample.process, &sample.names));
    EXPECT_EQ(schema->complaint(nlohmann::json::parse(event)), "") << event;
  }
}

}  // namespace
}  // namespace picket
