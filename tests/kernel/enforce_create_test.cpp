// SPDX-License-Identifier: Apache-2.0
//
// action: deny and kill about `create`: an open that would make a file fails and makes none, whichever call it is; one
// of a file that is there goes on, also when the kernel has to look for it first. What is refused is said and counted
// once.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>

#include "tests/kernel/support/calls.h"
#include "tests/kernel/support/child.h"
#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/ring.h"
#include "tests/kernel/support/suite.h"

namespace picket::test {
namespace {

// On a tmpfs, and on the overlay that is the guest's root: this alone forgets names of files that are there.
constexpr const char* kPlaces[] = {"/run/create", "/create"};

struct Rule {
  const char* name;  // and of the directory that it is about
  const char* action;
};
constexpr Rule kRules[] = {{"denied", "deny\n  errno: EACCES"}, {"kills", "kill"}, {"both", "[deny, kill]"},
                           {"audited", "deny\n  mode: audit"},  {"exact", "deny"}, {"watched", "alert"}};

std::string condition_of(const Rule& rule) {
  const std::string below = std::string("/") + rule.name + "/";
  std::string condition =
      "(create.path startswith " + (kPlaces[0] + below) + " or create.path startswith " + (kPlaces[1] + below) + ")";
  return std::string(rule.name) == "exact" ? condition + " and create.mode = " + std::to_string(0100640) : condition;
}

int error_of(int result) { return result < 0 ? -result : 0; }
bool is_there(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0;
}

int make(const std::string& file, int more = 0) { return failure(open(file.c_str(), O_WRONLY | O_CREAT | more, 0666)); }

int through_link(const std::string& file) {
  const std::string link = file.substr(0, file.rfind('/')) + "-link";
  unlink(link.c_str());
  return symlink(file.c_str(), link.c_str()) != 0 ? 123 : make(link);
}

int by_openat2(const std::string& file) {
  open_how how{};
  how.flags = O_WRONLY | O_CREAT;
  how.mode = 0666;
  return failure(syscall(SYS_openat2, AT_FDCWD, file.c_str(), &how, sizeof how));
}

int by_ring(const std::string& file, unsigned flags) {
  io_uring_sqe operation = ring_operation(IORING_OP_OPENAT, file);
  operation.flags = static_cast<unsigned char>(flags);
  operation.open_flags = O_WRONLY | O_CREAT;
  operation.len = 0666;
  return error_of(through_ring(operation));
}

struct Way {
  const char* name;
  std::function<int(const std::string& file)> act;  // 0 or an errno
};

const Way kWays[] = {
    {"open", [](const std::string& f) { return failure(syscall(SYS_open, f.c_str(), O_WRONLY | O_CREAT, 0666)); }},
    {"openat", [](const std::string& f) { return make(f); }},
    {"openat, O_EXCL", [](const std::string& f) { return make(f, O_EXCL); }},
    {"openat, O_TRUNC", [](const std::string& f) { return make(f, O_TRUNC); }},
    {"creat", [](const std::string& f) { return failure(syscall(SYS_creat, f.c_str(), 0666)); }},
    {"openat2", by_openat2},
    {"a ring", [](const std::string& f) { return by_ring(f, 0); }},
    {"a ring's worker", [](const std::string& f) { return by_ring(f, IOSQE_ASYNC); }},
    {"a symbolic link", through_link},
#if defined(__x86_64__)
    {"32-bit open",
     [](const std::string& f) { return error_of(compat_call(5, low_text(f), O_WRONLY | O_CREAT, 0666)); }},
    {"32-bit creat", [](const std::string& f) { return error_of(compat_call(8, low_text(f), 0666)); }},
#endif
};

class EnforceCreate : public SharedSensor<EnforceCreate> {
 public:
  static SensorOptions options() {
    std::string rules;
    for (const Rule& rule : kRules) {
      rules += std::string("- rule: ") + rule.name + "\n  desc: d\n  condition: " + condition_of(rule) +
               "\n  output: made\n  priority: WARNING\n  action: " + rule.action + "\n";
    }
    return {.rules = rules, .arguments = {"--control", kControl}};
  }

 protected:
  void SetUp() override {
    umask(027);
    for (const char* place : kPlaces) {
      std::filesystem::remove_all(place);
      for (const Rule& rule : kRules) std::filesystem::create_directories(in(place, rule.name));
      for (const Rule& rule : kRules) ASSERT_EQ(0, chmod(in(place, rule.name).c_str(), 0777));
      ASSERT_EQ(0, chmod(place, 0777));
    }
  }
  void TearDown() override {
    umask(022);
    for (const char* place : kPlaces) std::filesystem::remove_all(place);
  }

  static std::string in(const char* place, const std::string& rule) { return std::string(place) + "/" + rule; }

  // By no open.
  static void put(const std::string& file, mode_t mode = 0666) {
    ASSERT_EQ(0, mknod(file.c_str(), S_IFREG, 0)) << file;
    ASSERT_EQ(0, chmod(file.c_str(), mode));
  }

