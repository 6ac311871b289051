// SPDX-License-Identifier: Apache-2.0
//
// proc.* and thread.*, by example: a process, its parent and its ancestors.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "rules/event/catalogue.h"
#include "tests/support/fields.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using namespace std::string_literals;
using test::expect;
using test::show;

// init <- nginx (unknown) <- sh <- cat
class Family : public ::testing::Test {
 protected:
  Family() {
    set(init_, 1, "systemd", nullptr);
    unknown_.pid = 20;
    unknown_.parent = &init_;
    set(shell_, 30, "sh", &unknown_);
    set(cat_, 40, "cat", &shell_);
    cat_.argv = "cat\0-n\0/etc/passwd\0"s;
    cat_.cmdline = "cat -n /etc/passwd";
    cat_.session = 30;
    cat_.start_time = 100;
    cat_.exe_flags = PK_EXE_memfd | PK_EXE_unlinked;
    cat_.stdin_mode = S_IFSOCK | 0777;
    cat_.stdout_mode = 0600;
    cat_.stderr_mode = 0;
    exit_->header.process = pk_process_key(40, 0);
    exit_->header.time = 350;
  }

  static void set(Process& process, std::uint32_t pid, const char* comm, const Process* parent) {
    process.known = true;
    process.pid = pid;
    process.comm = comm;
    process.exe_path = "/bin/"s + comm;
    process.argv = comm + "\0"s;
    process.cmdline = comm;
    process.parent = parent;
  }

  Event event() { return exit_.event(cat_); }

  Process init_, unknown_, shell_, cat_;
  test::Record<pk_exit> exit_{Kind::exit};
};

TEST_F(Family, ProcessAndParent) {
  expect(event(), {{"proc.name", "cat"},
                   {"proc.pid", "40"},
                   {"proc.ppid", "30"},
                   {"proc.exe", "cat"},
                   {"proc.exepath", "/bin/cat"},
                   {"proc.cmdline", "cat -n /etc/passwd"},
                   {"proc.args", "-n /etc/passwd"},
                   {"proc.pname", "sh"},
                   {"proc.pexepath", "/bin/sh"},
                   {"proc.pcmdline", "sh"},
                   {"proc.pexeline", "sh"},
                   {"proc.sid", "30"},
                   {"proc.sname", "sh"},
                   {"proc.tty", "0"},
                   {"proc.duration", "250"},
                   {"proc.is_exe_from_memfd", "true"},
                   {"proc.is_exe_unlinked", "true"},
                   {"proc.is_exe_on_tmpfs", "false"},
                   {"proc.stdin.type", "socket"},
                   {"proc.stdout.type", "other"},
                   {"proc.stderr.type", "closed"}});
}

TEST_F(Family, AncestorsByNumber) {
  const struct {
    std::string level;
    const char *name, *pid;
  } rows[] = {{"[0]", "cat", "40"},    {"[1]", "sh", "30"},         {"[2]", "<NA>", "20"}, {"[3]", "systemd", "1"},
              {"[4]", "<NA>", "<NA>"}, {"[99999]", "<NA>", "<NA>"}, {"", "sh", "30"}};
  for (const auto& row : rows) {
    expect(event(), {{"proc.aname" + row.level, row.name}, {"proc.apid" + row.level, row.pid}});
  }
  expect(event(), {{"proc.aexepath[3]", "/bin/systemd"}, {"proc.acmdline[0]", "cat -n /etc/passwd"}});
}

TEST_F(Family, UnknownAncestorDoesNotHideThoseAboveIt) {
  EXPECT_EQ(test::show_each("proc.aname", event()), "sh systemd ");
}

TEST_F(Family, LoopsEnd) {
  init_.parent = &cat_;
  cat_.session = 12345;
  Scratch scratch;
  const Field* field = find_field("proc.aname");
  int count = 0;
  while (present(field->get_each(event(), count, scratch))) ++count;
  EXPECT_LE(count, 256);
  EXPECT_EQ(show("proc.sname", event()), "cat");
  EXPECT_EQ(show("proc.aname[1000000000]", event()), "<NA>");
}

TEST_F(Family, NothingOfAProcessWithoutParent) {
  cat_.parent = nullptr;
  expect(event(), {{"proc.ppid", "<NA>"}, {"proc.pname", "<NA>"}, {"proc.pexepath", "<NA>"}, {"proc.aname", "<NA>"}});
}

TEST_F(Family, TimeBeforeTheStartIsNoTime) {
  exit_->header.time = 50;
  EXPECT_EQ(show("proc.duration", event()), "0");
}

TEST_F(Family, Times) {
  shell_.start_time = 60;
  Event event = exit_.event(cat_);
  event.wall_clock_offset = 1000;
  cat_.exe_ctime = 1070;
  cat_.exe_mtime = 1050;
  expect(event, {{"proc.pid.ts", "1100"},
                 {"proc.ppid.ts", "1060"},
                 {"proc.ppid.duration", "290"},
                 {"proc.exe_ino.ctime", "1070"},
                 {"proc.exe_ino.mtime", "1050"},
                 {"proc.exe_ino.ctime_duration_proc_start", "30"}});
  cat_.exe_ctime = 1200;  // written after the fork
  EXPECT_EQ(show("proc.exe_ino.ctime_duration_proc_start", event), "0");
  cat_.exe_ctime = 0;
  EXPECT_EQ(show("proc.exe_ino.ctime_duration_proc_start", event), "<NA>");
}

