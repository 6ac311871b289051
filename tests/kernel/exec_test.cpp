// SPDX-License-Identifier: Apache-2.0
//
// exec: every wire field, and the executables that intruders like.
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "bpf/shared/wire.h"
#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

// In the child: a session of its own with a terminal.
int take_terminal() {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0 || setsid() < 0) return 1;
  const int slave = open(ptsname(terminal), O_RDWR);
  return slave >= 0 && ioctl(slave, TIOCSCTTY, 0) == 0 ? 0 : 1;
}

// In the child: descriptor 0 a socket, 1 a pipe, 2 closed.
int take_streams() {
  int sockets[2], pipes[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) != 0 || pipe(pipes) != 0) return 1;
  return dup2(sockets[0], 0) == 0 && dup2(pipes[1], 1) == 1 && close(2) == 0 ? 0 : 1;
}

int take_ids(uid_t real, uid_t effective) {
  if (setgroups(0, nullptr) != 0 || setresgid(real, effective, effective) != 0) return 1;
  return setresuid(real, effective, effective);
}

int run_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set);
}

// A cgroup of the test's own; removed when nobody is in it any more.
class Cgroup {
 public:
  Cgroup() { EXPECT_EQ(0, mkdir(kPath, 0755)); }
  ~Cgroup() {
    EXPECT_TRUE(wait_until([] { return rmdir(kPath) == 0; }));
  }
  static int enter() {
    const int procs = open((std::string(kPath) + "/cgroup.procs").c_str(), O_WRONLY);
    return write(procs, "0", 1) == 1 && close(procs) == 0 ? 0 : 1;
  }

 private:
  static constexpr const char* kPath = "/sys/fs/cgroup/exec-test";
};

std::string joined(const std::vector<std::string>& arguments) {
  std::string bytes;
  for (const std::string& argument : arguments) bytes += argument + '\0';
  return bytes;
}

std::string mode_of(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(0, stat(path.c_str(), &info)) << path;
  return std::to_string(info.st_mode);
}

