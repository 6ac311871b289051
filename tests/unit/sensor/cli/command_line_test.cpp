// SPDX-License-Identifier: Apache-2.0
//
// What can be typed, with the exit code and the answer it gets. `run` on a kernel that can is tested in tests/kernel.
#include "sensor/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

namespace picket::cli {
namespace {

using testing::HasSubstr;

struct Outcome {
  ExitCode code;
  std::string output, errors;
};

Outcome type(std::vector<std::string> words) {
  words.insert(words.begin(), "picket");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const ExitCode code = command_line(static_cast<int>(arguments.size()), arguments.data());
  std::fflush(stdout);
  Outcome outcome{code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
  return outcome;
}

// A file with this text, in the test's own directory.
std::string file(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "picket-command-line-" + name;
  FILE* stream = std::fopen(path.c_str(), "w");
  std::fputs(text.c_str(), stream);
  std::fclose(stream);
  return path;
}

constexpr const char* kGoodRule = R"(
- rule: Shadow read
  desc: Somebody read the password hashes
  condition: open.path = /etc/shadow
  output: "%proc.name"
  priority: INFO
)";

TEST(CommandLine, EveryWrongWordIsAnsweredWithItsCode) {
  const std::string good = file("good.yaml", kGoodRule);
  const std::string broken = file("broken.yaml", "- rule: [\n");
  const std::string none = file("none.yaml", "- list: a\n  items: [b]\n");
  const std::string config = file("config.yaml", "ouput: {}\n");
  const std::string empty = file("empty.yaml", "");  // instead of one that is installed here
  const struct {
    std::vector<std::string> words;
    ExitCode code;
    std::string answer;  // on standard error
  } rows[] = {
      {{}, ExitCode::Usage, "subcommand"},
      {{"frobnicate"}, ExitCode::Usage, "subcommand"},
      {{"run", "--frobnicate"}, ExitCode::Usage, "--frobnicate"},
      {{"run", "--argv-limit", "lots"}, ExitCode::Usage, "--argv-limit: expected a number from 0 to 32768, got 'lots'"},
      {{"run", "--output", "xml"}, ExitCode::Usage, "--output: expected auto, json, human or off, got 'xml'"},
      {{"run", "--config", config}, ExitCode::Usage, "unknown setting 'ouput'"},
      {{"run", "--config", "/nonexistent"}, ExitCode::Usage, "cannot read the configuration"},
      {{"run", "--rules", broken}, ExitCode::Rules, "not YAML"},
      {{"run", "--rules", "/nonexistent.yaml"}, ExitCode::Rules, "/nonexistent.yaml: error: "},
      {{"run", "--config", empty, "--rules", none}, ExitCode::Rules, "no rule is enabled"},
      {{"run", "--config", empty, "--rules", good, "--output", "off"}, ExitCode::Failure, "alerts would go nowhere"},
      {{"run", "--config", empty, "--control", "run.sock"}, ExitCode::Usage, "--control: expected an absolute path"},
      {{"run", "--config", empty, "--rules-watch", "yes"}, ExitCode::Usage, "expected true or false, got 'yes'"},
      {{"reload", "--config", empty, "--control", "/nonexistent/sock"}, ExitCode::Failure, "no sensor runs there"},
      {{"record"}, ExitCode::Usage, "--output is required"},
      {{"record", "--output", "x", "--config", empty, "--kinds", "exec,opne"},
       ExitCode::Usage,
       "there is no kind of event 'opne'"},
      {{"record", "--output", "x", "--config", empty, "--kinds", "loss"}, ExitCode::Usage, "no kind of event 'loss'"},
      {{"record", "--output", "x", "--kinds", "exec", "--rules", good}, ExitCode::Usage, "--kinds excludes --rules"},
      {{"record", "--output", "x", "--config", empty, "--rules", broken}, ExitCode::Rules, "not YAML"},
      {{"replay", "x"}, ExitCode::Usage, "--rules is required"},
      {{"replay", "x", "--rules", good, "--output", "xml"}, ExitCode::Usage, "xml"},
      {{"replay", good, "--rules", broken}, ExitCode::Rules, "not YAML"},
      {{"replay", good, "--rules", good}, ExitCode::Failure, "is no recording of Picket"},
      {{"check"}, ExitCode::Usage, "PATH"},
      {{"fields", "--format", "xml"}, ExitCode::Usage, "xml"},
      {{"check", broken, good}, ExitCode::Rules, "not YAML"},
      {{"list", "tables", good}, ExitCode::Usage, "tables"},
      {{"list", "rules", broken}, ExitCode::Rules, "not YAML"},
      {{"explain", "Shadow raed", good},
       ExitCode::Usage,
       "there is no rule 'Shadow raed'; did you mean 'Shadow read'?"},
  };
  for (const auto& row : rows) {
    const Outcome outcome = type(row.words);
    EXPECT_EQ(static_cast<int>(outcome.code), static_cast<int>(row.code)) << testing::PrintToString(row.words);
    EXPECT_THAT(outcome.errors, HasSubstr(row.answer)) << testing::PrintToString(row.words);
  }
}

TEST(CommandLine, CheckCountsWhatIsRight) {
  const Outcome outcome = type({"check", file("right.yaml", kGoodRule)});
  EXPECT_EQ(outcome.code, ExitCode::Ok);
  EXPECT_EQ(outcome.output, "1 rules (1 enabled), 0 macros, 0 lists: all right\n");
  EXPECT_EQ(outcome.errors, "");
}

constexpr const char* kSeveral = R"(
- list: shells
  items: [sh, "a name"]
- macro: shell
  condition: >
    proc.name in
    (shells)
- rule: Shell
  desc: A shell
  condition: evt.type = execve and shell and evt.res = ENOENT
  output: "%fd.rip.name"
  priority: info
  tags: [host, T1059]
  enabled: false
)";

TEST(CommandLine, ItemsAreListed) {
  const std::string path = file("several.yaml", kSeveral);
  EXPECT_EQ(type({"list", "rules", path}).output, "Shell\tinfo\tdisabled\n");
  EXPECT_EQ(type({"list", "macros", path}).output, "shell\tproc.name in (shells)\n");
  EXPECT_EQ(type({"list", "lists", path}).output, "shells\tsh, a name\n");
}

TEST(CommandLine, ARuleIsExplained) {
  const std::string path = file("explained.yaml", kSeveral);
  const Outcome outcome = type({"explain", "Shell", path});
  EXPECT_EQ(outcome.code, ExitCode::Ok) << outcome.errors;
  EXPECT_EQ(outcome.output,
            "rule:             Shell (disabled)\n"
            "place:            " +
                path +
                ":8\n"
                "description:      A shell\n"
                "priority:         Informational\n"
                "tags:             T1059, host\n"
                "condition:        evt.type = execve and proc.name in (\"a name\", sh) and evt.res = ENOENT\n"
                "events:           exec\n"
                "also watched:     dns\n");
}

TEST(CommandLine, TheBuiltInRulesAreRight) {
  const Outcome outcome = type({"check", PICKET_SOURCE_DIR "/rules/builtin"});
  EXPECT_EQ(outcome.code, ExitCode::Ok) << outcome.errors;
}

TEST(CommandLine, HelpNamesEveryExitCode) {
  const Outcome outcome = type({"--help"});
  EXPECT_EQ(outcome.code, ExitCode::Ok);
#define EXIT_CODE(number, name, when) EXPECT_THAT(outcome.output, HasSubstr(when));
#include "sensor/cli/exit_codes.def"
#undef EXIT_CODE
}

TEST(CommandLine, FieldsAreListed) {
  const Outcome outcome = type({"fields"});
  EXPECT_EQ(outcome.code, ExitCode::Ok);
  EXPECT_THAT(outcome.output, HasSubstr("evt.type"));
  EXPECT_THAT(type({"fields", "--format", "markdown"}).output, testing::StartsWith("# Fields\n"));
}

TEST(CommandLine, VersionIsTheProjects) {
  EXPECT_THAT(type({"version"}).output, testing::MatchesRegex("picket [0-9.]+\n"));
}

}  // namespace
}  // namespace picket::cli
