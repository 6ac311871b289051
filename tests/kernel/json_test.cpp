// SPDX-License-Identifier: Apache-2.0
//
// Whole alerts, every member of them: do this, get exactly that JSON.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/shared.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

class AlertJson : public SharedSensor<AlertJson> {
 public:
  // A rule that is called like its kind.
  static std::string rule(const std::string& kind, const std::string& condition, const std::string& output) {
    return "- rule: " + kind + "\n  desc: About " + kind + ".\n  condition: " + condition + "\n  output: \"" + output +
           "\"\n  priority: WARNING\n  tags: [test, T1059]\n";
  }

  static std::string rules() {
    return rule("exec", "exec.path endswith /json-test-program", "%proc.name ran %proc.exepath, tty %proc.tty") +
           rule("open", "open.path contains /json-test- and evt.is_open_read = true", "%fd.name was read") +
           rule("connect", "connect.port = 4999", "connection to %fd.rip") +
           rule("exit", "exit.status = 10752", "ended with %exit.status by %proc.pname") +
           rule("fork", "evt.type = fork", "child %proc.pid");
  }

 protected:
  // An open and a connect are reported before they are done, and no rule here asks how they ended.
  static std::string outcome_of(const std::string& kind) {
    return kind == "open" || kind == "connect" ? "unknown" : "success";
  }

  // What rule and kind say.
  static Json of_rule(const std::string& kind, const std::string& type, const std::string& message, Json fields) {
    return {{"rule", kind},
            {"description", "About " + kind + "."},
            {"priority", "Warning"},
            {"severity", "Medium"},
            {"severity_id", 3},
            {"tags", {"T1059", "test"}},
            {"attacks", Json::array({{{"technique", {{"uid", "T1059"}}}}})},
            {"message", message},
            {"output_fields", std::move(fields)},
            {"event", {{"kind", kind}, {"type", type}, {"outcome", outcome_of(kind)}}}};
  }

  // `expected` has all but the times.
  void expect_alert(const Json& actual, Json expected) const {
    ASSERT_FALSE(actual.is_null());
    take_over_times(expected, actual, since_);
    expect_json(actual, expected);
  }

  // What must be said about a child of this test that has not executed anything.
  static Json about_child(pid_t pid, const Json& rest) {
    Json expected = about_process(pid);
    expected["process"]["flags"] = Json::array();
    expected.merge_patch(rest);
    return expected;
  }

  Directory directory_;
  const std::uint64_t since_ = boot_clock();
};