std::string nanoseconds(const timespec& time) { return std::to_string(time.tv_sec * 1'000'000'000 + time.tv_nsec); }

// Capabilities, from /proc/PID/status.
std::string set_of(pid_t pid, const std::string& name) {
  const std::string text = read_file("/proc/" + std::to_string(pid) + "/status");
  return std::to_string(std::stoull(text.substr(text.find(name + ":\t") + name.size() + 2, 16), nullptr, 16));
}

// Exec's part of a record, from /proc. What /proc does not tell is up to the test.
Fields exec_facts(pid_t pid, const std::string& exe) {
  const std::string proc = "/proc/" + std::to_string(pid);
  struct stat info {};
  EXPECT_EQ(0, stat((proc + "/exe").c_str(), &info));
  const auto in_namespace = [&](const char* name) { return std::to_string(namespace_of(pid, name)); };
  return {
      {"exec.inode", std::to_string(info.st_ino)},
      {"exec.device", std::to_string(kernel_device(info.st_dev))},
      {"exec.exe_mode", std::to_string(info.st_mode)},
      {"exec.mtime", nanoseconds(info.st_mtim)},
      {"exec.ctime", nanoseconds(info.st_ctim)},
      {"exec.cap_inheritable", set_of(pid, "CapInh")},
      {"exec.cap_permitted", set_of(pid, "CapPrm")},
      {"exec.cap_effective", set_of(pid, "CapEff")},
      {"exec.login_uid", read_file(proc + "/loginuid")},
      {"exec.tty", stat_field(pid, 7)},
      {"exec.process_group", stat_field(pid, 5)},
      {"exec.session", stat_field(pid, 6)},
      {"exec.pid_namespace", in_namespace("pid")},
      {"exec.mount_namespace", in_namespace("mnt")},
      {"exec.net_namespace", in_namespace("net")},
      {"exec.user_namespace", in_namespace("user")},
      {"exec.cgroup_namespace", in_namespace("cgroup")},
      {"exec.stdin_mode", mode_of(proc + "/fd/0")},
      {"exec.stdout_mode", mode_of(proc + "/fd/1")},
      {"exec.cwd", read_link(proc + "/cwd")},
      {"exec.path", exe},
      {"exec.argv", joined(arguments_of(pid))},
      {"exec.argv_size", std::to_string(joined(arguments_of(pid)).size())},
  };
}

// Process state in which no two fields have the same value by accident.
TEST(Exec, EveryWireField) {
  Directory directory;
  const std::string exe = directory / "a-name-of-more-than-15-bytes";
  copy_file(helper_binary(), exe);
  ASSERT_EQ(0, chmod(exe.c_str(), 0751));
  Cgroup cgroup;
  Sensor sensor({.rules = wire_rule("exec", "exec", "evt.type = execve and proc.exepath = " + exe),
                 .arguments = {"--env", "MARKED"}});

  const std::vector<std::string> arguments = {"first", "wait", "", "two words", "--flag=ü"};
  Child parent([&] {
    write_file("/proc/self/loginuid", "4242");
    const bool ready = take_terminal() == 0 && Cgroup::enter() == 0 && chdir(directory.path().c_str()) == 0 &&
                       unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWCGROUP) == 0;
    if (!ready) return 1;
    if (fork() == 0) {
      setenv("MARKED", "by exec test", 1);
      const bool set = setpgid(0, 0) == 0 && take_streams() == 0 && run_on(1) == 0 && take_ids(1001, 1002) == 0;
      _exit(set ? execute("./a-name-of-more-than-15-bytes", arguments) : 126);
    }
    int status = 0;
    wait(&status);
    return WEXITSTATUS(status);
  });
  const std::uint64_t before = boot_clock();
  parent.go();

  const Json alert = sensor.next_alert("exec");
  ASSERT_FALSE(alert.is_null());
  const pid_t pid = pid_of(alert);
  const Fields actual = wire_fields(alert);
  Fields expected = ordinary_header(actual, "exec", pid, SYS_execve, before);
  expected.merge(exec_facts(pid, exe));
  expected.insert({
      {"exec.parent", key_of(parent.pid())},
      {"exec.exe_flags", "260"},  // on a tmpfs; secure, since real and effective ids differ
      {"exec.real_uid", "1001"},
      {"exec.real_gid", "1001"},
      {"exec.vpid", "1"},
      {"exec.stderr_mode", "0"},
      {"exec.comm", "a-name-of-more-"},
      {"exec.filename", "./a-name-of-more-than-15-bytes"},
      {"exec.interpreter", "<NA>"},
      {"exec.env", std::string("MARKED=by exec test\0", 20)},
  });
  if (kernel_release() < KernelRelease{5, 17}) {  // no room for environments in the older verifier
    expected["exec.env"] = "<NA>";
    expected["header.flags"] = std::to_string(PK_FLAG_env_truncated);
  }
  expected["header.uid"] = expected["header.gid"] = "1002";
  expected["header.cpu"] = "1";

  // /proc tells the start to 10 ms.
  const std::uint64_t start = std::stoull("0" + actual.at("exec.start_time"));
  EXPECT_EQ(stat_field(pid, 22), std::to_string(start / 10'000'000));
  expected["exec.start_time"] = actual.at("exec.start_time");

  EXPECT_EQ("4242", expected["exec.login_uid"]);
  EXPECT_NE("0", expected["exec.tty"]);
  EXPECT_NE(expected["exec.session"], expected["exec.process_group"]);
  expect_fields(actual, expected);
  kill(pid, SIGKILL);
}

// ---- what lies behind the executable ----

const std::string kMark = "marked-by-exec-test";

constexpr const char* kExeRule = R"(
- rule: exec
  desc: Whatever the helper does.
  condition: evt.type in (execve, execveat) and exec.argv contains marked-by-exec-test
  output: "path=%exec.path\nsyscall=%header.syscall\nflags=%exec.exe_flags\nfilename=%exec.filename\ncall=%evt.type\nmemfd=%proc.is_exe_from_memfd\nunlinked=%proc.is_exe_unlinked\ntmpfs=%proc.is_exe_on_tmpfs\ncomm=%exec.comm"
  priority: DEBUG
)";

constexpr const char* kNamespaceRule = R"(
- rule: namespace
  desc: Whose ids these are.
  condition: evt.type = execve and proc.exepath endswith /marked-by-namespace-test
  output: "user_namespace=%exec.user_namespace\nuid=%header.uid\nreal_gid=%exec.real_gid"
  priority: DEBUG
)";

class Executable : public SharedSensor<Executable> {
 public:
  static std::string rules() { return kExeRule + std::string(kNamespaceRule); }

