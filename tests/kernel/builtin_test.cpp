// SPDX-License-Identifier: Apache-2.0
//
// The rules that ship: each fires for the thing that it is about, really done, and tells who did what.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <sstream>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/network.h"
#include "tests/kernel/support/suite.h"

namespace picket::test {
namespace {

std::string rules_directory() { return std::getenv("PICKET_RULES"); }

// Runs commands in the directory; `true` at the end keeps the shell from becoming its last command.
std::function<int()> shell(const std::string& commands) {
  return [=] { return execute("/bin/bash", {"bash", "-c", commands + "\ntrue"}); };
}

int shell_on_a_socket() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || dup2(ends[0], 0) != 0) return 1;
  return execute("/bin/bash", {"bash", "-c", "true"});
}

int ask_docker() {
  sockaddr_un to{AF_UNIX, "/run/docker.sock"};
  connect(socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&to), sizeof to);
  return 0;
}

// None of these has to succeed: that it was asked for is the event.
int load_module_from_memory() {
  const char no_module[64] = {};
  syscall(SYS_init_module, no_module, sizeof no_module, "");
  return 0;
}

int handle_page_faults() {
  syscall(SYS_userfaultfd, 0);
  return 0;
}

int load_bpf_program() {
  bpf_attr program{};
  program.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  std::strcpy(program.prog_name, "probe");
  syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof program);
  return 0;
}

int load_kernel() {
  syscall(SYS_kexec_load, 0, 0, nullptr, 0);  // no segments: what was loaded before is unloaded
  return 0;
}

std::string own_proc_directory() { return "/proc/" + std::to_string(getpid()); }

// In a mount namespace of its own, so that nothing stays.
int leave_mounts() { return unshare(CLONE_NEWNS) | mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr); }

int hide_by_mount() {
  std::filesystem::create_directory("empty");
  return leave_mounts() | mount("empty", own_proc_directory().c_str(), nullptr, MS_BIND, nullptr);
}

int hide_by_move() {
  std::filesystem::create_directory("empty");
  if (leave_mounts() != 0 || mount("none", "empty", "tmpfs", 0, nullptr) != 0) return 1;
  constexpr long kMoveMount = 429;
  return static_cast<int>(syscall(kMoveMount, AT_FDCWD, "empty", AT_FDCWD, own_proc_directory().c_str(), 0));
}

int shell_redirects_itself() {
  constexpr int kConnection = 9;
  const Connection tcp = connect_both(AF_INET, ipv4("127.0.0.1", 7401), ipv4("127.0.0.1", 7402));
  if (dup2(tcp.client, kConnection) != kConnection) return 1;
  return execute("/bin/bash", {"bash", "-c", "exec 0<&9; true"});
}

struct Deed {
  const char* rule;
  std::function<int()> act;
  const char* process;  // name; nullptr: not compared
  const char* parent;   // name
  const char* member;   // of the output fields: what it was done to
  std::string object;   // the end of its value
};

const char* const kTest = "picket_kernel_t";

