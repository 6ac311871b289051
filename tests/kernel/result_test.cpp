// SPDX-License-Identifier: Apache-2.0
//
// How operations ended: results that are joined to events, and files that could not be opened.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/ring.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

constexpr const char* kOutput =
    R"(type=%evt.type\nres=%evt.res\nraw=%evt.rawres\nfailed=%evt.failed\nfd=%fd.num\nname=%fd.name)";

std::string rule(const std::string& name, const std::string& condition) {
  return "- rule: " + name + "\n  desc: With its outcome.\n  condition: " + condition + "\n  output: \"" + kOutput +
         "\"\n  priority: DEBUG\n";
}

class Result : public SharedSensor<Result> {
 public:
  static std::string rules() {
    return rule("open", "open.path endswith marked-by-result-test") +
           rule("failed", "evt.failed = true and fd.name contains missing-by-result-test") +
           rule("denied", "evt.res in (EACCES, ELOOP, ENXIO) and fd.filename = barred-by-result-test") +
           rule("connect", "connect.port in (9, 10)");
  }

 protected:
  Fields seen(const std::string& rule, const std::function<int()>& act) {
    Child child(act);
    EXPECT_EQ(0, child.wait()) << "the act itself went wrong";
    last_ = sensor().next_alert(rule, child.pid());
    return wire_fields(last_);
  }

  Directory directory_;
  Json last_;
};

TEST_F(Result, OfAnOpenIsItsDescriptor) {
  const std::string file = directory_ / "marked-by-result-test";
  const Fields fields = seen("open", [&] {
    return open(file.c_str(), O_RDWR | O_CREAT, 0600) == 200 ? 0 : dup2(open(file.c_str(), O_RDONLY), 200) != 200;
  });
  EXPECT_EQ("openat", fields.at("type"));
  EXPECT_EQ("SUCCESS", fields.at("res"));
  EXPECT_EQ("false", fields.at("failed"));
  EXPECT_EQ(fields.at("raw"), fields.at("fd"));
  EXPECT_GE(std::stoi(fields.at("fd")), 3);
  EXPECT_EQ("success", last_.at("event").at("outcome"));
  EXPECT_EQ(std::stoi(fields.at("fd")), last_.at("event").at("result"));
}

TEST_F(Result, OfAnOpenByA32BitCall) {
#if defined(__x86_64__)
  const std::string file = directory_ / "marked-by-result-test";
  write_file(file, "");
  sensor().next_alert("open", getpid());
  const Fields fields = seen("open", [&] {
    void* low = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    std::strcpy(static_cast<char*>(low), file.c_str());
    dup2(0, 77);
    long result = 5;  // open
    asm volatile("int $0x80" : "+a"(result) : "b"(low), "c"(O_RDONLY), "d"(0) : "memory", "r8", "r9", "r10", "r11");
    return result < 0;
  });
  EXPECT_EQ("open", fields.at("type"));
  EXPECT_EQ("SUCCESS", fields.at("res"));
  EXPECT_NE("<NA>", fields.at("fd"));
#endif
}

// A ring's operation has no call that could end.
TEST_F(Result, ThroughARingIsUnknownAndCountsAsSuccess) {
  const std::string file = directory_ / "marked-by-result-test";
  write_file(file, "");
  sensor().next_alert("open", getpid());
  const Fields fields = seen("open", [&] {
    io_uring_sqe operation{};
    operation.opcode = IORING_OP_OPENAT;
    operation.fd = AT_FDCWD;
    operation.addr = reinterpret_cast<std::uint64_t>(file.c_str());
    return through_ring(operation) < 0;
  });
  EXPECT_EQ("io_uring", fields.at("type"));
  EXPECT_EQ("SUCCESS", fields.at("res"));
  EXPECT_EQ("<NA>", fields.at("raw"));
  EXPECT_EQ("<NA>", fields.at("fd"));
  EXPECT_EQ("unknown", last_.at("event").at("outcome"));
}