TEST_F(AlertJson, Exec) {
  const std::string exe = directory_ / "json-test-program";
  copy_file(helper_binary(), exe);
  Child child([&] { return execute(exe, {"argv0", "wait", "two words", "\xff\xfe"}); });
  child.go();
  const Json alert = sensor().next_alert("exec", child.pid());
  ASSERT_FALSE(alert.is_null());

  Json expected = about_process(child.pid());
  Json& process = expected["process"];
  process.update({{"flags", Json::array()},
                  {"filename", exe},
                  {"cmdline", "json-test-progr wait two words \ufffd\ufffd"},
                  {"cmdline_base64", "anNvbi10ZXN0LXByb2dyIHdhaXQgdHdvIHdvcmRzIP/+"},
                  {"args", "wait two words \ufffd\ufffd"},
                  {"args_base64", "d2FpdCB0d28gd29yZHMg//4="},
                  {"argv", {"argv0", "wait", "two words", "\ufffd\ufffd"}},
                  {"argv_base64", {"YXJndjA=", "d2FpdA==", "dHdvIHdvcmRz", "//4="}}});
  expected.merge_patch(of_rule("exec", "execve", "json-test-progr ran " + exe + ", tty 0",
                               {{"proc.name", "json-test-progr"}, {"proc.exepath", exe}, {"proc.tty", 0}}));
  // The event's own fields are those of the process, once more.
  expected["event"]["exec"] = {
      {"parent", expected["parent"]["entity_id"]},
      {"start_time", alert.at("event").at("exec").at("start_time")},
      {"inode", process["executable"]["inode"]},
      {"device", process["executable"]["device"]},
      {"exe_flags", 4 | 32},                                // on a tmpfs, root may write to it
      {"mtime", alert.at("event").at("exec").at("mtime")},  // in `process` as a date, which is compared with stat()
      {"ctime", alert.at("event").at("exec").at("ctime")},
      {"cap_inheritable", 0},
      {"cap_permitted", std::stoull(process["capabilities"]["permitted"].get<std::string>(), nullptr, 16)},
      {"cap_effective", std::stoull(process["capabilities"]["effective"].get<std::string>(), nullptr, 16)},
      {"real_uid", 0},
      {"real_gid", 0},
      {"login_uid", 4294967295},
      {"tty", 0},
      {"process_group", process["process_group"]},
      {"session", process["session"]},
      {"vpid", child.pid()},
      {"pid_namespace", process["namespaces"]["pid"]},
      {"mount_namespace", process["namespaces"]["mount"]},
      {"net_namespace", process["namespaces"]["net"]},
      {"user_namespace", process["namespaces"]["user"]},
      {"cgroup_namespace", process["namespaces"]["cgroup"]},
      {"stdin_mode", process["stdio"]["stdin"]},
      {"stdout_mode", process["stdio"]["stdout"]},
      {"stderr_mode", process["stdio"]["stderr"]},
      {"exe_mode", process["executable"]["mode"]},
      {"argv_size", 6 + 5 + 10 + 3},
      {"comm", "json-test-progr"},
      {"path", exe},
      {"filename", exe},
      {"cwd", process["cwd"]},
      {"argv", std::string("argv0\0wait\0two words\0\ufffd\ufffd\0", 28)},
      {"argv_base64", "YXJndjAAd2FpdAB0d28gd29yZHMA//4A"},
  };
  expect_alert(alert, expected);
}

TEST_F(AlertJson, Open) {
  const std::string file = directory_ / "json-test-file";
  write_file(file, "");
  struct stat info {};
  ASSERT_EQ(0, stat(file.c_str(), &info));
  Child child([&] {
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) return 1;
    return open(file.c_str(), O_RDONLY | O_NOFOLLOW) < 0 ? 1 : pause();
  });
  child.go();
  const Json alert = sensor().next_alert("open", child.pid());
  Json expected = about_child(child.pid(), of_rule("open", "openat", file + " was read", {{"fd.name", file}}));
  expected["event"]["open"] = {{"inode", info.st_ino},
                               {"device", kernel_device(info.st_dev)},
                               {"flags", O_RDONLY | O_NOFOLLOW | 0100000},
                               {"file_mode", 1},
                               {"mode", S_IFREG | 0644},
                               {"links", 1},
                               {"path", file}};
  // Effective ids come with every event, real ones and capabilities with the last report of the process itself.
  expected["process"]["capabilities"] = about_process(getpid()).at("process").at("capabilities");
  expected["process"]["real_user"] = {{"uid", 0}, {"name", "root"}};
  expected["process"]["real_group"] = {{"gid", 0}, {"name", "root"}};
  expect_alert(alert, expected);
}

TEST_F(AlertJson, Connect) {
  Child child([] {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(4999);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(socket(AF_INET, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&to), sizeof to);
    return pause();
  });
  child.go();
  const Json alert = sensor().next_alert("connect", child.pid());
  Json expected =
      about_child(child.pid(), of_rule("connect", "connect", "connection to 127.0.0.1", {{"fd.rip", "127.0.0.1"}}));
  expected["event"]["connect"] = {
      {"family", 2}, {"type", 1}, {"protocol", 6}, {"port", 4999}, {"address", "127.0.0.1"}};
  expect_alert(alert, expected);
}

