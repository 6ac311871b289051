// SPDX-License-Identifier: Apache-2.0
//
// Which events wait for which hashes, and with what they go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "sensor/pipeline/engine.h"
#include "tests/support/compile.h"
#include "tests/support/memory_sink.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using nlohmann::json;
using test::compile_text;
using test::FakeNames;
using test::Record;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kStart = 1'000'000'000;
constexpr std::uint64_t kWait = 2'000'000'000;
constexpr std::uint32_t kSensorPid = 4711;

Sha256 sha256(std::uint8_t fill) {
  Sha256 all;
  all.fill(fill);
  return all;
}

class EngineHashes : public testing::Test {
 protected:
  // Rules of which `aa...` and `bb...` are the hashes.
  void use(std::string rules) {
    for (const char* digit : {"aa", "bb"}) {
      const std::string name = std::string("$") + digit;
      std::string all;
      for (int i = 0; i < 32; ++i) all += digit;
      for (std::size_t at = rules.find(name); at != std::string::npos; at = rules.find(name)) rules.replace(at, 3, all);
    }
    compiled_ = compile_text(rules);
    outputs_.emplace(Outputs(Host{"host", "b007"}, test::json_sinks(lines_)));
    engine_.emplace(compiled_.policy, processes_, containers_, names_, *outputs_,
                    HashingSettings{.wait_ns = kWait, .own_pid = kSensorPid, .ask = [this](HashRequest request) {
                                      asked_.push_back(std::move(request));
                                    }});
  }

  template <class Struct>
  Record<Struct> record(Kind kind, std::uint32_t pid) {
    Record<Struct> record(kind);
    record->header.process = pk_process_key(pid, kStart);
    record->header.time = ++time_;
    record->header.sequence = ++sequence_;
    record->header.tid = pid;
    return record;
  }

  void exec(std::uint32_t pid, std::string_view path, std::uint64_t inode, std::uint64_t ctime = 5,
            std::uint32_t parent = 0) {
    auto record = this->record<pk_exec>(Kind::exec, pid);
    record->header.syscall = 59;
    record->start_time = kStart;
    if (parent != 0) record->parent = pk_process_key(parent, kStart);
    record->inode = inode;
    record->device = 3;
    record->ctime = ctime;
    record.text(&pk_exec::path, path);
    path.substr(path.rfind('/') + 1).copy(record->comm.bytes, 15);
    engine_->on_record(record.bytes());
  }

  void open(std::uint32_t pid, std::string_view path, std::uint64_t inode, std::uint32_t file_mode = 1,
            std::uint32_t flags = 0) {
    auto record = this->record<pk_open>(Kind::open, pid);
    record->header.syscall = 257;
    record->header.flags = static_cast<std::uint16_t>(flags);
    record->inode = inode;
    record->device = 3;
    record->file_mode = file_mode;
    record->mode = S_IFREG | 0644;
    record.text(&pk_open::path, path);
    engine_->on_record(record.bytes());
  }

  void answer(std::size_t number, const FileHash& hash) {
    engine_->on_hash({asked_.at(number).ticket, asked_.at(number).file, hash});
  }

  std::vector<std::string> messages() const {
    std::vector<std::string> all;
    for (const json& line : lines_) all.push_back(line.value("message", ""));
    return all;
  }
  std::uint64_t missing(HashProblem problem) const {
    return engine_->hashes().missing[static_cast<std::size_t>(problem)];
  }

  std::vector<HashRequest> asked_;
  std::vector<json> lines_;
  std::uint64_t time_ = kStart, sequence_ = 0;
  Compiled compiled_;
  ProcessTable processes_;
  FakeNames names_;
  ContainerTable containers_;
  std::optional<Outputs> outputs_;
  std::optional<Engine> engine_;
};

constexpr const char* kKnownBad = R"(
- rule: Known
  desc: A program that is known
  condition: evt.type = execve and proc.exepath startswith /tmp and proc.exe_hash.sha256 = $aa
  output: ran %proc.exepath by %proc.pname
  priority: CRITICAL
)";

