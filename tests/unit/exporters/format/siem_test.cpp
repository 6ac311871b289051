// SPDX-License-Identifier: Apache-2.0
//
// packaging/siem: the index template has every member that the ECS format writes, the table every member at the top of
// an OCSF event.
#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "exporters/format/formats.h"
#include "tests/support/sample.h"

namespace picket {
namespace {

using nlohmann::json;
using test::SampleAlert;

std::string read(const std::string& name) {
  std::ifstream file(PICKET_SOURCE_DIR "/packaging/siem/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

// Everything that a format writes: events of every kind and their alerts, with all that can be known and with nothing,
// and what the sensor says of itself. Calls `show` with each document.
template <class Show>
void each_document(const std::string& format, Show show) {
  for (const bool known : {true, false}) {
    SampleAlert sample;
    sample.host.machine_id = "b08dfa6083e7567a1921a715000001fb";
    sample.host.kernel = "6.12.0";
    sample.throttled = known ? 17 : 0;
    sample.process.exe_hash = sample.file_hash = FileHash::known({0xcd, 2});
    if (!known) sample.process = Process{};
    const auto write = [&](const auto& subject) {
      TextBuffer line;
      find_format(format)->make(sample.host)->append(line, subject, sample.scratch);
      show(json::parse(line.view()));
    };
    for (const auto& record : test::one_of_every_kind()) {
      for (const std::optional<std::int64_t> result :
           {std::optional<std::int64_t>(0), std::optional<std::int64_t>(-EACCES)}) {
        Event event = record->event(sample.process, &sample.names);
        event.container = known ? &sample.container : nullptr;
        event.file_hash = known ? &sample.file_hash : nullptr;
        event.result = known ? result : std::nullopt;
        event.host_name = event.local_name = known ? "x.test" : "";
        write(event);
        Alert alert = sample.alert(*record);
        alert.event = &event;
        write(alert);
      }
    }
    const Undelivered::Cause causes[] = {{"queue_full", "its queue was full", 2}};
    write(Undelivered{"kafka", 2, causes, 1, 2, 0});
    write(Throttled{"Shell", "proc.name=cat", 2, 1, 2, 0});
    const RefusedMeanwhile rules[] = {{.rule = "one", .denied = 5}};
    const Meanwhile meanwhile{.since = 1, .until = 2, .refused = 12, .recorded = 10, .rules = rules};
    write(EnforcementChange{.from = "enforce",
                            .to = "off",
                            .cause = "command",
                            .until = 7,
                            .pid = 812,
                            .process = "/usr/bin/picket",
                            .key = "k",
                            .meanwhile = &meanwhile});
  }
}

// ---- ECS ----

// Whether a value can be indexed as that type of Elasticsearch's.
bool fits(const json& value, const std::string& type) {
  if (type == "long")
    return value.is_number_integer() && (!value.is_number_unsigned() || value <= std::uint64_t{INT64_MAX});
  if (type == "boolean") return value.is_boolean();
  static const std::set<std::string> kOfText = {"keyword", "wildcard", "match_only_text", "date", "date_nanos", "ip"};
  return kOfText.count(type) != 0 && value.is_string();
}

// Every value below `value` against the mappings of its place, and notes the places that were seen.
void check(const json& value, const json& mapping, const std::string& name, std::set<std::string>& seen) {
  seen.insert(name);
  if (mapping.value("type", "") == "flattened") {
    EXPECT_TRUE(value.is_object()) << name;
  } else if (value.is_array()) {
    for (const json& element : value) check(element, mapping, name, seen);
  } else if (value.is_object()) {
    ASSERT_TRUE(mapping.contains("properties")) << name << " is an object, and has no properties";
    for (const auto& [key, member] : value.items()) {
      const std::string place = name + (name.empty() ? "" : ".") + key;
      const auto found = mapping["properties"].find(key);
      if (found == mapping["properties"].end()) {
        ADD_FAILURE() << place << " is not in the template";
      } else {
        check(member, *found, place, seen);
      }
    }
  } else {
    EXPECT_TRUE(fits(value, mapping.value("type", ""))) << name << " is " << value;
  }
}

void expect_seen(const json& mapping, const std::string& name, const std::set<std::string>& seen) {
  EXPECT_TRUE(seen.contains(name)) << name << " is never written";
  if (!mapping.contains("properties")) return;
  for (const auto& [key, member] : mapping["properties"].items()) {
    expect_seen(member, name + (name.empty() ? "" : ".") + key, seen);
  }
}

TEST(Siem, TheIndexTemplateHasWhatEcsWritesAndNothingElse) {
  const json index = json::parse(read("elasticsearch-ecs-template.json"));
  const json& mappings = index.at("template").at("mappings");
  std::set<std::string> seen;
  each_document("ecs", [&](const json& document) { check(document, mappings, "", seen); });
  // What no single one of these records shows: to become root, who has a name.
  seen.insert({"user.changes.name", "file.owner"});
  expect_seen(mappings, "", seen);
}

// ---- OCSF ----

// The columns of the table with their types, without what is derived.
std::map<std::string, std::string> columns() {
  std::istringstream lines(read("clickhouse-ocsf.sql"));
  std::map<std::string, std::string> columns;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == ")") break;
    if (line == "(") inside = true;
    if (!inside || !line.starts_with("    ") || line.find("--") != line.npos || line.find(" DEFAULT ") != line.npos)
      continue;
    std::istringstream words(line);
    std::string name, type;
    words >> name >> type;
    if (type.ends_with(',')) type.pop_back();
    EXPECT_TRUE(columns.emplace(name, type).second) << name;
  }
  return columns;
}

TEST(Siem, TheTableHasEveryMemberAtTheTopOfAnOcsfEventAndNoOther) {
  const auto columns = picket::columns();
  std::set<std::string> seen;
  each_document("ocsf", [&](const json& document) {
    for (const auto& [name, value] : document.items()) {
      seen.insert(name);
      const auto column = columns.find(name);
      if (column == columns.end()) {
        ADD_FAILURE() << name << " has no column";
        continue;
      }
      const std::string& type = column->second;
      const bool number = type.starts_with("UInt") || type.starts_with("Int");
      EXPECT_EQ(value.is_number_integer(), number) << name << " " << type;
      EXPECT_EQ(value.is_boolean(), type == "Bool") << name << " " << type;
      if (type.starts_with("UInt")) EXPECT_GE(value.get<std::int64_t>(), 0) << name;
    }
  });
  for (const auto& [name, type] : columns) EXPECT_TRUE(seen.contains(name)) << name << " is never written";
}

}  // namespace
}  // namespace picket