int connect_to(std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(socket(AF_INET, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&to), sizeof to);
}

TEST_F(Result, OfAConnectionRefused) {
  const Fields fields = seen("connect", [] { return connect_to(9) == 0; });
  EXPECT_EQ("ECONNREFUSED", fields.at("res"));
  EXPECT_EQ(std::to_string(-ECONNREFUSED), fields.at("raw"));
  EXPECT_EQ("true", fields.at("failed"));
  EXPECT_EQ("allowed", last_.at("event").at("decision"));
  EXPECT_EQ("failure", last_.at("event").at("outcome"));
}

TEST_F(Result, OfAConnectionMade) {
  const Fields fields = seen("connect", [] {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(10);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || listen(listener, 1) != 0) return 1;
    return connect_to(10);
  });
  EXPECT_EQ("SUCCESS", fields.at("res"));
  EXPECT_EQ("0", fields.at("raw"));
}

// ---- failed opens ----

TEST_F(Result, NoSuchFile) {
  const std::string file = directory_ / "missing-by-result-test";
  const Fields fields = seen("failed", [&] { return open(file.c_str(), O_RDONLY) >= 0; });
  const Fields expected = {{"type", "openat"}, {"res", "ENOENT"}, {"raw", "-2"},
                           {"failed", "true"}, {"fd", "-1"},      {"name", file}};
  EXPECT_EQ(expected, fields);
  EXPECT_EQ("failed", last_.at("event").at("decision"));
  EXPECT_EQ("ENOENT", last_.at("event").at("error"));
}

// From wherever a relative path begins; the path that is shown is as if there were no links.
TEST_F(Result, RelativePaths) {
  ASSERT_EQ(0, mkdir((directory_ / "deep").c_str(), 0700));
  const std::string missing = directory_ / "missing-by-result-test";
  EXPECT_EQ(missing, seen("failed", [&] {
                       return chdir((directory_ / "deep").c_str()) != 0 ||
                              open("./x/..//../missing-by-result-test", O_WRONLY) >= 0;
                     }).at("name"));
  EXPECT_EQ(missing, seen("failed", [&] {
                       const int from = open((directory_ / "deep").c_str(), O_RDONLY | O_DIRECTORY);
                       return openat(from, "../missing-by-result-test", O_RDONLY) >= 0;
                     }).at("name"));
  EXPECT_EQ(missing, seen("failed", [&] {
                       open_how how{};
                       how.resolve = RESOLVE_BENEATH;
                       const int from = open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY);
                       return syscall(SYS_openat2, from, "missing-by-result-test", &how, sizeof how) >= 0;
                     }).at("name"));
}

TEST_F(Result, ThroughARing) {
  const std::string file = directory_ / "missing-by-result-test";
  for (const unsigned flags : {0u, static_cast<unsigned>(IOSQE_ASYNC)}) {
    const Fields fields = seen("failed", [&] {
      io_uring_sqe operation{};
      operation.opcode = IORING_OP_OPENAT;
      operation.flags = static_cast<unsigned char>(flags);
      operation.fd = AT_FDCWD;
      operation.addr = reinterpret_cast<std::uint64_t>(file.c_str());
      return through_ring(operation) == -ENOENT ? 0 : 1;
    });
    EXPECT_EQ("io_uring", fields.at("type"));
    EXPECT_EQ("ENOENT", fields.at("res"));
    EXPECT_EQ(file, fields.at("name"));
  }
}

