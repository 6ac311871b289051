// SPDX-License-Identifier: Apache-2.0
//
// A replay writes what was written live, byte for byte, and so does the next one.
#include "sensor/pipeline/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sensor/pipeline/driver.h"
#include "sensor/pipeline/outputs.h"
#include "sensor/recording/writer.h"
#include "tests/support/compile.h"
#include "tests/support/happening.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using test::compile_text;
using test::happen;

constexpr const char* kRules = R"(
- rule: Logs
  desc: d
  condition: evt.type = openat and fd.name startswith /var/log/syslog1 and container.id != host
  output: "%evt.num %evt.time %fd.name %proc.name %proc.pname %user.name %container.name"
  priority: INFO
- rule: Shadow
  desc: d
  condition: evt.type = openat and fd.name = /etc/shadow and evt.res = SUCCESS
  output: "%evt.num %proc.cmdline %evt.res %user.name %user.shell"
  priority: INFO
- rule: Container
  desc: d
  condition: evt.type = container
  output: "%container.id %container.name"
  priority: INFO
)";

constexpr const char* kConnectRule = R"(
- rule: Connect
  desc: d
  condition: evt.type = connect and fd.sport = 443 and fd.sip = 10.0.0.7
  output: "%evt.num %fd.name %proc.exepath %group.name"
  priority: INFO
)";

// What was live: a driver whose names are told as a replay's are.
class Live final : public Driver {
 public:
  Live(const Policy& policy, RecordedNames& names, Outputs& outputs, HashingSettings hashing = {})
      : Driver(policy, 65536, {.reads_state = false}, names, outputs, std::move(hashing)), names_(names) {}
  void forget_names() override { names_.clear(); }
  void user(std::uint32_t id, const Account& account) override { names_.add_user(id, account); }
  void group(std::uint32_t id, const Account& account) override { names_.add_group(id, account); }

 private:
  RecordedNames& names_;
};

class Replay : public testing::Test {
 protected:
  Replay() { std::filesystem::create_directories(directory_); }
  ~Replay() override { std::filesystem::remove_all(directory_); }