 protected:
  // Executes with the mark that the rule looks for; returns what the rule printed.
  Fields seen(const std::function<int(const std::vector<std::string>& arguments)>& act) {
    Child child([&] { return act({"helper", "exit", "0", kMark}); });
    EXPECT_EQ(0, child.wait());
    return wire_fields(sensor().next_alert("exec", child.pid()));
  }

  Directory directory_;
};

TEST_F(Executable, Ordinary) {
  const std::string exe = std::filesystem::canonical("/bin/busybox");  // not on a tmpfs
  const Fields fields = seen([&](const auto&) { return execute(exe, {"busybox", "true", kMark}); });
  EXPECT_EQ(exe, fields.at("path"));
  EXPECT_EQ(0u, std::stoul(fields.at("flags")) & 7);
  EXPECT_EQ("execve", fields.at("call"));
  EXPECT_EQ("false", fields.at("memfd"));
  EXPECT_EQ("false", fields.at("unlinked"));
  EXPECT_EQ("false", fields.at("tmpfs"));
}

TEST_F(Executable, Memfd) {
  Child child([&] { return execute(helper_binary(), {"helper", "memfd", helper_binary(), "first", "wait", kMark}); });
  child.go();
  // The helper itself is the first program and has the mark, too.
  EXPECT_EQ(helper_binary(), wire_fields(sensor().next_alert("exec", child.pid())).at("path"));
  const Fields fields = wire_fields(sensor().next_alert("exec", child.pid()));
  EXPECT_NE(std::string::npos, fields.at("path").find("memfd:helper")) << fields.at("path");
  EXPECT_EQ("39", fields.at("flags"));  // memfd, unlinked, tmpfs, writable
  EXPECT_EQ("true", fields.at("memfd"));
  EXPECT_EQ("true", fields.at("unlinked"));
  EXPECT_EQ("/dev/fd/", fields.at("filename").substr(0, 8));
#if defined(__x86_64__)
  EXPECT_EQ("execve", fields.at("call"));  // the kernel's own pretence, whichever the call was (set_personality_64bit)
#endif
  EXPECT_EQ(read_file("/proc/" + std::to_string(child.pid()) + "/comm"), fields.at("comm") + "\n");
}

TEST_F(Executable, Deleted) {
  const std::string exe = directory_ / "gone";
  copy_file(helper_binary(), exe);
  const Fields fields = seen([&](const auto& arguments) {
    const int file = open(exe.c_str(), O_RDONLY);
    unlink(exe.c_str());
    return execute("/proc/self/fd/" + std::to_string(file), arguments);
  });
  EXPECT_EQ(exe, fields.at("path").substr(0, exe.size()));
  EXPECT_EQ("38", fields.at("flags"));  // unlinked, tmpfs, writable
  EXPECT_EQ("true", fields.at("unlinked"));
  EXPECT_EQ("false", fields.at("memfd"));
}

TEST_F(Executable, SharedMemory) {
  copy_file(helper_binary(), "/dev/shm/helper");
  const Fields fields = seen([](const auto& arguments) { return execute("/dev/shm/helper", arguments); });
  EXPECT_EQ("/dev/shm/helper", fields.at("path"));
  EXPECT_EQ("36", fields.at("flags"));  // tmpfs, writable
  unlink("/dev/shm/helper");
}

// A second name of the same file: what counts is the name that was used, whatever else the file is called.
TEST_F(Executable, SymbolicLinkIsResolved) {
  ASSERT_EQ(0, symlink(helper_binary().c_str(), (directory_ / "link").c_str()));
  const Fields fields = seen([&](const auto& arguments) { return execute(directory_ / "link", arguments); });
  EXPECT_EQ(helper_binary(), fields.at("path"));
  EXPECT_EQ(directory_ / "link", fields.at("filename"));
  EXPECT_EQ("link", fields.at("comm"));
}

// Strings are read in words, four at a time.
TEST_F(Executable, NamesOfAnyLength) {
  for (size_t length = 1; length <= 40; length++) {
    const std::string name(length, 'n'), file = directory_ / name;
    ASSERT_EQ(0, symlink(helper_binary().c_str(), file.c_str()));
    const Fields fields = seen([&](const auto& arguments) { return execute(file, arguments); });
    EXPECT_EQ(file, fields.at("filename"));
    EXPECT_EQ(name.substr(0, 15), fields.at("comm"));
  }
}

