// SPDX-License-Identifier: Apache-2.0
//
// Rules that deny in some containers: in force there and nowhere else, from the first moment on, and over a reload.
// Containers without a runtime: a cgroup as it is named for one, and the state that containerd would have written.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

const std::string kCgroups = "/sys/fs/cgroup";
const std::string kTasks = "/run/containerd/io.containerd.runtime.v2.task";

// A cgroup, removed when nothing is in it any more.
class Cgroup {
 public:
  explicit Cgroup(std::string path) : path_(std::move(path)) { mkdir((kCgroups + path_).c_str(), 0755); }
  ~Cgroup() {
    wait_until([this] { return rmdir((kCgroups + path_).c_str()) == 0 || errno == ENOENT; });
  }
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  const std::string& path() const { return path_; }

  // The calling process goes there. False when it cannot.
  bool enter() const {
    const int file = open((kCgroups + path_ + "/cgroup.procs").c_str(), O_WRONLY);
    const bool done = write(file, "0", 1) == 1;
    close(file);
    return done;
  }

 private:
  std::string path_;
};

std::string id_of(char letter) { return std::string(64, letter); }

// What containerd writes about a container of that image, before its cgroup is there.
void write_state(const std::string& id, const std::string& cgroup, const std::string& image) {
  const std::string directory = kTasks + "/k8s.io/" + id;
  std::filesystem::create_directories(directory);
  write_file(directory + "/config.json", R"({"linux": {"cgroupsPath": ")" + cgroup +
                                             R"("}, "annotations": {"io.kubernetes.cri.image-name": ")" + image +
                                             R"(", "io.kubernetes.cri.sandbox-namespace": "shop"}})");
}

const std::string kOpens = "evt.type in (open, openat, openat2, creat, open_by_handle_at, io_uring) and ";

const std::string kKnown =
    "- rule: known\n  desc: d\n  condition: evt.type = container\n  output: \"%container.image.repository\"\n"
    "  priority: DEBUG\n";

class EnforceContainer : public testing::Test {
 protected:
  void SetUp() override {
    write_file(file_, "text");
    for (const auto& [letter, image] : {std::pair('a', "registry/web:1"), std::pair('b', "registry/other:1")}) {
      write_state(id_of(letter), "/" + id_of(letter), image);
    }
  }
  void TearDown() override { std::filesystem::remove_all(kTasks + "/k8s.io"); }

  std::string of_image() const {
    return deny("no", "open.path = " + file_ + " and container.image.repository = registry/web");
  }

