// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/evasion/evasion.h"

#include <fcntl.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string_view>

#include "tests/kernel/support/child.h"

namespace picket::test {
namespace {

struct Go {
  const char* name;
  uid_t user;
};
constexpr Go kWatched{"watched", 4711}, kRefusing{"refused", 4712};
constexpr Go kGoes[] = {kWatched, kRefusing};

// When an alert is missing all the cases of a suite tend to miss theirs.
constexpr std::chrono::seconds kPatienceWithAlerts{20};

constexpr const char* kAlert = "alert";
constexpr const char* kDeny = "deny\n  errno: ENOTUNIQ";

struct Rule {
  const char* name;
  const char* condition;
  const char* output;
};

// Programs may be opened: what is refused to the loader is code.
constexpr Rule kRules[] = {
    {"open", "open.path startswith /run/evasion/ and not open.path endswith /touch", "%open.path"},
    {"create", "create.path startswith /run/evasion/", "%create.path"},
    {"unlink", "unlink.path startswith /run/evasion/", "%unlink.path"},
    {"rename", "(rename.old_path startswith /run/evasion/ or rename.new_path startswith /run/evasion/)",
     "%rename.new_path"},
    {"link", "(link.old_path startswith /run/evasion/ or link.new_path startswith /run/evasion/)", "%link.new_path"},
    {"symlink", "symlink.path startswith /run/evasion/", "%symlink.path"},
    {"mkdir", "mkdir.path startswith /run/evasion/", "%mkdir.path"},
    {"exec",
     "evt.type in (execve, execveat) and (proc.exepath startswith /run/evasion/ or proc.exepath startswith "
     "/dev/shm/evasion/)",
     "%exec.path"},
    {"memfd", "evt.type in (execve, execveat) and proc.is_exe_from_memfd = true", "%exec.path"},
    {"mmap", "mmap.path startswith /run/evasion/", "%mmap.path"},
    {"connect", "connect.port = 4242", "%connect.port"},
    {"send", "send.port = 4242", "%send.port"},
    {"unix_connect", "unix_connect.path startswith /run/evasion/", "%unix_connect.path"},
    {"ptrace", "ptrace.mode in (10, 18)", "%ptrace.mode"},  // attach, with the ids of the file system or the real ones
};

std::string rule_text(const Go& go, const Rule& rule, const std::string& action) {
  return std::string("- rule: ") + rule.name + " " + go.name + "\n  desc: d\n  condition: " + rule.condition +
         " and user.uid = " + std::to_string(go.user) + "\n  output: \"" + rule.output +
         "\"\n  priority: WARNING\n  action: " + action + "\n";
}

std::unique_ptr<Sensor>& running() {
  static std::unique_ptr<Sensor> sensor;
  return sensor;
}

// Another user with the capabilities of root: what stops it is a rule or nothing.
void become(uid_t user) {
  const unsigned long keep = SECBIT_NO_SETUID_FIXUP;
  if (prctl(PR_SET_SECUREBITS, keep) != 0 || setresuid(user, user, user) != 0) _exit(125);
}

// The alert of that rule about what lies in the scene, or about the child when the alert does not say where.
Json alert_about(const std::string& rule, const Way& way, const Scene& scene, pid_t child) {
  for (;;) {
    Json alert = running()->next_alert(rule, way.names_the_place ? 0 : child, kPatienceWithAlerts);
    if (alert.is_null() || !way.names_the_place) return alert;
    if (message_of(alert).starts_with(scene.directory + "/")) return alert;
  }
}

void go_once(const Way& way, const Go& go, const Scene& scene) {
  SCOPED_TRACE(go.name);
  const bool refuses = go.user == kRefusing.user;
  const auto happened = way.happened ? way.happened : [](const Scene& here) { return read_file(here.file) != "text"; };
  Child child([&] {
    become(go.user);
    return way.act(scene);
  });
  const int status = child.wait();
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(refuses ? way.refused : 0, WEXITSTATUS(status));
  EXPECT_EQ(!refuses, happened(scene)) << (refuses ? "it happened" : "it did not happen");
  const Json alert = alert_about(way.rule + " " + go.name, way, scene, child.pid());
  if (alert.is_null()) return;
  const Json& event = alert.at("event");
  EXPECT_EQ(refuses ? "denied" : "allowed", event.at("decision"));
  if (refuses) {
    EXPECT_EQ(kRefused, event.at("errno"));
  }
}

std::string case_name() { return testing::UnitTest::GetInstance()->current_test_info()->name(); }

}  // namespace

Scene::Scene(const std::string& where) : directory(where) {
  std::filesystem::create_directories(directory);
  file = directory + "/file";
  program = directory + "/touch";
  proof = outside / "proof";
  write_file(file, "text");
  copy_file("/usr/bin/touch", program);
  EXPECT_EQ(0, chmod(outside.path().c_str(), 0777));
}

Scene::~Scene() {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

int overwrite(int descriptor) { return failure(descriptor < 0 ? -1 : pwrite(descriptor, "TEXT", 4, 0)); }

int run(const std::string& path, const Scene& scene) {
  execl(path.c_str(), "touch", scene.proof.c_str(), nullptr);
  return errno;
}

bool is_proven(const Scene& scene) { return access(scene.proof.c_str(), F_OK) == 0; }

int in_child(const std::function<int()>& act) {
  const pid_t pid = fork();
  if (pid == 0) _exit(act());
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return 124;
  return WEXITSTATUS(status);
}

std::string descriptor_link(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

std::string bait(const Scene& scene) {
  std::string path = scene.outside / "bait";
  const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (write(file, "TEXT", 4) != 4) _exit(123);
  close(file);
  return path;
}

void Evasion::SetUpTestSuite() {
  std::string rules;
  for (const Rule& rule : kRules) rules += rule_text(kWatched, rule, kAlert) + rule_text(kRefusing, rule, kDeny);
  running() = std::make_unique<Sensor>(SensorOptions{.rules = rules});
}

void Evasion::TearDownTestSuite() { running().reset(); }

void Evasion::go(const Way& way) {
  for (const Go& go : kGoes) {
    Scene scene(std::string(kProtected) + "/" + case_name() + "-" + go.name);
    if (way.prepare) way.prepare(scene);
    go_once(way, go, scene);
  }
}

}  // namespace picket::test
