// SPDX-License-Identifier: Apache-2.0
//
// open: every way there is to open a file gives one event with the file's own path, and what opens nothing gives none.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <functional>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/ring.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

int call(long number, long a, long b = 0, long c = 0, long d = 0) {
  return static_cast<int>(syscall(number, a, b, c, d));
}

long address(const std::string& path) { return reinterpret_cast<long>(path.c_str()); }

// The way of name_to_handle_at(2), which opens nothing itself.
struct Handle {
  alignas(file_handle) char room[sizeof(file_handle) + MAX_HANDLE_SZ] = {};
  explicit Handle(const std::string& path) {
    get()->handle_bytes = MAX_HANDLE_SZ;
    int mount = 0;
    if (name_to_handle_at(AT_FDCWD, path.c_str(), get(), &mount, 0) != 0) get()->handle_bytes = 0;
  }
  file_handle* get() { return reinterpret_cast<file_handle*>(room); }
};

int by_handle(const std::string& path) {
  Handle handle(path);
  return open_by_handle_at(open("/run", O_RDONLY), handle.get(), O_RDONLY);
}

int by_openat2(const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY;
  return call(SYS_openat2, AT_FDCWD, address(path), reinterpret_cast<long>(&how), sizeof how);
}

// From the directory, so that nothing on the way makes the kernel leave the opening to a worker that was not asked for.
int by_ring(const std::string& path, unsigned flags) {
  const std::size_t slash = path.rfind('/');
  if (chdir(path.substr(0, slash).c_str()) != 0) return -1;
  io_uring_sqe operation{};
  operation.opcode = IORING_OP_OPENAT;
  operation.flags = static_cast<unsigned char>(flags);
  operation.fd = AT_FDCWD;
  operation.addr = reinterpret_cast<std::uint64_t>(path.c_str() + slash + 1);
  return through_ring(operation);
}

int by_ring_openat2(const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY;
  io_uring_sqe operation{};
  operation.opcode = IORING_OP_OPENAT2;
  operation.fd = AT_FDCWD;
  operation.addr = reinterpret_cast<std::uint64_t>(path.c_str());
  operation.len = sizeof how;
  operation.off = reinterpret_cast<std::uint64_t>(&how);
  return through_ring(operation);
}

std::string descriptor_link(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

// A descriptor that can do nothing (O_PATH) is opened again for reading.
int by_path_descriptor(const std::string& path) {
  return open(descriptor_link(open(path.c_str(), O_PATH)).c_str(), O_RDONLY);
}

int by_symbolic_link(const std::string& path) {
  const std::string link = path + "-link";
  return symlink(path.c_str(), link.c_str()) == 0 ? open(link.c_str(), O_RDONLY) : -1;
}

#if defined(__x86_64__)
int by_32_bit_openat2(const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY;
  return compat_call(437, static_cast<unsigned>(AT_FDCWD), low_text(path), low_copy(&how, sizeof how), sizeof how);
}

int by_32_bit_handle(const std::string& path) {
  Handle handle(path);
  return compat_call(342, static_cast<unsigned>(open("/run", O_RDONLY)), low_copy(handle.room, sizeof handle.room));
}
#endif

constexpr const char* kNone = "0";
constexpr const char* kWorker = "16";
constexpr const char* kCompat = "32";

struct Way {
  const char* name;
  const char* type;   // evt.type
  const char* flags;  // of the header
  long syscall;       // -1: a worker's, whatever it is
  std::function<int(const std::string& path)> open;
};

const Way kWays[] = {
    {"open", "open", kNone, SYS_open, [](const auto& path) { return call(SYS_open, address(path)); }},
    {"openat", "openat", kNone, SYS_openat, [](const auto& path) { return open(path.c_str(), O_RDONLY); }},
    {"openat2", "openat2", kNone, SYS_openat2, by_openat2},
    {"creat", "creat", kNone, SYS_creat, [](const auto& path) { return call(SYS_creat, address(path)); }},
    {"handle", "open_by_handle_at", kNone, SYS_open_by_handle_at, by_handle},
    {"ring", "io_uring", kNone, SYS_io_uring_enter, [](const auto& path) { return by_ring(path, 0); }},
    {"ring's worker", "io_uring", kWorker, -1, [](const auto& path) { return by_ring(path, IOSQE_ASYNC); }},
    {"own root", "openat", kNone, SYS_openat,
     [](const auto& path) { return open(("/proc/self/root" + path).c_str(), O_RDONLY); }},
    {"another's root", "openat", kNone, SYS_openat,
     [](const auto& path) { return open(("/proc/1/root" + path).c_str(), O_RDONLY); }},
    {"O_PATH and again", "openat", kNone, SYS_openat, by_path_descriptor},
    {"symbolic link", "openat", kNone, SYS_openat, by_symbolic_link},
#if defined(__x86_64__)
    {"32-bit open", "open", kCompat, 5, [](const auto& path) { return compat_call(5, low_text(path)); }},
    {"32-bit creat", "creat", kCompat, 8, [](const auto& path) { return compat_call(8, low_text(path)); }},
    {"32-bit openat", "openat", kCompat, 295,
     [](const auto& path) { return compat_call(295, static_cast<unsigned>(AT_FDCWD), low_text(path)); }},
    {"32-bit openat2", "openat2", kCompat, 437, by_32_bit_openat2},
    {"32-bit handle", "open_by_handle_at", kCompat, 342, by_32_bit_handle},
#endif
};

class OpenWays : public SharedSensor<OpenWays> {
 public:
  static std::string rules() {
    return R"(
- rule: open
  desc: By whichever call.
  condition: open.path endswith marked-by-open-test
  output: "type=%evt.type\nflags=%header.flags\nsyscall=%header.syscall\npath=%open.path"
  priority: DEBUG
)";
  }

 protected:
  OpenWays() {
    write_file(file_, "x");
    sensor().next_alert("open", getpid());
  }

  // How many events there were about that process, once everything before now has been reported.
  long events_of(pid_t pid) {
    read_file(file_);
    sensor().next_alert("open", getpid());
    long count = 0;
    for (const Json& alert : sensor().alerts()) count += pid_of(alert) == pid ? 1 : 0;
    return count;
  }

  Directory directory_;
  const std::string file_ = directory_ / "marked-by-open-test";
};

