// SPDX-License-Identifier: Apache-2.0
//
// Files that are put aside: nothing is lost or torn between them, and what rotation does not own it leaves alone.
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "exporters/sink/old_files.h"
#include "tests/support/line_writer.h"
#include "tests/support/temporary_directory.h"

namespace picket {
namespace {

namespace fs = std::filesystem;

using test::text_of;

std::string unpacked(const fs::path& path) {
  const std::string packed = text_of(path);
  std::string text(10u << 20, '\0');
  const std::size_t size = ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  EXPECT_EQ(ZSTD_isError(size), 0u) << path;
  text.resize(ZSTD_isError(size) != 0 ? 0 : size);
  return text;
}

bool within_seconds(const std::function<bool()>& holds) {
  for (int i = 0; i < 10'000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

using Keys = std::vector<std::pair<std::string, std::string>>;

class RotationTest : public testing::Test {
 protected:
  RotationTest() { path_ = directory_ / "alerts.json"; }

  std::unique_ptr<test::LineWriter> open_sink(Keys keys) const {
    keys.emplace_back("path", path_.string());
    auto file = test::make_destination("file", keys);
    if (!file) ADD_FAILURE() << file.error().message;
    return file ? std::make_unique<test::LineWriter>(std::move(*file)) : nullptr;
  }

  std::vector<std::string> old() const { return old_files(path_.string()); }

  // All that was written, in order.
  std::string all() const {
    std::string text;
    for (const std::string& file : old()) text += file.ends_with(".zst") ? unpacked(file) : text_of(file);
    return text + text_of(path_);
  }

  void put(const std::string& name, std::string_view text = "x\n") const { std::ofstream(directory_ / name) << text; }
  bool has(const std::string& name) const { return fs::exists(directory_ / name); }

  test::TemporaryDirectory temporary_;
  const fs::path directory_ = temporary_.path();
  fs::path path_;
};

// Lines of several sizes, in batches that hold more than a file may.
std::string write_lines(test::LineWriter& sink, int batches) {
  std::string all;
  int number = 0;
  for (int batch = 0; batch < batches; ++batch) {
    std::string lines;
    for (int i = 0; i < 100; ++i, ++number) {
      lines += std::to_string(number) + std::string(static_cast<std::size_t>(number * 7 % 1500), 'x') + "\n";
    }
    sink.write(lines, 100);
    all += lines;
  }
  return all;
}

TEST_F(RotationTest, BySize) {
  const auto sink = open_sink({{"rotate.size", "64K"}, {"rotate.keep", "1000"}});
  const std::string written = write_lines(*sink, 10);
  EXPECT_EQ(sink->counters().written, 1000u);
  EXPECT_GT(old().size(), 10u);
  for (const std::string& file : old()) {
    EXPECT_LE(fs::file_size(file), 64u << 10) << file;
    EXPECT_EQ(text_of(file).back(), '\n') << "a message is in one file";
  }
  EXPECT_TRUE(all() == written);
}

TEST_F(RotationTest, AMessageThatIsLargerThanAFileMayBe) {
  const auto sink = open_sink({{"rotate.size", "64K"}});
  const std::string large = std::string(100'000, 'x') + "\n";
  sink->write("one\n" + large + "two\n", 3);
  EXPECT_EQ(sink->counters().written, 3u);
  EXPECT_EQ(all(), "one\n" + large + "two\n");
  EXPECT_EQ(old().size(), 2u);
}

TEST_F(RotationTest, ByAge) {
  const auto sink = open_sink({{"rotate.age", "1s"}});
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  sink->destination().poll(sink->ledger(), {});
  EXPECT_TRUE(old().empty()) << "an empty file does not age";
  sink->write("one\n", 1);
  sink->destination().poll(sink->ledger(), {});
  EXPECT_TRUE(old().empty());
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  sink->destination().poll(sink->ledger(), {});
  ASSERT_EQ(old().size(), 1u);
  EXPECT_EQ(text_of(old()[0]), "one\n");
  EXPECT_EQ(text_of(path_), "");
}

TEST_F(RotationTest, CompressesOldFiles) {
  std::string written;
  {
    const auto sink = open_sink({{"rotate.size", "64K"}, {"rotate.compress", "zstd"}, {"mode", "0640"}});
    written = write_lines(*sink, 5);
    EXPECT_TRUE(within_seconds([this] {
      const auto files = old();
      return !files.empty() &&
             std::all_of(files.begin(), files.end(), [](const auto& name) { return name.ends_with(".zst"); });
    }));
  }
  EXPECT_TRUE(all() == written);
  for (const std::string& file : old()) {
    struct stat status {};
    ASSERT_EQ(stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0640u) << file;
  }
}

TEST_F(RotationTest, KeepsSoManyAndSoMuch) {
  const auto sink = open_sink({{"rotate.size", "64K"}, {"rotate.keep", "3"}});
  write_lines(*sink, 10);
  EXPECT_TRUE(within_seconds([this] { return old().size() == 3; }));
  put("alerts.json.20200101T000000.000000000Z", std::string(100'000, 'x'));
  std::size_t removed = 0;
  EXPECT_TRUE(tidy_old_files(path_.string(), {.bytes = 140'000}, removed).empty());
  EXPECT_EQ(removed, 2u) << "the oldest go first";
  EXPECT_FALSE(has("alerts.json.20200101T000000.000000000Z"));
}

// What a killed sensor left: a half compressed copy, a whole one whose original is still there, one not begun.
TEST_F(RotationTest, EndsWhatTheRunBeforeBegan) {
  const std::string a = "alerts.json.20260101T000000.000000000Z", b = "alerts.json.20260102T000000.000000000Z";
  put(a);
  put(a + ".zst.part", "half");
  put(b);
  put(b + ".zst", "whole");
  std::size_t removed = 0;
  EXPECT_TRUE(tidy_old_files(path_.string(), {.compress = true}, removed).empty());
  EXPECT_EQ(removed, 0u);
  EXPECT_FALSE(has(a) || has(a + ".zst.part") || has(b));
  EXPECT_EQ(unpacked(directory_ / (a + ".zst")), "x\n");
  EXPECT_EQ(text_of(directory_ / (b + ".zst")), "whole");
}

TEST_F(RotationTest, LeavesOthersAlone) {
  const std::vector<std::string> names = {"alerts.json.1",
                                          "alerts.json.20260101",
                                          "alerts.json.bak.zst",
                                          "alerts.jsonl",
                                          "alerts.json.20260101T000000.00000000Z",
                                          "alerts.json.2026x101T000000.000000000Z",
                                          "other.json.20260101T000000.000000000Z",
                                          "alerts.json.zst.part"};
  for (const std::string& name : names) put(name);
  std::size_t removed = 0;
  EXPECT_TRUE(tidy_old_files(path_.string(), {.compress = true, .count = 0, .bytes = 0}, removed).empty());
  for (const std::string& name : names) EXPECT_TRUE(has(name)) << name;
  EXPECT_EQ(removed, 0u);
}

TEST_F(RotationTest, ReopensByName) {
  const auto sink = open_sink({});
  sink->write("one\n", 1);
  fs::rename(path_, directory_ / "moved");
  sink->write("two\n", 1);
  sink->destination().reopen();
  sink->write("three\n", 1);
  EXPECT_EQ(text_of(directory_ / "moved"), "one\ntwo\n");
  EXPECT_EQ(text_of(path_), "three\n");

  fs::rename(path_, directory_ / "moved too");
  fs::create_symlink(directory_ / "elsewhere", path_);
  sink->destination().reopen();
  sink->write("four\n", 1);
  EXPECT_FALSE(has("elsewhere")) << "never through a link";
  EXPECT_EQ(text_of(directory_ / "moved too"), "three\nfour\n") << "what was open goes on";
}

// Somebody moved the file and did not say so: theirs is not renamed once more.
TEST_F(RotationTest, OfAFileThatWasMoved) {
  const auto sink = open_sink({{"rotate.size", "64K"}});
  const std::string large = std::string(60'000, 'x') + "\n";
  sink->write(large, 1);
  fs::rename(path_, directory_ / "moved");
  put("alerts.json", "of somebody else\n");
  sink->write(large, 1);
  EXPECT_TRUE(old().empty());
  EXPECT_TRUE(text_of(directory_ / "moved") == large);
  EXPECT_TRUE(text_of(path_) == "of somebody else\n" + large);
}

// Too large is better than lost.
TEST_F(RotationTest, WhereItCannotBe) {
  const auto sink = open_sink({{"rotate.size", "64K"}});
  const std::string large = std::string(60'000, 'x') + "\n";
  sink->write(large, 1);
  fs::remove_all(directory_);
  for (int i = 0; i < 3; ++i) sink->write(large, 1);
  EXPECT_EQ(sink->counters().written, 4u);
  EXPECT_EQ(sink->counters().dropped, 0u);
}

TEST_F(RotationTest, ModeAndOwnerStay) {
  const auto sink = open_sink({{"rotate.size", "64K"}, {"mode", "0640"}, {"owner", std::to_string(geteuid())}});
  fs::permissions(path_, fs::perms::owner_all);  // somebody changes it
  write_lines(*sink, 2);
  ASSERT_FALSE(old().empty());
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u) << "that of the one before";
  EXPECT_EQ(status.st_uid, geteuid());
}

TEST_F(RotationTest, OnDisk) {
  for (const char* when : {"always", "interval"}) {
    const auto sink = open_sink({{"fsync", when}});
    for (int i = 0; i < 3; ++i) {
      sink->write("line\n", 1);
      sink->destination().poll(sink->ledger(), {});
    }
    EXPECT_TRUE(sink->destination().flush(sink->ledger(), {}));
    EXPECT_EQ(sink->counters().written, 3u);
  }
  EXPECT_EQ(text_of(path_), "line\nline\nline\nline\nline\nline\n");
}

TEST_F(RotationTest, WhatDoesNotGoTogether) {
  const struct {
    Keys keys;
    std::string message;
  } cases[] = {
      {{{"rotate.keep", "3"}}, "rotate.keep says what becomes of old files, and there will be none"},
      {{{"rotate.compress", "zstd"}}, "rotate.compress says what becomes of old files, and there will be none"},
      {{{"owner", "no-such-user"}}, "owner: there is no user 'no-such-user'"},
      {{{"owner", ":no-such-group"}}, "owner: there is no group 'no-such-group'"},
      {{{"owner", ":"}}, "owner: expected USER, USER:GROUP or :GROUP, got ':'"},
  };
  for (const auto& each : cases) {
    Keys keys = each.keys;
    keys.emplace_back("path", path_.string());
    const auto made = test::make_destination("file", keys);
    EXPECT_EQ(made ? "" : made.error().message, each.message);
  }
  EXPECT_FALSE(fs::exists(path_)) << "nothing was made before the mistake was found";
}

}  // namespace
}  // namespace picket
