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
#include <filesystem>
#include <functional>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/suite.h"

namespace picket::test {
namespace {

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

// Each below a directory of its own, with a rule of its own.
TEST(EnforceKinds, WhatIsRefusedDoesNotHappen) {
  Directory directories[std::size(kDeeds)];
  const auto file_of = [&](std::size_t i) { return directories[i] / "file"; };
  std::string rules;
  for (std::size_t i = 0; i < std::size(kDeeds); ++i) {
    if (kernel_release() < kDeeds[i].since) continue;
    rules += deny(kDeeds[i].name, condition_of(kDeeds[i], directories[i].path()), "  errno: EACCES\n");
    write_file(file_of(i), "text");
  }
  Sensor sensor({.rules = rules});
  for (std::size_t i = 0; i < std::size(kDeeds); ++i) {
    const Deed& deed = kDeeds[i];
    if (kernel_release() < deed.since) continue;
    SCOPED_TRACE(deed.name);
    Child child([&] { return deed.act(file_of(i)); });
    child.go();
    EXPECT_EQ(EACCES, end_of(child));
    const Json alert = sensor.next_alert(deed.name, child.pid());
    ASSERT_FALSE(alert.is_null());
    EXPECT_EQ("denied", alert.at("event").at("decision"));
    EXPECT_EQ("EACCES", alert.at("event").at("error"));
    EXPECT_EQ(EACCES, alert.at("event").at("errno"));
  }
  EXPECT_EQ(0, sensor.stop());  // so that this process may look
  for (std::size_t i = 0; i < std::size(kDeeds); ++i) {
    if (kernel_release() < kDeeds[i].since || !kDeeds[i].undone) continue;
    EXPECT_TRUE(kDeeds[i].undone(file_of(i))) << kDeeds[i].name << ": it happened";
  }
}

// Below are the directories of the cases, which the rules know by name.
constexpr const char* kPlace = "/run/enforce";

class Enforce : public SharedSensor<Enforce> {
 public:
  static std::string rules() {
    const std::string place = kPlace;
    return deny("no writing",
                "evt.type in (open, openat, openat2, creat, open_by_handle_at) and evt.is_open_write = true and "
                "fd.name startswith " +
                    place + "/writing/") +
           deny("no execution", "evt.type in (execve, execveat) and proc.exepath startswith " + place + "/execution/") +
           deny("by name", "evt.type in (execve, execveat) and proc.name = forbidden", "  errno: ENOENT\n") +
           deny("no connection", "connect.port = 4242 and connect.family = 2") +
           deny("no listening", "listen.family in (2, 10)") + deny("no raw", "socket.type = 3") +
           deny("no signal", "signal.signal = 10") + deny("no setuid", "setuid.effective_uid = 4711") +
           deny("no tracing", "ptrace.mode > 1 and ptrace.mode <= 31 and proc.name = nobody-has-it") +
           deny("no mapping", "mmap.path = " + place + "/code") + deny("no mount", "mount.path = " + place + "/mount") +
           "- rule: dies\n  desc: d\n  condition: open.path = " + place +
           "/dies\n  output: killed\n  priority: WARNING\n  action: kill\n";
  }

 protected:
  void SetUp() override { std::filesystem::create_directory(kPlace); }
  void TearDown() override { std::filesystem::remove_all(kPlace); }

  const std::string place_ = kPlace;
};

TEST_F(Enforce, OnlyWhatTheRuleIsAbout) {
  ASSERT_EQ(0, mkdir((place_ + "/writing").c_str(), 0755));
  const std::string file = place_ + "/writing/file";
  // Made elsewhere: here that is refused.
  write_file(place_ + "/other", "text");
  write_file(place_ + "/file", "text");
  ASSERT_EQ(0, rename((place_ + "/file").c_str(), file.c_str()));
  const std::size_t said_before = sensor().alerts().size();
  EXPECT_EQ(0, attempt([&] { return failure(open(file.c_str(), O_RDONLY)); }));
  EXPECT_EQ(0, attempt([&] { return failure(open((place_ + "/other").c_str(), O_WRONLY)); }));
  EXPECT_EQ(EPERM, attempt([&] { return failure(open(file.c_str(), O_RDWR)); }));
  EXPECT_FALSE(sensor().next_alert("no writing").is_null());
  EXPECT_EQ(said_before + 1, sensor().alerts().size());
}

TEST_F(Enforce, Execution) {
  ASSERT_EQ(0, mkdir((place_ + "/execution").c_str(), 0755));
  const std::string program = place_ + "/execution/program";
  write_file(program, read_file("/bin/true"));
  ASSERT_EQ(0, chmod(program.c_str(), 0755));
  const std::string script = place_ + "/execution/script";
  write_file(script, "#!" + program + "\n");
  ASSERT_EQ(0, chmod(script.c_str(), 0755));
  Child child([&] {
    execl(program.c_str(), "program", nullptr);
    return errno;
  });
  child.go();
  EXPECT_EQ(EPERM, end_of(child));
  const Json alert = sensor().next_alert("no execution", child.pid());
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

TEST_F(Enforce, Network) {
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

TEST_F(Enforce, OtherKinds) {
  const std::string code = place_ + "/code", place = place_ + "/mount";
  EXPECT_EQ(EPERM, attempt([] { return failure(kill(getppid(), SIGUSR1)); }));
  EXPECT_EQ(EPERM, attempt([] { return failure(setuid(4711)); }));
  EXPECT_EQ(0, attempt([] { return failure(setuid(4712)); }));
  write_file(code, std::string(4096, '\0'));
  EXPECT_EQ(EPERM, attempt([&] {
              const int file = open(code.c_str(), O_RDONLY);
              return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0) == MAP_FAILED ? errno : 0;
            }));
  ASSERT_EQ(0, mkdir(place.c_str(), 0700));
  EXPECT_EQ(EPERM, attempt([&] { return failure(mount("none", place.c_str(), "tmpfs", 0, nullptr)); }));
}

TEST_F(Enforce, KillEndsTheProcess) {
  const std::string file = place_ + "/dies", proof = place_ + "/proof";
  // By no process that opens it: that is the end of whoever does.
  ASSERT_EQ(0, mknod(file.c_str(), S_IFREG | 0600, 0));
  Child child([&] {
    open(file.c_str(), O_RDONLY);
    close(open(proof.c_str(), O_CREAT | O_WRONLY, 0600));
    return 0;
  });
  child.go();
  EXPECT_EQ(128 + SIGKILL, end_of(child));
  const Json alert = sensor().next_alert("dies", child.pid());
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ("killed", alert.at("event").at("decision"));
  EXPECT_FALSE(is_there(proof)) << "it went on";
}

TEST(EnforceModes, SayWhatWouldBe) {
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