  // The kernel has no names at hand that nobody uses: once to see that they are not, once to let go of them.
  static void forget_names() {
    for (int i = 0; i < 2; ++i) write_file("/proc/sys/vm/drop_caches", "2");
  }

  // What `picket status` says of each rule, as a JSON object.
  static std::map<std::string, Json> counts() {
    const Directory directory;
    const std::string config = directory / "config.yaml", said = directory / "said";
    write_file(config, "{}\n");
    attempt([&] {
      dup2(open(said.c_str(), O_WRONLY | O_CREAT, 0600), 1);
      return execute(picket_binary(), {"picket", "status", "--json", "--config", config, "--control", kControl});
    });
    std::map<std::string, Json> counted;
    const Json status = Json::parse(read_file(said), nullptr, false);
    EXPECT_TRUE(status.is_object()) << read_file(said);
    for (const Rule& rule : kRules) counted[rule.name] = 0;
    if (!status.is_object()) return counted;
    for (const Json& rule : status.at("rules")) counted[rule.at("rule")] = rule;
    return counted;
  }
  static int count_of(const std::map<std::string, Json>& counts, const char* rule, const char* of) {
    const Json& all = counts.at(rule);
    return all.is_object() ? all.at(of).get<int>() : 0;
  }

  // How many alerts there are about that process, when all that it did before it ended has come.
  static std::size_t said_of(pid_t pid) {
    Child last([] { return make(in(kPlaces[0], "watched") + "/last"); });
    EXPECT_EQ(0, end_of(last));
    sensor().next_alert("watched", last.pid());
    unlink((in(kPlaces[0], "watched") + "/last").c_str());
    std::size_t said = 0;
    for (const Json& alert : sensor().alerts()) said += pid_of(alert) == pid ? 1 : 0;
    return said;
  }

