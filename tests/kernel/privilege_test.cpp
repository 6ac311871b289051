// SPDX-License-Identifier: Apache-2.0
//
// setuid, setgid, capset: every wire field, and every call; and that the process afterwards is what they made of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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

constexpr const char* kOpenRule = R"(
- rule: open
  desc: What the process is afterwards.
  condition: open.path endswith marked-by-privilege-test
  output: "uid=%user.uid\npermitted=%thread.cap_permitted\neffective=%thread.cap_effective\ninheritable=%thread.cap_inheritable"
  priority: DEBUG
)";

class Privilege : public SharedSensor<Privilege> {
 public:
  static std::string rules() {
    return wire_rule("setuid", "setuid", "setuid.fs_uid = 4102") +
           wire_rule("setgid", "setgid", "setgid.fs_gid = 4202") +
           wire_rule("capset", "capset", "capset.inheritable = 33") + kOpenRule;
  }

 protected:
  const std::uint64_t since_ = boot_clock();
};

int stay(int failed) { return failed != 0 ? 1 : pause(); }

std::string set_of(pid_t pid, const std::string& name) {
  const std::string text = read_file("/proc/" + std::to_string(pid) + "/status");
  return std::to_string(std::stoull(text.substr(text.find(name + ":\t") + name.size() + 2, 16), nullptr, 16));
}

TEST_F(Privilege, EveryWireFieldOfSetuid) {
  Child child([] {
    prctl(PR_SET_KEEPCAPS, 1);
    if (setresuid(4111, 0, 4113) != 0) return 1;
    setfsuid(4114);
    return stay(setresuid(4101, 4102, 4103));
  });
  child.go();
  const Fields actual = wire_fields(sensor().next_alert("setuid", child.pid()));
  ASSERT_TRUE(wait_until([&] { return stat_field(child.pid(), 3) == "S"; }));
  Fields expected = ordinary_header(actual, "setuid", child.pid(), SYS_setresuid, since_);
  expected["header.uid"] = "0";
  expected.insert({{"setuid.real_uid", "4101"},
                   {"setuid.effective_uid", "4102"},
                   {"setuid.saved_uid", "4103"},
                   {"setuid.fs_uid", "4102"},
                   {"setuid.old_real_uid", "4111"},
                   {"setuid.old_effective_uid", "0"},
                   {"setuid.old_saved_uid", "4113"},
                   {"setuid.old_fs_uid", "4114"},
                   {"setuid.variant", "4"},
                   {"setuid.cap_permitted", set_of(child.pid(), "CapPrm")},
                   {"setuid.cap_effective", set_of(child.pid(), "CapEff")}});
  EXPECT_NE("0", expected["setuid.cap_permitted"]);
  EXPECT_EQ("0", expected["setuid.cap_effective"]);
  expect_fields(actual, expected);
}

TEST_F(Privilege, EveryWireFieldOfSetgid) {
  Child child([] {
    if (setresgid(4211, 4212, 4213) != 0) return 1;
    setfsgid(4214);
    return stay(setresgid(4201, 4202, 4203));
  });
  child.go();
  const Fields actual = wire_fields(sensor().next_alert("setgid", child.pid()));
  Fields expected = ordinary_header(actual, "setgid", child.pid(), SYS_setresgid, since_);
  expected["header.gid"] = "4212";
  expected.insert({{"setgid.real_gid", "4201"},
                   {"setgid.effective_gid", "4202"},
                   {"setgid.saved_gid", "4203"},
                   {"setgid.fs_gid", "4202"},
                   {"setgid.old_real_gid", "4211"},
                   {"setgid.old_effective_gid", "4212"},
                   {"setgid.old_saved_gid", "4213"},
                   {"setgid.old_fs_gid", "4214"},
                   {"setgid.variant", "4"}});
  expect_fields(actual, expected);
}

int set_capabilities(std::uint64_t effective, std::uint64_t permitted, std::uint64_t inheritable) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  const auto half = [](std::uint64_t set, int i) { return static_cast<std::uint32_t>(set >> 32 * i); };
  for (int i = 0; i < 2; ++i) data[i] = {half(effective, i), half(permitted, i), half(inheritable, i)};
  return static_cast<int>(syscall(SYS_capset, &header, data));
}