  std::string text(const std::string& name) const {
    std::ifstream file(directory_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Config config(const std::string& name) const {
    Config config;
    config.standard_output = StandardOutput::Off;
    config.file = directory_ / name;
    return config;
  }
  // The output of a sensor with these rules, which is sent what they need.
  std::string live(const Policy& policy) const {
    KindSet kinds = policy.kinds | KindSet{Kind::fork, Kind::exec, Kind::exit, Kind::cgroup_mkdir, Kind::cgroup_rmdir};
    if (!policy.results.empty()) kinds = kinds | KindSet{Kind::result};
    auto outputs = open_outputs(config("live.json"), {"host", "b007"});
    RecordedNames names;
    Live driver(policy, names, *outputs);
    happen(driver, kinds);
    outputs->flush();
    return text("live.json");
  }
  void record() const {
    auto writer = RecordingWriter::create(recording_, {.host_name = "host",
                                                       .boot_id = "b007",
                                                       .kernel = "6.12",
                                                       .picket = "0.1",
                                                       .container_wait = 2'000'000'000,
                                                       .hash_wait = 2'000'000'000,
                                                       .max_processes = 65536});
    ASSERT_TRUE(writer) << writer.error().message;
    happen(**writer, KindSet::all());
    EXPECT_EQ("", (*writer)->failure());
  }
  ReplayReport replay(const Policy& policy, const std::string& name) const {
    auto report = picket::replay(recording_, policy, config(name));
    EXPECT_TRUE(report) << report.error().message;
    return report ? *report : ReplayReport{};
  }

  const std::filesystem::path directory_ = testing::TempDir() + "picket-replay-" + std::to_string(getpid());
  const std::string recording_ = directory_ / "recording";
};

TEST_F(Replay, WritesWhatWasWrittenLive) {
  record();
  const Compiled compiled = compile_text(kRules);
  const std::string live = this->live(compiled.policy);
  const ReplayReport report = replay(compiled.policy, "one.json");
  EXPECT_TRUE(report.end.whole) << report.end.reason;
  EXPECT_EQ(12u, report.lost);
  EXPECT_GT(report.alerts, 30u);
  EXPECT_EQ(report.alerts + 2, static_cast<std::size_t>(std::count(live.begin(), live.end(), '\n')))
      << "and a policy event, and a loss event";
  EXPECT_TRUE(live == text("one.json")) << text("one.json").substr(0, 4000);
  replay(compiled.policy, "two.json");
  EXPECT_TRUE(live == text("two.json"));
  for (const char* seen : {"\"web\"", "\"lost_kind\"", "admin", "SUCCESS"}) {
    EXPECT_NE(std::string::npos, live.find(seen)) << seen;
  }
}

// A sensor with these rules would not have been sent the rest: neither numbers nor flags may tell that it was there.
TEST_F(Replay, OfEverythingOnlyWhatTheRulesNeedCounts) {
  record();
  const Compiled compiled = compile_text(kConnectRule);
  const std::string live = this->live(compiled.policy);
  const ReplayReport report = replay(compiled.policy, "one.json");
  EXPECT_GT(report.alerts, 0u);
  EXPECT_TRUE(live == text("one.json")) << text("one.json").substr(0, 4000);
}

// Some files are read at once, some late, some never: a replay, which has none of them, has the answers.
TEST_F(Replay, HashesAreWhatTheyWereLive) {
  const Compiled compiled = compile_text(R"(
- rule: Hashed
  desc: d
  condition: evt.type in (execve, openat) and not proc.exe_hash.sha256 startswith 03
  output: "%evt.num %evt.time %proc.exepath %proc.exe_hash.sha256 %fd.name"
  priority: INFO
- rule: Sensor
  desc: d
  condition: evt.type = openat and file.hash.sha256 startswith 0
  output: "%evt.num %fd.name"
  priority: INFO
)");
  std::vector<HashRequest> asked;
  auto outputs = open_outputs(config("live.json"), {"host", "b007"});
  RecordedNames names;
  Live driver(compiled.policy, names, *outputs,
              {.own_pid = 99, .ask = [&asked](HashRequest request) { asked.push_back(std::move(request)); }});
  auto writer = RecordingWriter::create(recording_, {.host_name = "host",
                                                     .boot_id = "b007",
                                                     .kernel = "6.12",
                                                     .picket = "0.1",
                                                     .hash_wait = 2'000'000'000,
                                                     .own_pid = 99,
                                                     .max_processes = 65536});
  ASSERT_TRUE(writer) << writer.error().message;
  const auto both = [&](auto call) {
    call(static_cast<Inputs&>(driver));
    call(static_cast<Inputs&>(**writer));
  };
  std::uint64_t time = 1'000'000'000;
  for (std::uint32_t i = 0; i < 600; ++i, time += 10'000'000) {
    test::Record<pk_exec> exec(Kind::exec);
    test::Record<pk_open> open(Kind::open);
    for (pk_header* header : {&exec->header, &open->header}) {
      header->process = pk_process_key(i % 3 == 0 ? 99 : 100 + i, 1'000'000'000);
      header->time = time;
      header->sequence = header == &exec->header ? 2 * i : 2 * i + 1;
      header->syscall = header == &exec->header ? 59 : 257;
    }
    exec->inode = 5 + i % 7;
    exec->ctime = 1 + i / 100;
    exec.text(&pk_exec::path, "/bin/x" + std::to_string(i));
    open->inode = 500 + i % 5;
    open->file_mode = 1;
    open->mode = 0100644;
    open.text(&pk_open::path, "/tmp/y" + std::to_string(i));
    both([&](Inputs& to) { to.record(exec.bytes()); });
    both([&](Inputs& to) { to.record(open.bytes()); });
    if (i % 4 == 0) {
      for (const HashRequest& request : std::exchange(asked, {})) {
        if (request.ticket.sequence % 11 == 0) continue;
        Sha256 sha256{};
        sha256[0] = static_cast<std::uint8_t>(request.file.inode % 16);
        const bool known = request.ticket.sequence % 7 != 0;
        const FileHash hash = known ? FileHash::known(sha256) : FileHash::missing(HashProblem::Gone);
        both([&](Inputs& to) { to.hash({request.ticket, request.file, hash}); });
      }
    }
    both([&](Inputs& to) { to.time(time); });
  }
  both([&](Inputs& to) { to.finish(); });
  outputs->flush();
  const std::string live = text("live.json");
  const HashCounters& hashes = driver.engine().hashes();
  EXPECT_GT(hashes.known, 20u);
  EXPECT_GT(hashes.missing[static_cast<std::size_t>(HashProblem::Gone)], 5u);
  EXPECT_GT(hashes.missing[static_cast<std::size_t>(HashProblem::Late)], 5u);
  const ReplayReport report = replay(compiled.policy, "one.json");
  EXPECT_TRUE(report.end.whole) << report.end.reason;
  EXPECT_GT(report.alerts, 200u);
  EXPECT_TRUE(live == text("one.json")) << text("one.json").substr(0, 4000);
}

TEST_F(Replay, OfARecordingThatEndsEarlyUpToThere) {
  record();
  const Compiled compiled = compile_text(kRules);
  const ReplayReport whole = replay(compiled.policy, "whole.json");
  std::filesystem::resize_file(recording_, std::filesystem::file_size(recording_) / 2);
  const ReplayReport half = replay(compiled.policy, "half.json");
  EXPECT_FALSE(half.end.whole);
  EXPECT_GT(half.records, 0u);
  EXPECT_LT(half.records, whole.records);
  const std::string first = text("half.json");
  // But for what waited when it ended.
  EXPECT_EQ(first.substr(0, first.size() / 2), text("whole.json").substr(0, first.size() / 2));
}

}  // namespace
}  // namespace picket