TEST_F(EngineHashes, TheEventWaitsForTheHash) {
  use(kKnownBad);
  exec(100, "/usr/bin/bash", 7);
  EXPECT_THAT(asked_, IsEmpty()) << "the path says no";
  exec(200, "/tmp/x", 8, 55, 100);
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_EQ(asked_[0].file, (FileIdentity{8, 55, 3}));
  EXPECT_EQ(asked_[0].pid, 200u);
  EXPECT_EQ(asked_[0].parent_pid, 100u);
  EXPECT_EQ(asked_[0].path, "/tmp/x");
  EXPECT_TRUE(asked_[0].ticket.executable);
  EXPECT_THAT(lines_, IsEmpty());
  answer(0, FileHash::known(sha256(0xaa)));
  EXPECT_THAT(messages(), ElementsAre("ran /tmp/x by bash"));
  const json hashes = lines_.at(0)["process"]["executable"]["hashes"];
  ASSERT_EQ(hashes.size(), 1u);
  EXPECT_EQ(hashes[0]["algorithm"], "SHA-256");
  EXPECT_EQ(hashes[0]["algorithm_id"], 3);
  EXPECT_EQ(hashes[0]["value"].get<std::string>().substr(0, 4), "aaaa");
  EXPECT_EQ(engine_->hashes().known, 1u);
  EXPECT_EQ(engine_->waiting_for_hashes(), 0u);
}

TEST_F(EngineHashes, AnotherHashIsNoMatch) {
  use(kKnownBad);
  exec(200, "/tmp/x", 8);
  answer(0, FileHash::known(sha256(0xbb)));
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(EngineHashes, WhatWasReadIsKnownWithoutAsking) {
  use(kKnownBad);
  exec(200, "/tmp/x", 8);
  answer(0, FileHash::known(sha256(0xaa)));
  exec(201, "/tmp/x", 8);
  EXPECT_EQ(asked_.size(), 1u);
  EXPECT_EQ(lines_.size(), 2u);
  exec(202, "/tmp/x", 8, 6);  // it has changed
  EXPECT_EQ(asked_.size(), 2u);
  exec(203, "/tmp/x", 9);  // it is another one
  EXPECT_EQ(asked_.size(), 3u);
}

// Until the file has been read, the process has become another program, and has ended.
TEST_F(EngineHashes, TheAlertShowsTheProcessAsItWas) {
  use(kKnownBad);
  exec(100, "/usr/bin/bash", 7);
  exec(200, "/tmp/x", 8, 5, 100);
  exec(200, "/usr/bin/ls", 9, 5, 100);
  answer(0, FileHash::known(sha256(0xaa)));
  EXPECT_THAT(messages(), ElementsAre("ran /tmp/x by bash"));
  EXPECT_EQ(lines_.at(0)["process"]["name"], "x");
  EXPECT_EQ(processes_.find(pk_process_key(200, kStart))->exe_hash.state, FileHash::State::Unasked)
      << "that of the other program";
}

TEST_F(EngineHashes, WithoutAnAnswerItGoesOn) {
  use(R"(
- rule: Unknown
  desc: A program that is not known
  condition: evt.type = execve and not proc.exe_hash.sha256 in ($aa)
  output: ran %proc.exepath %proc.exe_hash.sha256
  priority: CRITICAL
)");
  exec(200, "/tmp/x", 8);
  engine_->on_time(time_ + kWait - 1);
  EXPECT_THAT(lines_, IsEmpty());
  engine_->on_time(time_ + kWait);
  EXPECT_THAT(messages(), ElementsAre("ran /tmp/x <NA>"));
  EXPECT_FALSE(lines_.at(0)["process"]["executable"].contains("hashes"));
  EXPECT_EQ(missing(HashProblem::Late), 1u);
  answer(0, FileHash::known(sha256(0xaa)));  // late, and remembered all the same
  EXPECT_EQ(lines_.size(), 1u);
  exec(201, "/tmp/x", 8);
  EXPECT_EQ(asked_.size(), 1u);
  EXPECT_EQ(lines_.size(), 1u);

  exec(202, "/tmp/y", 9);
  answer(1, FileHash::missing(HashProblem::TooLarge));
  EXPECT_THAT(messages(), ElementsAre("ran /tmp/x <NA>", "ran /tmp/y <NA>"));
  EXPECT_EQ(missing(HashProblem::TooLarge), 1u);
}

TEST_F(EngineHashes, AnExecutableThatCannotBeHashedIsNotAskedForAgain) {
  use(R"(
- rule: Opened
  desc: By a program that is known
  condition: evt.type = openat and proc.exe_hash.sha256 = $aa
  output: opened %fd.name
  priority: CRITICAL
)");
  exec(200, "/tmp/x", 8);
  EXPECT_THAT(asked_, IsEmpty()) << "no rule looks at it when it is executed";
  open(200, "/etc/passwd", 20);
  answer(0, FileHash::missing(HashProblem::TooLarge));
  open(200, "/etc/passwd", 20);
  EXPECT_EQ(asked_.size(), 1u);
  exec(201, "/tmp/y", 9);
  open(201, "/etc/passwd", 20);
  answer(1, FileHash::missing(HashProblem::QueueFull));
  open(201, "/etc/passwd", 20);
  EXPECT_EQ(asked_.size(), 3u) << "there may be room now";
  answer(2, FileHash::known(sha256(0xaa)));
  open(201, "/etc/group", 20);
  EXPECT_EQ(asked_.size(), 3u);
  EXPECT_THAT(messages(), ElementsAre("opened /etc/passwd", "opened /etc/group"));
}

constexpr const char* kBoth = R"(
- rule: Both
  desc: Two hashes
  condition: evt.type = openat and proc.exe_hash.sha256 = $aa and file.hash.sha256 = $bb
  output: opened %fd.name
  priority: CRITICAL
)";