constexpr std::uint64_t kBpf = 1ull << 39;  // in the second half

TEST_F(Privilege, EveryWireFieldOfCapset) {
  Child child([] {
    if (set_capabilities(kBpf | 0x23, kBpf | 0x33, 0x03) != 0) return 1;
    return stay(set_capabilities(0x20, kBpf | 0x21, 0x21));
  });
  child.go();
  const Fields actual = wire_fields(sensor().next_alert("capset", child.pid()));
  Fields expected = ordinary_header(actual, "capset", child.pid(), SYS_capset, since_);
  expected.insert({{"capset.effective", std::to_string(0x20)},
                   {"capset.permitted", std::to_string(kBpf | 0x21)},
                   {"capset.inheritable", std::to_string(0x21)},
                   {"capset.old_effective", std::to_string(kBpf | 0x23)},
                   {"capset.old_permitted", std::to_string(kBpf | 0x33)},
                   {"capset.old_inheritable", std::to_string(0x03)}});
  expect_fields(actual, expected);
}

TEST_F(Privilege, UserCallsAreTold) {
  const CallWay ways[] = {
    {"setuid", false, [] { return static_cast<int>(syscall(SYS_setuid, 4102)); }, {{"setuid.variant", "1"}}},
    {"setreuid", false, [] { return static_cast<int>(syscall(SYS_setreuid, -1, 4102)); }, {{"setuid.variant", "2"}}},
    {"setresuid", false, [] { return static_cast<int>(syscall(SYS_setresuid, -1, 4102, -1)); }},
    {"setfsuid", false, [] { return setfsuid(4102); }, {{"setuid.variant", "8"}}},
#if defined(__x86_64__)
    {"setuid", true, [] { return static_cast<int>(compat_call(23, 4102)); }},
    {"setuid", true, [] { return static_cast<int>(compat_call(213, 4102)); }},
#endif
  };
  expect_ways(sensor(), "setuid", ways);
}

TEST_F(Privilege, GroupCallsAreTold) {
  const CallWay ways[] = {
    {"setgid", false, [] { return static_cast<int>(syscall(SYS_setgid, 4202)); }, {{"setgid.variant", "1"}}},
    {"setregid", false, [] { return static_cast<int>(syscall(SYS_setregid, -1, 4202)); }, {{"setgid.variant", "2"}}},
    {"setresgid", false, [] { return static_cast<int>(syscall(SYS_setresgid, -1, 4202, -1)); }},
    {"setfsgid", false, [] { return setfsgid(4202); }, {{"setgid.variant", "8"}}},
#if defined(__x86_64__)
    {"setgid", true, [] { return static_cast<int>(compat_call(46, 4202)); }},
    {"setgid", true, [] { return static_cast<int>(compat_call(214, 4202)); }},
#endif
  };
  expect_ways(sensor(), "setgid", ways);
}

// The process table follows: who stops being root has nothing left, and what capset leaves is what there is.
TEST_F(Privilege, TheProcessIsWhatTheyMadeOfIt) {
  Directory directory;
  const std::string file = directory / "marked-by-privilege-test";
  write_file(file, "");
  sensor().next_alert("open", getpid());
  const auto open_it = [&] { return close(open(file.c_str(), O_RDONLY)); };
  Child user([&] { return setresuid(4102, 4102, 4102) != 0 ? 1 : open_it(); });
  EXPECT_EQ(0, user.wait());
  const Fields of_user = wire_fields(sensor().next_alert("open", user.pid()));
  EXPECT_EQ("4102", of_user.at("uid"));
  EXPECT_EQ("", of_user.at("permitted"));
  EXPECT_EQ("", of_user.at("effective"));

  Child root([&] { return set_capabilities(0x20, kBpf | 0x21, 0x21) != 0 ? 1 : open_it(); });
  EXPECT_EQ(0, root.wait());
  const Fields of_root = wire_fields(sensor().next_alert("open", root.pid()));
  EXPECT_EQ("CAP_CHOWN CAP_KILL CAP_BPF", of_root.at("permitted"));
  EXPECT_EQ("CAP_KILL", of_root.at("effective"));
  EXPECT_EQ("CAP_CHOWN CAP_KILL", of_root.at("inheritable"));
}

}  // namespace
}  // namespace picket::test