// $HELPER is the tests' helper; the working directory is empty and holds a copy of busybox.
const Deed kDeeds[] = {
    {"Credential file read by untrusted program", shell("cat /etc/shadow"), "cat", "bash", "fd.name", "/etc/shadow"},
    {"SSH private key read by other than SSH", shell("mkdir .ssh; echo key >.ssh/id_rsa; cat .ssh/id_rsa"), "cat",
     "bash", "fd.name", "/.ssh/id_rsa"},
    {"Cloud or cluster credentials read by file tool",
     shell("mkdir .aws; echo >.aws/credentials; head .aws/credentials"), "head", "bash", "fd.name",
     "/.aws/credentials"},
    {"Search for keys or passwords", shell("grep -r 'PRIVATE KEY' ."), "grep", "bash", "proc.exepath", "bin/grep"},
    {"Cloud metadata asked by untrusted program", shell("exec 3<>/dev/tcp/169.254.169.254/80"), "bash", kTest,
     "fd.name", "169.254.169.254:80"},
    {"Preloaded library configured", shell(": >>/etc/ld.so.preload"), "bash", kTest, "fd.name", "/etc/ld.so.preload"},
    {"Cron job written", shell("mkdir -p /etc/cron.d; : >/etc/cron.d/job"), "bash", kTest, "fd.name",
     "/etc/cron.d/job"},
    {"Systemd unit written", shell("mkdir -p /etc/systemd/system; : >/etc/systemd/system/a.service"), "bash", kTest,
     "fd.name", "/etc/systemd/system/a.service"},
    {"Authorized SSH keys written", shell("mkdir -p .ssh; : >>.ssh/authorized_keys"), "bash", kTest, "fd.name",
     "/.ssh/authorized_keys"},
    {"Kernel module file written", shell("mkdir -p /etc/modules-load.d; : >/etc/modules-load.d/a.conf"), "bash", kTest,
     "fd.name", "/etc/modules-load.d/a.conf"},
    {"Authentication module or configuration written", shell("mkdir -p /etc/pam.d; : >/etc/pam.d/login2"), "bash",
     kTest, "fd.name", "/etc/pam.d/login2"},
    {"Account database written", shell(": >>/etc/group"), "bash", kTest, "fd.name", "/etc/group"},
    {"Sudo rules written", shell("mkdir -p /etc/sudoers.d; : >/etc/sudoers.d/all"), "bash", kTest, "fd.name",
     "/etc/sudoers.d/all"},
    {"Shell profile written", shell(": >.bashrc"), "bash", kTest, "fd.name", "/.bashrc"},
    {"Write below program directory", shell("cp busybox /usr/bin/added"), "cp", "bash", "fd.name", "/usr/bin/added"},
    {"Write below etc", shell(": >/etc/added"), "bash", kTest, "fd.name", "/etc/added"},
    {"Program run from memory", shell("$HELPER memfd busybox busybox true"), nullptr, "bash", "proc.exepath",
     ""},  // its name depends on the kernel
    {"Deleted program run", shell("cp busybox gone; exec 3<gone; rm gone; exec -a busybox /proc/self/fd/3 true"), "3",
     kTest, "proc.exepath", ""},
    {"Shell history tampered with", shell("echo >.bash_history; : >.bash_history"), "bash", kTest, "fd.name",
     "/.bash_history"},
    {"System log emptied", shell("mkdir -p /var/log; : >>/var/log/auth.log; : >/var/log/auth.log"), "bash", kTest,
     "fd.name", "/var/log/auth.log"},
    {"Shell history removed", shell("echo >.bash_history; rm .bash_history"), "rm", "bash", "unlink.path",
     "/.bash_history"},
    {"Process hidden by a mount", hide_by_mount, kTest, kTest, "mount.source", "empty"},
    {"Process hidden by a moved mount", hide_by_move, kTest, kTest, "move_mount.new_path", ""},
    {"Network scanner started", shell("cp busybox nmap; (exec -a busybox ./nmap true)"), "nmap", "bash", "proc.exepath",
     "/nmap"},
    {"Program run from shared memory", shell("cp busybox /dev/shm/busybox; /dev/shm/busybox true"), "busybox", "bash",
     "proc.exepath", "/dev/shm/busybox"},
    {"Program run from temporary directory", shell("cp busybox /tmp/busybox; /tmp/busybox true"), "busybox", "bash",
     "proc.exepath", "/tmp/busybox"},
    {"Shell or interpreter on a socket", shell_on_a_socket, "bash", kTest, "proc.exepath", "/bash"},
    {"Shell connected to the network", shell("exec 3<>/dev/tcp/127.0.0.1/9"), "bash", kTest, "fd.name", "127.0.0.1:9"},
    {"Shell redirected to the network", shell_redirects_itself, "bash", kTest, "fd.name",
     "127.0.0.1:7401->127.0.0.1:7402"},
    {"Packet or raw socket made by untrusted program", [] { return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0; },
     kTest, kTest, "proc.exepath", "/picket_kernel_tests"},
    {"Kernel crypto interface opened", [] { return socket(AF_ALG, SOCK_SEQPACKET, 0) < -1; }, kTest, kTest,
     "proc.exepath", "/picket_kernel_tests"},
    {"Netcat that runs a program", shell("cp busybox nc; ./nc -e /bin/true 127.0.0.1 9"), "nc", "bash", "proc.exepath",
     "/nc"},
    {"Shell spawned by web server", shell("cp /bin/bash nginx; ./nginx -c 'sh -c true; true'"), "sh", "nginx",
     "proc.exepath", "sh"},
    {"Shell spawned by database or application server",
     shell("cp /bin/bash redis-server; ./redis-server -c 'sh -c true; true'"), "sh", "redis-server", "proc.exepath",
     "sh"},
    {"Cryptocurrency miner started", shell("cp busybox xmrig; (exec -a busybox ./xmrig true)"), "xmrig", "bash",
     "proc.exepath", "/xmrig"},
    {"Kernel helper path written",
     shell("old=$(</proc/sys/kernel/core_pattern); echo \"$old\" >/proc/sys/kernel/core_pattern"), "bash", kTest,
     "fd.name", "/proc/sys/kernel/core_pattern"},
    {"Container runtime asked by untrusted program", ask_docker, kTest, kTest, "fd.name", "/run/docker.sock"},
    {"Kernel module loaded from unusual place", shell("echo >a.ko; busybox insmod a.ko"), "busybox", "bash",
     "module.path", "/a.ko"},
    {"Kernel module loaded from memory", load_module_from_memory, kTest, kTest, "proc.exepath", ""},
    {"Compressed kernel module from unusual place", shell("echo >a.ko.gz; busybox insmod a.ko.gz"), "busybox", "bash",
     "fd.name", "/a.ko.gz"},
    {"Page faults taken over by unexpected program", handle_page_faults, kTest, kTest, "proc.exepath", ""},
    {"BPF program loaded by unexpected program", load_bpf_program, kTest, kTest, "bpf.name", "probe"},
    {"Another kernel loaded for kexec", load_kernel, kTest, kTest, "proc.exepath", ""},
};