// The interpreter is what runs; the script is what was asked for.
TEST_F(Executable, Script) {
  write_file(directory_ / "script", "#!/bin/busybox true\n");
  chmod((directory_ / "script").c_str(), 0755);
  const Fields fields = seen([&](const auto& arguments) { return execute(directory_ / "script", arguments); });
  EXPECT_EQ(std::filesystem::canonical("/bin/busybox"), fields.at("path"));
  EXPECT_EQ(directory_ / "script", fields.at("filename"));
  EXPECT_EQ("script", fields.at("comm"));
}

TEST_F(Executable, ThreadThatIsNotTheFirst) {
  Child child([&] {
    return execute(helper_binary(), {"helper", "thread", helper_binary(), "second", "exit", "7", kMark});
  });
  EXPECT_EQ(7 << 8, child.wait());
  sensor().next_alert("exec", child.pid());  // the helper's own start
  const Fields fields = wire_fields(sensor().next_alert("exec", child.pid()));
  EXPECT_EQ(helper_binary(), fields.at("path"));
}

TEST_F(Executable, InAUserNamespace) {
  const std::string exe = directory_ / "marked-by-namespace-test";
  copy_file(helper_binary(), exe);
  Child child([&] {
    if (take_ids(1003, 1003) != 0 || unshare(CLONE_NEWUSER) != 0) return 1;
    return execute(exe, {"helper", "wait"});
  });
  child.go();

  const Fields actual = wire_fields(sensor().next_alert("namespace", child.pid()));
  EXPECT_EQ(std::to_string(namespace_of(child.pid(), "user")), actual.at("user_namespace"));
  EXPECT_NE(namespace_of(getpid(), "user"), namespace_of(child.pid(), "user"));
  EXPECT_EQ("1003", actual.at("uid"));  // as the initial user namespace sees it
  EXPECT_EQ("1003", actual.at("real_gid"));
  child.end();
}

// ---- arguments ----

constexpr const char* kArgumentsRule = R"(
- rule: arguments
  desc: Executions with a long argument.
  condition: evt.type = execve and proc.name = long-arguments
  output: "flags=%header.flags\nsize=%exec.argv_size\nargv=%exec.argv"
  priority: DEBUG
)";

TEST(Arguments, AreCutAtTheLimitAndFlagged) {
  constexpr std::size_t kLimit = 1024;
  Directory directory;
  copy_file(helper_binary(), directory / "long-arguments");
  Sensor sensor({.rules = kArgumentsRule, .arguments = {"--argv-limit", std::to_string(kLimit)}});

  for (const std::size_t size : {kLimit - 1, kLimit, kLimit + 1, std::size_t{100'000}}) {
    const std::size_t others = joined({"helper", "exit", "0", ""}).size();
    const std::vector<std::string> arguments = {"helper", "exit", "0", std::string(size - others, 'x')};
    const std::string whole = joined(arguments);
    ASSERT_EQ(size, whole.size());
    Child child([&] { return execute(directory / "long-arguments", arguments); });
    ASSERT_EQ(0, child.wait());

    const Fields fields = wire_fields(sensor.next_alert("arguments", child.pid()));
    EXPECT_EQ(std::to_string(size), fields.at("size"));
    EXPECT_EQ(whole.substr(0, kLimit), fields.at("argv")) << size;
    EXPECT_EQ(size > kLimit ? "2" : "0", fields.at("flags")) << size;  // argv_truncated
  }
}

// The default limit holds what no ordinary program exceeds.
TEST(Arguments, EightThousandBytesAreWholeByDefault) {
  Directory directory;
  copy_file(helper_binary(), directory / "long-arguments");
  Sensor sensor({.rules = kArgumentsRule});
  const std::vector<std::string> arguments = {"helper", "exit", "0", std::string(8000, 'y')};
  Child child([&] { return execute(directory / "long-arguments", arguments); });
  ASSERT_EQ(0, child.wait());
  const Fields fields = wire_fields(sensor.next_alert("arguments", child.pid()));
  EXPECT_EQ(joined(arguments), fields.at("argv"));
  EXPECT_EQ("0", fields.at("flags"));
}

}  // namespace
}  // namespace picket::test
