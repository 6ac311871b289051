// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/containers.h"

#include <gmock/gmock.h>

#include <chrono>
#include <random>
#include <thread>

#include "tests/support/record.h"
#include "tests/support/state_tree.h"

namespace picket {
namespace {

using namespace test;
using namespace std::chrono_literals;

constexpr std::uint64_t kSecond = 1'000'000'000;
const std::string kDockerPath = "/system.slice/docker-" + kContainerId + ".scope";

class ContainersTest : public testing::Test {
 protected:
  template <class Struct>
  void tell(Kind kind, std::uint64_t cgroup, std::string_view path, std::uint64_t time, std::uint32_t hierarchy = 0) {
    Record<Struct> record(kind);
    record->header.time = time;
    record->id = cgroup;
    record->hierarchy = hierarchy;
    record.text(&Struct::path, path);
    table().on_cgroup(record.event({}));
  }
  void make(std::uint64_t cgroup, std::string_view path, std::uint64_t time = kSecond) {
    tell<pk_cgroup_mkdir>(Kind::cgroup_mkdir, cgroup, path, time);
  }
  void remove(std::uint64_t cgroup, std::string_view path, std::uint64_t time = 2 * kSecond) {
    tell<pk_cgroup_rmdir>(Kind::cgroup_rmdir, cgroup, path, time);
  }

  ContainerTable& table() {
    if (!table_) table_ = std::make_unique<ContainerTable>(settings_);
    return *table_;
  }

  // Until the resolver has said its last word about the cgroup.
  void settle(std::uint64_t cgroup, std::uint64_t now = kSecond) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (table().pending(cgroup) && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(1ms);
      table().poll(now);
    }
    EXPECT_FALSE(table().pending(cgroup));
  }

  std::string notices() {
    std::string text;
    while (const auto notice = table().next_notice()) {
      text += notice->action == ContainerAction::Started ? '+' : notice->action == ContainerAction::Stopped ? '-' : '=';
      text += std::to_string(notice->cgroup) + " ";
      if (notice->problem) text += "(" + std::string(state_problem_name(*notice->problem)) + ") ";
    }
    return text;
  }

  std::string name(std::uint64_t cgroup) {
    const Container* container = table().find(cgroup);
    return container ? container->name : "host";
  }