TEST_F(OpenWays, EachIsOneEventWithTheFilesPath) {
  for (const Way& way : kWays) {
    SCOPED_TRACE(way.name);
    Child child([&] { return way.open(file_) >= 0 ? 0 : 1; });
    EXPECT_EQ(0, child.wait());
    const Fields fields = wire_fields(sensor().next_alert("open", child.pid()));
    EXPECT_EQ(way.type, fields.at("type"));
    EXPECT_EQ(way.flags, fields.at("flags"));
    EXPECT_EQ(file_, fields.at("path"));
    if (way.syscall >= 0) {
      EXPECT_EQ(std::to_string(way.syscall), fields.at("syscall"));
    }
    EXPECT_EQ(1, events_of(child.pid()));
  }
}

// An openat2 in a ring never runs inline when the path has to be looked up, so that whose thread it is may vary.
TEST_F(OpenWays, Openat2ThroughARing) {
  Child child([&] { return by_ring_openat2(file_) >= 0 ? 0 : 1; });
  EXPECT_EQ(0, child.wait());
  const Fields fields = wire_fields(sensor().next_alert("open", child.pid()));
  EXPECT_EQ("io_uring", fields.at("type"));
  EXPECT_EQ(file_, fields.at("path"));
}

// The descriptor of another process, by way of /proc.
TEST_F(OpenWays, TheDescriptorOfAnotherProcess) {
  const int descriptor = open(file_.c_str(), O_RDONLY);
  sensor().next_alert("open", getpid());
  const std::string link = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(descriptor);
  Child child([&] { return open(link.c_str(), O_RDONLY) >= 0 ? 0 : 1; });
  EXPECT_EQ(0, child.wait());
  EXPECT_EQ(file_, wire_fields(sensor().next_alert("open", child.pid())).at("path"));
  close(descriptor);
}

struct NoWay {
  const char* name;
  std::function<bool(const std::string& path, int inherited)> act;
};

const NoWay kNoWays[] = {
    {"O_PATH", [](const auto& path, int) { return open(path.c_str(), O_PATH) >= 0; }},
    {"name_to_handle_at", [](const auto& path, int) { return Handle(path).get()->handle_bytes != 0; }},
    {"mmap of an inherited descriptor",
     [](const auto&, int inherited) { return mmap(nullptr, 1, PROT_READ, MAP_PRIVATE, inherited, 0) != MAP_FAILED; }},
    {"dup", [](const auto&, int inherited) { return dup(inherited) >= 0; }},
    {"stat",
     [](const auto& path, int) {
       struct stat info {};
       return stat(path.c_str(), &info) == 0;
     }},
};

TEST_F(OpenWays, WhatOpensNothingIsNoEvent) {
  const int inherited = open(file_.c_str(), O_RDONLY);
  sensor().next_alert("open", getpid());
  for (const NoWay& way : kNoWays) {
    Child child([&] { return way.act(file_, inherited) ? 0 : 1; });
    EXPECT_EQ(0, child.wait()) << way.name;
    EXPECT_EQ(0, events_of(child.pid())) << way.name;
  }
  close(inherited);
}

}  // namespace
}  // namespace picket::test
