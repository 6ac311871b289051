// SPDX-License-Identifier: Apache-2.0
//
// open: every wire field. The ways there are to open a file are in open_ways_test.cpp.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

constexpr unsigned kLargeFile = 0100000;  // what the kernel adds on 64 bit; the C library's O_LARGEFILE is 0
constexpr unsigned kRead = 1, kWrite = 2, kCreated = 0x100000;

class Open : public SharedSensor<Open> {
 public:
  static std::string rules() { return wire_rule("open", "open", "open.path endswith marked-by-open-test"); }

 protected:
  // What the rule printed about the one file that the act opens.
  Fields seen(const std::function<int()>& act) {
    child_.emplace(act);
    since_ = boot_clock();
    child_->go();
    return wire_fields(sensor().next_alert("open", child_->pid()));
  }

  // What must be in the record of an ordinary open. O_CLOEXEC is the descriptor's, not the file's.
  Fields facts(const Fields& actual, int syscall, unsigned flags, unsigned mode) const {
    struct stat info {};
    EXPECT_EQ(0, stat(file_.c_str(), &info));
    Fields expected = ordinary_header(actual, "open", child_->pid(), syscall, since_);
    expected.insert({
        {"open.inode", std::to_string(info.st_ino)},
        {"open.device", std::to_string(kernel_device(info.st_dev))},
        {"open.flags", std::to_string(flags | kLargeFile)},
        {"open.file_mode", std::to_string(mode)},
        {"open.mode", std::to_string(info.st_mode)},
        {"open.links", std::to_string(info.st_nlink)},
        {"open.path", file_},
    });
    return expected;
  }

  Directory directory_;
  const std::string file_ = directory_ / "marked-by-open-test";
  std::optional<Child> child_;
  std::uint64_t since_ = 0;
};

TEST_F(Open, EveryWireFieldOfANewFile) {
  const Fields fields = seen([&] {
    umask(0);
    return open(file_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640) < 0;
  });
  expect_fields(fields, facts(fields, SYS_openat, O_RDWR | O_CREAT | O_EXCL, kRead | kWrite | kCreated));
  EXPECT_EQ(std::to_string(S_IFREG | 0640), fields.at("open.mode"));
}

TEST_F(Open, EveryWireFieldOfAFileWithThreeNames) {
  write_file(file_, "");
  sensor().next_alert("open", getpid());
  ASSERT_EQ(0, link(file_.c_str(), (directory_ / "second").c_str()));
  ASSERT_EQ(0, link(file_.c_str(), (directory_ / "third").c_str()));
  const Fields fields = seen([&] {
    if (setresgid(1001, 0, 0) != 0 || setresuid(1001, 0, 0) != 0) return 1;
    return open(file_.c_str(), O_WRONLY | O_TRUNC | O_APPEND | O_SYNC) < 0 ? 1 : 0;
  });
  expect_fields(fields, facts(fields, SYS_openat, O_WRONLY | O_TRUNC | O_APPEND | O_SYNC, kWrite));
  EXPECT_EQ("3", fields.at("open.links"));
}

TEST_F(Open, Directory) {
  ASSERT_EQ(0, mkdir(file_.c_str(), 0711));
  const Fields fields = seen([&] { return open(file_.c_str(), O_RDONLY | O_DIRECTORY) < 0; });
  expect_fields(fields, facts(fields, SYS_openat, O_RDONLY | O_DIRECTORY, kRead));
}

// Execution reads the file, too, but is no open.
TEST_F(Open, ExecutionIsNone) {
  copy_file(helper_binary(), file_);
  sensor().next_alert("open", getpid());
  Child child([&] { return execute(file_, {"helper", "exit", "0"}); });
  EXPECT_EQ(0, child.wait());
  read_file(file_);
  sensor().next_alert("open", getpid());  // what happened before this has been reported
  for (const Json& alert : sensor().alerts()) EXPECT_NE(child.pid(), pid_of(alert)) << alert;
}

}  // namespace
}  // namespace picket::test
