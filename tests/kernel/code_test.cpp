// SPDX-License-Identifier: Apache-2.0
//
// mmap, mprotect, memfd: every wire field, every call, and what is none.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/ways.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

const std::string kNone = "<NA>";
constexpr std::size_t kPage = 4096;

class Code : public SharedSensor<Code> {
 public:
  static std::string rules() {
    return wire_rule("mmap", "mmap", "mmap.protection exists and proc.name = picket_kernel_t") +
           wire_rule("mprotect", "mprotect", "mprotect.protection exists and proc.name = picket_kernel_t") +
           wire_rule("memfd", "memfd", "memfd.name startswith marked-by-code-test") +
           "- rule: helper\n  desc: Mappings of the helper.\n  condition: mmap.path endswith marked-by-code-test\n"
           "  output: x\n  priority: DEBUG\n";
  }

 protected:
  Fields seen(const std::string& rule, const std::function<int()>& act) {
    child_.emplace(act);
    child_->go();
    return wire_fields(sensor().next_alert(rule, child_->pid()));
  }

  // Of the file, as both kinds have it.
  Fields about_file(const std::string& kind) const {
    struct stat info {};
    EXPECT_EQ(0, stat(file_.c_str(), &info));
    return {{kind + ".inode", std::to_string(info.st_ino)},
            {kind + ".device", std::to_string(kernel_device(info.st_dev))},
            {kind + ".exe_flags", "4"},  // on a tmpfs
            {kind + ".path", file_}};
  }
  static Fields about_nothing(const std::string& kind) {
    return {{kind + ".inode", "0"}, {kind + ".device", "0"}, {kind + ".exe_flags", "0"}, {kind + ".path", kNone}};
  }

  Directory directory_;
  const std::string file_ = directory_ / "marked-by-code-test";
  std::optional<Child> child_;
  const std::uint64_t since_ = boot_clock();
};

int mapped(const void* at) { return at == MAP_FAILED ? 1 : pause(); }

TEST_F(Code, EveryWireFieldOfAMappedFile) {
  copy_file(helper_binary(), file_);
  const Fields actual = seen("mmap", [&] {
    return mapped(mmap(nullptr, kPage, PROT_READ | PROT_EXEC, MAP_PRIVATE, open(file_.c_str(), O_RDONLY), 0));
  });
  Fields expected = ordinary_header(actual, "mmap", child_->pid(), SYS_mmap, since_);
  expected.merge(about_file("mmap"));
  expected.insert({{"mmap.protection", "5"}, {"mmap.requested", "5"}, {"mmap.map_flags", "2"}});
  expect_fields(actual, expected);
}

