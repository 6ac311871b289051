// SPDX-License-Identifier: Apache-2.0
//
// ptrace and signal: every wire field, every call, and what is none.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/kcmp.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/shared.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/ways.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

constexpr const char* kAttach = "18";  // attach, with the real ids
constexpr const char* kLook = "17";    // read, with the real ids

class Trace : public SharedSensor<Trace> {
 public:
  static std::string rules() {
    return wire_rule("ptrace", "ptrace", "ptrace.mode exists and proc.name = picket_kernel_t") +
           wire_rule("signal", "signal", "signal.signal = 28");
  }

 protected:
  Child target_{[] { return pause(); }};
  pid_t target() { return target_.go().pid(); }
  const std::uint64_t since_ = boot_clock();
};

TEST_F(Trace, EveryWireFieldOfPtrace) {
  const pid_t target = this->target();
  Child child([&] { return ptrace(PTRACE_ATTACH, target, 0, 0) != 0 ? 1 : pause(); });
  child.go();
  const Fields actual = wire_fields(sensor().next_alert("ptrace", child.pid()));
  Fields expected = ordinary_header(actual, "ptrace", child.pid(), SYS_ptrace, since_);
  expected.insert({{"ptrace.target", key_of(target)},
                   {"ptrace.tracer", key_of(child.pid())},
                   {"ptrace.mode", kAttach},
                   {"ptrace.request", std::to_string(PTRACE_ATTACH)}});
  expect_fields(actual, expected);
}

TEST_F(Trace, TraceMe) {
  Shared inner;
  Child parent([&] {
    const pid_t pid = fork();
    if (pid == 0) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0 ? 1 : pause());
    inner.set(pid);
    return pause();
  });
  parent.go();
  const pid_t pid = static_cast<pid_t>(inner.get());
  const Fields actual = wire_fields(sensor().next_alert("ptrace", pid));
  Fields expected = ordinary_header(actual, "ptrace", pid, SYS_ptrace, since_);
  expected.insert({{"ptrace.target", key_of(pid)},
                   {"ptrace.tracer", key_of(parent.pid())},
                   {"ptrace.mode", "0"},
                   {"ptrace.request", "0"}});
  expect_fields(actual, expected);
  kill(pid, SIGKILL);
}

int read_memory(pid_t pid) {
  static char here;
  char byte;
  const iovec local = {&byte, 1}, remote = {&here, 1};
  return process_vm_readv(pid, &local, 1, &remote, 1, 0) == 1 ? 0 : 1;
}

int write_memory(pid_t pid) {
  static char here;
  char byte = 0;
  const iovec local = {&byte, 1}, remote = {&here, 1};
  return process_vm_writev(pid, &local, 1, &remote, 1, 0) == 1 ? 0 : 1;
}

int take_descriptor(pid_t pid) {
  const int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  return syscall(SYS_pidfd_getfd, process, 0, 0) >= 0 ? 0 : 1;
}

int compare(pid_t pid) { return syscall(SYS_kcmp, getpid(), pid, KCMP_VM, 0, 0) >= 0 ? 0 : 1; }

int robust_list(pid_t pid) {
  void* head;
  std::size_t size;
  return static_cast<int>(syscall(SYS_get_robust_list, pid, &head, &size));
}

TEST_F(Trace, CallsThatLookIntoProcessesAreTold) {
  const pid_t target = this->target();
  const std::string memory = "/proc/" + std::to_string(target) + "/mem";
  const std::string request = std::to_string(PTRACE_SEIZE);
  const CallWay ways[] = {
    {"ptrace",
     false,
     [&] { return static_cast<int>(ptrace(PTRACE_SEIZE, target, 0, 0)); },
     {{"ptrace.request", request}}},
    {"process_vm_readv",
     false,
     [&] { return read_memory(target); },
     {{"ptrace.mode", kAttach}, {"ptrace.request", "-1"}}},
    {"process_vm_writev", false, [&] { return write_memory(target); }, {{"ptrace.mode", kAttach}}},
    {"pidfd_getfd", false, [&] { return take_descriptor(target); }, {{"ptrace.mode", kAttach}}},
    {"kcmp", false, [&] { return compare(target); }, {{"ptrace.mode", kLook}}},
    {"get_robust_list", false, [&] { return robust_list(target); }, {{"ptrace.mode", kLook}}},
    {"ptrace", false, [&] { return open(memory.c_str(), O_RDWR) < 0; }, {{"ptrace.request", "-1"}}},
#if defined(__x86_64__)
    {"ptrace",
     true,
     [&] { return static_cast<int>(compat_call(26, PTRACE_SEIZE, target)); },
     {{"ptrace.request", request}}},
#endif
  };
  expect_ways(sensor(), "ptrace", ways);
}

