// SPDX-License-Identifier: Apache-2.0
//
// ECS: every field that is written is one of ECS's, or has a name that ECS leaves to others; and what goes where.
#include "exporters/format/ecs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/golden.h"
#include "tests/support/hostile.h"
#include "tests/support/sample.h"

namespace picket {
namespace {

using nlohmann::json;
using test::Record;
using test::SampleAlert;

template <class Subject>
std::string line_of(SampleAlert& sample, const Subject& subject) {
  TextBuffer out;
  append_ecs(out, subject, sample.host, sample.scratch);
  return std::string(out.view());
}

template <class Subject>
json parse(SampleAlert& sample, const Subject& subject) {
  return json::parse(line_of(sample, subject));
}

template <class Struct>
json shown(Record<Struct>& record, std::optional<std::int64_t> result = std::nullopt) {
  SampleAlert sample;
  Event event = record.event(sample.process, &sample.names);
  event.result = result;
  return parse(sample, event);
}

TEST(Ecs, Golden) {
  SampleAlert sample;
  test::expect_golden("ecs_alert.json", line_of(sample, sample.alert()));
}

// ---- fields ----

// What Elastic maps each field to. Lists have the type of what is in them.
enum class Type { Keyword, Date, Long, Bool, Ip };

struct EcsField {
  std::string_view name;
  Type type = Type::Keyword;
};

// Of a process, and below process.parent the same.
constexpr EcsField kProcessFields[] = {
    {"entity_id"},
    {"pid", Type::Long},
    {"name"},
    {"executable"},
    {"command_line"},
    {"start", Type::Date},
    {"working_directory"},
    {"user.id"},
    {"user.name"},
    {"args"},
    {"args_count", Type::Long},
};

constexpr EcsField kFields[] = {
    {"@timestamp", Type::Date},
    {"ecs.version"},
    {"message"},
    {"tags"},
    {"agent.type"},
    {"agent.version"},
    {"host.hostname"},
    {"host.name"},
    {"host.id"},
    {"host.boot.id"},
    {"host.os.type"},
    {"host.os.kernel"},
    {"event.kind"},
    {"event.category"},
    {"event.type"},
    {"event.action"},
    {"event.module"},
    {"event.provider"},
    {"event.code"},
    {"event.dataset"},
    {"event.id"},
    {"event.sequence", Type::Long},
    {"event.severity", Type::Long},
    {"event.reason"},
    {"event.outcome"},
    {"error.code"},
    {"rule.name"},
    {"rule.description"},
    {"threat.framework"},
    {"threat.tactic.id"},
    {"threat.tactic.name"},
    {"threat.technique.id"},
    {"threat.technique.subtechnique.id"},
    {"process.vpid", Type::Long},
    {"process.env_vars"},
    {"process.group.id"},
    {"process.group.name"},
    {"process.real_user.id"},
    {"process.real_user.name"},
    {"process.real_group.id"},
    {"process.real_group.name"},
    {"process.interactive", Type::Bool},
    {"process.tty.char_device.major", Type::Long},
    {"process.tty.char_device.minor", Type::Long},
    {"process.thread.id", Type::Long},
    {"process.thread.capabilities.effective"},
    {"process.thread.capabilities.permitted"},
    {"process.session_leader.pid", Type::Long},
    {"process.group_leader.pid", Type::Long},
    {"process.hash.sha256"},
    {"process.exit_code", Type::Long},
    {"process.end", Type::Date},
    {"user.id"},
    {"user.name"},
    {"user.changes.id"},
    {"user.changes.name"},
    {"file.path"},
    {"file.name"},
    {"file.directory"},
    {"file.type"},
    {"file.inode"},
    {"file.mode"},
    {"file.device"},
    {"file.uid"},
    {"file.gid"},
    {"file.owner"},
    {"file.target_path"},
    {"file.hash.sha256"},
    {"dll.path"},
    {"dll.name"},
    {"dll.hash.sha256"},
    {"source.address"},
    {"source.ip", Type::Ip},
    {"source.port", Type::Long},
    {"source.domain"},
    {"destination.address"},
    {"destination.ip", Type::Ip},
    {"destination.port", Type::Long},
    {"destination.domain"},
    {"network.transport"},
    {"network.type"},
    {"network.direction"},
    {"network.protocol"},
    {"network.bytes", Type::Long},
    {"dns.type"},
    {"dns.response_code"},
    {"dns.question.name"},
    {"dns.question.type"},
    {"dns.question.class"},
    {"dns.answers.name"},
    {"dns.answers.type"},
    {"dns.answers.data"},
    {"dns.answers.class"},
    {"dns.answers.ttl", Type::Long},
    {"container.id"},
    {"container.name"},
    {"container.runtime"},
    {"container.image.name"},
    {"container.image.tag"},
    {"container.image.hash.all"},
    {"container.security_context.privileged", Type::Bool},
    {"orchestrator.type"},
    {"orchestrator.namespace"},
    {"orchestrator.resource.type"},
    {"orchestrator.resource.name"},
    {"orchestrator.resource.id"},
    {"related.hosts"},
    {"related.user"},
    {"related.ip", Type::Ip},
};

const EcsField* field_of(std::string_view name) {
  const auto find = [](auto& fields, std::string_view wanted) -> const EcsField* {
    const auto* const found = std::find_if(std::begin(fields), std::end(fields),
                                           [wanted](const EcsField& field) { return field.name == wanted; });
    return found == std::end(fields) ? nullptr : found;
  };
  if (const EcsField* field = find(kFields, name)) return field;
  for (const std::string_view prefix : {"process.parent.", "process."}) {
    if (name.starts_with(prefix)) return find(kProcessFields, name.substr(prefix.size()));
  }
  return nullptr;
}

// ECS never takes a name with a capital letter, nor one below a name space of someone else.
bool is_custom(std::string_view name) {
  return name.starts_with("picket.") ||
         std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool has_type(Type type, const json& value) {
  if (type == Type::Long) return value.is_number_integer();
  if (type == Type::Bool) return value.is_boolean();
  return value.is_string();
}

void check(const json& value, const std::string& name, std::set<std::string>& seen) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) check(member, name.empty() ? key : name + "." + key, seen);
  } else if (is_custom(name)) {
    return;
  } else if (value.is_array()) {
    for (const json& element : value) check(element, name, seen);
  } else {
    const EcsField* const field = field_of(name);
    ASSERT_NE(field, nullptr) << name << " is none of ECS's";
    EXPECT_TRUE(has_type(field->type, value)) << name << ": " << value;
    seen.insert(name);
  }
}