  StateTree tree_;
  ContainerSettings settings_{.host_root = tree_.path(), .wait_ns = kSecond, .owner = geteuid()};
  std::unique_ptr<ContainerTable> table_;
};

TEST_F(ContainersTest, KnownByItsIdAtOnceAndByItsNameSoon) {
  tree_.write_docker();
  make(7, kDockerPath);
  ASSERT_NE(table().find(7), nullptr);
  EXPECT_EQ(table().find(7)->id, kContainerId.substr(0, 12));
  EXPECT_EQ(table().find(7)->metadata, Metadata::Pending);
  EXPECT_TRUE(table().pending(7));
  settle(7);
  EXPECT_EQ(name(7), "dweb");
  EXPECT_EQ(table().find(7)->metadata, Metadata::Complete);
  EXPECT_EQ(table().find(7)->start_time, kSecond);
  EXPECT_EQ(table().find(7)->cgroup, 7u);
  EXPECT_EQ(notices(), "+7 ");
  EXPECT_EQ(table().counters().resolved, 1u);
}

TEST_F(ContainersTest, StateThatComesLater) {
  make(7, kDockerPath);
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(table().poll(kSecond));
  EXPECT_TRUE(table().pending(7));
  tree_.write("var/lib/docker/containers/" + kContainerId + "/config.v2.json", "{\"Name\": \"/dw");  // half written
  std::this_thread::sleep_for(20ms);
  tree_.write_docker();
  settle(7);
  EXPECT_EQ(name(7), "dweb");
}

TEST_F(ContainersTest, StateThatNeverComes) {
  make(7, kDockerPath);
  settle(7);
  EXPECT_EQ(table().find(7)->metadata, Metadata::Unavailable);
  EXPECT_EQ(table().find(7)->id, kContainerId.substr(0, 12));
  EXPECT_EQ(notices(), "+7 (missing) ");
  EXPECT_EQ(table().counters().unavailable[static_cast<std::size_t>(StateProblem::Missing)], 1u);
}

// However long the resolver takes: the event thread's own clock ends the wait.
TEST_F(ContainersTest, WaitIsBounded) {
  settings_.wait_ns = 3600 * kSecond;
  make(7, kDockerPath);
  EXPECT_FALSE(table().poll(3600 * kSecond));
  EXPECT_TRUE(table().poll(3602 * kSecond));
  EXPECT_FALSE(table().pending(7));
  EXPECT_EQ(table().find(7)->metadata, Metadata::Unavailable);
  EXPECT_EQ(table().counters().waited_out, 1u);
  EXPECT_EQ(notices(), "+7 ");

  tree_.write_docker();  // and what comes after it is taken over
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (name(7).empty() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(1ms);
    table().poll(3602 * kSecond);
  }
  EXPECT_EQ(name(7), "dweb");
  EXPECT_EQ(notices(), "");
}

TEST_F(ContainersTest, Host) {
  make(3, "/system.slice/ssh.service");
  EXPECT_EQ(table().find(3), nullptr);
  settle(3);
  EXPECT_EQ(table().find(3), nullptr);
  EXPECT_EQ(table().find(99), nullptr);
  EXPECT_FALSE(table().pending(99));
  EXPECT_EQ(notices(), "");
  EXPECT_EQ(table().size(), 0u);
}

TEST_F(ContainersTest, KnownByStateAlone) {
  tree_.write_runc("my-runc-1", "/my-runc-1");
  make(5, "/my-runc-1");
  EXPECT_TRUE(table().pending(5));
  make(6, "/my-runc-1/below");
  settle(5);
  settle(6);
  EXPECT_EQ(name(5), "my-runc-1");
  EXPECT_EQ(name(6), "my-runc-1");
  EXPECT_EQ(notices(), "+5 ");
}

TEST_F(ContainersTest, StateOfAnotherCgroupIsChance) {
  tree_.write_runc("web", "/elsewhere/web");
  make(5, "/web");
  settle(5);
  EXPECT_EQ(table().find(5), nullptr);
  EXPECT_EQ(notices(), "");
}

TEST_F(ContainersTest, CgroupsBelowAContainer) {
  tree_.write_docker();
  make(7, kDockerPath);
  make(8, kDockerPath + "/init.scope");
  make(9, kDockerPath + "/init.scope/deeper");
  settle(7);
  EXPECT_EQ(table().find(8), table().find(7));
  EXPECT_EQ(table().find(9), table().find(7));
  make(10, kDockerPath + "/docker/" + kSandboxId);
  EXPECT_EQ(table().find(10)->full_id, kSandboxId);
  settle(10);
  EXPECT_EQ(notices(), "+7 +10 (missing) ");
}

// What is told of cgroups, in one line: + it came, * it changed, - it is gone, each with what find() says of it then.
TEST_F(ContainersTest, NewsOfCgroups) {
  std::string news;
  settings_.on_cgroup = [&](std::uint64_t cgroup, CgroupNews what) {
    const Container* container = table_->find(cgroup);
    const char* const state = container == nullptr ? "host" : container->name.empty() ? "?" : container->name.c_str();
    news += "+*-"[static_cast<int>(what)] + std::to_string(cgroup) + "=" + state + " ";
  };
  tree_.write_docker();
  make(3, "/system.slice/ssh.service");
  settle(3);
  make(7, kDockerPath);
  make(8, kDockerPath + "/below");
  settle(7);
  remove(8, kDockerPath + "/below");
  remove(3, "/system.slice/ssh.service");
  EXPECT_EQ(news, "+3=host *3=host +7=? +8=? *7=dweb *8=dweb -8=dweb -3=host ");
}

// A cgroup in a container's that is named for another one.
TEST_F(ContainersTest, Around) {
  tree_.write_docker();
  make(7, kDockerPath);
  make(8, kDockerPath + "/x/docker-" + std::string(64, 'e') + ".scope");
  make(9, "/docker/" + std::string(64, 'd'));
  EXPECT_EQ(table().around(8), table().find(7));
  EXPECT_EQ(table().around(7), nullptr);
  EXPECT_EQ(table().around(9), nullptr);
  EXPECT_EQ(table().around(99), nullptr);
}

TEST_F(ContainersTest, OtherHierarchies) {
  settings_.hierarchy = 4;
  make(7, kDockerPath);
  EXPECT_EQ(table().find(7), nullptr);
  tell<pk_cgroup_mkdir>(Kind::cgroup_mkdir, 8, kDockerPath, kSecond, 4);
  EXPECT_NE(table().find(8), nullptr);
  tell<pk_cgroup_rmdir>(Kind::cgroup_rmdir, 8, kDockerPath, kSecond, 0);
  settle(8);
  EXPECT_EQ(notices(), "+8 (missing) ");
}

TEST_F(ContainersTest, WasRunning) {
  tree_.write_docker();
  table().add_running(7, kDockerPath, kSecond);
  make(7, kDockerPath);  // its event waited in the ring during the walk
  settle(7);
  EXPECT_EQ(name(7), "dweb");
  EXPECT_EQ(table().find(7)->start_time, 0u);
  EXPECT_EQ(notices(), "=7 ");
}

TEST_F(ContainersTest, KeptForAWhileAfterItsEnd) {
  tree_.write_docker();
  make(7, kDockerPath);
  settle(7);
  remove(7, kDockerPath, 2 * kSecond);
  EXPECT_EQ(notices(), "+7 -7 ");
  table().poll(2 * kSecond + ContainerTable::kKeptNs - 1);
  EXPECT_EQ(name(7), "dweb");
  table().poll(2 * kSecond + ContainerTable::kKeptNs);
  EXPECT_EQ(table().find(7), nullptr);
  EXPECT_EQ(table().size(), 0u);
}

TEST_F(ContainersTest, EndsBeforeItIsKnown) {
  tree_.write_docker();
  make(7, kDockerPath);
  remove(7, kDockerPath);
  EXPECT_EQ(notices(), "");
  settle(7);
  EXPECT_EQ(notices(), "+7 -7 ");
}

TEST_F(ContainersTest, SamePathAgain) {
  tree_.write_docker();
  make(7, kDockerPath);
  settle(7);
  remove(7, kDockerPath);
  make(17, kDockerPath, 3 * kSecond);
  settle(17, 3 * kSecond);
  EXPECT_EQ(table().find(17)->start_time, 3 * kSecond);
  EXPECT_NE(table().find(7), table().find(17));
  table().poll(12 * kSecond);
  EXPECT_EQ(name(7), "host");
  EXPECT_EQ(name(17), "dweb");
  EXPECT_EQ(notices(), "+7 -7 +17 ");
}

TEST_F(ContainersTest, CgroupsOfOneContainerComeAndGo) {
  tree_.write_docker();
  make(7, kDockerPath);
  settle(7);
  for (std::uint64_t round = 0; round < 1000; ++round) {
    make(100 + round, kDockerPath + "/job", (10 + round) * kSecond);
    remove(100 + round, kDockerPath + "/job", (10 + round) * kSecond);
    table().poll((10 + round) * kSecond);
  }
  EXPECT_NE(table().find(1099), nullptr);
  EXPECT_EQ(table().find(1000), nullptr);
  EXPECT_EQ(name(7), "dweb");
}

TEST_F(ContainersTest, BoundedNumber) {
  settings_.max_containers = 4;
  settings_.wait_ns = 3600 * kSecond;
  const auto path = [](std::uint64_t number) {
    std::string id = kContainerId;
    id[63] = static_cast<char>('a' + number);
    return "/docker/" + id;
  };
  for (std::uint64_t number = 0; number < 4; ++number) make(number + 1, path(number));
  remove(3, path(2));
  make(5, path(4));  // in the place of the one that is gone
  EXPECT_EQ(table().find(3), nullptr);
  EXPECT_NE(table().find(1), nullptr);
  make(6, path(5));  // and then of the oldest
  EXPECT_EQ(table().find(1), nullptr);
  EXPECT_EQ(table().size(), 4u);
  EXPECT_EQ(table().counters().evicted, 2u);
}

// As a replay does: nothing is read, answers are given. What they say of the place of a container is not believed.
TEST_F(ContainersTest, GivenAnswers) {
  settings_.reads_state = false;
  std::vector<std::uint64_t> seen;
  settings_.on_answer = [&seen](const Resolver::Answer& answer) { seen.push_back(answer.serial); };
  make(7, kDockerPath);
  EXPECT_FALSE(table().poll(1));
  EXPECT_TRUE(table().pending(7));
  Resolver::Answer answer;
  answer.serial = 1;
  answer.is_container = true;
  answer.container.name = "given";
  answer.container.cgroup = 99;
  answer.container.cgroup_path = "/elsewhere";
  answer.container.metadata = Metadata::Complete;
  table().give(answer);
  answer.serial = 4711;  // nobody asked
  table().give(answer);
  EXPECT_EQ(name(7), "") << "not before poll()";
  EXPECT_TRUE(table().poll(2));
  EXPECT_EQ(name(7), "given");
  EXPECT_EQ(table().find(7)->cgroup_path, kDockerPath);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 4711}));
  remove(7, kDockerPath, kSecond);
  table().poll(kSecond + ContainerTable::kKeptNs);
  EXPECT_EQ(table().size(), 0u);
}

