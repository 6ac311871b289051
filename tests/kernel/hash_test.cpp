// SPDX-License-Identifier: Apache-2.0
//
// Rules that know programs and files by their content, on a real kernel: the identity of a file in the record is the
// one that user space finds, on a tmpfs and on the overlay that is the guest's root.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

constexpr const char* kMark = "marked-by-hash-test";

// By busybox or coreutils: nothing of the product.
std::string sha256_of(const std::string& path) {
  const std::string out = "/run/hash-test-sum";
  EXPECT_EQ(0, system(("sha256sum '" + path + "' > " + out).c_str()));
  return read_file(out).substr(0, 64);
}

// Another program with the same size and behaviour.
void change_a_byte(const std::string& path) {
  std::string text = read_file(path);
  const std::size_t at = text.rfind('\0');  // of what is at the end and not loaded
  ASSERT_NE(std::string::npos, at);
  text[at] = 'x';
  unlink(path.c_str());
  write_file(path, text);
  chmod(path.c_str(), 0755);
}

std::string rules(const std::string& digest) {
  return "- rule: program\n  desc: A program that is known.\n  condition: exec.argv contains " + std::string(kMark) +
         " and proc.exe_hash.sha256 = " + digest +
         "\n  output: ran %proc.exepath %proc.exe_hash.sha256\n  priority: DEBUG\n"
         "- rule: file\n  desc: A file that is known.\n  condition: evt.type = openat and fd.name endswith " +
         std::string(kMark) + " and file.hash.sha256 = " + digest + "\n  output: opened %fd.name\n  priority: DEBUG\n";
}

class Hash : public testing::Test {
 protected:
  static void run(const std::string& path) {
    Child child([&] { return execute(path, {"helper", "exit", "0", kMark}); });
    EXPECT_EQ(0, child.wait());
  }
  static void expect_one(const Sensor& sensor, const Json& alert, const std::string& digest) {
    ASSERT_FALSE(alert.is_null()) << sensor.log();
    const Json& hashes = alert.at("process").at("executable").at("hashes");
    ASSERT_EQ(1u, hashes.size());
    EXPECT_EQ(digest, hashes.at(0).at("value"));
  }
  static std::size_t count(Sensor& sensor, const std::string& rule) {
    std::size_t count = 0;
    for (const Json& alert : sensor.alerts()) count += alert.at("rule") == rule ? 1 : 0;
    return count;
  }

  Directory directory_;
};

TEST_F(Hash, AProgramIsKnownByItsContent) {
  const std::string known = directory_ / "known", other = directory_ / "other";
  for (const std::string& path : {known, other}) {
    copy_file(helper_binary(), path);
    chmod(path.c_str(), 0755);
  }
  change_a_byte(other);
  const std::string digest = sha256_of(known);
  ASSERT_EQ(64u, digest.size());
  ASSERT_NE(digest, sha256_of(other));
  Sensor sensor({.rules = rules(digest)});
  run(other);
  run(known);
  expect_one(sensor, sensor.next_alert("program"), digest);
  run(other);
  run(known);  // remembered
  expect_one(sensor, sensor.next_alert("program"), digest);
  ASSERT_EQ(0, rename(known.c_str(), (directory_ / "renamed").c_str()));
  run(directory_ / "renamed");
  expect_one(sensor, sensor.next_alert("program"), digest);
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_EQ(3u, count(sensor, "program")) << sensor.log();
  EXPECT_NE(std::string::npos, sensor.log().find("hashes: ")) << sensor.log();
  EXPECT_EQ(std::string::npos, sensor.log().find("missing: ")) << sensor.log();
}

// The guest's root is an overlay: stat(2) and the kernel have different devices for its files.
TEST_F(Hash, AProgramOnAnOverlay) {
  const std::string known = "/hash-test-program";
  copy_file(helper_binary(), known);
  chmod(known.c_str(), 0755);
  const std::string digest = sha256_of(known);
  Sensor sensor({.rules = rules(digest)});
  run(known);
  expect_one(sensor, sensor.next_alert("program"), digest);
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_EQ(1u, count(sensor, "program"));
  unlink(known.c_str());
}

TEST_F(Hash, AProgramThatLivesInMemoryOnly) {
  const std::string digest = sha256_of(helper_binary());
  const std::string program = read_file(helper_binary());
  Sensor sensor({.rules = rules(digest)});
  Child child([&] {
    const int memory = memfd_create("program", 0);
    if (write(memory, program.data(), program.size()) != static_cast<ssize_t>(program.size())) return 1;
    const char* const arguments[] = {"helper", "wait", kMark, nullptr};
    char* const nothing[] = {nullptr};
    return fexecve(memory, const_cast<char* const*>(arguments), nothing);
  });
  child.go();
  expect_one(sensor, sensor.next_alert("program"), digest);
  child.end();
}

TEST_F(Hash, AFileIsKnownByItsContent) {
  const std::string known = directory_ / kMark, other = directory_ / (std::string("other-") + kMark);
  write_file(known, "content");
  write_file(other, "Content");
  const std::string digest = sha256_of(known);  // before the sensor sees who opens it
  Sensor sensor({.rules = rules(digest)});
  for (const std::string& path : {other, known}) close(open(path.c_str(), O_RDONLY));
  const Json alert = sensor.next_alert("file");
  ASSERT_FALSE(alert.is_null()) << sensor.log();
  EXPECT_EQ("opened " + known, alert.at("message"));
  EXPECT_EQ(digest, alert.at("event").at("file_hashes").at(0).at("value"));
  write_file(known, "Content");
  close(open(known.c_str(), O_RDONLY));
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_EQ(1u, count(sensor, "file")) << sensor.log();
}

TEST_F(Hash, AReplayWritesTheSame) {
  const std::string known = directory_ / "known", recording = directory_ / "recording";
  copy_file(helper_binary(), known);
  chmod(known.c_str(), 0755);
  const std::string digest = sha256_of(known);
  Sensor recorder({.rules = rules(digest), .arguments = {"--output", recording}, .command = "record"});
  for (int i = 0; i < 5; ++i) run(known);
  EXPECT_EQ(0, recorder.stop()) << recorder.log();
  unlink(known.c_str());
  const SensorOptions replay{.rules = rules(digest),
                             .arguments = {"--output", "json", recording},
                             .wait_until_ready = false,
                             .command = "replay"};
  Sensor first(replay), second(replay);
  EXPECT_EQ(0, first.wait_for_end()) << first.log();
  EXPECT_EQ(0, second.wait_for_end()) << second.log();
  EXPECT_EQ(first.output(), second.output());
  EXPECT_EQ(5u, count(first, "program")) << first.log();
}

}  // namespace
}  // namespace picket::test