TEST(Ecs, FieldsAreThoseOfEcs) {
  std::set<std::string> seen;
  for (const bool known : {true, false}) {
    SampleAlert sample;
    sample.host.machine_id = "b08dfa6083e7567a1921a715000001fb";
    sample.host.kernel = "6.12.0";
    sample.container_known = known;
    sample.process.exe_hash = sample.file_hash = FileHash::known({0xcd, 2});
    if (!known) sample.process = Process{};
    for (const auto& record : test::one_of_every_kind()) {
      Event event = record->event(sample.process, &sample.names);
      event.container = known ? &sample.container : nullptr;
      event.file_hash = &sample.file_hash;
      event.result = known ? std::optional<std::int64_t>(-EACCES) : std::nullopt;
      event.host_name = event.local_name = known ? "x.test" : "";
      check(parse(sample, event), "", seen);
      Alert alert = sample.alert(*record);
      alert.event = &event;
      check(parse(sample, alert), "", seen);
    }
    const Undelivered::Cause causes[] = {{"queue_full", "its queue was full", 2}};
    check(parse(sample, Undelivered{"kafka", 2, causes, 1, 2, 0}), "", seen);
    check(parse(sample, Throttled{"Shell", "proc.name=cat", 2, 1, 2, 0}), "", seen);
    check(parse(sample,
                EnforcementChange{
                    .from = "enforce", .to = "off", .cause = "command", .pid = 812, .process = "/usr/bin/picket"}),
          "", seen);
  }
  Record<pk_setuid> setuid(Kind::setuid);  // to root, who has a name
  Record<pk_chown> chown(Kind::chown);
  check(shown(setuid), "", seen);
  check(shown(chown), "", seen);
  for (const EcsField& field : kFields) EXPECT_TRUE(seen.contains(std::string(field.name))) << field.name;
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
    const json event = parse(sample, record->event(sample.process, &sample.names))["event"];
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
      const json said = parse(sample, event)["event"];
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
    const json alert = parse(sample, sample.alert());
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
    EXPECT_EQ(parse(sample, alert)["event"]["severity"], number);
  }
}

