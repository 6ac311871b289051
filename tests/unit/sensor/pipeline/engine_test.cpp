// SPDX-License-Identifier: Apache-2.0
//
// Records through the whole of user space: decode, process table, rules, JSON.
#include "sensor/pipeline/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rules/compile/compile.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using nlohmann::json;
using test::FakeNames;
using test::Record;

class MemorySink : public Sink {
 public:
  explicit MemorySink(std::vector<json>& lines) : lines_(lines) {}
  void write(std::string_view line) override { lines_.push_back(json::parse(line)); }
  void flush() override {}
  const SinkCounters& counters() const override { return counters_; }
  std::string_view name() const override { return "memory"; }

 private:
  std::vector<json>& lines_;
  SinkCounters counters_;
};

Compiled compile_text(const std::string& text) {
  policy::Documents documents;
  policy::load_text("test.yaml", text, documents);
  Compiled compiled = compile(documents);
  for (const auto& diagnostic : compiled.diagnostics) ADD_FAILURE() << render(diagnostic);
  return compiled;
}

class EngineTest : public testing::Test {
 protected:
  static Outputs outputs(std::vector<json>& lines) {
    std::vector<std::unique_ptr<Sink>> sinks;
    sinks.push_back(std::make_unique<MemorySink>(lines));
    return Outputs(Host{"host", "b007"}, std::move(sinks), {}, false);
  }

  Record<pk_exec> exec(std::uint32_t pid, pk_key parent, std::string_view path, std::string_view argv) {
    Record<pk_exec> record(Kind::exec);
    record->header.process = pk_process_key(pid, 1'000'000'000);
    record->header.time = ++time_;
    record->start_time = 1'000'000'000;
    record->parent = parent;
    record.text(&pk_exec::path, path).text(&pk_exec::argv, argv);
    const auto slash = path.rfind('/');
    path.substr(slash + 1).copy(record->comm.bytes, 15);
    return record;
  }

  Record<pk_open> open(std::uint32_t pid, std::string_view path) {
    Record<pk_open> record(Kind::open);
    record->header.process = pk_process_key(pid, 1'000'000'000);
    record->header.time = ++time_;
    record->file_mode = 1;
    record.text(&pk_open::path, path);
    return record;
  }

  std::uint64_t time_ = 2'000'000'000;
  std::vector<json> lines_;
  Compiled compiled_ = compile_text(R"(
- rule: Shadow read
  desc: Somebody read the password hashes
  condition: evt.type = openat and fd.name = /etc/shadow and not proc.name = sshd
  output: read %fd.name by %proc.name parent %proc.pname user %user.name
  priority: CRITICAL
  tags: [T1003.008]
)");
  Outputs outputs_ = outputs(lines_);
  ProcessTable processes_;
  FakeNames names_;
  ContainerTable containers_;
  Engine engine_{compiled_.policy, processes_, containers_, names_, outputs_};
};

TEST_F(EngineTest, AMatchingEventBecomesAnAlertWithItsProcess) {
  engine_.on_record(exec(100, 0, "/usr/bin/bash", {"bash\0", 5}).bytes());
  engine_.on_record(exec(200, pk_process_key(100, 1'000'000'000), "/usr/bin/cat", {"cat\0/etc/shadow\0", 16}).bytes());
  auto record = open(200, "/etc/shadow");
  record->header.syscall = 257;
  engine_.on_record(record.bytes());

  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0]["rule"], "Shadow read");
  EXPECT_EQ(lines_[0]["message"], "read /etc/shadow by cat parent bash user root");
  EXPECT_EQ(lines_[0]["process"]["pid"], 200);
  EXPECT_EQ(engine_.counters().events, 3u);
  EXPECT_EQ(engine_.counters().alerts, 1u);
}

TEST_F(EngineTest, ARingIsNoWayRoundARuleAboutACall) {
  auto record = open(200, "/etc/shadow");
  record->header.syscall = 426;  // io_uring_enter
  engine_.on_record(record.bytes());
  record->header.syscall = 85;  // creat: not the call the rule names
  engine_.on_record(record.bytes());
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0]["event"]["type"], "io_uring");
}

TEST_F(EngineTest, AnEventThatNoRuleWantsIsSilent) {
  engine_.on_record(open(200, "/etc/passwd").bytes());
  EXPECT_TRUE(lines_.empty());
}

TEST_F(EngineTest, MalformedRecordsAreCountedAndChangeNothing) {
  auto record = open(200, "/etc/shadow");
  record->path.size = 0xffffffff;
  engine_.on_record(record.bytes());
  engine_.on_record(record.bytes().first(7));
  EXPECT_EQ(engine_.counters().malformed, 2u);
  EXPECT_EQ(engine_.counters().events, 0u);
  EXPECT_EQ(processes_.size(), 0u);
}

TEST_F(EngineTest, LossIsReportedOncePerKindAndTick) {
  std::array<std::uint64_t, kKindEnd> lost{};
  lost[PK_open] = 7;
  engine_.tick(boot_clock(), lost);
  engine_.tick(boot_clock(), lost);
  lost[PK_open] = 10;
  engine_.tick(boot_clock(), lost);

  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(lines_[0]["schema"], "picket.event.v1");
  EXPECT_EQ(lines_[0]["event"]["kind"], "loss");
  EXPECT_EQ(lines_[0]["event"]["loss"]["count"], 7);
  EXPECT_EQ(lines_[1]["event"]["loss"]["count"], 3);
}

}  // namespace
}  // namespace picket
