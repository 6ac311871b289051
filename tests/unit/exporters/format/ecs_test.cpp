// SPDX-License-Identifier: Apache-2.0
//
// ECS: what goes where. That its fields are ECS's: ecs_fields_test.cpp.
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/format_lines.h"
#include "tests/support/golden.h"

namespace picket {
namespace {

using nlohmann::json;
using test::Record;
using test::SampleAlert;
using Lines = test::Lines<test::Ecs>;

TEST(Ecs, Golden) {
  SampleAlert sample;
  test::expect_golden("ecs_alert.json", Lines::line_of(sample, sample.alert()));
}

// What ECS allows in event.category, and the types that it expects there.
TEST(Ecs, TypesAreThoseExpectedOfTheirCategory) {
  const std::map<std::string, std::set<std::string>> expected = {
      {"configuration", {"access", "change", "creation", "deletion", "info"}},
      {"driver", {"change", "end", "info", "start"}},
      {"file", {"access", "change", "creation", "deletion", "info"}},
      {"host", {"access", "change", "end", "info", "start"}},
      {"library", {"start"}},
      {"network", {"access", "allowed", "connection", "denied", "end", "info", "protocol", "start"}},
      {"process", {"access", "change", "end", "info", "start"}},
  };
  SampleAlert sample;
  for (const auto& record : test::one_of_every_kind()) {
    const json event = Lines::parse(sample, record->event(sample.process, &sample.names))["event"];
    ASSERT_EQ(event["category"].size(), 1u);
    const auto category = expected.find(event["category"][0].get<std::string>());
    ASSERT_NE(category, expected.end()) << event;
    for (const json& type : event["type"]) EXPECT_TRUE(category->second.contains(type.get<std::string>())) << event;
  }
}

// ---- what goes where ----

TEST(Ecs, KindsOfEvents) {
  struct Row {
    Kind kind;
    const char* category;
    json types;
    const char* action;
  };
  const Row rows[] = {
      {Kind::exec, "process", {"start"}, "exec"},
      {Kind::exit, "process", {"end"}, "end"},
      {Kind::open, "file", {"access"}, "open"},
      {Kind::create, "file", {"creation"}, "creation"},
      {Kind::unlink, "file", {"deletion"}, "deletion"},
      {Kind::rename, "file", {"change"}, "rename"},
      {Kind::mount, "host", {"change"}, "mount"},
      {Kind::connect, "network", {"connection", "start"}, "connection_attempted"},
      {Kind::accept, "network", {"connection", "start"}, "connection_accepted"},
      {Kind::dns, "network", {"protocol", "info"}, "lookup_result"},
      {Kind::module, "driver", {"start"}, "load_module"},
      {Kind::mmap, "library", {"start"}, "load"},
      {Kind::mprotect, "process", {"change"}, "memory_exec"},
      {Kind::setuid, "process", {"change"}, "uid_change"},
      {Kind::container, "host", {"start"}, "container_start"},
  };
  SampleAlert sample;
  for (const auto& record : test::one_of_every_kind()) {
    const Event event = record->event(sample.process, &sample.names);
    for (const Row& row : rows) {
      if (row.kind != event.kind()) continue;
      const json said = Lines::parse(sample, event)["event"];
      EXPECT_EQ(said["category"], json({row.category})) << kind_name(row.kind);
      EXPECT_EQ(said["type"], row.types) << kind_name(row.kind);
      EXPECT_EQ(said["action"], row.action) << kind_name(row.kind);
    }
  }
}

TEST(Ecs, AlertsAreIntrusionDetection) {
  struct Row {
    pk_u16 decision;
    json types;
    json action, result;
  };
  const Row rows[] = {{PK_ALLOWED, {"info", "access"}, nullptr, nullptr},
                      {PK_DENIED, {"denied", "access"}, "deny", "done"},
                      {PK_WOULD_DENY, {"info", "access"}, "deny", "audit"},
                      {PK_KILLED, {"denied", "access"}, "kill", "done"},
                      {PK_WOULD_KILL, {"info", "access"}, "kill", "audit"}};
  for (const Row& row : rows) {
    SampleAlert sample;
    sample.open->header.decision = row.decision;
    const json alert = Lines::parse(sample, sample.alert());
    EXPECT_EQ(alert["event"]["kind"], "alert");
    EXPECT_EQ(alert["event"]["category"], json({"intrusion_detection", "file"}));
    EXPECT_EQ(alert["event"]["type"], row.types) << row.decision;
    EXPECT_EQ(alert.value("/Enforcement/action"_json_pointer, json()), row.action) << row.decision;
    EXPECT_EQ(alert.value("/Enforcement/result"_json_pointer, json()), row.result) << row.decision;
  }
}

TEST(Ecs, Severities) {
  for (const auto& [severity, number] : {std::pair{AlertSeverity::Informational, 0},
                                         {AlertSeverity::Low, 21},
                                         {AlertSeverity::Medium, 47},
                                         {AlertSeverity::High, 73},
                                         {AlertSeverity::Critical, 99},
                                         {AlertSeverity::Fatal, 99}}) {
    SampleAlert sample;
    Alert alert = sample.alert();
    alert.severity = severity;
    EXPECT_EQ(Lines::parse(sample, alert)["event"]["severity"], number);
  }
}

TEST(Ecs, OutcomeIsHowTheCallEnded) {
  Record<pk_unlink> unlink(Kind::unlink);
  EXPECT_EQ(Lines::shown(unlink)["event"]["outcome"], "unknown");
  EXPECT_EQ(Lines::shown(unlink, 0)["event"]["outcome"], "success");
  const json failed = Lines::shown(unlink, -EACCES);
  EXPECT_EQ(failed["event"]["outcome"], "failure");
  EXPECT_EQ(failed["error"]["code"], "EACCES");
}

TEST(Ecs, NamesOfFiles) {
  Record<pk_rename> rename(Kind::rename);
  rename.text(&pk_rename::old_path, "/old").text(&pk_rename::new_path, "/etc/new");
  const json renamed = Lines::shown(rename)["file"];
  EXPECT_EQ(renamed["path"], "/etc/new");
  EXPECT_EQ(renamed["directory"], "/etc");
  EXPECT_EQ(renamed["Ext"]["original"]["path"], "/old");

  Record<pk_symlink> symlink(Kind::symlink);
  symlink.text(&pk_symlink::path, "/tmp/x").text(&pk_symlink::target, "/etc/shadow");
  EXPECT_EQ(Lines::shown(symlink)["file"]["target_path"], "/etc/shadow");
  EXPECT_EQ(Lines::shown(symlink)["file"]["path"], "/tmp/x");

  Record<pk_chmod> chmod(Kind::chmod);
  chmod->mode = 04755;
  chmod->old_mode = 0100644;
  EXPECT_EQ(Lines::shown(chmod)["file"]["mode"], "04755");
  EXPECT_EQ(Lines::shown(chmod)["file"]["type"], "file");
}

TEST(Ecs, EndsOfConnections) {
  Record<pk_accept> accept(Kind::accept);
  accept->family = 2;
  accept->address.bytes[0] = 10;
  accept->local_address.bytes[0] = 192;
  const json accepted = Lines::shown(accept);
  EXPECT_EQ(accepted["source"]["ip"], "10.0.0.0");
  EXPECT_EQ(accepted["destination"]["ip"], "192.0.0.0");
  EXPECT_EQ(accepted["network"]["direction"], "ingress");

  Record<pk_connect> connect(Kind::connect);
  connect->family = 1;
  connect.text(&pk_connect::path, "/run/docker.sock");
  EXPECT_EQ(Lines::shown(connect)["destination"]["address"], "/run/docker.sock");
  EXPECT_EQ(Lines::shown(connect)["network"]["transport"], "unix");
}

TEST(Ecs, BytesThatAreNotTextAreExactElsewhere) {
  SampleAlert sample;
  sample.process.comm = "\xff";
  sample.shell.comm = "\xfe";
  sample.open.text(&pk_open::path, "/tmp/\xc0\xaf");
  const json alert = Lines::parse(sample, sample.alert());
  EXPECT_EQ(alert["process"]["name"], "\xef\xbf\xbd");
  EXPECT_EQ(alert["picket"]["process"]["name_base64"], "/w==");
  EXPECT_EQ(alert["picket"]["parent"]["name_base64"], "/g==");
  EXPECT_EQ(alert["picket"]["open"]["path_base64"], "L3RtcC/Arw==");
}

// Readers make objects of dots: no field may be below one that has a value.
TEST(Ecs, OutputFieldsAreAList) {
  SampleAlert sample;
  sample.output.clear();
  for (const std::string_view name : {"evt.time", "evt.time.s", "proc.pid", "fd.sport"}) {
    sample.output.push_back({std::string(name), find_field(name), -1});
  }
  EXPECT_EQ(Lines::parse(sample, sample.alert())["picket"]["output_fields"],
            json::parse(R"([{"name":"evt.time","value":"17:21:03.123456789"},{"name":"evt.time.s","value":"17:21:03"},
                            {"name":"proc.pid","value":"812"},{"name":"fd.sport","value":null}])"));
}

}  // namespace
}  // namespace picket