TEST_F(Result, BarredByPermissionsAndByLinks) {
  const std::string file = directory_ / "barred-by-result-test";
  write_file(file, "");
  ASSERT_EQ(0, chmod(file.c_str(), 0));
  ASSERT_EQ(0, chmod(directory_.path().c_str(), 0755));
  EXPECT_EQ("EACCES", seen("denied", [&] {
                        return setresuid(1001, 1001, 1001) != 0 || open(file.c_str(), O_RDONLY) >= 0;
                      }).at("res"));
  ASSERT_EQ(0, unlink(file.c_str()));
  ASSERT_EQ(0, symlink(file.c_str(), file.c_str()));
  EXPECT_EQ("ELOOP", seen("denied", [&] { return open(file.c_str(), O_RDONLY) >= 0; }).at("res"));
}

// The hook was reached, and then the pipe had no reader: one operation, one event.
TEST_F(Result, FailedAfterTheHook) {
  const std::string file = directory_ / "barred-by-result-test";
  ASSERT_EQ(0, mkfifo(file.c_str(), 0600));
  const Fields fields = seen("denied", [&] { return open(file.c_str(), O_WRONLY | O_NONBLOCK) >= 0; });
  EXPECT_EQ("ENXIO", fields.at("res"));
  EXPECT_EQ("open", last_.at("event").at("kind"));
  seen("denied", [&] { return open(file.c_str(), O_WRONLY | O_NONBLOCK) >= 0; });
  std::size_t alerts = 0;
  for (const Json& alert : sensor().alerts()) alerts += alert.dump().find("ENXIO") != std::string::npos;
  EXPECT_EQ(2u, alerts);
}

// Looking for a program in vain is execve's business, and O_PATH opens nothing.
TEST_F(Result, WhatIsNoFailedOpen) {
  const std::string file = directory_ / "missing-by-result-test";
  Child child([&] {
    execute(file, {"x"});
    open(file.c_str(), O_PATH);
    return open((file + ".real").c_str(), O_RDONLY) >= 0;
  });
  EXPECT_EQ(0, child.wait());
  EXPECT_EQ(file + ".real", wire_fields(sensor().next_alert("failed", child.pid())).at("name"));
}

class OpenFailed : public SharedSensor<OpenFailed> {
 public:
  static std::string rules() {
    return wire_rule("wire", "open_failed", "open_failed.name endswith missing-by-wire-test and evt.failed = true") +
           rule("name", "evt.type = openat and evt.failed = true and fd.name endswith missing-by-name-test");
  }

 protected:
  Directory directory_;
};

TEST_F(OpenFailed, EveryWireField) {
  const std::string name = "./deep/missing-by-wire-test";
  Child child([&] {
    if (chdir(directory_.path().c_str()) != 0) return 1;
    return open(name.c_str(), O_RDWR | O_APPEND) >= 0 ? 1 : 0;
  });
  const std::uint64_t before = boot_clock();
  child.go();
  const Fields actual = wire_fields(sensor().next_alert("wire", child.pid()));
  Fields expected = ordinary_header(actual, "open_failed", child.pid(), SYS_openat, before);
  expected["header.error"] = std::to_string(-ENOENT);
  expected["open_failed.flags"] = std::to_string(O_RDWR | O_APPEND | 0100000);
  expected["open_failed.name"] = name;
  expected["open_failed.directory"] = directory_.path();
  expect_fields(actual, expected);
  EXPECT_EQ(0, child.wait());
}

TEST_F(OpenFailed, TheLongestPaths) {
  const std::string part(200, 'd');
  std::string path = directory_.path();
  for (int i = 0; i < 15; ++i) ASSERT_EQ(0, mkdir((path += "/" + part).c_str(), 0700));
  const std::string tail = "missing-by-name-test";
  std::string name;
  while (name.size() + tail.size() < 4000) name += "./";
  name += tail;
  Child child([&] {
    if (chdir(path.c_str()) != 0) return 1;
    return open(name.c_str(), O_RDONLY) >= 0 ? 1 : 0;
  });
  EXPECT_EQ(0, child.wait());
  EXPECT_EQ(path + "/" + tail, wire_fields(sensor().next_alert("name", child.pid())).at("name"));
}

}  // namespace
}  // namespace picket::test