TEST_F(EngineHashes, OneHashAfterTheOther) {
  use(kBoth);
  exec(200, "/tmp/x", 8);
  open(200, "/tmp/data", 20);
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_TRUE(asked_[0].ticket.executable);
  answer(0, FileHash::known(sha256(0xaa)));
  ASSERT_EQ(asked_.size(), 2u);
  EXPECT_FALSE(asked_[1].ticket.executable);
  EXPECT_EQ(asked_[1].file, (FileIdentity{20, 0, 3}));
  EXPECT_EQ(asked_[1].path, "/tmp/data");
  EXPECT_THAT(lines_, IsEmpty());
  answer(1, FileHash::known(sha256(0xbb)));
  EXPECT_THAT(messages(), ElementsAre("opened /tmp/data"));
  EXPECT_EQ(lines_.at(0)["event"]["file_hashes"][0]["value"].get<std::string>().substr(0, 4), "bbbb");
}

TEST_F(EngineHashes, TheSecondIsNotReadWhenTheFirstDecides) {
  use(kBoth);
  exec(200, "/tmp/x", 8);
  open(200, "/tmp/data", 20);
  answer(0, FileHash::known(sha256(0xbb)));
  EXPECT_EQ(asked_.size(), 1u);
  EXPECT_EQ(engine_->waiting_for_hashes(), 0u);
}

constexpr const char* kFile = R"(
- rule: File
  desc: A file that is known
  condition: evt.type in (open, openat) and file.hash.sha256 = $bb
  output: opened %fd.name
  priority: CRITICAL
)";

TEST_F(EngineHashes, OnlyFilesWhoseContentIsSettledAreRead) {
  use(kFile);
  exec(200, "/bin/cat", 8);
  open(200, "/tmp/data", 20, 3);
  open(200, "/tmp/data", 20, 2);
  EXPECT_THAT(asked_, IsEmpty()) << "opened for writing";
  open(200, "data", 20, 1, PK_FLAG_path_truncated);
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_EQ(asked_[0].path, "");
  open(200, "/tmp/data", 20);
  EXPECT_EQ(asked_.size(), 2u);
  open(200, "/tmp/data", 20);
  EXPECT_EQ(asked_.size(), 3u) << "its content may have changed: nothing tells";
}

// The sensor opens what it hashes.
TEST_F(EngineHashes, NothingIsHashedForTheSensorItself) {
  use(kFile);
  open(kSensorPid, "/tmp/data", 20);
  EXPECT_THAT(asked_, IsEmpty());
  EXPECT_EQ(engine_->waiting_for_hashes(), 0u);
}