  // Opens the file in that cgroup (nullptr: where we are), and more than once: 0 or the errno, 99 when they differ.
  int open_in(const Cgroup* cgroup) const {
    return run([&] { return cgroup != nullptr && !cgroup->enter() ? 98 : open_often(); });
  }
  int open_often() const {
    const int first = open_once();
    return open_once() == first ? first : 99;
  }
  int open_once() const {
    const int file = open(file_.c_str(), O_RDONLY);
    if (file < 0) return errno;
    close(file);
    return 0;
  }
  static int run(const std::function<int()>& act) {
    Child child(act);
    const int status = child.go().wait();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  // The sensor has read what there is to know of so many containers.
  static void wait_for(Sensor& sensor, int containers) {
    for (; containers > 0; --containers) ASSERT_FALSE(sensor.next_alert("known").is_null());
  }

  const Directory directory_;
  const std::string file_ = directory_.path() + "/file";
};

TEST_F(EnforceContainer, OfAnImage) {
  Sensor sensor({.rules = of_image() + kKnown});
  const Cgroup web("/" + id_of('a')), other("/" + id_of('b'));
  wait_for(sensor, 2);
  EXPECT_EQ(EPERM, open_in(&web));
  EXPECT_EQ(0, open_in(&other));
  EXPECT_EQ(0, open_in(nullptr));
  const Json alert = sensor.next_alert("no");
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ("denied", alert.at("event").at("decision"));
  EXPECT_EQ(id_of('a'), alert.at("container").at("full_id"));
}

TEST_F(EnforceContainer, ThatRanBefore) {
  const Cgroup web("/" + id_of('a')), other("/" + id_of('b'));
  Sensor sensor({.rules = of_image() + kKnown});
  wait_for(sensor, 2);
  EXPECT_EQ(EPERM, open_in(&web));
  EXPECT_EQ(0, open_in(&other));
  EXPECT_EQ(0, open_in(nullptr));
}

// A process is where it is when it asks, whatever was looked up for it before.
TEST_F(EnforceContainer, ThatAProcessMovesTo) {
  Sensor sensor({.rules = of_image() + kKnown});
  const Cgroup web("/" + id_of('a')), other("/" + id_of('b')), host("/enforce-host");
  wait_for(sensor, 2);
  EXPECT_EQ(0, run([&] {
              for (int turn = 0; turn < 3; ++turn) {
                if (open_often() != 0) return 1;
                if (!web.enter() || open_often() != EPERM) return 2;
                if (!other.enter() || open_often() != 0) return 3;
                if (!web.enter() || open_often() != EPERM) return 4;
                if (!host.enter()) return 5;
              }
              return 0;
            }));
}

// What is made below a container's cgroup is in it at once, whatever it is called.
TEST_F(EnforceContainer, CgroupsBelow) {
  Sensor sensor({.rules = of_image() + kKnown});
  const Cgroup web("/" + id_of('a'));
  wait_for(sensor, 1);
  for (int turn = 0; turn < 50; ++turn) {
    const Cgroup below(web.path() + "/below" + std::to_string(turn));
    ASSERT_EQ(EPERM, open_in(&below)) << turn;
  }
  const Cgroup inner(web.path() + "/" + id_of('c'));
  EXPECT_EQ(EPERM, open_in(&inner)) << "called like another container";
}

// Nothing but its cgroup is known: what asks for more refuses nothing, unless it is configured to.
TEST_F(EnforceContainer, OfWhichNothingIsKnown) {
  for (const bool denies : {false, true}) {
    SCOPED_TRACE(denies ? "deny" : "allow");
    const std::string unknown = denies ? "deny" : "allow";
    Sensor sensor(
        {.rules = of_image() + deny("inside", "open.path = /run/enforce-inside and container.id != host") + kKnown,
         .arguments = {"--unknown-container", unknown, "--container-wait", "300"}});
    const Cgroup stranger("/" + id_of('d'));
    EXPECT_EQ(denies ? EPERM : 0, open_in(&stranger)) << "at once";
    EXPECT_EQ(0, open_in(nullptr));
    EXPECT_FALSE(sensor.next_alert("known").is_null());
    EXPECT_EQ(denies ? EPERM : 0, open_in(&stranger)) << "for ever";
    write_file("/run/enforce-inside", "");
    EXPECT_EQ(EPERM, run([&] {
                if (!stranger.enter()) return 98;
                return open("/run/enforce-inside", O_RDONLY) < 0 ? errno : 0;
              }));
    EXPECT_EQ(0, run([] { return open("/run/enforce-inside", O_RDONLY) < 0 ? errno : 0; }));
  }
  unlink("/run/enforce-inside");
}

// With deny, the host is not hit: its cgroups are known in the moment they are made.
TEST_F(EnforceContainer, RulesSpareTheHost) {
  const Cgroup before("/enforce-before");
  Sensor sensor({.rules = of_image(), .arguments = {"--unknown-container", "deny"}});
  EXPECT_EQ(0, open_in(&before));
  for (int turn = 0; turn < 50; ++turn) {
    const Cgroup host("/enforce-host" + std::to_string(turn));
    ASSERT_EQ(0, open_in(&host)) << turn;
    const Cgroup below(host.path() + "/below");
    ASSERT_EQ(0, open_in(&below)) << turn;
  }
}

// From a container's first instruction on: in force before the runtime has written a word about it.
TEST_F(EnforceContainer, FromItsFirstInstruction) {
  Sensor sensor({.rules = of_image(), .arguments = {"--unknown-container", "deny"}});
  for (int turn = 0; turn < 20; ++turn) {
    const Cgroup web("/" + id_of('a'));
    ASSERT_EQ(EPERM, open_in(&web)) << turn;
  }
}

// Opened all the while, by processes that are in cgroups old and new: never once while the rules change.
TEST_F(EnforceContainer, OverReloads) {
  const std::string rules = directory_.path() + "/rules.yaml";
  write_file(rules, of_image() + kKnown);
  Sensor sensor({.arguments = {"--rules", rules, "--rules-watch", "false"}});
  const Cgroup web("/" + id_of('a'));
  wait_for(sensor, 1);
  ASSERT_EQ(EPERM, open_in(&web));
  const std::string enough = directory_.path() + "/enough";
  constexpr int kPassed = 99, kNotInCgroup = 98;
  // Exits with EPERM when every call was refused, else with what came of the one that was not.
  const auto until_enough = [&](const std::function<int()>& call) {
    if (!web.enter()) return kNotInCgroup;
    while (access(enough.c_str(), F_OK) != 0) {
      if (const int code = call(); code != EPERM) return code == 0 ? kPassed : code;
      usleep(2000);  // the sensor is to get on, too
    }
    return EPERM;
  };
  Child steady([&] { return until_enough([this] { return open_once(); }); });
  Child making([&] {
    return until_enough([&] {
      const Cgroup below(web.path() + "/below");
      return run([&] { return below.enter() ? open_once() : kNotInCgroup; });
    });
  });
  steady.go();
  making.go();
  for (int turn = 0; turn < 5; ++turn) {
    std::string others;
    for (int i = 0; i <= turn; ++i) {
      others += deny("other" + std::to_string(i),
                     "open.path = /run/none" + std::to_string(i) + " and container.image.repository contains web");
    }
    write_file(rules, (turn % 2 == 0 ? others + of_image() : of_image() + others) + kKnown);
    kill(sensor.pid(), SIGHUP);
    ASSERT_TRUE(wait_until([&] {
      const std::string log = sensor.log();
      std::size_t count = 0;
      for (std::size_t at = 0; (at = log.find("rules reloaded", at)) != log.npos; ++at) ++count;
      return count == static_cast<std::size_t>(turn) + 1;
    })) << sensor.log();
  }
  write_file(enough, "");
  EXPECT_EQ(EPERM, WEXITSTATUS(steady.wait()));
  EXPECT_EQ(EPERM, WEXITSTATUS(making.wait()));
}

TEST_F(EnforceContainer, Execution) {
  const std::string program = directory_.path() + "/program";
  write_file(program, read_file("/bin/true"));
  ASSERT_EQ(0, chmod(program.c_str(), 0755));
  Sensor sensor({.rules = deny("no", "evt.type in (execve, execveat) and proc.exepath = " + program +
                                         " and k8s.ns.name = shop and container.image endswith /web:1") +
                          kKnown});
  const Cgroup web("/" + id_of('a')), other("/" + id_of('b'));
  wait_for(sensor, 2);
  const auto execute_in = [&](const Cgroup& cgroup) {
    return run([&] {
      if (!cgroup.enter()) return 98;
      execl(program.c_str(), "program", nullptr);
      return errno;
    });
  };
  EXPECT_EQ(EPERM, execute_in(web));
  EXPECT_EQ(0, execute_in(other));
}

}  // namespace
}  // namespace picket::test
