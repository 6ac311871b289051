// SPDX-License-Identifier: Apache-2.0
//
// The same rules over the same events say the same, wherever they are: in a sensor (a replay of a recording is one),
// and in picket central, which has nothing but the JSON that a sensor wrote.
#include "sensor/pipeline/replay.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sensor/central/member.h"
#include "sensor/recording/writer.h"
#include "tests/support/compile.h"
#include "tests/support/happening.h"
#include "tests/support/memory_sink.h"
#include "tests/support/temporary_directory.h"

namespace picket::central {
namespace {

using nlohmann::json;

// Every event, with its outcome.
constexpr const char* kEverything = R"(
- rule: everything
  desc: d
  condition: evt.num >= 0
  output: "%evt.res"
  priority: DEBUG
)";

constexpr const char* kRules = R"(
- rule: logs of containers
  desc: d
  condition: evt.type = openat and fd.name startswith /var/log/syslog1 and container.id != host
  output: "%evt.time %fd.name %proc.name %proc.pname %proc.aname[2] %user.name %container.name %container.id"
  priority: INFO
- rule: succeeded
  desc: d
  condition: evt.type = openat and fd.name = /etc/shadow and evt.res = SUCCESS
  output: "%proc.cmdline %proc.pcmdline %evt.res %fd.num %user.name %user.shell %proc.pid %proc.duration"
  priority: WARNING
- rule: connections
  desc: d
  condition: evt.type = connect and fd.sport = 443 and fd.snet = "10.0.0.0/29"
  output: "%fd.name %fd.sip %proc.exepath %group.name %user.loginname %evt.rawtime"
  priority: INFO
- rule: programs
  desc: d
  condition: evt.type = execve and proc.name in (bash, nginx) and proc.args contains value
  output: "%proc.exeline %proc.cwd %proc.vpid %proc.ppid %evt.arg.filename"
  priority: INFO
  throttle: {max: 3, every: 10ms, per: [proc.name]}
- rule: many notes
  desc: d
  condition: evt.type = openat and fd.directory startswith /home/user
  output: "%fd.nameraw %proc.name"
  priority: INFO
  threshold: {count: 3, within: 1s, by: [proc.pid]}
- rule: tmp
  desc: d
  condition: evt.type = openat and fd.name startswith /tmp/cache/1
  output: o
  priority: INFO
  enabled: false
- rule: tmp, then a connection
  desc: d
  condition: evt.type = connect and fd.sport < 1100
  output: "%fd.name %proc.name"
  priority: NOTICE
  sequence: {after: [tmp], by: process, within: 1s}
- rule: ends
  desc: d
  condition: evt.type = procexit and user.uid != 0
  output: "%proc.name %user.uid"
  priority: INFO
)";

class CentralReplay : public testing::Test {
 protected:
  void record() const {
    auto writer = RecordingWriter::create(recording_, {.host_name = "host",
                                                       .boot_id = "b0070000000000000000000000000000",
                                                       .kernel = "6.12",
                                                       .picket = "0.1",
                                                       .container_wait = 2'000'000'000,
                                                       .hash_wait = 2'000'000'000,
                                                       .max_processes = 65536,
                                                       .wall_clock_offset = 1'785'000'000'000'000'000});
    ASSERT_TRUE(writer) << writer.error().message;
    test::happen(**writer, KindSet::all());
    ASSERT_EQ("", (*writer)->failure());
  }

  // The lines that a sensor with these rules wrote.
  std::vector<std::string> replay(const char* rules, const char* name) const {
    Config config;
    config.standard_output = StandardOutput::Off;
    config.file = root_ + "/" + name;
    const auto report = picket::replay(recording_, test::compile_some(rules).policy, config);
    EXPECT_TRUE(report) << report.error().message;
    std::vector<std::string> lines;
    std::ifstream file(config.file);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  // What is the same in both: alerts, but for what says where and as which they were evaluated.
  struct Alerts {
    std::map<std::string, std::vector<json>> by_process;  // in order
    std::map<std::string, std::size_t> by_rule;

    void add(json alert) {
      if (!alert.contains("rule")) return;  // a notice
      ++by_rule[alert["rule"]];
      for (const char* own : {"id", "number"}) alert.erase(own);
      by_process[alert["process"]["id"].dump()].push_back(std::move(alert));
    }
  };

  test::TemporaryDirectory temporary_;
  const std::string root_ = temporary_.path();
  const std::string recording_ = root_ + "/recording";
};

TEST_F(CentralReplay, SaysWhatTheSensorSaid) {
  record();
  Alerts there;
  for (const std::string& line : replay(kRules, "there.json")) there.add(json::parse(line));

  const Policy policy = test::compile_some(kRules).policy;
  std::vector<json> lines;
  const Host host{"central-1", "cccccccccccccccccccccccccccccccc"};
  Outputs outputs(host, test::json_sinks(lines));
  Evaluation evaluation(policy, "picket.alerts", host, outputs);
  volatile std::sig_atomic_t stop = 0;
  Member member(evaluation, outputs, stop);
  std::int64_t offset = 0;
  for (const std::string& line : replay(kEverything, "everything.json")) member.take({0, offset++, line});
  outputs.flush();
  Alerts here;
  for (json& line : lines) here.add(std::move(line));

  EXPECT_EQ(here.by_rule, there.by_rule);
  EXPECT_EQ(there.by_rule.size() + 1, policy.rules.size())
      << "every rule found something, but for the one that is a step";
  EXPECT_GT(evaluation.events(), 20'000u);
  ASSERT_EQ(here.by_process.size(), there.by_process.size());
  for (const auto& [process, alerts] : there.by_process) EXPECT_EQ(here.by_process[process], alerts) << process;
}

}  // namespace
}  // namespace picket::central