// Nothing grows for ever, although no time passes.
TEST_F(ContainersTest, CgroupsThatComeAndGoAtOneMoment) {
  settings_.max_containers = 4;
  settings_.reads_state = false;
  for (std::uint64_t number = 1; number <= 10'000; ++number) {
    make(number, kDockerPath);
    make(20'000 + number, kDockerPath + "/below");
    for (int twice = 0; twice < 2; ++twice) {
      remove(20'000 + number, kDockerPath + "/below");
      remove(number, kDockerPath);
    }
  }
  EXPECT_LE(table().size(), 4u);
  EXPECT_FALSE(table().poll(1));
}

// Any order of events: lookups agree with the plain truth of which paths are there.
TEST_F(ContainersTest, Property) {
  settings_.max_containers = 64;
  std::mt19937 random(4711);
  std::map<std::uint64_t, std::string> alive;
  std::uint64_t now = kSecond, next = 1;
  for (int step = 0; step < 3000; ++step) {
    now += random() % kSecond;
    std::string id = kContainerId;
    id[0] = "0123456789abcdef"[random() % 16];
    const std::string own = "/docker/" + id;
    const bool is_there =
        std::any_of(alive.begin(), alive.end(), [&own](const auto& each) { return each.second == own; });
    if (!is_there && random() % 2 == 0) {
      alive[next] = own;
      make(next++, own, now);
      if (random() % 2 == 0) make(next++, own + "/below", now);
    } else if (!alive.empty()) {
      const auto victim = std::next(alive.begin(), static_cast<std::ptrdiff_t>(random() % alive.size()));
      remove(victim->first, victim->second, now);
      alive.erase(victim);
    }
    table().poll(now);
    for (const auto& [cgroup, path] : alive) {
      const Container* container = table().find(cgroup);
      ASSERT_NE(container, nullptr) << path;
      ASSERT_EQ("/docker/" + container->full_id, path);
    }
  }
  EXPECT_LE(table().size(), 64u);
  EXPECT_EQ(table().counters().evicted, 0u);
}

}  // namespace
}  // namespace picket
