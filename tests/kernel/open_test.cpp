// SPDX-License-Identifier: Apache-2.0
//
// open: every wire field, and every call that opens.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <optional>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/ring.h"
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

// ---- calls ----

int open_by_handle(const std::string& path) {
  alignas(file_handle) char room[sizeof(file_handle) + MAX_HANDLE_SZ];
  auto* handle = reinterpret_cast<file_handle*>(room);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (name_to_handle_at(AT_FDCWD, path.c_str(), handle, &mount, 0) != 0) return -1;
  const int directory = open("/run", O_RDONLY);
  return open_by_handle_at(directory, handle, O_RDONLY);
}

int open_by_openat2(const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY;
  return static_cast<int>(syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how));
}

// From the directory, so that nothing on the way makes the kernel leave the opening to a worker that was not asked for.
int open_by_ring(const std::string& path, unsigned flags) {
  const std::size_t slash = path.rfind('/');
  if (chdir(path.substr(0, slash).c_str()) != 0) return -1;
  io_uring_sqe operation{};
  operation.opcode = IORING_OP_OPENAT;
  operation.flags = static_cast<unsigned char>(flags);
  operation.fd = AT_FDCWD;
  operation.addr = reinterpret_cast<std::uint64_t>(path.c_str() + slash + 1);
  return through_ring(operation);
}

#if defined(__x86_64__)
// The 32-bit system call, as an old program makes it; its pointers have 32 bits.
int open_by_32_bit_call(const std::string& path) {
  void* low = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  std::strcpy(static_cast<char*>(low), path.c_str());
  constexpr long kOpen = 5;
  long result = kOpen;
  asm volatile("int $0x80" : "+a"(result) : "b"(low), "c"(O_RDONLY), "d"(0) : "memory", "r8", "r9", "r10", "r11");
  return static_cast<int>(result);
}
#endif

struct OpenCall {
  const char* type;   // evt.type
  const char* flags;  // of the header
  long syscall;
  std::function<int(const std::string& path)> open;
};

const OpenCall kCalls[] = {
    {"open", "0", SYS_open, [](const auto& path) { return static_cast<int>(syscall(SYS_open, path.c_str(), 0)); }},
    {"openat", "0", SYS_openat, [](const auto& path) { return open(path.c_str(), O_RDONLY); }},
    {"openat2", "0", SYS_openat2, open_by_openat2},
    {"creat", "0", SYS_creat, [](const auto& path) { return static_cast<int>(syscall(SYS_creat, path.c_str(), 0)); }},
    {"open_by_handle_at", "0", SYS_open_by_handle_at, open_by_handle},
    {"io_uring", "0", SYS_io_uring_enter, [](const auto& path) { return open_by_ring(path, 0); }},
    {"io_uring", "16", -1, [](const auto& path) { return open_by_ring(path, IOSQE_ASYNC); }},  // io_worker
#if defined(__x86_64__)
    {"open", "32", 5, open_by_32_bit_call},  // compat
#endif
};

TEST(OpenCalls, AreTold) {
  Directory directory;
  const std::string file = directory / "marked-by-open-test";
  write_file(file, "");
  Sensor sensor({.rules = R"(
- rule: open
  desc: By whichever call.
  condition: open.path endswith marked-by-open-test
  output: "type=%evt.type\nflags=%header.flags\nsyscall=%header.syscall\npath=%open.path"
  priority: DEBUG
)"});
  for (const OpenCall& call : kCalls) {
    Child child([&] { return call.open(file) >= 0 ? 0 : 1; });
    EXPECT_EQ(0, child.wait()) << call.type;
    const Fields fields = wire_fields(sensor.next_alert("open", child.pid()));
    EXPECT_EQ(call.type, fields.at("type"));
    EXPECT_EQ(call.flags, fields.at("flags")) << call.type;
    EXPECT_EQ(file, fields.at("path")) << call.type;
    if (call.syscall >= 0) {
      EXPECT_EQ(std::to_string(call.syscall), fields.at("syscall")) << call.type;
    }
  }
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
