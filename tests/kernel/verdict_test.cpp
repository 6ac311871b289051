// SPDX-License-Identifier: Apache-2.0
//
// What the kernel decides is what user space decides, on real events: a random workload under random rules, one set
// after the other in a running sensor, once decided by the kernel (rules that would deny, in audit mode: what no rule
// matches does not leave the kernel, and the kernel says which rule it was), and once by the Matcher alone, from a
// recording of everything. Both must give the same alerts. That the Matcher agrees with the naive evaluator, and with
// the image's look-up in user space, is tests/unit/rules.
//
// picket.sets=N and picket.events=N have it go on for longer (tests/kernel/run-stress).
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <ostream>
#include <random>
#include <set>
#include <vector>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/scale.h"
#include "tests/kernel/support/sensor.h"
#include "tests/support/random_condition.h"

namespace picket::test {
namespace {

constexpr int kRules = 24, kDepth = 4;
constexpr long kSets = 20;
constexpr unsigned kTogether = 20;  // sets that one sensor has one after the other, and one recording is of
constexpr const char* kPlace = "/run/verdicts";

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int below(int end) { return static_cast<int>(engine_() % static_cast<unsigned>(end)); }
  template <class List>
  const auto& one_of(const List& list) {
    return list[static_cast<std::size_t>(below(static_cast<int>(std::size(list))))];
  }

