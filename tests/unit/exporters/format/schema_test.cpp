// SPDX-License-Identifier: Apache-2.0
//
// The schemas in docs/schema against what is really written, against the lists of wire fields, and against themselves.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "exporters/format/native.h"
#include "tests/support/json_schema.h"
#include "tests/support/native_line.h"
#include "tests/support/sample.h"

namespace picket {
namespace {

using nlohmann::json;
using test::JsonSchema;
using test::Record;
using test::SampleAlert;

json read_schema(const std::string& name) {
  std::ifstream file(PICKET_SOURCE_DIR "/docs/schema/picket." + name + ".v1.schema.json");
  return json::parse(file);
}

// Every member of every object, with the object and the place in the schema.
using Visitor = std::function<void(const json& object, const std::string& name, const json& member)>;

void visit_members(const json& schema, const Visitor& visit) {
  if (schema.is_array()) {
    for (const json& element : schema) visit_members(element, visit);
  }
  if (!schema.is_object()) return;
  const bool conditional = schema.contains("required") && !schema.contains("type");  // a branch of oneOf
  for (const auto& [key, value] : schema.items()) {
    if (key == "properties" && !conditional) {
      for (const auto& [name, member] : value.items()) visit(schema, name, member);
    }
    visit_members(value, visit);
  }
}

TEST(Schema, EveryMemberIsDescribedAndNoOtherAllowed) {
  for (const char* name : {"alert", "event"}) {
    int members = 0;
    visit_members(read_schema(name), [&members](const json& object, const std::string& member, const json& schema) {
      ++members;
      EXPECT_TRUE(schema.contains("description")) << member;
      EXPECT_EQ(object.value("additionalProperties", true), false) << member;
    });
    EXPECT_GT(members, 8) << name;
  }
}

// The wire fields have one list, in bpf/shared/fields. Here it is held against the schema: names, texts, documentation.
struct Row {
  std::string_view type, name, doc;
};
struct KindRows {
  std::string_view kind;
  std::vector<Row> rows;
};

#define FIELD(type, name, doc) {#type, #name, doc},
const KindRows kKinds[] = {
#define BEGIN(kind) \
  {                 \
#kind, {
#define END(kind) \
  }               \
  }               \
  ,
#include "bpf/shared/records.def"
#undef BEGIN
#undef END
};
#undef FIELD

#define KIND(number, name, group, doc) +1
static_assert(std::size(kKinds) == 0
#include "bpf/shared/kinds.def"
              ,
              "a kind without its list above");
#undef KIND

// What stands in a dns object beside its wire fields, and in place of `message`.
constexpr std::size_t kDnsMembersMore = 3;

TEST(Schema, WireFieldsAreThoseOfTheLists) {
  const json alert = read_schema("alert")["definitions"];
  const json own = read_schema("event")["properties"]["event"]["properties"];
  for (const KindRows& kind : kKinds) {
    if (kind.kind == "result" || kind.kind == "other_name") continue;  // joined to another event, never shown
    const json& schema = own.contains(kind.kind) ? own[std::string(kind.kind)] : alert[std::string(kind.kind)];
    std::size_t count = 0;
    for (const Row& row : kind.rows) {
      if (row.name == "reserved") continue;
      ++count;
      if (kind.kind == "dns" && row.type == "text") {  // as base64 alone
        EXPECT_TRUE(schema["properties"].contains(std::string(row.name) + "_base64"));
        continue;
      }
      const json member = schema["properties"].value(std::string(row.name), json::object());
      EXPECT_EQ(member.value("description", ""), row.doc) << kind.kind << '.' << row.name;
      const bool exact = row.type == "text" || row.type == "comm";
      const std::string patterns = schema.value("patternProperties", json::object()).dump();
      const bool has_base64 = patterns.find("(" + std::string(row.name)) != std::string::npos ||
                              patterns.find("|" + std::string(row.name)) != std::string::npos;
      EXPECT_EQ(has_base64, exact) << kind.kind << '.' << row.name;
    }
    EXPECT_EQ(schema["properties"].size(), count + (kind.kind == "dns" ? kDnsMembersMore : 0)) << kind.kind;
  }
}

// ---- what is written ----

json written(SampleAlert& sample, const Alert& alert) {
  const std::string out = test::native_line(alert, sample.host, sample.scratch);
  return json::parse(out);
}

// One alert or more for each kind, with everything known, nothing known, and bytes that are not text.
std::vector<json> all_alerts() {
  std::vector<json> alerts;
  const auto add = [&alerts](auto&& change, auto record) {
    SampleAlert sample;
    change(sample);
    alerts.push_back(written(sample, sample.alert(record)));
  };
  const auto as_it_is = [](SampleAlert&) {};
  const auto unknown = [](SampleAlert& sample) {
    sample.process = Process{};
    sample.description.clear();
    sample.tags.clear();
    sample.attacks.clear();
  };
  const auto binary = [](SampleAlert& sample) {
    for (Process* process : {&sample.init, &sample.sshd, &sample.shell, &sample.process}) {
      for (std::string Process::*text :
           {&Process::comm, &Process::exe_path, &Process::filename, &Process::cwd, &Process::argv, &Process::cmdline}) {
        process->*text += "\xff";
      }
    }
    sample.rule += "\xff";
    sample.description += "\xff";
    sample.message += "\xff";
    sample.host.name += "\xff";
    sample.process.exe_flags = PK_EXE_memfd | PK_EXE_unlinked | PK_EXE_tmpfs;
    sample.process.flags = 0xffff;
    sample.attacks = attacks_of(std::vector<std::string>{"mitre_execution", "mitre_impact", "T1059"});
    sample.throttled = 17;
  };

  Record<pk_open> open(Kind::open);
  open.text(&pk_open::path, "/tmp/\xff");
  open->header.error = -EACCES;
  open->header.flags = 0xffff;
  Record<pk_connect> connect(Kind::connect);
  connect->family = 2;
  connect->port = 80;
  Record<pk_connect> local(Kind::connect);
  local->family = 1;
  local.text(&pk_connect::path, std::string_view("\0name", 5));
  Record<pk_dns> dns(Kind::dns);
  dns->family = 2;
  dns.text(&pk_dns::message,
           std::string_view("\0\7\x81\x80\0\1\0\1\0\0\0\0\1x\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\7\0\4\1\2\3\4", 35));
  Record<pk_dns> unreadable(Kind::dns);
  unreadable.text(&pk_dns::message, "?");
  Record<pk_exec> exec(Kind::exec);
  exec->parent = 17;
  exec.text(&pk_exec::path, "/bin/\xff").text(&pk_exec::filename, "\xff").text(&pk_exec::cwd, "\xff");
  exec.text(&pk_exec::argv, std::string_view("a\0\xff", 3));
  exec->comm = {{'\xff', 'x'}};
  Record<pk_fork> fork(Kind::fork);
  Record<pk_exit> exit(Kind::exit);
  Record<pk_cgroup_mkdir> cgroup_mkdir(Kind::cgroup_mkdir);
  cgroup_mkdir.text(&pk_cgroup_mkdir::path, "/\xff");
  Record<pk_cgroup_rmdir> cgroup_rmdir(Kind::cgroup_rmdir);
  Record<pk_container> container(Kind::container);
  container->action = 1;
  const auto add_all = [&](auto&& change) {
    add(change, open);
    add(change, connect);
    add(change, local);
    add(change, dns);
    add(change, unreadable);
    add(change, exec);
    add(change, fork);
    add(change, exit);
    add(change, cgroup_mkdir);
    add(change, cgroup_rmdir);
    add(change, container);
  };
  add_all(as_it_is);
  add_all(unknown);
  add_all(binary);
  add_all([](SampleAlert& sample) { sample.container_known = true; });
  add_all([](SampleAlert& sample) {
    sample.process.exe_hash = FileHash::known({0xab, 1});
    sample.file_hash = FileHash::known({0xcd, 2});
  });
  add_all([](SampleAlert& sample) {
    sample.container = Container{};
    sample.container_known = true;
  });
  add_all([](SampleAlert& sample) {
    sample.container.name += "\xff";
    sample.container.full_id += "\xff";
    sample.container.id += "\xff";
    sample.container.rootfs += "\xff";
    sample.container.cgroup_path += "\xff";
    sample.container.image = parse_image("\xff");
    sample.container.labels[0] = {"\xff", "\xff"};
    sample.container.mounts[0].source += "\xff";
    sample.container.pod.name += "\xff";
    sample.container_known = true;
  });
  return alerts;
}

json own_event(test::AnyRecord& record) {
  SampleAlert sample;
  const std::string out = test::native_line(record.event(Process{}, &sample.names), sample.host, sample.scratch);
  return json::parse(out);
}

TEST(Schema, EveryAlertIsValid) {
  const JsonSchema validator(read_schema("alert"));
  for (const json& alert : all_alerts()) EXPECT_EQ(validator.complaint(alert), "") << alert.dump(2);
}

TEST(Schema, EveryKindIsValid) {
  const JsonSchema alerts(read_schema("alert")), own(read_schema("event"));
  for (const auto& record : test::one_of_every_kind()) {
    SampleAlert sample;
    const Kind kind = record->event(sample.process, nullptr).kind();
    if (kind == Kind::result || kind == Kind::other_name) continue;  // joined to another event, never shown
    const bool is_own = kind == Kind::loss || kind == Kind::policy;
    const json shown = is_own ? own_event(*record) : written(sample, sample.alert(*record));
    EXPECT_EQ((is_own ? own : alerts).complaint(shown), "") << shown.dump(2);
  }
}

TEST(Schema, ThrottledAlertsAreValid) {
  const JsonSchema own(read_schema("event"));
  SampleAlert sample;
  for (const std::string_view key : {"", "proc.name=cat", "proc.name=\xff"}) {
    const std::string out =
        test::native_line(Throttled{"Shell", key, 2, 60'000'000'000, 63'123'456'789, 1'785'000'000'000'000'000},
                          sample.host, sample.scratch);
    const json shown = json::parse(out);
    EXPECT_EQ(own.complaint(shown), "") << out;
    EXPECT_EQ(shown["event"]["throttled"]["count"], 2);
    EXPECT_EQ(shown["event"]["throttled"]["since"], "2026-07-25T17:21:00.000000000Z");
  }
}

TEST(Schema, UndeliveredMessagesAreValid) {
  const JsonSchema own(read_schema("event"));
  SampleAlert sample;
  const Undelivered::Cause causes[] = {{"queue_full", "its queue was full", 10},
                                       {"too_large", "they were too large", 2}};
  for (const std::string_view output : {"kafka", "file /\xff"}) {
    const std::string out =
        test::native_line(Undelivered{output, 12, causes, 60'000'000'000, 120'000'000'000, 1'785'000'000'000'000'000},
                          sample.host, sample.scratch);
    const json shown = json::parse(out);
    EXPECT_EQ(own.complaint(shown), "") << out;
    EXPECT_EQ(shown["event"]["undelivered"]["count"], 12);
    EXPECT_EQ(shown["event"]["undelivered"]["causes"]["queue_full"], 10);
  }
}

TEST(Schema, ChangesOfEnforcementAreValid) {
  const JsonSchema own(read_schema("event"));
  SampleAlert sample;
  const std::string key(64, 'a');
  const EnforcementChange changes[] = {
      {.from = "enforce", .to = "lapsed", .cause = "dead_man", .time = 60'000'000'000},
      {.from = "enforce",
       .to = "off",
       .cause = "command",
       .time = 60'000'000'000,
       .until = 63'000'000'000,
       .uid = 0,
       .pid = 812,
       .process = "/usr/bin/\xff",
       .key = key,
       .wall_clock_offset = 1'785'000'000'000'000'000},
  };
  for (const EnforcementChange& change : changes) {
    const std::string out = test::native_line(change, sample.host, sample.scratch);
    const json shown = json::parse(out);
    EXPECT_EQ(own.complaint(shown), "") << out;
    EXPECT_EQ(shown["event"]["enforcement"]["to"], change.to);
    EXPECT_EQ(shown["event"]["enforcement"].contains("until"), change.until != 0);
    EXPECT_EQ(shown["event"]["enforcement"].contains("pid"), change.pid != 0);
  }
}

TEST(Schema, TakeoversAreValid) {
  const JsonSchema own(read_schema("event"));
  SampleAlert sample;
  const RefusedMeanwhile rules[] = {{.rule = "one", .denied = 5}, {.rule = "\xff", .denied = 1, .killed = 6}};
  const Meanwhile known{.since = 1'000'000'000, .until = 2'000'000'000, .refused = 12, .recorded = 10, .rules = rules};
  const Meanwhile unknown{.until = 2'000'000'000, .counted = false};
  for (const Meanwhile* meanwhile : {&known, &unknown}) {
    const std::string out = test::native_line(
        EnforcementChange{.from = "enforce", .to = "enforce", .cause = "takeover", .meanwhile = meanwhile}, sample.host,
        sample.scratch);
    const json shown = json::parse(out);
    EXPECT_EQ(own.complaint(shown), "") << out;
    const json& said = shown["event"]["enforcement"]["meanwhile"];
    EXPECT_EQ(said["refused"], meanwhile->refused);
    EXPECT_EQ(said["counted"], meanwhile->counted);
    EXPECT_EQ(said["rules"].size(), meanwhile->rules.size());
    EXPECT_EQ(said.contains("since"), meanwhile->since != 0);
  }
}

// A schema that says yes to everything would pass the tests above. Each object of an alert gets a member more, and each
// member another type: the schema must notice.
TEST(Schema, AnythingElseIsInvalid) {
  const JsonSchema validator(read_schema("alert"));
  SampleAlert sample;
  sample.container_known = true;
  sample.throttled = 17;
  const json alert = written(sample, sample.alert());
  const json flat = alert.flatten();
  std::set<std::string> objects;
  for (const auto& [pointer, value] : flat.items()) {
    const json::json_pointer place(pointer);
    json changed = alert;
    changed[place] = value.is_string() ? json(json::array({1})) : json("a string");
    const bool free = pointer.starts_with("/output_fields") && !value.is_string();  // text is as good there
    EXPECT_EQ(validator.complaint(changed) == "", free) << pointer << validator.complaint(changed);
    objects.insert(place.parent_pointer().to_string());
  }
  for (const std::string& object : objects) {
    json changed = alert;
    json& target = changed[json::json_pointer(object)];
    if (!target.is_object() || object == "/output_fields") continue;
    target["surplus"] = 1;
    EXPECT_NE(validator.complaint(changed), "") << object;
  }
  json without = alert;
  without["event"].erase("open");
  EXPECT_NE(validator.complaint(without), "") << "an event without its fields";
}

}  // namespace
}  // namespace picket
