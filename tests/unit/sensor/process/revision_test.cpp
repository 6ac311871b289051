// SPDX-License-Identifier: Apache-2.0
//
// Revisions of processes: while one is the same, so is the process, in all that is known of it.
#include "rules/event/revision.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/process_storm.h"

namespace picket {
namespace {

struct AsText {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const Process* process) const {
    return std::to_string(reinterpret_cast<std::uintptr_t>(process));
  }
  std::string operator()(const FileHash& hash) const {
    return std::to_string(static_cast<int>(hash.state)) + " " + std::to_string(static_cast<int>(hash.problem)) + " " +
           std::string(reinterpret_cast<const char*>(hash.sha256.data()), hash.sha256.size());
  }
  std::string operator()(std::integral auto number) const { return std::to_string(number); }
};

// Every member by its own name: one that is new does not compile before it stands here, too.
#define MEMBERS(_)                                                                                                     \
  _(key), _(parent), _(start_time), _(exec_time), _(pid), _(vpid), _(comm), _(exe_path), _(filename), _(interpreter),  \
      _(cwd), _(argv), _(env), _(cmdline), _(inode), _(device), _(exe_flags), _(exe_mtime), _(exe_ctime), _(exe_hash), \
      _(exe_mode), _(stdin_mode), _(stdout_mode), _(stderr_mode), _(uid), _(gid), _(real_uid), _(real_gid),            \
      _(login_uid), _(cap_inheritable), _(cap_permitted), _(cap_effective), _(tty), _(process_group), _(session),      \
      _(pid_namespace), _(mount_namespace), _(net_namespace), _(user_namespace), _(cgroup_namespace), _(cgroup),       \
      _(flags), _(exited), _(known)
#define ITSELF(member) member
#define NAME(member) #member
#define TEXT(member) AsText{}(member)
const std::vector<std::string> kNames = {MEMBERS(NAME)};
std::vector<std::string> members_of(const Process& process) {
  const auto& [revision, MEMBERS(ITSELF)] = process;
  return {MEMBERS(TEXT)};
}

TEST(Revision, IsAnotherOneEachTimeAndOfNoCopy) {
  Revision first, second;
  EXPECT_EQ(first.number(), 0u);
  first.renew();
  second.renew();
  const auto number = first.number();
  EXPECT_NE(number, 0u);
  EXPECT_NE(number, second.number());
  const Revision copy = first;
  EXPECT_EQ(copy.number(), 0u);
  second = first;
  EXPECT_EQ(second.number(), 0u);
  second = std::move(first);
  EXPECT_EQ(second.number(), 0u);
  EXPECT_EQ(first.number(), number);
}

// In tables that are full and in such that are not. What no storm changes would not be looked at: each member must have
// been seen to change.
TEST(Revision, TellsOfEveryChange) {
  std::map<std::string, int> changes;
  std::map<std::uint64_t, std::vector<std::string>> states;  // of all tables: no two have a state in common
  for (unsigned seed = 1; seed <= 4; ++seed) {
    ProcessTable table(seed % 2 == 0 ? 20 : 500);
    test::ProcessStorm storm(seed);
    std::map<pk_key, std::vector<std::string>> before;
    std::vector<pk_key> keys;
    for (int step = 0; step < 800; ++step) {
      storm.next(table);
      for (int i = 0; i < 8; ++i) keys.push_back(storm.some());
      if (keys.size() > 32) keys.erase(keys.begin(), keys.begin() + 8);
      for (const pk_key key : keys) {
        const Process* process = table.find(key);
        if (process == nullptr) continue;
        const auto members = members_of(*process);
        ASSERT_NE(process->revision.number(), 0u);
        const auto [state, added] = states.emplace(process->revision.number(), members);
        ASSERT_EQ(state->second, members) << "seed " << seed << " step " << step;
        auto& last = before[key];
        for (std::size_t i = 0; i < last.size(); ++i) changes[kNames[i]] += last[i] != members[i];
        last = members;
      }
    }
  }
  for (const std::string& name : kNames) {
    const bool never = name == "key" || name == "pid";
    EXPECT_EQ(changes[name] == 0, never) << name;
  }
}

// Most events say of their process what is known already.
TEST(Revision, StaysWhenNothingChanges) {
  ProcessTable table;
  test::Record<pk_open> open(Kind::open);
  open->header.process = pk_process_key(10, PK_KEY_TICK_NS);
  open->header.tid = 10;
  const auto revision = [&] {
    ++open->header.time;
    return table.apply(Event{&open->header, nullptr, nullptr, 0, {}}).revision.number();
  };
  const std::uint64_t first = revision();
  EXPECT_EQ(revision(), first);
  open->header.uid = 1;
  const std::uint64_t second = revision();
  EXPECT_NE(second, first);
  EXPECT_EQ(revision(), second);
}

}  // namespace
}  // namespace picket
