// SPDX-License-Identifier: Apache-2.0
//
// Configuration files: what is taken over, and what each mistake is answered with.
#include "sensor/pipeline/config.h"

#include <gtest/gtest.h>

#include <set>

namespace picket {
namespace {

TEST(Config, TakesOverEverySetting) {
  Config config;
  const auto diagnostics = read_config_text("picket.yaml", R"(
rules: [/a.yaml, /b]
output: {stdout: human, format: ocsf, file: /var/log/picket/alerts.json}
sensor:
  argv_limit: 100
  env: [LD_PRELOAD, LD_AUDIT]
  ring_bytes: 1048576
  max_processes: 2048
enforcement: {mode: audit, dead_man: 2m}
metrics: {listen: "[::1]:9765", kernel: true}
policy:
  trusted_keys: [/etc/picket/a.pub, b.pub]
  signature: s.sig
  record: r
)",
                                            config);
  for (const auto& diagnostic : diagnostics) ADD_FAILURE() << render(diagnostic);
  EXPECT_EQ(config.rules, (std::vector<std::string>{"/a.yaml", "/b"}));
  EXPECT_EQ(config.standard_output, StandardOutput::Human);
  EXPECT_EQ(config.format->name, "ocsf");
  EXPECT_EQ(config.file, "/var/log/picket/alerts.json");
  EXPECT_EQ(config.argv_limit, 100u);
  EXPECT_EQ(config.env, (std::vector<std::string>{"LD_PRELOAD", "LD_AUDIT"}));
  EXPECT_EQ(config.ring_bytes, 1u << 20);
  EXPECT_EQ(config.max_processes, 2048u);
  EXPECT_EQ(config.mode, Mode::Audit);
  ASSERT_TRUE(config.metrics_listen);
  EXPECT_EQ(config.metrics_listen->text, "[::1]:9765");
  EXPECT_TRUE(config.metrics_kernel);
  EXPECT_EQ(config.dead_man_seconds, 120u);
  EXPECT_EQ(config.trusted_keys, (std::vector<std::string>{"/etc/picket/a.pub", "b.pub"}));
  EXPECT_EQ(config.policy_signature, "s.sig");
  EXPECT_EQ(config.policy_record, "r");
}

// Whatever is wrong, and wherever: what is said of it never has the value of a secret.
TEST(Config, NoMistakeShowsASecret) {
  constexpr const char* kTexts[] = {
      "password: hunter2\n",
      "output: {file: [x], sinks: [{type: kafka, properties: {sasl.password: hunter2}}]}\n",
      "output:\n  sinks:\n    - {type: kafka, properties: {sasl.password: hunter2}, bogus: 1}\n",
      "output:\n  sinks:\n    - type: kafka\n      sasl.password: hunter2\n",
      "output:\n  sinks:\n    - type: kafka\n      properties:\n        sasl.password: [hunter2]\n",
      "output:\n  sinks:\n    - type: kafka\n      properties:\n        SSL.Key.Password:\n\n          - hunter2\n",
      "output:\n  sinks:\n    - type: kafka\n      properties:\n        sasl.password:\n        - hunter2\n",
      "output:\n  sinks:\n    - type: kafka\n      properties:\n        ssl.key.pem:\n          a: b\n          "
      "hunter2: c\n",
      "output:\n  sinks:\n    - type: kafka\n      properties:\n        sasl.password: \"hunter2\n",
      "output:\n  sinks:\n    - type: kafka\n      sasl.oauthbearer.client.secret: {hunter2: [}\n",
  };
  for (const char* const text : kTexts) {
    Config config;
    const auto diagnostics = read_config_text("picket.yaml", text, config);
    EXPECT_FALSE(diagnostics.empty()) << text;
    for (const auto& diagnostic : diagnostics) {
      const std::string shown = render(diagnostic);
      EXPECT_EQ(shown.find("hunter2"), std::string::npos) << text << "is answered with\n" << shown;
      EXPECT_GT(diagnostic.where.line, 0u) << text;
    }
  }
}

// Lines beside a secret are still quoted.
TEST(Config, OtherLinesAreQuoted) {
  Config config;
  const auto diagnostics = read_config_text(
      "picket.yaml",
      "output:\n  sinks:\n    - type: kafka\n      sasl.password: x\n      brokers: y\n      topics: z\n", config);
  ASSERT_EQ(diagnostics.size(), 2u);
  EXPECT_EQ(diagnostics[1].source_line, "      topics: z");
}

TEST(Config, EmptyFileKeepsTheDefaults) {
  Config config;
  EXPECT_TRUE(read_config_text("picket.yaml", "# nothing\n", config).empty());
  EXPECT_EQ(config.rules, Config{}.rules);
  EXPECT_EQ(config.format->name, "native");
}

TEST(Config, EveryFormatIsOffered) {
  std::string names;
  for (const Format& format : all_formats()) names += (names.empty() ? "" : "|") + std::string(format.name);
  for (const Option& option : all_options()) {
    if (option.name != "output.format") continue;
    EXPECT_EQ(option.expects, names);
  }
}

TEST(Config, MistakesAreSaidWithTheirPlace) {
  struct Row {
    const char* text;
    const char* expected;
  };
  const Row rows[] = {
      {"ouput:\n  file: x\n",
       "c.yaml:1:1: error: unknown setting 'ouput'\n"
       "    1 | ouput:\n"
       "      | ^~~~~\n"},
      {"output:\n  fil: x\n",
       "c.yaml:2:3: error: unknown setting 'output.fil'\n"
       "    2 |   fil: x\n"
       "      |   ^~~\n"
       "hint: did you mean 'output.file'?\n"},
      {"metrics: {listen: localhost:9765}\n",
       "c.yaml:1:19: error: metrics.listen: expected off, or ADDRESS:PORT with a number as address, got "
       "'localhost:9765'\n"
       "    1 | metrics: {listen: localhost:9765}\n"
       "      |                   ^~~~~~~~~~~~~~\n"
       "hint: 127.0.0.1:9765, or [::1]:9765\n"},
      {"metrics.listen: 127.0.0.1:0\n",
       "c.yaml:1:17: error: metrics.listen: expected off, or ADDRESS:PORT with a number as address, got "
       "'127.0.0.1:0'\n"
       "    1 | metrics.listen: 127.0.0.1:0\n"
       "      |                 ^~~~~~~~~~~\n"
       "hint: 127.0.0.1:9765, or [::1]:9765\n"},
      {"metrics: {lissen: off}\n",
       "c.yaml:1:11: error: unknown setting 'metrics.lissen'\n"
       "    1 | metrics: {lissen: off}\n"
       "      |           ^~~~~~\n"
       "hint: did you mean 'metrics.listen'?\n"},
      {"sensor: {argv_limit: lots}\n",
       "c.yaml:1:22: error: sensor.argv_limit: expected a number from 0 to 32768, got 'lots'\n"
       "    1 | sensor: {argv_limit: lots}\n"
       "      |                      ^~~~\n"},
      {"sensor:\n  ring_bytes: 1000000\n",
       "c.yaml:2:15: error: sensor.ring_bytes: expected a power of two from 262144 to 1073741824, got '1000000'\n"
       "    2 |   ring_bytes: 1000000\n"
       "      |               ^~~~~~~\n"},
      {"output: {stdout: xml}\n",
       "c.yaml:1:18: error: output.stdout: expected auto, json, human or off, got 'xml'\n"
       "    1 | output: {stdout: xml}\n"
       "      |                  ^~~\n"},
      {"output: {format: ocfs}\n",
       "c.yaml:1:18: error: output.format: expected native, falco, ocsf or ecs, got 'ocfs'\n"
       "    1 | output: {format: ocfs}\n"
       "      |                  ^~~~\n"
       "hint: did you mean 'ocsf'?\n"},
      {"rules: {a: b}\n",
       "c.yaml:1:8: error: rules: expected a list of PATH\n"
       "    1 | rules: {a: b}\n"
       "      |        ^\n"},
      {"policy: {trusted_keys: ['']}\n",
       "c.yaml:1:25: error: policy.trusted_keys: expected a path, got ''\n"
       "    1 | policy: {trusted_keys: ['']}\n"
       "      |                         ^\n"},
      {"output: 3\n",
       "c.yaml:1:9: error: expected keys and values below 'output'\n"
       "    1 | output: 3\n"
       "      |         ^\n"},
  };
  for (const Row& row : rows) {
    Config config;
    std::string text;
    for (const auto& diagnostic : read_config_text("c.yaml", row.text, config)) text += render(diagnostic);
    EXPECT_EQ(text, row.expected) << row.text;
  }
}

TEST(Config, TheTimerAndWhatOutlivesTheSensor) {
  const struct {
    const char* text;
    std::uint32_t seconds;
    bool contradicts;
  } rows[] = {
      {"{}", 60, false},
      {"enforcement: {dead_man: 30s}", 30, false},
      {"enforcement: {dead_man: off}", 0, false},
      {"enforcement: {persistent: true}", 0, false},
      {"enforcement: {persistent: true, dead_man: off}", 0, false},
      {"enforcement: {persistent: true, dead_man: 60s}", 0, true},
      {"enforcement: {persistent: false, dead_man: 1h}", 3600, false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.text);
    Config config;
    EXPECT_TRUE(read_config_text("c.yaml", row.text, config).empty());
    EXPECT_EQ(row.seconds, dead_man_seconds(config));
    EXPECT_EQ(row.contradicts, contradiction(config).has_value());
  }
  Config config;
  EXPECT_EQ(1u, read_config_text("c.yaml", "enforcement: {persistent: perhaps}", config).size());
}

TEST(Config, NotYamlIsAnErrorWithItsLine) {
  Config config;
  const auto diagnostics = read_config_text("c.yaml", "rules: [a\noutput: }\n", config);
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0].where.line, 2u);
  EXPECT_TRUE(diagnostics[0].message.starts_with("not YAML: ")) << diagnostics[0].message;
}

TEST(Config, UnreadableFileIsAnError) {
  Config config;
  const auto diagnostics = read_config_file("/nonexistent/picket.yaml", config);
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(render(diagnostics[0]),
            "/nonexistent/picket.yaml: error: cannot read the configuration: No such file or directory\n");
  EXPECT_EQ(read_config_file("/", config).size(), 1u);
  EXPECT_EQ(read_config_file("/dev/zero", config).size(), 1u);
}

TEST(Config, OptionNamesAndFlagsAreDistinct) {
  std::set<std::string_view> names;
  for (const Option& option : all_options()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_TRUE(names.insert(option.flag).second) << option.flag;
  }
}

}  // namespace
}  // namespace picket