TEST_F(Family, Arguments) {
  expect(event(), {{"proc.args", "-n /etc/passwd"},
                   {"proc.args[0]", "-n"},
                   {"proc.args[1]", "/etc/passwd"},
                   {"proc.args[2]", "<NA>"},
                   {"proc.exeline", "cat -n /etc/passwd"},
                   {"proc.cmdnargs", "2"},
                   {"proc.cmdlenargs", "13"},
                   {"proc.aargs[0]", "-n /etc/passwd"},
                   {"proc.aargs[1]", ""},
                   {"proc.aargs", "<NA>"}});
  shell_.argv = "sh\0-c\0ls\0"s;
  shell_.cmdline = "sh -c ls";
  init_.argv = "init\0splash\0"s;
  init_.cmdline = "init splash";
  expect(event(), {{"proc.aargs", "-c ls splash"}, {"proc.aargs[1]", "-c ls"}});
  cat_.argv = "cat\0"s;
  cat_.cmdline = "cat";
  expect(event(), {{"proc.args", ""}, {"proc.args[0]", "<NA>"}, {"proc.cmdnargs", "0"}, {"proc.cmdlenargs", "0"}});
  cat_.argv = "cat\0a\0cut-of"s;  // at the limit
  cat_.cmdline = "cat a cut-of";
  expect(event(), {{"proc.cmdnargs", "2"}, {"proc.args[1]", "cut-of"}, {"proc.cmdlenargs", "7"}});
}

TEST_F(Family, Environment) {
  cat_.env = "LD_PRELOAD=/x.so\0EMPTY=\0"s;
  init_.env = "LANG=C\0LD_PRELOAD=/y.so\0"s;
  expect(event(), {{"proc.env", "LD_PRELOAD=/x.so EMPTY="},
                   {"proc.env[LD_PRELOAD]", "/x.so"},
                   {"proc.env[EMPTY]", ""},
                   {"proc.env[LD_PRELOA]", "<NA>"},
                   {"proc.env[LD_PRELOAD=]", "<NA>"},
                   {"proc.aenv", "LANG=C LD_PRELOAD=/y.so"},
                   {"proc.aenv[0]", "LD_PRELOAD=/x.so EMPTY="},
                   {"proc.aenv[1]", "<NA>"},
                   {"proc.aenv[3]", "LANG=C LD_PRELOAD=/y.so"},
                   {"proc.aenv[LANG]", "C"},
                   {"proc.aenv[LD_PRELOAD]", "/y.so"},
                   {"proc.aenv[EMPTY]", "<NA>"}});
  EXPECT_EQ(test::show_each("proc.aenv", event()), "LANG=C LD_PRELOAD=/y.so ");
}

TEST_F(Family, SessionsAndGroups) {
  cat_.vpid = 4;
  cat_.process_group = shell_.process_group = 30;
  shell_.vpid = 3;
  expect(event(), {{"proc.sid.exe", "sh"},
                   {"proc.sid.exepath", "/bin/sh"},
                   {"proc.is_sid_leader", "false"},
                   {"proc.pgid", "30"},
                   {"proc.pgid.name", "sh"},
                   {"proc.pgid.exe", "sh"},
                   {"proc.pgid.exepath", "/bin/sh"},
                   {"proc.is_pgid_leader", "false"},
                   {"proc.vpgid", "3"},
                   {"proc.vpgid.name", "sh"},
                   {"proc.vpgid.exe", "sh"},
                   {"proc.vpgid.exepath", "/bin/sh"},
                   {"proc.is_vpgid_leader", "false"},
                   {"proc.pvpid", "3"},
                   {"proc.loginshellid", "30"}});
  shell_.pid_namespace = 7;  // its number there is another one
  EXPECT_EQ(show("proc.vpgid", event()), "<NA>");
  cat_.process_group = 40;
  cat_.session = 40;
  expect(event(), {{"proc.is_sid_leader", "true"},
                   {"proc.sname", "cat"},
                   {"proc.is_vpgid_leader", "true"},
                   {"proc.vpgid", "4"},
                   {"proc.vpgid.name", "cat"}});
  cat_.process_group = shell_.process_group = 99;  // of a leader that is gone
  expect(event(), {{"proc.pgid.name", "sh"}, {"proc.vpgid", "<NA>"}});
  cat_.vpid = 40;  // on the host
  expect(event(), {{"proc.vpgid", "99"}});
  cat_.process_group = 0;
  expect(event(), {{"proc.pgid", "<NA>"}, {"proc.pgid.name", "<NA>"}, {"proc.is_pgid_leader", "<NA>"}});
}

TEST_F(Family, Threads) {
  exit_->header.process = pk_process_key(40, 0);
  exit_->header.tid = 41;
  cat_.vpid = 4;
  expect(event(), {{"thread.tid", "41"}, {"thread.ismain", "false"}, {"thread.vtid", "<NA>"}});
  exit_->header.tid = 40;
  expect(event(), {{"thread.ismain", "true"}, {"thread.vtid", "4"}});
  cat_.vpid = 40;
  exit_->header.tid = 41;
  expect(event(), {{"thread.vtid", "41"}});
  cat_.cap_permitted = 1 << 5 | 1;
  expect(event(), {{"thread.cap_permitted", "CAP_CHOWN CAP_KILL"}, {"thread.cap_effective", ""}});

  test::Record<pk_fork> fork(Kind::fork);
  fork->header.process = pk_process_key(50, 0);
  fork->creator = pk_process_key(40, 0);
  fork->header.tid = 40;
  expect(fork.event(cat_), {{"thread.ismain", "true"}, {"thread.vtid", "<NA>"}, {"proc.pid", "50"}});
}

}  // namespace
}  // namespace picket
