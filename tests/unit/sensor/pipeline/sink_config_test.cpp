// SPDX-License-Identifier: Apache-2.0
//
// output.sinks: what is taken over, what each mistake is answered with, and what comes of the settings together.
#include "sensor/pipeline/sink_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "sensor/pipeline/config.h"
#include "sensor/pipeline/outputs.h"

namespace picket {
namespace {

using testing::HasSubstr;

// The first mistake, as it is shown; empty when there is none.
std::string mistake(const std::string& text, Config& config) {
  const auto diagnostics = read_config_text("picket.yaml", text, config);
  return diagnostics.empty() ? "" : render(diagnostics[0]);
}

std::string mistake(const std::string& text) {
  Config config;
  return mistake(text, config);
}

TEST(SinkConfig, TakesOverEveryKey) {
  Config config;
  ASSERT_EQ(mistake(R"(
output:
  sinks:
    - {type: stdout, format: human}
    - type: file
      path: /var/log/picket/shells.json
      name: shells
      format: ecs
      rules: [Shell*, Other]
      tags: mitre_discovery
      priority: warning
      only: alerts
      queue: 1M
)",
                    config),
            "");
  ASSERT_EQ(config.sinks.size(), 2u);
  EXPECT_EQ(config.sinks[0].type->name, "stdout");
  EXPECT_EQ(config.sinks[0].name, "stdout");
  EXPECT_EQ(config.sinks[0].format, "human");
  EXPECT_TRUE(config.sinks[0].filter.everything());
  EXPECT_FALSE(config.sinks[0].queue_bytes.has_value());
  const SinkConfig& file = config.sinks[1];
  EXPECT_EQ(file.name, "shells");
  EXPECT_EQ(file.format, "ecs");
  EXPECT_EQ(file.filter.rules, (std::vector<std::string>{"Shell*", "Other"}));
  EXPECT_EQ(file.filter.tags, std::vector<std::string>{"mitre_discovery"});
  EXPECT_EQ(file.filter.priority, Priority::Warning);
  EXPECT_TRUE(file.filter.alerts);
  EXPECT_FALSE(file.filter.others);
  EXPECT_EQ(file.queue_bytes, 1u << 20);
  EXPECT_EQ(file.settings.get("path"), "/var/log/picket/shells.json");
}

TEST(SinkConfig, AnswersEachMistakeWithItsPlace) {
  const std::string begin = "output:\n  sinks:\n    - ";
  const struct {
    std::string text, place, message;
  } cases[] = {
      {"{type: fiel, path: /a}", "3:14", "type: expected stdout"},
      {"{type: fiel, path: /a}", "3:14", "did you mean 'file'?"},
      {"{path: /a}", "3:7", "a sink needs a type"},
      {"{type: [file], path: /a}", "3:14", "a sink needs a type"},
      {"file", "3:7", "expected keys and values"},
      {"{type: file}", "3:7", "a sink of type file needs path"},
      {"{type: file, pth: /a}", "3:20", "a sink of type file has no 'pth'"},
      {"{type: file, pth: /a}", "3:20", "did you mean 'path'?"},
      {"{type: stdout, path: /a}", "3:22", "a sink of type stdout has no 'path'"},
      {"{type: file, path: a.json}", "3:26", "path: expected an absolute path, got 'a.json'"},
      {"{type: file, path: [/a]}", "3:26", "path: expected PATH"},
      {"{type: stdout, format: nativ}", "3:30", "did you mean 'native'?"},
      {"{type: stdout, priority: urgent}", "3:32", "priority: expected Emergency, Alert"},
      {"{type: stdout, only: all}", "3:28", "only: expected alerts or events, got 'all'"},
      {"{type: stdout, queue: 1}", "3:29", "queue: expected bytes from 64K to 1G, got '1'"},
      {"{type: stdout, rules: {a: b}}", "3:29", "rules: expected names of rules, or globs"},
      {"{type: stdout, name: }", "3:28", "name: expected a name"},
      {"{type: stdout}\n    - {type: stdout}", "4:7", "there is a sink named 'stdout' already"},
  };
  for (const auto& each : cases) {
    const std::string answer = mistake(begin + each.text + "\n");
    EXPECT_THAT(answer, HasSubstr("picket.yaml:" + each.place + ": error: ")) << each.text;
    EXPECT_THAT(answer, HasSubstr(each.message)) << each.text;
  }
  EXPECT_THAT(mistake("output: {sinks: file}\n"), HasSubstr("1:17: error: output.sinks: expected a list of sinks"));
  EXPECT_THAT(mistake("output: {sink: []}\n"), HasSubstr("did you mean 'output.sinks'?"));
  EXPECT_EQ(mistake("output: {sinks: }\n"), "");
}

// A type is made of a row: what is in it is told apart, and sinks cannot be made of less than it needs.
TEST(SinkConfig, TypesAreSound) {
  std::set<std::string_view> types;
  for (const SinkType& type : all_sink_types()) {
    EXPECT_TRUE(types.insert(type.name).second) << type.name;
    EXPECT_FALSE(type.doc.empty()) << type.name;
    std::set<std::string_view> keys = {"type", "name", "format", "rules", "tags", "priority", "only", "queue"};
    for (const SinkOption& option : type.options) {
      EXPECT_TRUE(keys.insert(option.key).second) << type.name << " " << option.key;
      EXPECT_FALSE(option.expects.empty() || option.doc.empty()) << type.name << " " << option.key;
      EXPECT_EQ(find_option(type, option.key), &option);
    }
  }
  EXPECT_EQ(find_sink_type("kafak"), nullptr);
}

TEST(SinkConfig, Kafka) {
  Config config;
  ASSERT_EQ(mistake(R"(
output:
  sinks:
    - type: kafka
      brokers: a:9092,b:9092
      key: container
      spool: {directory: /var/lib/picket/spool, size: 2G}
      properties:
        compression.type: lz4
        sasl: {mechanism: PLAIN}
)",
                    config),
            "");
  ASSERT_EQ(config.sinks.size(), 1u);
  const SinkSettings& settings = config.sinks[0].settings;
  EXPECT_EQ(settings.get("brokers"), "a:9092,b:9092");
  EXPECT_EQ(settings.get("spool.size"), "2G");
  EXPECT_EQ(settings.get("properties.compression.type"), "lz4");
  EXPECT_EQ(settings.get("properties.sasl.mechanism"), "PLAIN");

