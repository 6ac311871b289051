// SPDX-License-Identifier: Apache-2.0
//
// What a process changes in itself, as the process table takes it over.
#include "sensor/process/changes.h"

#include <gtest/gtest.h>

#include "sensor/process/table.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using test::Record;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint32_t kPid = 10;
const pk_key kKey = pk_process_key(kPid, kSecond);

Event view(auto& record) { return Event{&record->header, nullptr, nullptr, 0}; }

// By the first thread of the process.
template <class Struct>
Record<Struct> record(Kind kind, std::uint64_t time) {
  Record<Struct> made(kind);
  made->header.process = kKey;
  made->header.tid = kPid;
  made->header.time = time;
  return made;
}

class Changes : public testing::Test {
 protected:
  Changes() {
    auto exec = record<pk_exec>(Kind::exec, 2 * kSecond);
    exec->start_time = kSecond;
    exec->cap_permitted = exec->cap_effective = exec->cap_inheritable = 0xff;
    exec->pid_namespace = exec->mount_namespace = exec->net_namespace = 1;
    exec->user_namespace = exec->cgroup_namespace = 1;
    table_.apply(view(exec));
  }

  static Record<pk_setuid> setuid(std::uint64_t time) {
    auto made = record<pk_setuid>(Kind::setuid, time);
    made->real_uid = 1001;
    made->effective_uid = 1002;
    made->cap_permitted = 3;
    made->cap_effective = 1;
    return made;
  }

  const Process& process() const { return *table_.find(kKey); }

  ProcessTable table_;
};

TEST_F(Changes, User) {
  auto change = setuid(3 * kSecond);
  table_.apply(view(change));
  EXPECT_EQ(process().uid, 1002u);  // though the header still has the user that asked for it
  EXPECT_EQ(process().real_uid, 1001u);
  EXPECT_EQ(process().cap_permitted, 3u);
  EXPECT_EQ(process().cap_effective, 1u);
  EXPECT_EQ(process().cap_inheritable, 0xffu);

  auto late = record<pk_open>(Kind::open, 3 * kSecond - 1);  // from before, by root
  table_.apply(view(late));
  EXPECT_EQ(process().uid, 1002u);
}

TEST_F(Changes, Group) {
  auto change = record<pk_setgid>(Kind::setgid, 3 * kSecond);
  change->real_gid = 2001;
  change->effective_gid = 2002;
  table_.apply(view(change));
  EXPECT_EQ(process().gid, 2002u);
  EXPECT_EQ(process().real_gid, 2001u);
}

TEST_F(Changes, Capabilities) {
  auto change = record<pk_capset>(Kind::capset, 3 * kSecond);
  change->permitted = 7;
  change->effective = 5;
  change->inheritable = 1;
  table_.apply(view(change));
  EXPECT_EQ(process().cap_permitted, 7u);
  EXPECT_EQ(process().cap_effective, 5u);
  EXPECT_EQ(process().cap_inheritable, 1u);
}

template <class Struct>
void expect_moved(ProcessTable& table, Kind kind) {
  auto change = record<Struct>(kind, 3 * kSecond);
  change->pid_namespace = 2;
  change->mount_namespace = 3;
  change->net_namespace = 4;
  change->user_namespace = 5;
  change->cgroup_namespace = 6;
  const Process& process = table.apply(view(change));
  EXPECT_EQ(process.pid_namespace, 1u) << "only its children are in another one";
  EXPECT_EQ(process.mount_namespace, 3u);
  EXPECT_EQ(process.net_namespace, 4u);
  EXPECT_EQ(process.user_namespace, 5u);
  EXPECT_EQ(process.cgroup_namespace, 6u);
}

TEST_F(Changes, NamespacesJoined) { expect_moved<pk_setns>(table_, Kind::setns); }
TEST_F(Changes, NamespacesLeft) { expect_moved<pk_unshare>(table_, Kind::unshare); }

TEST_F(Changes, WhatWasRefusedIsOlderOrIsAnotherThreadsChangesNothing) {
  auto refused = setuid(3 * kSecond), older = setuid(kSecond), thread = setuid(4 * kSecond), ring = setuid(5 * kSecond);
  refused->header.error = -1;
  thread->header.tid = kPid + 1;
  ring->header.flags = PK_FLAG_io_worker;
  for (auto* change : {&refused, &older, &thread, &ring}) {
    table_.apply(view(*change));
    EXPECT_EQ(process().uid, 0u);
    EXPECT_EQ(process().cap_permitted, 0xffu);
  }
}

}  // namespace
}  // namespace picket
