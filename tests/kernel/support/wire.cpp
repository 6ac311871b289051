// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/wire.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "bpf/shared/wire.h"
#include "tests/kernel/support/alert.h"
#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/kernel.h"

namespace picket::test {
namespace {

// Name -> its rows, without those that only fill up the struct.
const std::map<std::string, std::vector<std::string>>& rows() {
  static const std::map<std::string, std::vector<std::string>> kRows = {
#define FIELD(type, name, doc) #name,
      {"header",
       {
#include "bpf/shared/fields/header.def"
       }},
#define BEGIN(kind) {#kind, {
#define END(kind) \
  }               \
  }               \
  ,
#include "bpf/shared/records.def"
#undef BEGIN
#undef END
#undef FIELD
  };
  return kRows;
}

struct Shape {
  const char* kind;
  int number;
  std::size_t size;
};

constexpr Shape kShapes[] = {
#define KIND(number, name, group, doc) {#name, number, sizeof(pk_##name)},
#include "bpf/shared/kinds.def"
#undef KIND
};

std::set<std::string> checked_kinds;

const Shape& shape_of(const std::string& kind) {
  for (const Shape& shape : kShapes) {
    if (kind == shape.kind) return shape;
  }
  std::abort();  // a test misspelt it
}

std::vector<std::string> names_of(const std::string& kind) {
  std::vector<std::string> names;
  for (const char* list : {"header", kind.c_str()}) {
    for (const std::string& row : rows().at(list)) {
      if (row != "reserved") names.push_back(std::string(list) + "." + row);
    }
  }
  return names;
}

std::string effective_id(pid_t pid, const std::string& line) {
  std::istringstream text(read_file("/proc/" + std::to_string(pid) + "/status"));
  for (std::string word; text >> word;) {
    std::string real, effective;
    if (word == line && text >> real >> effective) return effective;
  }
  return "";
}

std::uint64_t number(const Fields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? 0 : std::strtoull(found->second.c_str(), nullptr, 10);
}

}  // namespace

std::string wire_rule(const std::string& name, const std::string& kind, const std::string& condition) {
  std::string output;
  for (const std::string& field : names_of(kind)) output += field + "=%" + field + "\\n";
  return "- rule: " + name + "\n  desc: All wire fields.\n  condition: " + condition + "\n  output: \"" + output +
         "\"\n  priority: DEBUG\n";
}

std::string mark_of(const std::string& kind) { return "marked-" + kind; }

std::string marked_rules(const std::vector<std::string>& paths) {
  std::string rules;
  for (const std::string& path : paths) {
    const std::string kind = path.substr(0, path.find('.'));
    rules += wire_rule(kind, kind, path + " endswith " + mark_of(kind));
  }
  return rules;
}

Fields wire_fields(const Json& alert) {
  Fields fields;
  std::istringstream text(message_of(alert));
  for (std::string line; std::getline(text, line);) {
    const std::size_t equals = line.find('=');
    fields[line.substr(0, equals)] = equals == std::string::npos ? "" : line.substr(equals + 1);
  }
  return fields;
}

// Whether it is among those that the kernel decides about before they become records. An exec that took place is not.
static bool is_decided(const std::string& kind) {
  static const std::set<std::string> kDecided = {
#define DECIDED(name, first, second) #name,
#define REFUSABLE(name)
#include "bpf/shared/refusable.def"
#undef REFUSABLE
#undef DECIDED
  };
  return kind != "exec" && kDecided.contains(kind);
}

Fields ordinary_header(const Fields& actual, const std::string& kind, pid_t pid, int syscall, std::uint64_t since) {
  const Shape& shape = shape_of(kind);
  EXPECT_GE(number(actual, "header.time"), since);
  EXPECT_LE(number(actual, "header.time"), boot_clock());
  EXPECT_GE(number(actual, "header.size"), shape.size);
  EXPECT_LE(number(actual, "header.size"), shape.size + 65536);
  EXPECT_LT(number(actual, "header.cpu"), static_cast<std::uint64_t>(sysconf(_SC_NPROCESSORS_CONF)));

  Fields header = {
      {"header.kind", std::to_string(shape.number)},
      {"header.flags", "0"},
      {"header.process", key_of(pid)},
      {"header.cgroup", std::to_string(cgroup_of(pid))},
      {"header.tid", std::to_string(pid)},
      {"header.uid", effective_id(pid, "Uid:")},
      {"header.gid", effective_id(pid, "Gid:")},
      {"header.syscall", std::to_string(syscall)},
      {"header.error", "0"},
      {"header.policy", is_decided(kind) ? "1" : "0"},  // nothing was reloaded
      {"header.decision", "0"},
      {"header.conjunct", "0"},
  };
  for (const char* name : {"header.time", "header.size", "header.cpu", "header.sequence"}) {
    const auto found = actual.find(name);
    header[name] = found == actual.end() ? "(absent)" : found->second;
  }
  return header;
}

void every_field_was_checked(const std::string& kind) { checked_kinds.insert(shape_of(kind).kind); }

std::set<std::string> take_checked_kinds() { return std::exchange(checked_kinds, {}); }

void expect_event(Sensor& sensor, const std::string& kind, int syscall, const std::function<int()>& act,
                  const Fields& expected) {
  const std::size_t said_before = sensor.alerts().size();
  Child child(act);
  const std::uint64_t since = boot_clock();
  child.go();
  const Fields actual = wire_fields(sensor.next_alert(kind, child.pid()));
  Fields all = ordinary_header(actual, kind, child.pid(), syscall, since);
  for (const auto& [name, value] : expected) all[name] = value;
  expect_fields(actual, all);
  EXPECT_EQ(0, child.wait()) << "the act failed";
  EXPECT_EQ(said_before + 1, sensor.alerts().size());
}

void expect_fields(const Fields& actual, const Fields& expected) {
  EXPECT_TRUE(expected.contains("header.kind"));
  for (const Shape& shape : kShapes) {
    if (!expected.contains("header.kind") || expected.at("header.kind") != std::to_string(shape.number)) continue;
    every_field_was_checked(shape.kind);
    for (const std::string& name : names_of(shape.kind)) {
      EXPECT_TRUE(expected.contains(name)) << "this test says nothing about " << name;
      EXPECT_TRUE(actual.contains(name)) << name << " was not printed";
    }
  }
  for (const auto& [name, value] : actual) {
    const auto found = expected.find(name);
    if (found != expected.end()) {
      EXPECT_EQ(found->second, value) << name;
    }
  }
}

}  // namespace picket::test
