// SPDX-License-Identifier: Apache-2.0
//
// What is written is read; of a file that is cut off or damaged, what was whole.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "sensor/recording/reader.h"
#include "sensor/recording/writer.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using testing::HasSubstr;

// Each call as a line of text.
class Calls final : public Inputs {
 public:
  explicit Calls(bool read = false) : read_(read) {}
  void record(std::span<const std::byte> bytes) override { add("record ", text(bytes)); }
  void snapshot(std::span<const std::byte> bytes) override { add("snapshot ", text(bytes)); }
  void begin_reading(std::uint64_t time) override { add("begin_reading ", time); }
  void confirm(std::span<const std::byte> bytes) override { add("confirm ", text(bytes)); }
  void retire(std::uint64_t time) override { add("retire ", time); }
  void cgroup(std::uint64_t id, std::string_view path, std::uint64_t time) override {
    add("cgroup ", id, ' ', path, ' ', time);
  }
  void answer(const Resolver::Answer& answer) override {
    const Container& c = answer.container;
    add("answer ", answer.serial, answer.is_container, int(c.runtime), int(c.metadata), ' ', c.full_id, ' ', c.name,
        ' ', c.image.name, ' ', c.pod.name, ' ', c.created, ' ', c.labels.size(), ' ',
        c.labels.empty() ? "" : c.labels[0].second, ' ', c.mounts.empty() ? "" : c.mounts[0].source, ' ',
        c.privileged ? int(*c.privileged) : -1, ' ', answer.problem ? int(*answer.problem) : -1);
  }
  void hash(const HashAnswer& answer) override {
    add("hash ", answer.ticket.sequence, ' ', answer.ticket.time, ' ', answer.ticket.cpu, answer.ticket.executable, ' ',
        answer.file.inode, ' ', answer.file.ctime, ' ', answer.file.device, ' ', int(answer.hash.state),
        int(answer.hash.problem), ' ', int(answer.hash.sha256[0]), ' ', int(answer.hash.sha256[31]));
  }
  void time(std::uint64_t time) override { add("time ", time); }
  void loss(Kind kind, std::uint64_t count, std::uint64_t since, std::uint64_t until) override {
    add("loss ", kind_name(kind), ' ', count, ' ', since, ' ', until);
  }
  void tick(std::uint64_t time, std::int64_t offset) override { add("tick ", time, ' ', offset); }
  void forget_names() override { add("forget_names"); }
  void user(std::uint32_t id, const Account& account) override {
    add("user ", id, ' ', account.name, ' ', account.home, ' ', account.shell);
  }
  void group(std::uint32_t id, const Account& account) override { add("group ", id, ' ', account.name); }
  void ready(std::uint64_t time, bool observe_only) override { add("ready ", time, ' ', observe_only); }
  void finish() override { add("finish"); }

  std::vector<std::string> lines;

 private:
  template <class... Parts>
  void add(const Parts&... parts) {
    std::ostringstream line;
    (line << ... << parts);
    lines.push_back(line.str());
  }
  const bool read_;  // from a file: records are aligned

