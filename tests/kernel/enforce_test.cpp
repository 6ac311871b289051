// SPDX-License-Identifier: Apache-2.0
//
// action: deny and kill: what a rule refuses does not happen; the alert says who refused it; what no rule refuses goes
// on as ever. The ways round are in evasion_*_test.cpp, the load in stress_test.cpp.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

std::string deny(const std::string& name, const std::string& condition, const std::string& more = "") {
  return "- rule: " + name + "\n  desc: d\n  condition: " + condition +
         "\n  output: refused\n  priority: WARNING\n  action: deny\n" + more;
}

// 0, or the errno with which it failed.
int failure(long result) { return result < 0 ? errno : 0; }

// How a child ended: its exit code, or 128 and the signal.
int end_of(Child& child) {
  const int status = child.wait();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Does it in a child, which ends with what came of it.
int attempt(const std::function<int()>& act) {
  Child child(act);
  child.go();
  return end_of(child);
}

// An operation below a directory that a rule protects, and what shows that it did not happen.
struct Deed {
  const char* name;
  const char* calls;  // evt.type
  std::function<int(const std::string& file)> act;
  std::function<bool(const std::string& file)> undone;
  KernelRelease since = {5, 10};  // before, the kernel has no hook for it, and the rule is refused at start
};

bool is_there(const std::string& path) { return access(path.c_str(), F_OK) == 0; }
std::string in_place_of(const std::string& file) { return "/run/outside-" + file.substr(file.rfind('/') + 1); }

const Deed kDeeds[] = {
    {"open for reading", "open", [](const std::string& f) { return failure(open(f.c_str(), O_RDONLY)); }, {}},
    {"open for writing", "open", [](const std::string& f) { return failure(open(f.c_str(), O_WRONLY | O_TRUNC)); },
     [](const std::string& f) { return read_file(f) == "text"; }},
    {"unlink", "unlink", [](const std::string& f) { return failure(unlink(f.c_str())); }, is_there},
    {"rename from",
     "rename",
     [](const std::string& f) { return failure(rename(f.c_str(), in_place_of(f).c_str())); },
     is_there,
     {5, 19}},
    {"link", "link", [](const std::string& f) { return failure(link(f.c_str(), in_place_of(f).c_str())); },
     [](const std::string& f) { return !is_there(in_place_of(f)); }},
    {"symlink", "symlink", [](const std::string& f) { return failure(symlink("x", (f + ".new").c_str())); },
     [](const std::string& f) { return !is_there(f + ".new"); }},
    {"mkdir", "mkdir", [](const std::string& f) { return failure(mkdir((f + ".new").c_str(), 0700)); },
     [](const std::string& f) { return !is_there(f + ".new"); }},
    {"mknod", "mknod", [](const std::string& f) { return failure(mknod((f + ".new").c_str(), S_IFIFO | 0600, 0)); },
     [](const std::string& f) { return !is_there(f + ".new"); }},
    {"chmod", "chmod", [](const std::string& f) { return failure(chmod(f.c_str(), 0777)); },
     [](const std::string& f) {
       struct stat status {};
       return stat(f.c_str(), &status) == 0 && (status.st_mode & 0777) != 0777;
     }},
    {"truncate", "truncate", [](const std::string& f) { return failure(truncate(f.c_str(), 0)); },
     [](const std::string& f) { return read_file(f) == "text"; }},
    {"setxattr", "setxattr", [](const std::string& f) { return failure(setxattr(f.c_str(), "trusted.x", "y", 1, 0)); },
     [](const std::string& f) { return getxattr(f.c_str(), "trusted.x", nullptr, 0) < 0; }},
};

// What the rule about a deed asks.
std::string condition_of(const Deed& deed, const std::string& directory) {
  const std::string kind = deed.calls;
  const std::string path = kind == "rename" || kind == "link" ? "old_path" : "path";
  return kind + "." + path + " startswith " + directory + "/";
}

TEST(Enforce, WhatIsRefusedDoesNotHappen) {
  for (const Deed& deed : kDeeds) {
    if (kernel_release() < deed.since) continue;
    SCOPED_TRACE(deed.name);
    const Directory directory;
    const std::string file = directory.path() + "/file";
    write_file(file, "text");
    Sensor sensor({.rules = deny("no", condition_of(deed, directory.path()), "  errno: EACCES\n")});
    Child child([&] { return deed.act(file); });
    child.go();
    EXPECT_EQ(EACCES, end_of(child));
    const Json alert = sensor.next_alert("no", child.pid());
    ASSERT_FALSE(alert.is_null());
    EXPECT_EQ("denied", alert.at("event").at("decision"));
    EXPECT_EQ("EACCES", alert.at("event").at("error"));
    EXPECT_EQ(EACCES, alert.at("event").at("errno"));
    EXPECT_EQ(0, sensor.stop());
    if (deed.undone) {
      EXPECT_TRUE(deed.undone(file)) << "it happened";
    }
  }
}

TEST(Enforce, OnlyWhatTheRuleIsAbout) {
  const Directory directory;
  write_file(directory.path() + "/file", "text");
  write_file("/run/other", "text");
  Sensor sensor({.rules = deny("no writing",
                               "evt.type in (open, openat, openat2, creat, open_by_handle_at) and "
                               "evt.is_open_write = true and fd.name startswith " +
                                   directory.path() + "/")});
  EXPECT_EQ(0, attempt([&] { return failure(open((directory.path() + "/file").c_str(), O_RDONLY)); }));
  EXPECT_EQ(0, attempt([] { return failure(open("/run/other", O_WRONLY)); }));
  EXPECT_EQ(EPERM, attempt([&] { return failure(open((directory.path() + "/file").c_str(), O_RDWR)); }));
  EXPECT_FALSE(sensor.next_alert("no writing").is_null());
  EXPECT_EQ(1u, sensor.alerts().size());
}

TEST(Enforce, Execution) {
  const Directory directory;
  const std::string program = directory.path() + "/program";
  write_file(program, read_file("/bin/true"));
  ASSERT_EQ(0, chmod(program.c_str(), 0755));
  const std::string script = directory.path() + "/script";
  write_file(script, "#!" + program + "\n");
  ASSERT_EQ(0, chmod(script.c_str(), 0755));
  Sensor sensor(
      {.rules = deny("no", "evt.type in (execve, execveat) and proc.exepath startswith " + directory.path() + "/") +
                deny("by name", "evt.type in (execve, execveat) and proc.name = forbidden", "  errno: ENOENT\n")});
  Child child([&] {
    execl(program.c_str(), "program", nullptr);
    return errno;
  });
  child.go();
  EXPECT_EQ(EPERM, end_of(child));
  const Json alert = sensor.next_alert("no", child.pid());
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ("denied", alert.at("event").at("decision"));
  EXPECT_EQ(program, alert.at("event").at("exec").at("path"));
  EXPECT_EQ(EPERM, attempt([&] {
              execl(script.c_str(), "script", nullptr);
              return errno;
            }));
  ASSERT_EQ(0, symlink("/bin/true", "/run/forbidden"));
  EXPECT_EQ(ENOENT, attempt([] {
              execl("/run/forbidden", "x", nullptr);
              return errno;
            }));
  EXPECT_EQ(0, attempt([] {
              execl("/bin/true", "true", nullptr);
              return errno;
            }));
  unlink("/run/forbidden");
}

TEST(Enforce, Network) {
  Sensor sensor({.rules = deny("no", "connect.port = 4242 and connect.family = 2") +
                          deny("no listening", "listen.family in (2, 10)") + deny("no raw", "socket.type = 3")});
  EXPECT_EQ(EPERM, attempt([] {
              sockaddr_in to{
                  .sin_family = AF_INET, .sin_port = htons(4242), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
              return failure(connect(socket(AF_INET, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&to), sizeof to));
            }));
  EXPECT_EQ(ECONNREFUSED, attempt([] {
              sockaddr_in to{
                  .sin_family = AF_INET, .sin_port = htons(4243), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
              return failure(connect(socket(AF_INET, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&to), sizeof to));
            }));
  EXPECT_EQ(EPERM, attempt([] { return failure(listen(socket(AF_INET, SOCK_STREAM, 0), 1)); }));
  EXPECT_EQ(EPERM, attempt([] { return failure(socket(AF_INET, SOCK_RAW, 1)); }));
}

TEST(Enforce, OtherKinds) {
  Sensor sensor({.rules = deny("no signal", "signal.signal = 10") + deny("no setuid", "setuid.effective_uid = 4711") +
                          deny("no tracing", "ptrace.mode > 1 and ptrace.mode <= 31 and proc.name = nobody-has-it") +
                          deny("no mapping", "mmap.path = /run/enforce-code") +
                          deny("no mount", "mount.path = /run/enforce-mount")});
  EXPECT_EQ(EPERM, attempt([] { return failure(kill(getppid(), SIGUSR1)); }));
  EXPECT_EQ(EPERM, attempt([] { return failure(setuid(4711)); }));
  EXPECT_EQ(0, attempt([] { return failure(setuid(4712)); }));
  write_file("/run/enforce-code", std::string(4096, '\0'));
  EXPECT_EQ(EPERM, attempt([] {
              const int file = open("/run/enforce-code", O_RDONLY);
              return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0) == MAP_FAILED ? errno : 0;
            }));
  ASSERT_EQ(0, mkdir("/run/enforce-mount", 0700));
  EXPECT_EQ(EPERM, attempt([] { return failure(mount("none", "/run/enforce-mount", "tmpfs", 0, nullptr)); }));
  rmdir("/run/enforce-mount");
  unlink("/run/enforce-code");
}

TEST(Enforce, KillEndsTheProcess) {
  const Directory directory;
  const std::string file = directory.path() + "/file";
  write_file(file, "text");
  Sensor sensor({.rules = "- rule: dies\n  desc: d\n  condition: open.path = " + file +
                          "\n  output: killed\n  priority: WARNING\n  action: kill\n"});
  const std::string proof = directory.path() + "/proof";
  Child child([&] {
    open(file.c_str(), O_RDONLY);
    close(open(proof.c_str(), O_CREAT | O_WRONLY, 0600));
    return 0;
  });
  child.go();
  EXPECT_EQ(128 + SIGKILL, end_of(child));
  const Json alert = sensor.next_alert("dies", child.pid());
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ("killed", alert.at("event").at("decision"));
  EXPECT_FALSE(is_there(proof)) << "it went on";
}

TEST(Enforce, ModesSayWhatWouldBe) {
  const Directory directory;
  const std::string file = directory.path() + "/file";
  write_file(file, "text");
  struct Row {
    const char* sensor;
    const char* rule;
    int error;
    const char* decision;
  };
  const Row rows[] = {{"audit", "", 0, "would_deny"},
                      {"enforce", "  mode: audit\n", 0, "would_deny"},
                      {"observe", "", 0, "allowed"},
                      {"audit", "  mode: enforce\n", EPERM, "denied"}};
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(row.sensor) + row.rule);
    Sensor sensor({.rules = deny("no", "open.path = " + file, row.rule), .arguments = {"--mode", row.sensor}});
    Child child([&] { return failure(open(file.c_str(), O_RDONLY)); });
    child.go();
    EXPECT_EQ(row.error, end_of(child));
    const Json alert = sensor.next_alert("no", child.pid());
    ASSERT_FALSE(alert.is_null());
    EXPECT_EQ(row.decision, alert.at("event").at("decision"));
  }
}

}  // namespace
}  // namespace picket::test