// An old program with an executable stack: what it may read it may execute.
TEST_F(Code, EveryWireFieldOfAnonymousMemory) {
  const Fields actual = seen("mmap", [&] {
    personality(READ_IMPLIES_EXEC);
    return mapped(mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  });
  Fields expected = ordinary_header(actual, "mmap", child_->pid(), SYS_mmap, since_);
  expected.merge(about_nothing("mmap"));
  expected.insert({{"mmap.protection", "7"}, {"mmap.requested", "3"}, {"mmap.map_flags", "34"}});
  expect_fields(actual, expected);
}

int attach_shared_memory() {
  const int memory = shmget(IPC_PRIVATE, kPage, IPC_CREAT | 0700);
  const void* at = shmat(memory, nullptr, SHM_EXEC);
  shmctl(memory, IPC_RMID, nullptr);
  return at == reinterpret_cast<void*>(-1);
}

#if defined(__x86_64__)
// The first mmap of i386 takes its arguments from memory.
int map_by_32_bit_call() {
  const unsigned arguments[] = {0, kPage, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, ~0u, 0};
  const long result = compat_call(90, low_copy(arguments, sizeof arguments));
  return result < 0 && result > -4096;
}
#endif

TEST_F(Code, CallsThatMapAreTold) {
  const CallWay ways[] = {
    {"mmap",
     false,
     [] { return mmap(nullptr, kPage, PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED; },
     {{"mmap.protection", "4"}, {"mmap.map_flags", "33"}}},
    {"shmat", false, attach_shared_memory, {{"mmap.protection", "7"}, {"mmap.exe_flags", "7"}}},
#if defined(__x86_64__)
    {"mmap", true, map_by_32_bit_call, {{"mmap.protection", "5"}}},
#endif
  };
  expect_ways(sensor(), "mmap", ways);
}

TEST_F(Code, WhatExecveMapsIsNone) {
  copy_file(helper_binary(), file_);
  Child program([&] { return execute(file_, {"helper", "exit", "0"}); });
  EXPECT_EQ(0, program.wait());
  Child last(
      [&] { return mmap(nullptr, kPage, PROT_EXEC, MAP_PRIVATE, open(file_.c_str(), O_RDONLY), 0) == MAP_FAILED; });
  EXPECT_EQ(0, last.wait());
  sensor().next_alert("mmap", last.pid());  // what happened before this has been reported
  for (const Json& alert : sensor().alerts()) EXPECT_NE(program.pid(), pid_of(alert)) << alert;
}

// The middle one of three pages that were written to.
TEST_F(Code, EveryWireFieldOfProtectedMemory) {
  char* const pages =
      static_cast<char*>(mmap(nullptr, 3 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  const Fields actual = seen("mprotect", [&] {
    std::memset(pages, 1, 3 * kPage);
    return mprotect(pages + kPage, 100, PROT_READ | PROT_EXEC) != 0 ? 1 : pause();
  });
  Fields expected = ordinary_header(actual, "mprotect", child_->pid(), SYS_mprotect, since_);
  expected.merge(about_nothing("mprotect"));
  expected.insert({{"mprotect.start", std::to_string(reinterpret_cast<std::uint64_t>(pages) + kPage)},
                   {"mprotect.size", std::to_string(kPage)},
                   {"mprotect.protection", "5"},
                   {"mprotect.previous", "3"},
                   {"mprotect.written", "1"}});
  expect_fields(actual, expected);
  munmap(pages, 3 * kPage);
}

TEST_F(Code, EveryWireFieldOfAProtectedFile) {
  copy_file(helper_binary(), file_);
  const int file = open(file_.c_str(), O_RDONLY);
  void* const at = mmap(nullptr, 2 * kPage, PROT_READ, MAP_PRIVATE, file, 0);
  const Fields actual = seen("mprotect", [&] { return mprotect(at, 2 * kPage, PROT_EXEC) != 0 ? 1 : pause(); });
  Fields expected = ordinary_header(actual, "mprotect", child_->pid(), SYS_mprotect, since_);
  expected.merge(about_file("mprotect"));
  expected.insert({{"mprotect.start", std::to_string(reinterpret_cast<std::uint64_t>(at))},
                   {"mprotect.size", std::to_string(2 * kPage)},
                   {"mprotect.protection", "4"},
                   {"mprotect.previous", "1"},
                   {"mprotect.written", "0"}});
  expect_fields(actual, expected);
  munmap(at, 2 * kPage);
  close(file);
}

TEST_F(Code, CallsThatProtectAreTold) {
  void* const low = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  const std::string start = std::to_string(reinterpret_cast<std::uint64_t>(low));
  const CallWay ways[] = {
    {"mprotect", false, [&] { return mprotect(low, kPage, PROT_EXEC); }, {{"mprotect.start", start}}},
    {"pkey_mprotect",
     false,
     [&] { return static_cast<int>(syscall(SYS_pkey_mprotect, low, kPage, PROT_EXEC, -1)); },
     {{"mprotect.start", start}, {"mprotect.size", "4096"}}},
#if defined(__x86_64__)
    {"mprotect",
     true,
     [&] {
       return static_cast<int>(
           compat_call(125, static_cast<std::uint32_t>(reinterpret_cast<long>(low)), kPage, PROT_EXEC));
     },
     {{"mprotect.start", start}, {"mprotect.size", "4096"}}},
#endif
  };
  expect_ways(sensor(), "mprotect", ways);
  munmap(low, kPage);
}

TEST_F(Code, EveryWireFieldOfAMemfd) {
  const std::string name = "marked-by-code-test" + std::string(230, 'x');  // 249 bytes: no longer one is allowed
  const Fields actual =
      seen("memfd", [&] { return memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING) < 0 ? 1 : pause(); });
  Fields expected = ordinary_header(actual, "memfd", child_->pid(), SYS_memfd_create, since_);
  expected.insert({{"memfd.flags", "3"}, {"memfd.name", name}});
  expect_fields(actual, expected);
}

TEST_F(Code, CallsThatMakeMemfdsAreTold) {
  const std::string name = "marked-by-code-test";
  const CallWay ways[] = {
    {"memfd_create", false, [&] { return memfd_create(name.c_str(), 0) < 0; }, {{"memfd.flags", "0"}}},
    {"memfd_create",
     false,
     [&] { return memfd_create(name.c_str(), MFD_HUGETLB) < 0; },
     {{"memfd.flags", "4"}, {"memfd.name", name}}},
#if defined(__x86_64__)
    {"memfd_create",
     true,
     [&] { return static_cast<int>(compat_call(356, low_copy(name.c_str(), name.size() + 1), MFD_CLOEXEC)) < 0; },
     {{"memfd.flags", "1"}, {"memfd.name", name}}},
#endif
  };
  expect_ways(sensor(), "memfd", ways);
  std::size_t count = 0;
  for (const Json& alert : sensor().alerts()) {
    count += rule_of(alert) == "memfd" && wire_fields(alert).at("memfd.name") == name;
  }
  EXPECT_EQ(std::size(ways), count);  // once each
}

}  // namespace
}  // namespace picket::test