  std::string text(std::span<const std::byte> bytes) const {
    if (read_) {
      EXPECT_EQ(0u, reinterpret_cast<std::uintptr_t>(bytes.data()) % 8);
    }
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

Resolver::Answer answer() {
  Resolver::Answer answer;
  answer.serial = 3;
  answer.is_container = true;
  Container& container = answer.container;
  container.full_id = "0123";
  container.runtime = Runtime::Podman;
  container.metadata = Metadata::Complete;
  container.name = "web";
  container.image = parse_image("shop/web:1");
  container.labels = {{"app", "demo"}, {"", std::string("\0x", 2)}};
  container.mounts = {{"/srv", "/data", "ro", "", false}};
  container.privileged = true;
  container.created = -5;
  container.pod.name = "pod-1";
  answer.problem = static_cast<StateProblem>(kStateProblems - 1);
  return answer;
}

HashAnswer hash_answer() {
  Sha256 sha256{};
  sha256.front() = 1;
  sha256.back() = 255;
  return {{5, 2000, 3, true}, {77, 1'700'000'000'000'000'000, 8u << 20 | 1}, FileHash::known(sha256)};
}

// Every call, in three blocks.
void make_all_calls(Inputs& to) {
  to.forget_names();
  to.user(0, {"root", "/root", "/bin/sh"});
  to.group(7, {"lp", "", ""});
  to.snapshot(bytes_of("a process"));
  to.cgroup(77, "/system.slice/x", 5);
  to.ready(1000, true);  // ends a block
  to.record(bytes_of("first"));
  to.record(bytes_of(""));
  to.answer(answer());
  to.answer({});
  to.hash(hash_answer());
  to.hash({{6, 2001, 0, false}, {}, FileHash::missing(HashProblem::TooLarge)});
  to.time(2000);
  to.begin_reading(2001);
  to.confirm(bytes_of("another process"));
  to.retire(2002);
  to.loss(Kind::open, 5, 1, 2);
  to.tick(3000, -7);  // ends a block
  to.record(bytes_of("last"));
  to.finish();
}

class Recording : public testing::Test {
 protected:
  Recording() { unlink(path_.c_str()); }
  ~Recording() override { unlink(path_.c_str()); }

  void write_all() {
    auto writer = RecordingWriter::create(path_, facts_);
    ASSERT_TRUE(writer) << writer.error().message;
    make_all_calls(**writer);
    EXPECT_EQ("", (*writer)->failure());
    EXPECT_EQ(3u, (*writer)->counters().records);
    EXPECT_EQ(5u, (*writer)->counters().lost);
    EXPECT_EQ(content().size(), (*writer)->counters().bytes);
  }
  std::string content() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void replace(const std::string& content) const { std::ofstream(path_, std::ios::binary) << content; }

  struct Read {
    std::vector<std::string> lines;
    RecordingEnd end;
    std::string error;  // why it could not be opened
    std::string hint;
  };
  Read read() const {
    auto reader = RecordingReader::open(path_);
    if (!reader) return {{}, {}, reader.error().message, reader.error().hint};
    EXPECT_EQ(facts_, (*reader)->facts());
    Calls calls(true);
    while ((*reader)->play_block(calls)) {
    }
    EXPECT_FALSE((*reader)->play_block(calls)) << "the end is the end";
    return {calls.lines, (*reader)->end(), "", ""};
  }
  static std::vector<std::string> all_calls() {
    Calls calls;
    make_all_calls(calls);
    return calls.lines;
  }

  const std::string path_ = testing::TempDir() + "picket-recording-" + std::to_string(getpid());
  const Facts facts_{"host", "b007", "6.12.0", "0.1.0", 4, 2'000'000'000, 3'000'000'000, 77, 65536, -123};
};

TEST_F(Recording, WhatIsWrittenIsRead) {
  write_all();
  const Read read = this->read();
  EXPECT_EQ(all_calls(), read.lines);
  EXPECT_TRUE(read.end.whole) << read.end.reason;
  EXPECT_EQ(4u, read.end.blocks);  // and that of the facts
  EXPECT_EQ(content().size(), read.end.offset);
  EXPECT_EQ(0u, read.end.unread);
  EXPECT_EQ(3000u, read.end.last_time);
}

TEST_F(Recording, ABlockEndsBeforeItGetsLarge) {
  const std::string large(60'000, 'x');
  {
    auto writer = RecordingWriter::create(path_, facts_);
    ASSERT_TRUE(writer);
    for (int i = 0; i < 100; ++i) (*writer)->record(bytes_of(large));
    (*writer)->finish();
  }
  EXPECT_EQ(1u + 6u, read().end.blocks);
  EXPECT_EQ(101u, read().lines.size());
}

TEST_F(Recording, AFileThatIsThereIsNotTouched) {
  replace("precious");
  const auto writer = RecordingWriter::create(path_, facts_);
  ASSERT_FALSE(writer);
  EXPECT_THAT(writer.error().message, HasSubstr("File exists"));
  EXPECT_EQ("precious", content());
}

// A killed recorder leaves a file that stops anywhere.
TEST_F(Recording, CutOffAnywhereTheWholeBlocksAreRead) {
  write_all();
  const std::string whole = content();
  const auto all = all_calls();
  std::size_t before = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    replace(whole.substr(0, size));
    const Read read = this->read();
    if (!read.error.empty()) {
      EXPECT_EQ(0u, before) << size;
      continue;
    }
    ASSERT_LE(before, read.lines.size()) << "a longer file has not less";
    before = read.lines.size();
    EXPECT_TRUE(std::equal(read.lines.begin(), read.lines.end(), all.begin())) << size;
    EXPECT_FALSE(read.end.whole) << size;
    EXPECT_NE("", read.end.reason);
    EXPECT_EQ(size, read.end.offset + read.end.unread);
  }
  EXPECT_EQ(all.size() - 2, before);
}

TEST_F(Recording, AnyWrongByteIsNoticed) {
  write_all();
  const std::string whole = content();
  const auto all = all_calls();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    if (at >= 12 && at < 16) continue;  // reserved
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    replace(damaged);
    const Read read = this->read();
    if (!read.error.empty()) continue;
    // A frame has a bit without a meaning.
    EXPECT_TRUE(!read.end.whole || read.lines == all) << at;
    ASSERT_LE(read.lines.size(), all.size()) << at;
    EXPECT_TRUE(std::equal(read.lines.begin(), read.lines.end(), all.begin())) << at;
  }
}

TEST_F(Recording, WhatIsNoRecordingIsRefusedWithItsReason) {
  write_all();
  const std::string whole = content();
  const auto with = [&](std::size_t at, char byte) {
    std::string changed = whole;
    changed[at] = byte;
    return changed;
  };
  const struct {
    std::string content, message, hint;
  } rows[] = {
      {"", "is no recording of Picket", "picket record"},
      {"#!/bin/sh\necho this is something else\n", "is no recording of Picket", "picket record"},
      {with(8, 3), "is a recording of format 3", "the version of Picket that recorded it"},
      {with(20, 1), "was recorded by Picket 0.1.0, whose records have another layout", "the version of Picket"},
      {whole.substr(0, 24), "a recording without a beginning", ""},
      {whole.substr(0, 60), "it stops in the middle of a block", ""},
  };
  for (const auto& row : rows) {
    replace(row.content);
    const Read read = this->read();
    EXPECT_THAT(read.error, HasSubstr(row.message));
    EXPECT_THAT(read.hint, HasSubstr(row.hint));
  }
  unlink(path_.c_str());
  EXPECT_THAT(read().error, HasSubstr("No such file"));
}

TEST_F(Recording, SomethingBehindTheEnd) {
  write_all();
  replace(content() + "x");
  EXPECT_EQ(all_calls(), read().lines);
  EXPECT_THAT(read().end.reason, HasSubstr("something follows its end"));
}

// As on a full disk: the file ends with a whole block, and what is missing is counted.
TEST_F(Recording, AFileThatCannotGrow) {
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  auto writer = RecordingWriter::create(path_, facts_);
  ASSERT_TRUE(writer);
  std::string noise(5000, '\0');
  unsigned state = 1;
  for (char& byte : noise) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  (*writer)->record(bytes_of("first"));
  (*writer)->tick(1, 0);
  const rlimit limit{content().size() + 100, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limit);
  (*writer)->record(bytes_of(noise));
  (*writer)->record(bytes_of(noise));
  (*writer)->tick(2, 0);
  (*writer)->record(bytes_of("more"));
  (*writer)->finish();
  setrlimit(RLIMIT_FSIZE, &before);

  EXPECT_THAT((*writer)->failure(), HasSubstr("File too large"));
  EXPECT_EQ(1u, (*writer)->counters().records);
  EXPECT_EQ(3u, (*writer)->counters().unwritten);
  const Read read = this->read();
  EXPECT_EQ((std::vector<std::string>{"record first", "tick 1 0"}), read.lines);
  EXPECT_EQ(0u, read.end.unread);
  EXPECT_THAT(read.end.reason, HasSubstr("did not get to its end"));
}

}  // namespace
}  // namespace picket