TEST_F(EngineHashes, OutputsAndKeysWaitOnlyForWhatMatches) {
  use(R"(
- rule: Opened
  desc: With the hash
  condition: evt.type = openat and fd.name startswith /etc/
  output: opened %fd.name %file.hash.sha256
  priority: INFO
  throttle: {per: proc.exe_hash.sha256, every: 1m}
)");
  exec(200, "/bin/cat", 8);
  open(200, "/tmp/data", 20);
  EXPECT_THAT(asked_, IsEmpty());
  open(200, "/etc/passwd", 21);
  ASSERT_EQ(asked_.size(), 2u);
  answer(0, FileHash::known(sha256(0xaa)));
  EXPECT_THAT(lines_, IsEmpty());
  answer(1, FileHash::known(sha256(0xbb)));
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(messages()[0].size(), std::string("opened /etc/passwd ").size() + kSha256Digits);
}

TEST_F(EngineHashes, WhenThereIsNoRoomEventsGoOnAndAreCounted) {
  use(kFile);
  exec(200, "/bin/cat", 8);
  for (int i = 0; i < 1030; ++i) open(200, "/tmp/data", 20);
  EXPECT_EQ(asked_.size(), 1024u);
  EXPECT_EQ(missing(HashProblem::NoRoom), 6u);
  engine_->finish();
  EXPECT_EQ(missing(HashProblem::Late), 1024u);
  EXPECT_EQ(engine_->waiting_for_hashes(), 0u);
}

TEST_F(EngineHashes, AnswersThatNobodyAskedForChangeNothing) {
  use(kFile);
  engine_->on_hash({});
  engine_->on_hash({{1, 2, 3, true}, {4, 5, 6}, FileHash::known(sha256(1))});
  exec(200, "/bin/cat", 8);
  open(200, "/tmp/data", 20);
  HashTicket other = asked_.at(0).ticket;
  ++other.sequence;
  engine_->on_hash({other, asked_[0].file, FileHash::known(sha256(0xbb))});
  EXPECT_THAT(lines_, IsEmpty());
  EXPECT_EQ(engine_->waiting_for_hashes(), 1u);
}

// Rules are found by their literals (rules/match/anchors.h): a hash is none of those, rare as it is.
TEST_F(EngineHashes, ManyRulesReadNoMore) {
  std::string rules;
  for (char digit = '0'; digit <= '9'; ++digit) {
    const std::string hash(kSha256Digits, digit), name(1, digit);
    rules += "- rule: file" + name + "\n  desc: d\n  condition: evt.type = openat and fd.name = /tmp/" + name +
             " and file.hash.sha256 = " + hash + "\n  output: file\n  priority: INFO\n";
    rules += "- rule: program" + name +
             "\n  desc: d\n  condition: evt.type = execve and proc.exe_hash.sha256 = " + hash +
             "\n  output: program\n  priority: INFO\n";
  }
  use(rules);
  exec(200, "/bin/x", 8);
  ASSERT_EQ(asked_.size(), 1u);
  answer(0, FileHash::known(sha256(0x77)));
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0]["rule"], "program7");
  open(200, "/etc/passwd", 20);
  EXPECT_EQ(asked_.size(), 1u);
  open(200, "/tmp/5", 21);
  ASSERT_EQ(asked_.size(), 2u);
  answer(1, FileHash::known(sha256(0x55)));
  ASSERT_EQ(lines_.size(), 2u);
  EXPECT_EQ(lines_[1]["rule"], "file5");
}

// A rule that holds for another reason needs no hash.
TEST_F(EngineHashes, OnlyWhatDecidesIsRead) {
  use(R"(
- rule: Either
  desc: A path or a hash
  condition: evt.type = execve and (proc.exepath = /tmp/bad or proc.exe_hash.sha256 in ($aa, $bb))
  output: ran %proc.exepath
  priority: CRITICAL
)");
  exec(200, "/tmp/bad", 8);
  EXPECT_THAT(asked_, IsEmpty());
  EXPECT_THAT(messages(), ElementsAre("ran /tmp/bad"));
  exec(201, "/tmp/x", 9);
  EXPECT_EQ(asked_.size(), 1u);
}

}  // namespace
}  // namespace picket
