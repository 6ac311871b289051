// SPDX-License-Identifier: Apache-2.0
//
// The process table, scene by scene. table_property_test.cpp compares it with a naive model.
#include "sensor/process/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/record.h"

namespace picket {
namespace {

using test::Record;

constexpr std::uint64_t kSecond = 1'000'000'000;

pk_key key_of(std::uint32_t pid, std::uint64_t start = kSecond) { return pk_process_key(pid, start); }

Event view(auto& record) { return Event{&record->header, nullptr, nullptr, 0, {}}; }

// The records of a small world: the tests say only what matters to them.
Record<pk_exec> exec(pk_key process, pk_key parent, std::string_view comm, std::uint64_t time) {
  Record<pk_exec> record(Kind::exec);
  record->header.process = process;
  record->header.time = time;
  record->header.uid = record->real_uid = 1000;
  record->header.gid = record->real_gid = 1000;
  record->header.cgroup = 77;
  record->parent = parent;
  record->start_time = kSecond + 5;
  record->vpid = 3;
  record->tty = 34816;
  record->session = 9;
  record->login_uid = 1000;
  record->pid_namespace = 4026531836;
  comm.copy(record->comm.bytes, 15);
  record.text(&pk_exec::path, "/usr/bin/" + std::string(comm));
  record.text(&pk_exec::filename, comm);
  record.text(&pk_exec::cwd, "/home/user");
  record.text(&pk_exec::argv, std::string(comm) + std::string("\0-a\0", 4));
  return record;
}

Record<pk_exec> snapshot(pk_key process, pk_key parent, std::string_view comm, std::uint64_t time) {
  Record<pk_exec> record = exec(process, parent, comm, time);
  record->header.flags = PK_FLAG_backfilled;
  return record;
}

Record<pk_fork> fork(pk_key child, pk_key creator, std::uint64_t time) {
  Record<pk_fork> record(Kind::fork);
  record->header.process = child;
  record->header.time = time;
  record->header.uid = record->header.gid = 1000;
  record->header.cgroup = 77;
  record->creator = record->parent = creator;
  record->start_time = time;
  record->vpid = 4;
  record->pid_namespace = 4026532000;
  return record;
}

Record<pk_exit> exit(pk_key process, std::uint64_t time) {
  Record<pk_exit> record(Kind::exit);
  record->header.process = process;
  record->header.time = time;
  record->header.uid = record->header.gid = 1000;
  return record;
}

Record<pk_open> open(pk_key process, std::uint64_t time, std::uint32_t uid = 1000) {
  Record<pk_open> record(Kind::open);
  record->header.process = process;
  record->header.time = time;
  record->header.uid = record->header.gid = uid;
  record->header.cgroup = 77;
  return record;
}

const Process& apply(ProcessTable& table, auto record) { return table.apply(view(record)); }
void apply_snapshot(ProcessTable& table, auto record) { table.apply_snapshot(view(record)); }

TEST(ProcessTable, ExecFillsTheProcess) {
  ProcessTable table;
  const Process& process = apply(table, exec(key_of(20), key_of(10), "cat", 5 * kSecond));
  EXPECT_TRUE(process.known);
  EXPECT_EQ(process.pid, 20u);
  EXPECT_EQ(process.vpid, 3u);
  EXPECT_EQ(process.comm, "cat");
  EXPECT_EQ(process.exe_path, "/usr/bin/cat");
  EXPECT_EQ(process.filename, "cat");
  EXPECT_EQ(process.cwd, "/home/user");
  EXPECT_EQ(process.cmdline, "cat -a");
  EXPECT_EQ(process.start_time, kSecond + 5);
  EXPECT_EQ(process.exec_time, 5 * kSecond);
  EXPECT_EQ(process.uid, 1000u);
  EXPECT_EQ(process.cgroup, 77u);
  EXPECT_EQ(process.tty, 34816u);
  EXPECT_EQ(process.login_uid, 1000u);
  EXPECT_EQ(table.find(key_of(20)), &process);

  ASSERT_NE(process.parent, nullptr);
  EXPECT_EQ(process.parent->pid, 10u);
  EXPECT_EQ(process.parent->start_time, kSecond);
  EXPECT_FALSE(process.parent->known) << "nobody reported it";
}

TEST(ProcessTable, CommandLines) {
  struct Row {
    std::string comm, argv, command_line;
  };
  const std::string nul(1, '\0');
  const Row rows[] = {
      {"cat", "cat" + nul + "/etc/shadow" + nul, "cat /etc/shadow"},
      {"cat", "cat" + nul, "cat"},
      {"cat", "cat" + nul + "/etc/sha", "cat /etc/sha"},  // cut at the limit
      {"sh", "/bin/sh" + nul + "-c" + nul + nul, "sh -c "},
      {"sh", nul + "x" + nul, "sh x"},  // an empty argv[0]
      {"kthreadd", "", "kthreadd"},
      {"nginx", "nginx: worker process", "nginx"},
  };
  for (const Row& row : rows) {
    ProcessTable table;
    auto record = exec(key_of(20), 0, row.comm, kSecond);
    record.text(&pk_exec::argv, row.argv);
    EXPECT_EQ(table.apply(view(record)).cmdline, row.command_line) << row.command_line;
  }
}

TEST(ProcessTable, ForkedChildIsACopyWithAnIdentityOfItsOwn) {
  ProcessTable table;
  apply(table, exec(key_of(10), key_of(1), "bash", 5 * kSecond));
  const Process& child = apply(table, fork(key_of(20, 6 * kSecond), key_of(10), 6 * kSecond));
  EXPECT_EQ(child.parent, table.find(key_of(10)));
  EXPECT_TRUE(child.known);
  EXPECT_EQ(child.pid, 20u);
  EXPECT_EQ(child.vpid, 4u);
  EXPECT_EQ(child.comm, "bash");
  EXPECT_EQ(child.exe_path, "/usr/bin/bash");
  EXPECT_EQ(child.cmdline, "bash -a");
  EXPECT_EQ(child.argv, child.parent->argv);
  EXPECT_EQ(child.cwd, "/home/user");
  EXPECT_EQ(child.tty, 34816u);
  EXPECT_EQ(child.session, 9u);
  EXPECT_EQ(child.real_uid, 1000u);
  EXPECT_EQ(child.start_time, 6 * kSecond);
  EXPECT_EQ(child.exec_time, 0u);
  EXPECT_EQ(child.pid_namespace, 4026532000u);
  EXPECT_EQ(child.cgroup, 77u);
}

// CLONE_PARENT makes the child a sibling. It still runs its creator's program, and must not pass for its parent's work.
TEST(ProcessTable, SiblingBelongsToItsCreator) {
  ProcessTable table;
  apply(table, exec(key_of(10), 0, "sshd", kSecond));
  apply(table, exec(key_of(20), key_of(10), "intruder", kSecond));
  auto sibling = fork(key_of(30), key_of(20), 2 * kSecond);
  sibling->parent = key_of(10);
  const Process& process = apply(table, std::move(sibling));
  EXPECT_EQ(process.comm, "intruder");
  ASSERT_NE(process.parent, nullptr);
  EXPECT_EQ(process.parent->pid, 20u);
}

TEST(ProcessTable, ForkByAnUnknownParentStillTellsTheUser) {
  ProcessTable table;
  const Process& child = apply(table, fork(key_of(20), key_of(10), 6 * kSecond));
  EXPECT_EQ(child.uid, 1000u) << "never root for want of knowledge";
  EXPECT_EQ(child.real_uid, 1000u);
  EXPECT_EQ(child.exe_path, "");
}

TEST(ProcessTable, ForkDoesNotChangeTheParentsUser) {
  ProcessTable table;
  apply(table, exec(key_of(10), 0, "bash", 5 * kSecond));
  auto record = fork(key_of(20), key_of(10), 6 * kSecond);
  record->header.uid = 33;
  EXPECT_EQ(table.apply(view(record)).uid, 33u);
  EXPECT_EQ(table.find(key_of(10))->uid, 1000u);
}

TEST(ProcessTable, ExecReplacesTheImageAndKeepsTheParent) {
  ProcessTable table;
  apply(table, exec(key_of(10), key_of(1), "bash", 5 * kSecond));
  apply(table, fork(key_of(20), key_of(10), 6 * kSecond));
  apply(table, exit(key_of(10), 7 * kSecond));
  // The kernel says the parent is init now; who is behind the process has not changed.
  const Process& process = apply(table, exec(key_of(20), key_of(1), "cat", 8 * kSecond));
  EXPECT_EQ(process.comm, "cat");
  EXPECT_EQ(process.exec_time, 8 * kSecond);
  EXPECT_EQ(process.parent, table.find(key_of(10)));
  EXPECT_TRUE(process.parent->exited);
}

TEST(ProcessTable, EventsUpdateTheUserButNotFromTheRing) {
  ProcessTable table;
  apply(table, exec(key_of(10), 0, "sudo", 5 * kSecond));
  EXPECT_EQ(apply(table, open(key_of(10), 6 * kSecond, 0)).uid, 0u);
  EXPECT_EQ(apply(table, open(key_of(10), 5 * kSecond + 1, 1000)).uid, 0u) << "older";
  auto worker = open(key_of(10), 7 * kSecond, 33);
  worker->header.flags = PK_FLAG_io_worker;
  EXPECT_EQ(table.apply(view(worker)).uid, 0u);
  EXPECT_EQ(table.find(key_of(10))->real_uid, 1000u);
}

TEST(ProcessTable, UnknownProcessGetsAPlaceholderThatIsFilledLater) {
  ProcessTable table;
  const Process& placeholder = apply(table, open(key_of(20, 3 * kSecond), 4 * kSecond, 33));
  EXPECT_FALSE(placeholder.known);
  EXPECT_EQ(placeholder.pid, 20u);
  EXPECT_EQ(placeholder.uid, 33u);
  EXPECT_EQ(placeholder.start_time, 3 * kSecond);

  // Its fork comes late, from another CPU: the user of the later event stands.
  apply(table, exec(key_of(10), 0, "bash", kSecond));
  const Process& child = apply(table, fork(key_of(20, 3 * kSecond), key_of(10), 3 * kSecond));
  EXPECT_TRUE(child.known);
  EXPECT_EQ(child.comm, "bash");
  EXPECT_EQ(child.uid, 33u);
}

TEST(ProcessTable, ForkAfterExecOnlyTellsTheParent) {
  ProcessTable table;
  apply(table, exec(key_of(20), 0, "cat", 7 * kSecond));
  apply(table, exec(key_of(10), 0, "bash", 5 * kSecond));
  const Process& process = apply(table, fork(key_of(20), key_of(10), 6 * kSecond));
  EXPECT_EQ(process.comm, "cat");
  EXPECT_EQ(process.parent, table.find(key_of(10)));
}

TEST(ProcessTable, SnapshotMayBringChildrenFirst) {
  ProcessTable table;
  apply_snapshot(table, snapshot(key_of(20), key_of(10), "bash", 5 * kSecond));
  apply_snapshot(table, snapshot(key_of(10), key_of(1), "sshd", 5 * kSecond));
  apply_snapshot(table, snapshot(key_of(1), 0, "systemd", 5 * kSecond));
  const Process* process = table.find(key_of(20));
  EXPECT_EQ(process->parent->comm, "sshd");
  EXPECT_EQ(process->parent->parent->comm, "systemd");
  EXPECT_EQ(process->parent->parent->parent, nullptr);
  EXPECT_EQ(process->exec_time, 0u);
  EXPECT_EQ(process->flags, static_cast<std::uint32_t>(PK_FLAG_backfilled));
  EXPECT_EQ(table.size(), 3u);
}

TEST(ProcessTable, EventsOlderThanTheSnapshotChangeNothing) {
  ProcessTable table;
  apply_snapshot(table, snapshot(key_of(10), 0, "bash", 5 * kSecond));
  apply_snapshot(table, snapshot(key_of(20), key_of(10), "cat", 5 * kSecond));
  EXPECT_EQ(apply(table, fork(key_of(20), key_of(10), 3 * kSecond)).comm, "cat");
  EXPECT_EQ(apply(table, exec(key_of(20), key_of(10), "sleep", 4 * kSecond)).comm, "cat");
  EXPECT_EQ(apply(table, open(key_of(20), 4 * kSecond, 0)).uid, 1000u);
  EXPECT_EQ(apply(table, exec(key_of(20), key_of(10), "sleep", 6 * kSecond)).comm, "sleep");
}

TEST(ProcessTable, SnapshotDoesNotUndoANewerEvent) {
  ProcessTable table;
  apply(table, exec(key_of(10), 0, "bash", 5 * kSecond));
  EXPECT_EQ(apply(table, snapshot(key_of(10), 0, "login", 4 * kSecond)).comm, "bash");
}

// A zombie has ended before the snapshot read it. Were its exit not believed, it would be kept for ever.
TEST(ProcessTable, ExitIsFinalWhateverItsTime) {
  ProcessTable table;
  apply_snapshot(table, snapshot(key_of(10), 0, "zombie", 5 * kSecond));
  apply(table, exit(key_of(10), 4 * kSecond));
  EXPECT_TRUE(table.find(key_of(10))->exited);
  table.tick(20 * kSecond);
  EXPECT_EQ(table.size(), 0u);
}

TEST(ProcessTable, ExitedProcessIsKeptAWhileForLateEvents) {
  ProcessTable table;
  apply(table, exec(key_of(10), 0, "cat", 5 * kSecond));
  apply(table, exit(key_of(10), 6 * kSecond));
  table.tick(6 * kSecond + ProcessTable::kKeptNs - 1);
  EXPECT_EQ(apply(table, open(key_of(10), 6 * kSecond - 1)).comm, "cat");
  table.tick(6 * kSecond + ProcessTable::kKeptNs);
  EXPECT_EQ(table.find(key_of(10)), nullptr);
  EXPECT_EQ(table.evicted(), 0u);
}

TEST(ProcessTable, AncestorsLiveAsLongAsTheirDescendants) {
  ProcessTable table;
  apply(table, exec(key_of(1), 0, "init", kSecond));
  for (std::uint32_t pid = 2; pid <= 1000; ++pid) {
    apply(table, fork(key_of(pid), key_of(pid - 1), pid * kSecond));
    if (pid > 2) apply(table, exit(key_of(pid - 1), pid * kSecond));
  }
  table.tick(5000 * kSecond);
  EXPECT_EQ(table.size(), 1000u);
  apply(table, exit(key_of(1000), 5000 * kSecond));
  table.tick(6000 * kSecond);  // one release brings the next, without recursion
  EXPECT_EQ(table.size(), 1u);
  EXPECT_NE(table.find(key_of(1)), nullptr);
}

TEST(ProcessTable, PlaceholdersGoWhenNothingIsHeardOfThem) {
  ProcessTable table;
  apply(table, open(key_of(10), 5 * kSecond));
  apply(table, open(key_of(10), 9 * kSecond));
  table.tick(15 * kSecond);
  EXPECT_NE(table.find(key_of(10)), nullptr);
  table.tick(19 * kSecond);
  EXPECT_EQ(table.find(key_of(10)), nullptr);
}

TEST(ProcessTable, SamePidAgainIsAnotherProcess) {
  ProcessTable table;
  apply(table, exec(key_of(10, kSecond), 0, "old", 2 * kSecond));
  apply(table, fork(key_of(11), key_of(10, kSecond), 2 * kSecond));
  apply(table, exit(key_of(10, kSecond), 3 * kSecond));
  apply(table, exec(key_of(10, 4 * kSecond), 0, "new", 5 * kSecond));
  EXPECT_EQ(table.find(key_of(10, kSecond))->comm, "old");
  EXPECT_TRUE(table.find(key_of(10, kSecond))->exited);
  EXPECT_FALSE(table.find(key_of(10, 4 * kSecond))->exited);
  EXPECT_EQ(table.find(key_of(11))->parent->comm, "old");
}

TEST(ProcessTable, NoProcessIsItsOwnAncestor) {
  ProcessTable table;
  EXPECT_EQ(apply(table, exec(key_of(10), key_of(10), "self", kSecond)).parent, nullptr);
  apply_snapshot(table, snapshot(key_of(20), key_of(21), "a", kSecond));
  apply_snapshot(table, snapshot(key_of(21), key_of(22), "b", kSecond));
  apply_snapshot(table, snapshot(key_of(22), key_of(20), "c", kSecond));
  EXPECT_EQ(table.find(key_of(22))->parent, nullptr);
  EXPECT_EQ(table.find(key_of(20))->parent->parent->comm, "c");
}

// The order in which a full table forgets: see table.h.
TEST(ProcessTable, FullTableForgetsTheDeadBeforeTheLiving) {
  ProcessTable table(16);
  apply(table, exec(key_of(1), 0, "init", kSecond));
  for (std::uint32_t pid = 2; pid <= 13; ++pid) apply(table, fork(key_of(pid), key_of(1), pid * kSecond));
  apply(table, fork(key_of(14), key_of(13), 14 * kSecond));
  apply(table, fork(key_of(15), key_of(14), 15 * kSecond));
  apply(table, fork(key_of(16), key_of(15), 16 * kSecond));
  apply(table, exit(key_of(14), 17 * kSecond));  // has a child
  apply(table, exit(key_of(5), 19 * kSecond));
  apply(table, exit(key_of(4), 18 * kSecond));
  ASSERT_EQ(table.size(), 16u);

  const std::uint32_t expected[] = {4, 5, 14, 2, 3, 6};
  std::uint32_t next = 100;
  for (const std::uint32_t gone : expected) {
    ASSERT_NE(table.find(key_of(gone)), nullptr) << gone;
    apply(table, fork(key_of(next), key_of(1), next * kSecond));
    ++next;
    EXPECT_EQ(table.find(key_of(gone)), nullptr) << gone;
    EXPECT_EQ(table.size(), 16u);
  }
  EXPECT_EQ(table.evicted(), 6u);
  EXPECT_EQ(table.find(key_of(15))->parent, table.find(key_of(13))) << "the dead one's child went to its parent";
}

// The attack of table.h: a program that forks and exits for ever must displace nobody.
TEST(ProcessTable, ChainOfDeadAncestorsDisplacesNobody) {
  ProcessTable table(64);
  apply(table, exec(key_of(1), 0, "init", kSecond));
  for (std::uint32_t pid = 2; pid <= 32; ++pid) apply(table, exec(key_of(pid), key_of(1), "innocent", pid * kSecond));
  for (std::uint32_t pid = 33; pid <= 5000; ++pid) {
    apply(table, fork(key_of(pid), key_of(pid == 33 ? 32 : pid - 1), pid * kSecond));
    if (pid > 33) apply(table, exit(key_of(pid - 1), pid * kSecond));
  }
  EXPECT_LE(table.size(), 64u);
  for (std::uint32_t pid = 1; pid <= 32; ++pid) EXPECT_TRUE(table.find(key_of(pid)) != nullptr) << pid;
  const Process* ancestor = table.find(key_of(5000));
  while (ancestor->parent != nullptr) ancestor = ancestor->parent;
  EXPECT_EQ(ancestor->comm, "init") << "the lineage is shorter, not cut";
}

TEST(ProcessTable, ForkInAFullTableKeepsTheParent) {
  ProcessTable table(16);
  for (std::uint32_t pid = 1; pid <= 16; ++pid) apply(table, exec(key_of(pid), 0, "p", pid * kSecond));
  const Process& child = apply(table, fork(key_of(99), key_of(1), 99 * kSecond));  // 1 is the oldest without a child
  EXPECT_EQ(child.comm, "p");
  EXPECT_EQ(child.parent, table.find(key_of(1)));
  EXPECT_TRUE(child.parent->known);
}

// After losses: 2 is as it was, 3 executed another file unseen, 4 the same one with other arguments, 5 came unseen, 6
// ended unseen and 7 was forked while the processes were read.
TEST(ProcessTable, ReadAgainAfterLosses) {
  ProcessTable table;
  apply(table, exec(key_of(1), 0, "init", kSecond));
  for (std::uint32_t pid : {2, 3, 4, 6}) apply(table, exec(key_of(pid), key_of(1), "before", 2 * kSecond));

  table.begin_reading(10 * kSecond);
  const auto confirmed = [&table](std::uint32_t pid, std::string_view comm, std::uint64_t inode = 0,
                                  std::uint32_t more = 0) {
    auto record = snapshot(key_of(pid), key_of(1), comm, 10 * kSecond + pid);
    record->inode = inode;
    record->argv_size = record->argv.size + more;
    return table.confirm(view(record));
  };
  EXPECT_TRUE(confirmed(1, "init"));
  EXPECT_TRUE(confirmed(2, "before"));
  EXPECT_FALSE(confirmed(3, "before", 99));
  EXPECT_FALSE(confirmed(4, "before", 0, 5));
  EXPECT_FALSE(confirmed(5, "came"));
  apply(table, snapshot(key_of(5), key_of(1), "came", 11 * kSecond));
  apply(table, fork(key_of(7), key_of(1), 10 * kSecond + 1));
  EXPECT_EQ(table.retire(12 * kSecond), 1u);

  EXPECT_TRUE(table.find(key_of(6))->exited);
  for (std::uint32_t pid : {1, 2, 3, 4, 5, 7}) EXPECT_FALSE(table.find(key_of(pid))->exited) << pid;
}

}  // namespace
}  // namespace picket