TEST(Ecs, OutcomeIsHowTheCallEnded) {
  Record<pk_unlink> unlink(Kind::unlink);
  EXPECT_EQ(shown(unlink)["event"]["outcome"], "unknown");
  EXPECT_EQ(shown(unlink, 0)["event"]["outcome"], "success");
  const json failed = shown(unlink, -EACCES);
  EXPECT_EQ(failed["event"]["outcome"], "failure");
  EXPECT_EQ(failed["error"]["code"], "EACCES");
}

TEST(Ecs, NamesOfFiles) {
  Record<pk_rename> rename(Kind::rename);
  rename.text(&pk_rename::old_path, "/old").text(&pk_rename::new_path, "/etc/new");
  const json renamed = shown(rename)["file"];
  EXPECT_EQ(renamed["path"], "/etc/new");
  EXPECT_EQ(renamed["directory"], "/etc");
  EXPECT_EQ(renamed["Ext"]["original"]["path"], "/old");

  Record<pk_symlink> symlink(Kind::symlink);
  symlink.text(&pk_symlink::path, "/tmp/x").text(&pk_symlink::target, "/etc/shadow");
  EXPECT_EQ(shown(symlink)["file"]["target_path"], "/etc/shadow");
  EXPECT_EQ(shown(symlink)["file"]["path"], "/tmp/x");

  Record<pk_chmod> chmod(Kind::chmod);
  chmod->mode = 04755;
  chmod->old_mode = 0100644;
  EXPECT_EQ(shown(chmod)["file"]["mode"], "04755");
  EXPECT_EQ(shown(chmod)["file"]["type"], "file");
}

TEST(Ecs, EndsOfConnections) {
  Record<pk_accept> accept(Kind::accept);
  accept->family = 2;
  accept->address.bytes[0] = 10;
  accept->local_address.bytes[0] = 192;
  const json accepted = shown(accept);
  EXPECT_EQ(accepted["source"]["ip"], "10.0.0.0");
  EXPECT_EQ(accepted["destination"]["ip"], "192.0.0.0");
  EXPECT_EQ(accepted["network"]["direction"], "ingress");

  Record<pk_connect> connect(Kind::connect);
  connect->family = 1;
  connect.text(&pk_connect::path, "/run/docker.sock");
  EXPECT_EQ(shown(connect)["destination"]["address"], "/run/docker.sock");
  EXPECT_EQ(shown(connect)["network"]["transport"], "unix");
}

TEST(Ecs, BytesThatAreNotTextAreExactElsewhere) {
  SampleAlert sample;
  sample.process.comm = "\xff";
  sample.shell.comm = "\xfe";
  sample.open.text(&pk_open::path, "/tmp/\xc0\xaf");
  const json alert = parse(sample, sample.alert());
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
  EXPECT_EQ(parse(sample, sample.alert())["picket"]["output_fields"],
            json::parse(R"([{"name":"evt.time","value":"17:21:03.123456789"},{"name":"evt.time.s","value":"17:21:03"},
                            {"name":"proc.pid","value":"812"},{"name":"fd.sport","value":null}])"));
}

}  // namespace
}  // namespace picket
