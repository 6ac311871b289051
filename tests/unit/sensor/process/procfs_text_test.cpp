// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/procfs_text.h"

#include <gtest/gtest.h>

namespace picket::procfs {
namespace {

constexpr std::string_view kTail =
    " 1 7 8 34817 10 4194304 1 2 3 4 5 6 7 8 20 0 3 0 157023 3133440 390 18446744073709551615\n";

TEST(ProcfsText, StatNames) {
  const std::string_view names[] = {"cat", "", "a b", "((sd-pam))", ") R 1 1 1", "x) (y", "tab\tand\nline", "\xff\xfe"};
  for (const std::string_view name : names) {
    const std::string text = "4242 (" + std::string(name) + ") S" + std::string(kTail);
    const auto stat = parse_stat(text);
    ASSERT_TRUE(stat) << text;
    EXPECT_EQ(stat->comm, name);
    EXPECT_EQ(stat->pid, 4242u);
    EXPECT_EQ(stat->state, 'S');
    EXPECT_EQ(stat->parent, 1u);
    EXPECT_EQ(stat->process_group, 7u);
    EXPECT_EQ(stat->session, 8u);
    EXPECT_EQ(stat->tty, 34817u);
    EXPECT_EQ(stat->flags, 4194304u);
    EXPECT_EQ(stat->threads, 3u);
    EXPECT_EQ(stat->start_ticks, 157023u);
  }
}

TEST(ProcfsText, StatRefused) {
  const std::string_view texts[] = {
      "",
      "1",
      "1 (cat",
      "1 cat) S 1 7 8",
      ")1 (",
      "(cat) S 1 7 8 0 10 4 1 2 3 4 5 6 7 8 20 0 3 0 157023 1",   // no pid
      "1 (cat)",                                                  // cut short
      "1 (cat) S 1 7 8 0 10 4 1 2 3 4 5 6 7 8 20 0 3 0",          // without the start time
      "1 (cat) S 1 -1 -1 0 10 4 1 2 3 4 5 6 7 8 20 0 0 0 5 1 1",  // on its way out: has no session any more
  };
  for (const std::string_view text : texts) EXPECT_FALSE(parse_stat(text)) << text;
}

TEST(ProcfsText, Ended) {
  struct Row {
    char state;
    std::uint32_t flags, threads;
    bool ended;
  };
  const Row rows[] = {{'R', 0, 1, false},        {'S', 0x400000, 4, false}, {'Z', 0x40000c, 1, true},
                      {'Z', 0x40000c, 2, false}, {'R', 0x4, 1, true},       {'S', 0x4, 2, false},
                      {'X', 0x4, 1, true}};
  for (const Row& row : rows) {
    Stat stat;
    stat.state = row.state;
    stat.flags = row.flags;
    stat.threads = row.threads;
    EXPECT_EQ(stat.ended(), row.ended) << row.state << row.flags << row.threads;
  }
}

TEST(ProcfsText, Status) {
  constexpr std::string_view kText =
      "Name:\tUid:\\nGid:\nUmask:\t0022\nPid:\t90\nUid:\t1000\t0\t0\t0\nGid:\t1001\t2\t2\t2\nNSpid:\t90\t12\t1\n"
      "CapInh:\t0000000000000003\nCapPrm:\t000001ffffffffff\nCapEff:\t0000008000000021\nCapBnd:\t0000000000000000\n";
  const auto status = parse_status(kText);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->real_uid, 1000u);
  EXPECT_EQ(status->uid, 0u);
  EXPECT_EQ(status->real_gid, 1001u);
  EXPECT_EQ(status->gid, 2u);
  EXPECT_EQ(status->vpid, 1u);
  EXPECT_EQ(status->cap_inheritable, 3u);
  EXPECT_EQ(status->cap_permitted, 0x1ffffffffffu);
  EXPECT_EQ(status->cap_effective, 0x8000000021u);

  const auto host =
      parse_status("Uid:\t0\t1\t1\t1\nGid:\t0\t0\t0\t0\nNSpid:\t90\nCapInh:\t0\nCapPrm:\t0\nCapEff:\t0\n");
  ASSERT_TRUE(host);
  EXPECT_EQ(host->vpid, 90u);

  for (const std::string_view text : {"", "Uid:\t0\n", "Uid:\t0\t0\t0\t0\nNSpid:\t1\n", "Uid\nGid\nNSpid"}) {
    EXPECT_FALSE(parse_status(text)) << text;
  }
}

TEST(ProcfsText, Number) {
  EXPECT_EQ(parse_number("4294967295"), 4294967295u);
  EXPECT_EQ(parse_number("1000\n"), 1000u);
  for (const std::string_view text : {"", "\n", "self", "12x", "4294967296", "-1", " 1"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(ProcfsText, Cgroup) {
  struct Row {
    std::string_view text, path;
  };
  const Row rows[] = {
      {"0::/user.slice/session-1.scope\n", "/user.slice/session-1.scope"},
      {"9:name=systemd:/x\n4:memory:/y\n0::/\n", "/"},
      {"9:name=systemd:/x\n", ""},
      {"10::/x\n", ""},
      {"", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(parse_cgroup(row.text), row.path) << row.text;
}

TEST(ProcfsText, CgroupMount) {
  struct Row {
    std::string_view text, mount;
  };
  const Row rows[] = {
      {"25 30 0:23 / /sys rw shared:7 - sysfs sysfs rw\n"
       "26 25 0:24 / /sys/fs/cgroup rw,nosuid shared:8 - cgroup2 cgroup2 rw,nsdelegate\n",
       "/sys/fs/cgroup"},
      {"26 25 0:24 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
       "27 25 0:25 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
       "/sys/fs/cgroup/unified"},
      {"26 25 0:24 / /mnt/a\\040b\\134c\\0 rw - cgroup2 none rw\n", "/mnt/a b\\c\\0"},
      {"26 25 0:24 /system.slice /part rw - cgroup2 none rw\n", ""},  // only a part of the hierarchy
      {"nothing of the kind\n", ""},
      {"", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(parse_cgroup_mount(row.text), row.mount) << row.text;
}

TEST(ProcfsText, SeenFromRoot) {
  struct Row {
    std::string_view path, root;
    bool deleted;
    std::string_view seen;
  };
  const Row rows[] = {
      {"/usr/bin/cat", "/", false, "/usr/bin/cat"},
      {"/jail/bin/cat", "/jail", false, "/bin/cat"},
      {"/jail", "/jail", false, "/"},
      {"/jailer/bin/cat", "/jail", false, "/jailer/bin/cat"},
      {"/tmp/x (deleted)", "/", true, "/tmp/x"},
      {"/tmp/x (deleted)", "/", false, "/tmp/x (deleted)"},  // its real name
      {"/memfd:a (deleted)", "", true, "/memfd:a"},
      {"", "/", false, ""},
  };
  for (const Row& row : rows) EXPECT_EQ(seen_from_root(row.path, row.root, row.deleted), row.seen) << row.path;
}

}  // namespace
}  // namespace picket::procfs