TEST_F(AlertJson, Fork) {
  Shared child_pid;
  Child parent([&] {
    const long pid = syscall(SYS_fork);
    if (pid != 0) child_pid.set(pid);
    return pause();  // both
  });
  parent.go();
  const auto pid = static_cast<pid_t>(child_pid.get());
  const Json alert = sensor().next_alert("fork", pid);
  ASSERT_FALSE(alert.is_null());
  Json expected = about_child(pid, of_rule("fork", "fork", "child " + std::to_string(pid), {{"proc.pid", pid}}));
  expected["event"]["tid"] = parent.pid();
  expected["event"]["fork"] = {{"creator", expected["parent"]["entity_id"]},
                               {"parent", expected["parent"]["entity_id"]},
                               {"start_time", alert.at("event").at("fork").at("start_time")},
                               {"vpid", pid},
                               {"pid_namespace", namespace_of(pid, "pid")},
                               {"mount_namespace", namespace_of(pid, "mnt")},
                               {"net_namespace", namespace_of(pid, "net")},
                               {"user_namespace", namespace_of(pid, "user")},
                               {"cgroup_namespace", namespace_of(pid, "cgroup")}};
  expect_alert(alert, expected);
  kill(pid, SIGKILL);
}

TEST_F(AlertJson, Exit) {
  Child child([] { return 42; });
  Json expected = about_child(child.pid(), of_rule("exit", "procexit", "ended with 10752 by picket_kernel_t",
                                                   {{"exit.status", 10752}, {"proc.pname", "picket_kernel_t"}}));
  expected["event"]["exit"] = {{"status", 42 << 8}};
  EXPECT_EQ(42 << 8, child.wait());
  expect_alert(sensor().next_alert("exit", child.pid()), expected);
}

// ---- names that want to be something else ----

struct Name {
  std::string bytes, text;  // as they are, and as JSON shows them
};

TEST_F(AlertJson, NamesOfAnyBytes) {
  const Name names[] = {
      {"new\nline", "new\nline"},
      {"quote\"and\\", "quote\"and\\"},
      {"ünï→😀", "ünï→😀"},
      {"tab\tescape\x1b[31m", "tab\tescape\x1b[31m"},
      {"%proc.name {}", "%proc.name {}"},
      {"bad\xff\xc0\xaf", "bad\ufffd\ufffd\ufffd"},
  };
  for (const Name& name : names) {
    const std::string file = directory_ / ("json-test-" + name.bytes);
    write_file(file, "");
    Child child([&] { return open(file.c_str(), O_RDONLY) < 0; });
    EXPECT_EQ(0, child.wait());
    const Json alert = sensor().next_alert("open", child.pid());
    ASSERT_FALSE(alert.is_null());
    const std::string text = directory_ / ("json-test-" + name.text);
    EXPECT_EQ(text, alert.at("event").at("open").at("path"));
    EXPECT_EQ(text, alert.at("output_fields").at("fd.name"));
    EXPECT_EQ(text + " was read", alert.at("message"));
    EXPECT_EQ(name.bytes != name.text, alert.at("event").at("open").contains("path_base64"));
    EXPECT_EQ(name.bytes != name.text, alert.contains("message_base64"));
  }
}

// What the sensor says about itself once its rules are in force: the whole of it, for a rule of one kind.
TEST(Policy, EveryField) {
  Sensor sensor({.rules = AlertJson::rule("open", "open.path = /nowhere", "never")});
  const Json policy = sensor.policy();
  ASSERT_FALSE(policy.is_null());
  EXPECT_EQ("picket.event.v1", policy.at("schema"));
  EXPECT_EQ("policy", policy.at("event").at("kind"));
  const Json expected = {{"rules", 1}, {"kinds", 1}, {"observe_only", runs_bpf_lsm() ? 0 : 1}};
  EXPECT_EQ(expected, policy.at("event").at("policy"));
  const std::string limits = runs_bpf_lsm() ? "" : "; nothing can be refused on this kernel";
  EXPECT_EQ("1 rule is in force, watching for 1 kind of events" + limits, policy.at("message"));
  every_field_was_checked("policy");
}

}  // namespace
}  // namespace picket::test