 private:
  std::minstd_rand engine_;
};

constexpr const char* kNames[] = {"a", "b", "c"};
constexpr uid_t kUsers[] = {0, 4711, 4712};
constexpr int kPorts[] = {4241, 4242, 4243};
constexpr mode_t kModes[] = {0600, 0644, 0700};
constexpr int kFlags[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_WRONLY | O_CREAT | O_TRUNC};

// So few that conditions and events meet: names of up to three levels.
std::string directory(Dice& dice) {
  std::string path = kPlace;
  for (int depth = dice.below(3); depth > 0; --depth) path += std::string("/") + dice.one_of(kNames);
  return path;
}
std::string file(Dice& dice) { return directory(dice) + "/" + dice.one_of(kNames); }

// ---- rules ----

// A kind of event: what is asked of it beside the path, and what an alert about it says.
struct Kind {
  const char* name;
  const char* path;  // the field, nullptr when it has none
  std::vector<std::string> checks;
};

const std::vector<Kind> kKinds = {
    {"open",
     "open.path",
     {"evt.is_open_write = true", "evt.is_open_read = true", "evt.is_open_create = true", "evt.is_open_truncate = true",
      "fd.filename = a", "fd.filename in (b, c)"}},
    {"unlink", "unlink.path", {"unlink.links > 1"}},
    {"mkdir", "mkdir.path", {}},
    {"rmdir", "rmdir.path", {}},
    {"symlink", "symlink.path", {}},
    {"mknod", "mknod.path", {"mknod.mode = 4516", "mknod.mode != 4480", "mknod.node_device = 0"}},
    {"chmod", "chmod.path", {"chmod.mode = 33188", "chmod.old_mode != 33188", "chmod.mode in (33152, 16768)"}},
    {"rename", "rename.old_path", {"rename.new_path startswith /run/verdicts/a/", "rename.new_path endswith /c"}},
    {"link", "link.new_path", {"link.old_path startswith /run/verdicts/b/", "link.old_path = /run/verdicts/c"}},
    {"connect",
     nullptr,
     {"connect.port = 4242", "connect.port != 4243", "connect.port in (4241, 4242)", "connect.type = 1"}},
};

std::string check(const Kind& kind, Dice& dice) {
  const int what = dice.below(8);
  if (what == 0) return "user.uid = " + std::to_string(dice.one_of(kUsers));
  if (what == 1) return std::string("proc.name ") + (dice.below(2) != 0 ? "=" : "!=") + " picket_kernel_t";
  if (!kind.checks.empty() && (kind.path == nullptr || what < 4)) return dice.one_of(kind.checks);
  if (kind.path == nullptr) return "user.uid != 0";
  const std::string path = kind.path;
  switch (what) {
    case 4:
      return path + " = " + file(dice);
    case 5:
      return path + " endswith /" + dice.one_of(kNames);
    case 6:
      return path + " in (" + file(dice) + ", " + file(dice) + ")";
    default:
      return path + " startswith " + directory(dice) + "/";
  }
}

// Everything that the rules could be about: for the recorder.
std::string rules_about_all() {
  std::string text;
  for (const Kind& kind : kKinds) {
    const std::string field = kind.path == nullptr ? "connect.port" : kind.path;
    text += std::string("- rule: ") + kind.name + "\n  desc: d\n  condition: " + field +
            " exists\n  output: o\n  priority: DEBUG\n";
  }
  return text;
}

std::string rules(Dice& dice) {
  std::string text;
  for (int i = 0; i < kRules; ++i) {
    const Kind& kind = dice.one_of(kKinds);
    const std::string condition = random_condition(
        kDepth, [&](int end) { return dice.below(end); }, [&] { return check(kind, dice); });
    // Other processes do as they like: only what happens in our place, or to our ports, is looked at.
    const std::string ours = kind.path == nullptr ? std::string("connect.port in (4241, 4242, 4243)")
                                                  : std::string(kind.path) + " startswith " + kPlace + "/";
    text += "- rule: r" + std::to_string(i) + "\n  desc: d\n  condition: " + ours + " and (" + condition +
            ")\n  output: \"" + (kind.path == nullptr ? "%connect.port" : "%" + std::string(kind.path)) +
            "\"\n  priority: WARNING\n  action: deny\n  mode: audit\n";
  }
  return text;
}

// ---- events ----

void act_once(Dice& dice) {
  const std::string path = file(dice), other = file(dice);
  switch (dice.below(12)) {
    case 0:
      mkdir(path.c_str(), 0777);
      break;
    case 5:
      (void)!symlink("a", path.c_str());
      break;
    case 6:
      mknod(path.c_str(), S_IFIFO | dice.one_of(kModes), 0);
      break;
    case 7:
      chmod(path.c_str(), dice.one_of(kModes));
      break;
    case 1:
      unlink(path.c_str());
      break;
    case 2:
      rename(path.c_str(), other.c_str());
      break;
    case 3:
      if (link(path.c_str(), other.c_str()) != 0) rmdir(path.c_str());
      break;
    case 4: {
      const int client = socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(static_cast<std::uint16_t>(dice.one_of(kPorts)));
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      connect(client, reinterpret_cast<sockaddr*>(&to), sizeof to);
      close(client);
      break;
    }
    default: {
      const int opened = open(path.c_str(), dice.one_of(kFlags) | O_NONBLOCK, 0666);  // a pipe would wait
      if (opened >= 0) close(opened);
    }
  }
}

// By several users, each a process with this program's name. Returns which they were.
std::set<pid_t> act(Dice& dice, long events) {
  std::set<pid_t> actors;
  for (const uid_t user : kUsers) {
    const auto seed = static_cast<unsigned>(dice.below(1 << 30));
    Child child([&] {
      Dice own(seed);
      umask(0);
      if (setuid(user) != 0) return 1;
      for (long i = 0; i < events; ++i) act_once(own);
      return 0;
    });
    actors.insert(child.pid());
    EXPECT_EQ(0, child.wait());
  }
  return actors;
}

// Who did what, and which rule it was: what the two must agree in.
struct Verdict {
  std::string rule, who, message;
  bool by_other_name;  // a rule is about another name of the file, which a recording does not know
  bool operator==(const Verdict& other) const {
    return rule == other.rule && who == other.who && message == other.message;
  }
};

std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
  return out << verdict.rule << ' ' << verdict.who << ' ' << verdict.message;
}

// In the order in which it was done.
std::vector<Verdict> verdicts(const std::vector<Json>& alerts, const std::set<pid_t>& actors) {
  std::vector<Verdict> all;
  for (const Json& alert : alerts) {
    if (!actors.contains(pid_of(alert))) continue;
    const Json& event = alert.at("event");
    const Json& flags = event.at("flags");
    all.push_back({rule_of(alert), std::to_string(pid_of(alert)) + " " + event.at("kind").get<std::string>(),
                   message_of(alert), std::find(flags.begin(), flags.end(), "other_name") != flags.end()});
  }
  return all;
}

// The place of the first verdict of the kernel's with which user space does not agree; nothing when there is none. A
// file with several links has other names: of these user space, which has a recording, knows nothing, so that the
// kernel may have found a rule where it found none, or an earlier one.
std::optional<std::size_t> disagreement(const std::vector<Verdict>& kernel, const std::vector<Verdict>& user_space) {
  std::set<std::size_t> places = {0};  // in user space, up to which all before may be the same
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    std::set<std::size_t> next;
    for (const std::size_t at : places) {
      if (kernel[i].by_other_name) next.insert(at);
      if (at == user_space.size()) continue;
      if (kernel[i].by_other_name ? kernel[i].who == user_space[at].who : kernel[i] == user_space[at])
        next.insert(at + 1);
    }
    if (next.empty()) return i;
    places = std::move(next);
  }
  return places.contains(user_space.size()) ? std::nullopt : std::optional(kernel.size());
}