  const auto of = [](const std::string& keys) { return mistake("output: {sinks: [{type: kafka" + keys + "}]}\n"); };
  EXPECT_THAT(of(""), HasSubstr("a sink of type kafka needs brokers"));
  EXPECT_THAT(of(", brokers: a, topik: b"), HasSubstr("did you mean 'topic'?"));
  EXPECT_THAT(of(", brokers: a, topic: a b"), HasSubstr("a topic's name cannot have ' '"));
  EXPECT_THAT(of(", brokers: a, key: pid"), HasSubstr("expected one of host, container, process, rule, got 'pid'"));
  EXPECT_THAT(of(", brokers: a, spool: {mode: disk}"), HasSubstr("expected one of none, overflow, durable"));
}

TEST(SinkConfig, SinksThatGetInEachOthersWay) {
  const struct {
    std::string text, message;
  } cases[] = {
      {"output: {sinks: [{type: stdout}]}", ""},
      {"output: {stdout: off, sinks: [{type: stdout}]}", ""},
      {"output: {stdout: json, sinks: [{type: stdout}]}", "two sinks write to standard output"},
      {"output: {sinks: [{type: stdout}, {type: stdout, name: b}]}", "two sinks write to standard output"},
      {"output: {file: /a, sinks: [{type: file, path: /b}]}", ""},
      {"output: {file: /a, sinks: [{type: file, path: /a}]}", "two sinks write to the file /a"},
      {"output: {sinks: [{type: file, path: /a}, {type: file, path: /a, name: b}]}", "two sinks write to the file /a"},
  };
  for (const auto& each : cases) {
    Config config;
    EXPECT_EQ(mistake(each.text, config), "") << each.text;
    const auto error = contradiction(config);
    EXPECT_EQ(error ? error->message : "", each.message) << each.text;
  }
}

class OpenOutputs : public testing::Test {
 protected:
  OpenOutputs() { std::filesystem::create_directories(directory_); }
  ~OpenOutputs() override { std::filesystem::remove_all(directory_); }

  // The names of the sinks that come of it, or the error.
  std::string opened(const std::string& text) const {
    Config config;
    EXPECT_EQ(mistake(text, config), "");
    const auto outputs = open_outputs(config, {"host", "b007"});
    if (!outputs) return outputs.error().message;
    std::string names;
    for (const auto& sink : outputs->sinks()) names += (names.empty() ? "" : ", ") + sink->name();
    return names;
  }

  const std::string directory_ =
      (std::filesystem::temp_directory_path() / ("picket-sinks-" + std::to_string(getpid()))).string();
};

TEST_F(OpenOutputs, OldSettingsAreSinks) {
  const std::string a = directory_ + "/a", b = directory_ + "/b";
  EXPECT_EQ(opened("output: {stdout: json}"), "stdout");
  EXPECT_EQ(opened("{}"), "stdout") << "by itself";
  EXPECT_EQ(opened("output: {stdout: off, file: " + a + "}"), "file " + a);
  EXPECT_EQ(opened("output: {file: " + a + ", sinks: [{type: file, path: " + b + ", name: b}]}"),
            "stdout, file " + a + ", b");
  EXPECT_EQ(opened("output: {sinks: [{type: stdout, name: it}]}"), "it") << "not twice";
  EXPECT_THAT(opened("output: {stdout: off}"), HasSubstr("alerts would go nowhere"));
  EXPECT_THAT(opened("output: {file: /nonexistent/a}"), HasSubstr("cannot write to /nonexistent/a"));
}

TEST_F(OpenOutputs, FormatsAndQueuesAsTheyAreAskedFor) {
  Config config;
  const std::string a = directory_ + "/a", b = directory_ + "/b";
  ASSERT_EQ(mistake("output: {stdout: human, format: falco, sinks: [{type: file, path: " + a +
                        "}, {type: file, path: " + b + ", format: ecs, queue: 100K}]}",
                    config),
            "");
  const auto outputs = open_outputs(config, {"host", "b007"});
  ASSERT_TRUE(outputs);
  const auto sinks = outputs->sinks();
  ASSERT_EQ(sinks.size(), 3u);
  EXPECT_EQ(sinks[0]->traits().format, nullptr);
  EXPECT_EQ(sinks[1]->traits().format->name, "falco") << "that of output.format";
  EXPECT_EQ(sinks[1]->traits().queue_bytes, 0u) << "files have none unless they are given one";
  EXPECT_EQ(sinks[2]->traits().format->name, "ecs");
  EXPECT_EQ(sinks[2]->traits().queue_bytes, 102'400u);
}

}  // namespace
}  // namespace picket