// The alert about the deed, not about this test: it removes what deeds have left, shell histories among them.
Json alert_about(Sensor& sensor, const Deed& deed) {
  for (;;) {
    const Json alert = sensor.next_alert(deed.rule, 0, std::chrono::seconds(15));
    const bool own = !alert.is_null() && pid_of(alert) == getpid();
    if (!own) return alert;
  }
}

class Builtin : public SharedSensor<Builtin> {
 public:
  static SensorOptions options() { return {.arguments = {"--rules", rules_directory()}}; }
};

// A machine at work, as far as a test can be one, raises no alarm. It comes before all deeds, which might go on.
TEST_F(Builtin, OrdinaryWorkIsQuiet) {
  const std::size_t said_before = sensor().alerts().size();
  Directory directory;
  Child child([&] {
    if (chdir(directory.path().c_str()) != 0) return 1;
    return shell(
        "echo a >file; cat file | sort | uniq -c >counted; ls -la / /etc >/dev/null; grep -r x . ; find . -name '*.c'; "
        "cp file copy; mv copy moved; rm moved; id; uname -a; (sleep 0.1); sh -c 'echo nested'; cat /etc/passwd")();
  });
  EXPECT_EQ(0, child.wait());
  Child last(load_kernel);
  EXPECT_EQ(0, last.wait());
  sensor().next_alert("Another kernel loaded for kexec", last.pid());  // what happened before this has been reported
  EXPECT_EQ(said_before + 1, sensor().alerts().size()) << Json(sensor().alerts()).dump(1);
}

TEST_F(Builtin, EveryRuleFires) {
  setenv("HELPER", helper_binary().c_str(), 1);
  for (const Deed& deed : kDeeds) {
    SCOPED_TRACE(deed.rule);
    Directory directory;
    copy_file("/bin/busybox", directory / "busybox");
    Child child([&] { return chdir(directory.path().c_str()) == 0 ? deed.act() : 126; });
    child.wait();
    const Json alert = alert_about(sensor(), deed);
    if (alert.is_null()) continue;
    if (deed.process) {
      EXPECT_EQ(Json(deed.process), alert.at("process").at("name"));
    }
    EXPECT_EQ(Json(deed.parent), alert.at("parent").at("name"));
    EXPECT_EQ("root", alert.at("process").at("user").at("name"));
    const std::string object = alert.at("output_fields").at(deed.member);
    EXPECT_TRUE(object.ends_with(deed.object)) << object;
  }
}

// A rule that nobody has seen fire is not known to work.
TEST_F(Builtin, EveryRuleHasItsDeed) {
  std::set<std::string> deeds, rules;
  for (const Deed& deed : kDeeds) deeds.insert(deed.rule);
  for (const auto& file : std::filesystem::directory_iterator(rules_directory())) {
    std::istringstream text(read_file(file.path()));
    const std::string start = "- rule: ";
    for (std::string line; std::getline(text, line);) {
      if (line.starts_with(start)) rules.insert(line.substr(start.size()));
    }
  }
  EXPECT_EQ(rules, deeds);
}

}  // namespace
}  // namespace picket::test
