// SPDX-License-Identifier: Apache-2.0
//
// The disk of the spool is full, with the broker there and without it.
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/kafka/trouble_case.h"

namespace picket {
namespace {

// The spool's directory on a file system of a few pages.
class DiskFullTest : public TroubleTest {
 protected:
  void SetUp() override {
    if (!has_own_namespaces()) GTEST_SKIP() << "needs mounts of its own";
    TroubleTest::SetUp();
    std::filesystem::create_directory(disk_);
    ASSERT_EQ(mount("tmpfs", disk_.c_str(), "tmpfs", 0, "size=8m"), 0) << std::strerror(errno);
    settings_.spool_directory = disk_ + "/spool";
  }
  void TearDown() override { umount2(disk_.c_str(), MNT_DETACH); }

  void fill() {
    std::ofstream file(disk_ + "/other", std::ios::binary);
    const std::string page(4096, 'x');
    while (file.write(page.data(), 4096).flush()) continue;
  }
  void make_room() { std::filesystem::remove(disk_ + "/other"); }

  const std::string disk_ = root_ + "/disk";
};

// With the broker there, alerts go to it without the spool, and the sink says so.
TEST_P(DiskFullTest, WhileTheBrokerIsThere) {
  const auto sink = make_sink(GetParam());
  alerts_for(*sink, milliseconds(300));
  fill();
  broker_.signal(SIGSTOP);  // so that a spool that is used only then is
  alerts_for(*sink, milliseconds(1500), 300);
  broker_.signal(SIGCONT);
  alerts_for(*sink, milliseconds(500), 300);
  EXPECT_TRUE(wait_until([&] { return sink->counts().delivered == id_; })) << sink->counts().error;
  EXPECT_NE(sink->counts().last_error.find("No space left on device"), std::string::npos) << sink->counts().last_error;
  make_room();
  EXPECT_TRUE(wait_until([&] {
    alert(*sink, ++id_);  // the disk is tried by what comes
    return sink->counts().error.empty();
  })) << sink->counts().error;
  expect_all(*sink);
}

// Without it they wait in memory until one of both is back.
TEST_P(DiskFullTest, WhileTheBrokerIsAway) {
  const auto sink = make_sink(GetParam());
  alerts_for(*sink, milliseconds(300));
  broker_.signal(SIGSTOP);
  fill();
  alerts_for(*sink, milliseconds(1500), 300);
  EXPECT_TRUE(wait_until([&] { return sink->counts().error.find("No space left") != std::string::npos; }));
  EXPECT_EQ(sink->counts().all_dropped(), 0U);
  make_room();
  EXPECT_TRUE(wait_until([&] { return sink->counts().error.find("No space left") == std::string::npos; }));
  broker_.signal(SIGCONT);
  expect_all(*sink);
}

INSTANTIATE_TEST_SUITE_P(Modes, DiskFullTest, testing::Values("overflow", "durable"));

}  // namespace
}  // namespace picket