TEST_F(Trace, EveryWireFieldOfSignal) {
  const pid_t target = this->target();
  Child child([&] { return kill(target, SIGWINCH) != 0 ? 1 : pause(); });
  child.go();
  const Fields actual = wire_fields(sensor().next_alert("signal", child.pid()));
  Fields expected = ordinary_header(actual, "signal", child.pid(), SYS_kill, since_);
  expected.insert({{"signal.target", key_of(target)}, {"signal.signal", "28"}, {"signal.code", "0"}});
  expect_fields(actual, expected);
}

TEST_F(Trace, CallsThatSendSignalsAreTold) {
  const pid_t target = this->target();
  const CallWay ways[] = {
    {"kill", false, [&] { return kill(target, SIGWINCH); }, {{"signal.code", "0"}}},
    {"tkill", false, [&] { return static_cast<int>(syscall(SYS_tkill, target, SIGWINCH)); }, {{"signal.code", "-6"}}},
    {"tgkill",
     false,
     [&] { return static_cast<int>(syscall(SYS_tgkill, target, target, SIGWINCH)); },
     {{"signal.code", "-6"}}},
    {"rt_sigqueueinfo", false, [&] { return sigqueue(target, SIGWINCH, {}); }, {{"signal.code", "-1"}}},
    {"pidfd_send_signal",
     false,
     [&] {
       const int process = static_cast<int>(syscall(SYS_pidfd_open, target, 0));
       return static_cast<int>(syscall(SYS_pidfd_send_signal, process, SIGWINCH, nullptr, 0));
     },
     {{"signal.code", "0"}}},
#if defined(__x86_64__)
    {"kill", true, [&] { return static_cast<int>(compat_call(37, target, SIGWINCH)); }, {{"signal.code", "0"}}},
#endif
  };
  expect_ways(sensor(), "signal", ways);
}

// A process group: one event for each process in it.
TEST_F(Trace, SignalToAGroup) {
  Shared other;
  Child child([&] {
    setpgid(0, 0);
    const pid_t pid = fork();
    if (pid == 0) _exit(pause());
    other.set(pid);
    return kill(0, SIGWINCH) != 0 ? 1 : pause();
  });
  child.go();
  std::vector<std::string> targets;
  for (int i = 0; i < 2; ++i)
    targets.push_back(wire_fields(sensor().next_alert("signal", child.pid())).at("signal.target"));
  std::sort(targets.begin(), targets.end());
  std::vector<std::string> expected = {key_of(child.pid()), key_of(static_cast<pid_t>(other.get()))};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(expected, targets);
  kill(static_cast<pid_t>(other.get()), SIGKILL);
}

// The kernel itself tells those at a terminal that its size has changed.
TEST_F(Trace, SignalsOfTheKernelAreNone) {
  Child child([] {
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0 || setsid() < 0) return 1;
    const int slave = open(ptsname(terminal), O_RDWR);
    if (ioctl(slave, TIOCSCTTY, 0) != 0) return 1;
    const winsize size = {.ws_row = 7, .ws_col = 9, .ws_xpixel = 0, .ws_ypixel = 0};
    return ioctl(terminal, TIOCSWINSZ, &size);
  });
  EXPECT_EQ(0, child.wait());
  Child last([&] { return kill(getpid(), SIGWINCH); });
  EXPECT_EQ(0, last.wait());
  sensor().next_alert("signal", last.pid());  // what happened before this has been reported
  for (const Json& alert : sensor().alerts()) EXPECT_FALSE(rule_of(alert) == "signal" && pid_of(alert) == child.pid());
}

}  // namespace
}  // namespace picket::test