// A set of rules that was in force, and who acted meanwhile.
struct Turn {
  unsigned seed;
  std::string rules;
  std::set<pid_t> actors;
};

class Verdicts : public testing::Test {
 protected:
  // The sets of these seeds, one after the other in one sensor. What came of each is added up.
  void try_sets(unsigned begin, unsigned end, long events) {
    write_file(rules_, rules_about_all());
    std::filesystem::remove(recording_);  // of the sets before: a recording takes a new file
    Sensor recorder({.rules = rules_about_all(), .arguments = {"--output", recording_}, .command = "record"});
    Sensor sensor({.arguments = {"--rules", rules_, "--rules-watch", "false", "--control", socket_}});
    std::vector<Turn> turns;
    for (unsigned seed = begin; seed < end; ++seed) {
      Dice dice(seed + 1);
      clear_place();
      const std::string text = rules(dice);
      write_file(rules_, text);
      ASSERT_EQ(0, reload()) << text << sensor.log();
      turns.push_back({seed, text, act(dice, events)});
    }
    EXPECT_EQ(0, sensor.stop()) << sensor.log();
    EXPECT_EQ(0, recorder.stop()) << recorder.log();
    EXPECT_EQ(0u, sensor.lost() + recorder.lost());
    for (const Turn& turn : turns) {
      SCOPED_TRACE("seed " + std::to_string(turn.seed) + "\n" + turn.rules);
      ASSERT_NO_FATAL_FAILURE(compare(sensor, turn));
    }
  }

  std::size_t alerts_ = 0, others_ = 0;  // others: by another name
  std::set<std::string> rules_met_;

 private:
  static void clear_place() {
    std::filesystem::remove_all(kPlace);
    std::filesystem::create_directory(kPlace);
    chmod(kPlace, 0777);
  }

  int reload() const {
    Child child([&] {
      return execute(picket_binary(), {"picket", "reload", "--config", config_, "--control", socket_});
    });
    return child.wait();
  }

  void compare(Sensor& sensor, const Turn& turn) {
    for (const Json& alert : sensor.alerts()) {
      if (!turn.actors.contains(pid_of(alert))) continue;
      ASSERT_EQ("would_deny", alert.at("event").at("decision")) << alert.dump();
    }
    Sensor replay({.rules = turn.rules,
                   .arguments = {"--output", "json", recording_},
                   .wait_until_ready = false,
                   .command = "replay"});
    ASSERT_EQ(0, replay.wait_for_end()) << replay.log();
    const auto kernel = verdicts(sensor.alerts(), turn.actors), user_space = verdicts(replay.alerts(), turn.actors);
    ASSERT_EQ(std::nullopt, disagreement(kernel, user_space)) << testing::PrintToString(kernel) << "\n"
                                                              << testing::PrintToString(user_space);
    for (const Verdict& verdict : kernel) {
      others_ += verdict.by_other_name ? 1 : 0;
      alerts_ += verdict.by_other_name ? 0 : 1;
      rules_met_.insert(verdict.rule + " " + std::to_string(turn.seed));
    }
  }

  void SetUp() override { write_file(config_, "{}\n"); }

  Directory directory_;
  const std::string rules_ = directory_ / "rules.yaml", config_ = directory_ / "config.yaml";
  const std::string socket_ = directory_ / "control.sock", recording_ = directory_ / "recording";
};

TEST_F(Verdicts, TheKernelsAreThoseOfUserSpace) {
  const auto sets = static_cast<unsigned>(scaled("sets", kSets));
  const long events = scaled("events", 200);
  for (unsigned begin = 0; begin < sets && !HasFatalFailure(); begin += kTogether) {
    try_sets(begin, std::min(begin + kTogether, sets), events);
  }
  std::printf(
      "verdicts: %u sets of %d rules, %ld calls; %zu alerts of %zu rules, all the same, and %zu by other names\n", sets,
      kRules, sets * events * static_cast<long>(std::size(kUsers)), alerts_, rules_met_.size(), others_);
  EXPECT_LT(others_, alerts_ / 4);
  EXPECT_GT(alerts_, static_cast<std::size_t>(sets * events / 10));
  EXPECT_GT(rules_met_.size(), static_cast<std::size_t>(3 * sets));
  std::filesystem::remove_all(kPlace);
}

}  // namespace
}  // namespace picket::test
