// SPDX-License-Identifier: Apache-2.0
//
// dup: every wire field for files and sockets, every call that copies, and what is no copy onto 0, 1 or 2.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/network.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

const std::string kNone = "<NA>";

class Dup : public SharedSensor<Dup> {
 public:
  static std::string rules() {
    return R"(
- rule: call
  desc: By whichever call.
  condition: dup.old_descriptor = 41
  output: "type=%evt.type\nflags=%header.flags\nold=%dup.old_descriptor\nnum=%fd.num\nkind=%fd.type"
  priority: DEBUG
)" + wire_rule("dup", "dup", "dup.new_descriptor exists");
  }

 protected:
  Fields seen(const std::function<int()>& act) {
    Child child(act);
    const std::uint64_t before = boot_clock();
    child.go();
    const Fields actual = wire_fields(sensor().next_alert("dup", child.pid()));
    header_ = ordinary_header(actual, "dup", child.pid(), SYS_dup2, before);
    EXPECT_EQ(0, child.wait());
    return actual;
  }

  void expect_copy(const std::function<int()>& act, const Fields& fields) {
    const Fields actual = seen(act);  // which fills header_
    expect_fields(actual, expected(fields));
  }

  Fields expected(Fields fields) const {
    Fields all = header_;
    const Fields nothing = {{"family", "0"},     {"type", "0"},      {"protocol", "0"},        {"port", "0"},
                            {"local_port", "0"}, {"address", kNone}, {"local_address", kNone}, {"path", kNone}};
    fields.insert(nothing.begin(), nothing.end());
    for (const auto& [name, value] : fields) all["dup." + name] = value;
    return all;
  }

  Fields header_;
};

constexpr int kSource = 40;  // a descriptor that nobody else has

TEST_F(Dup, EveryWireFieldOfAFile) {
  Directory directory;
  const std::string file = directory / "copied";
  write_file(file, "");
  struct stat info {};
  stat(file.c_str(), &info);
  const Fields actual = seen([&] {
    const int made = open(file.c_str(), O_RDONLY);
    if (fcntl(made, F_DUPFD, kSource) != kSource) return 1;
    return dup2(kSource, 0);
  });
  expect_fields(actual, expected({{"old_descriptor", std::to_string(kSource)},
                                  {"new_descriptor", "0"},
                                  {"mode", std::to_string(info.st_mode)},
                                  {"path", file}}));
}

int copy_client(int family, const Endpoint& client, const Endpoint& server, int onto) {
  const Connection tcp = connect_both(family, client, server);
  if (fcntl(tcp.client, F_DUPFD, kSource) != kSource) return 1;
  return dup2(kSource, onto) == onto ? 0 : 2;
}

TEST_F(Dup, EveryWireFieldOfASocket) {
  const std::string mode = std::to_string(S_IFSOCK | 0777), source = std::to_string(kSource);
  expect_copy([] { return copy_client(AF_INET, ipv4("127.0.0.2", 7201), ipv4("127.0.0.1", 7202), 1); },
              {{"old_descriptor", source},
               {"new_descriptor", "1"},
               {"mode", mode},
               {"family", "2"},
               {"type", "1"},
               {"protocol", "6"},
               {"port", "7202"},
               {"local_port", "7201"},
               {"address", "127.0.0.1"},
               {"local_address", "127.0.0.2"}});
  expect_copy([] { return copy_client(AF_INET6, ipv6("::1", 7203), ipv6("::1", 7204), 2); },
              {{"old_descriptor", source},
               {"new_descriptor", "2"},
               {"mode", mode},
               {"family", "10"},
               {"type", "1"},
               {"protocol", "6"},
               {"port", "7204"},
               {"local_port", "7203"},
               {"address", "::1"},
               {"local_address", "::1"}});
  expect_copy(
      [] {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 1;
        if (fcntl(ends[0], F_DUPFD, kSource) != kSource) return 2;
        return dup2(kSource, 0);
      },
      {{"old_descriptor", source}, {"new_descriptor", "0"}, {"mode", mode}, {"family", "1"}, {"type", "2"}});
}

TEST_F(Dup, OfAPipe) {
  const Fields actual = seen([] {
    int ends[2];
    if (pipe(ends) != 0 || fcntl(ends[0], F_DUPFD, kSource) != kSource) return 1;
    return dup2(kSource, 0);
  });
  EXPECT_EQ(0u, actual.at("dup.path").rfind("pipe:[", 0)) << actual.at("dup.path");
}

constexpr int kCopied = 41;  // which the rule about calls knows

struct Call {
  const char* type;
  const char* flags;
  std::function<int()> act;
};

// What copies kCopied onto descriptor 0, which dup and fcntl do when it is the lowest that is free.
const Call kCalls[] = {
    {"dup", "0",
     [] {
       close(0);
       return dup(kCopied);
     }},
    {"dup2", "0", [] { return static_cast<int>(syscall(SYS_dup2, kCopied, 0)); }},
    {"dup3", "0", [] { return dup3(kCopied, 0, O_CLOEXEC); }},
    {"fcntl", "0",
     [] {
       close(0);
       return fcntl(kCopied, F_DUPFD_CLOEXEC, 0);
     }},
#if defined(__x86_64__)
    {"dup", "32",
     [] {
       close(0);
       return static_cast<int>(call_32(41, kCopied));
     }},
    {"dup2", "32", [] { return static_cast<int>(call_32(63, kCopied, 0)); }},
    {"dup3", "32", [] { return static_cast<int>(call_32(330, kCopied, 0, 0)); }},
    {"fcntl", "32",
     [] {
       close(0);
       return static_cast<int>(call_32(55, kCopied, F_DUPFD, 0));
     }},
    {"fcntl", "32",
     [] {
       close(0);
       return static_cast<int>(call_32(221, kCopied, F_DUPFD, 0));
     }},
#endif
};

TEST_F(Dup, ByEveryCall) {
  for (const Call& call : kCalls) {
    Child child([&] {
      if (fcntl(socket(AF_INET, SOCK_STREAM, 0), F_DUPFD, kCopied) != kCopied) return 1;
      return call.act();
    });
    EXPECT_EQ(0, child.wait()) << call.type << " " << call.flags;
    const Fields expected = {
        {"type", call.type}, {"flags", call.flags}, {"old", std::to_string(kCopied)}, {"num", "0"}, {"kind", "ipv4"}};
    EXPECT_EQ(expected, wire_fields(sensor().next_alert("call", child.pid())));
  }
}

// Copies elsewhere, onto itself, and those that fail.
TEST_F(Dup, NoneOfOtherCopies) {
  const Fields actual = seen([] {
    if (dup2(0, kSource) != kSource || dup2(1, 1) != 1 || dup2(999, 0) >= 0 || dup3(kSource, 2, -1) >= 0) return 1;
    return dup2(kSource, 2) == 2 ? 0 : 2;
  });
  EXPECT_EQ("2", actual.at("dup.new_descriptor"));
}

}  // namespace
}  // namespace picket::test
