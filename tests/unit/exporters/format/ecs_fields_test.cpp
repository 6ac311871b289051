// SPDX-License-Identifier: Apache-2.0
//
// ECS: every field that is written is one of ECS's, or has a name that ECS leaves to others.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/format_lines.h"

namespace picket {
namespace {

using nlohmann::json;
using test::Record;
using test::SampleAlert;
using Lines = test::Lines<test::Ecs>;

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
      check(Lines::parse(sample, event), "", seen);
      Alert alert = sample.alert(*record);
      alert.event = &event;
      check(Lines::parse(sample, alert), "", seen);
    }
    const Undelivered::Cause causes[] = {{"queue_full", "its queue was full", 2}};
    check(Lines::parse(sample, Undelivered{"kafka", 2, causes, 1, 2, 0}), "", seen);
    check(Lines::parse(sample, Throttled{"Shell", "proc.name=cat", 2, 1, 2, 0}), "", seen);
    check(
        Lines::parse(sample,
                     EnforcementChange{
                         .from = "enforce", .to = "off", .cause = "command", .pid = 812, .process = "/usr/bin/picket"}),
        "", seen);
  }
  Record<pk_setuid> setuid(Kind::setuid);  // to root, who has a name
  Record<pk_chown> chown(Kind::chown);
  check(Lines::shown(setuid), "", seen);
  check(Lines::shown(chown), "", seen);
  for (const EcsField& field : kFields) EXPECT_TRUE(seen.contains(std::string(field.name))) << field.name;
}

}  // namespace
}  // namespace picket