  static constexpr const char* kControl = "/run/create-control";
};

// Everything that the alert says of what was to be made.
void expect_refused(const Json& alert, const std::string& file, const char* decision) {
  if (alert.is_null()) return;
  struct stat directory {};
  ASSERT_EQ(0, stat(file.substr(0, file.rfind('/')).c_str(), &directory));
  const Json& event = alert.at("event");
  EXPECT_EQ(decision, event.at("decision"));
  EXPECT_EQ("create", event.at("kind"));
  const Json expected = {
      {"inode", 0}, {"device", kernel_device(directory.st_dev)}, {"mode", S_IFREG | 0640}, {"path", file}};
  EXPECT_EQ(expected, event.at("create"));
}

TEST_F(EnforceCreate, WhicheverCallItIs) {
  const auto before = counts();
  int tried = 0;
  pid_t last = 0;
  for (const char* place : kPlaces) {
    for (const Way& way : kWays) {
      SCOPED_TRACE(std::string(way.name) + " in " + place);
      const std::string file = in(place, "denied") + "/file";
      Child child([&] { return way.act(file); });
      EXPECT_EQ(EACCES, end_of(child));
      EXPECT_FALSE(is_there(file)) << "it was made";
      const Json alert = sensor().next_alert("denied", child.pid());
      expect_refused(alert, file, "denied");
      if (!alert.is_null()) {
        EXPECT_EQ("EACCES", alert.at("event").at("error"));
        EXPECT_EQ(EACCES, alert.at("event").at("errno"));
      }
      EXPECT_EQ(1u, said_of(last = child.pid()));
      ++tried;
    }
  }
  EXPECT_EQ(count_of(before, "denied", "denied") + tried, count_of(counts(), "denied", "denied"));
}

// The rule's error is one that the kernel has reasons of its own for: nothing of that is the rule's doing.
TEST_F(EnforceCreate, WhatIsThereIsOpened) {
  const auto before = counts();
  for (const char* place : kPlaces) {
    const std::string file = in(place, "denied") + "/file", locked = in(place, "denied") + "/locked";
    const std::string link = in(place, "denied") + "/link", made = in(place, "kept");
    put(file);
    put(locked, 0);
    ASSERT_EQ(0, symlink(made.c_str(), link.c_str()));
    const auto anybody = [](const std::string& path) { return setuid(4711) != 0 ? 122 : make(path); };
    for (const bool known : {true, false}) {
      SCOPED_TRACE(std::string(place) + (known ? ", the name at hand" : ", the name not at hand"));
      struct Row {
        const char* what;
        int expected;
        std::function<int()> act;
      };
      const Row rows[] = {{"open", 0, [&] { return make(file); }},
                          {"truncate", 0, [&] { return make(file, O_TRUNC); }},
                          {"exclusive", EEXIST, [&] { return make(file, O_EXCL); }},
                          {"no permission", EACCES, [&] { return anybody(locked); }},
                          {"a link to another place", 0, [&] { return make(link); }}};
      for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        unlink(made.c_str());
        if (!known) forget_names();
        Child child(row.act);
        EXPECT_EQ(row.expected, end_of(child));
        EXPECT_EQ(0u, said_of(child.pid()));
      }
    }
  }
  EXPECT_EQ(count_of(before, "denied", "denied"), count_of(counts(), "denied", "denied"));
}

TEST_F(EnforceCreate, WhoMakesOneIsKilled) {
  const auto before = counts();
  for (const char* place : kPlaces) {
    for (const char* rule : {"kills", "both"}) {
      SCOPED_TRACE(in(place, rule));
      const std::string file = in(place, rule) + "/file", there = in(place, rule) + "/there";
      put(there);
      forget_names();
      EXPECT_EQ(0, attempt([&] { return make(there); })) << "killed, though it made nothing";
      EXPECT_EQ(EEXIST, attempt([&] { return make(there, O_EXCL); }));
      Child child([&] {
        make(file);
        return 0;
      });
      EXPECT_EQ(128 + SIGKILL, end_of(child));
      EXPECT_EQ(std::string(rule) == "kills", is_there(file));
      const Json alert = sensor().next_alert(rule, child.pid());
      if (!alert.is_null()) {
        EXPECT_EQ("killed", alert.at("event").at("decision"));
      }
      EXPECT_EQ(1u, said_of(child.pid()));
    }
  }
  const auto after = counts();
  for (const char* rule : {"kills", "both"}) {
    EXPECT_EQ(count_of(before, rule, "killed") + 2, count_of(after, rule, "killed")) << rule;
    EXPECT_EQ(count_of(before, rule, "would_kill"), count_of(after, rule, "would_kill")) << rule;
  }
}

TEST_F(EnforceCreate, AuditSaysWhatWouldBe) {
  const auto before = counts();
  for (const char* place : kPlaces) {
    const std::string file = in(place, "audited") + "/file";
    for (const bool made : {true, false}) {
      forget_names();
      Child child([&] { return make(file); });
      EXPECT_EQ(0, end_of(child));
      EXPECT_EQ(made ? 1u : 0u, said_of(child.pid()));
      if (!made) continue;
      const Json alert = sensor().next_alert("audited", child.pid());
      if (alert.is_null()) continue;
      EXPECT_EQ("would_deny", alert.at("event").at("decision"));
    }
    EXPECT_TRUE(is_there(file));
  }
  const auto after = counts();
  EXPECT_EQ(count_of(before, "audited", "would_deny") + 2, count_of(after, "audited", "would_deny"));
  EXPECT_EQ(0, count_of(after, "audited", "denied"));
}

// The mode that the file would have had: the umask is taken off.
TEST_F(EnforceCreate, ByItsMode) {
  for (const char* place : kPlaces) {
    const std::string file = in(place, "exact") + "/file";
    EXPECT_EQ(0, attempt([&] { return failure(open(file.c_str(), O_WRONLY | O_CREAT, 0600)); }));
    ASSERT_EQ(0, unlink(file.c_str()));
    Child child([&] { return make(file); });
    EXPECT_EQ(EPERM, end_of(child));
    expect_refused(sensor().next_alert("exact", child.pid()), file, "denied");
  }
}

// Other calls ask the same hook, or make what has no name.
TEST_F(EnforceCreate, WhatIsNoOpenOrMakesNoName) {
  const std::string directory = in(kPlaces[0], "denied");
  EXPECT_EQ(0, attempt([&] { return failure(mknod((directory + "/node").c_str(), S_IFREG | 0600, 0)); }));
  EXPECT_EQ(0, attempt([&] { return failure(mknod((directory + "/plain").c_str(), 0600, 0)); }));
  EXPECT_EQ(0, attempt([&] { return failure(mknod((directory + "/pipe").c_str(), S_IFIFO | 0600, 0)); }));
  EXPECT_EQ(0, attempt([&] { return failure(open(directory.c_str(), O_TMPFILE | O_WRONLY, 0600)); }));
}

// The programs that refuse come when a rule needs them, to those that report what was made, and go.
TEST(EnforceCreateReload, RulesBeginAndCeaseToDeny) {
  const Directory directory;
  const std::string rules = directory / "rules.yaml", config = directory / "config.yaml",
                    control = directory / "control";
  const std::string file = directory / "file";
  const auto use = [&](const char* action) {
    write_file(rules, "- rule: made\n  desc: d\n  condition: create.path = " + file +
                          "\n  output: made\n  priority: WARNING\n  action: " + action + "\n");
  };
  use("alert");
  write_file(config, "{}\n");
  Sensor sensor({.arguments = {"--rules", rules, "--rules-watch", "false", "--control", control}});
  for (const char* action : {"alert", "deny", "alert", "deny"}) {
    SCOPED_TRACE(action);
    const bool denies = std::string(action) == "deny";
    use(action);
    EXPECT_EQ(0, attempt([&] {
                return execute(picket_binary(), {"picket", "reload", "--config", config, "--control", control});
              }));
    Child child([&] { return make(file); });
    EXPECT_EQ(denies ? EPERM : 0, end_of(child));
    EXPECT_EQ(!denies, is_there(file));
    const Json alert = sensor.next_alert("made", child.pid());
    if (!alert.is_null()) {
      EXPECT_EQ(denies ? "denied" : "allowed", alert.at("event").at("decision"));
    }
    unlink(file.c_str());
  }
}

}  // namespace
}  // namespace picket::test
