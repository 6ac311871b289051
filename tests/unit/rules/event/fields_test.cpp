// SPDX-License-Identifier: Apache-2.0
//
// What each derived field means, by example.
#include "tests/support/fields.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "rules/event/catalogue.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using namespace std::string_literals;
using test::expect;
using test::show;

TEST(EventFields, Time) {
  const Process process;
  test::Record<pk_exit> exit(Kind::exit);
  exit->header.time = 1'000'000'007;
  Event event = exit.event(process);
  event.wall_clock_offset = 1'709'164'799'000'000'000;  // 2024-02-28T23:59:59Z
  expect(event, {{"evt.time", "00:00:00.000000007"},
                 {"evt.time.iso8601", "2024-02-29T00:00:00.000000007Z"},
                 {"evt.rawtime", "1709164800000000007"}});
}

TEST(EventFields, OpenFlags) {
  const struct {
    std::uint32_t flags;
    const char *text, *read, *write, *truncate;
  } rows[] = {
      {O_RDONLY, "O_RDONLY", "true", "false", "false"},
      {O_WRONLY | O_CREAT | O_TRUNC, "O_WRONLY|O_CREAT|O_TRUNC", "false", "true", "true"},
      {O_RDWR | O_APPEND | O_CLOEXEC, "O_RDWR|O_APPEND|O_CLOEXEC", "true", "true", "false"},
      {O_RDONLY | O_TRUNC, "O_RDONLY|O_TRUNC", "true", "false", "true"},
      {O_RDONLY | O_DIRECTORY, "O_RDONLY|O_DIRECTORY", "true", "false", "false"},
      {O_WRONLY | O_TMPFILE, "O_WRONLY|O_TMPFILE", "false", "true", "false"},
      {O_WRONLY | O_DSYNC, "O_WRONLY|O_DSYNC", "false", "true", "false"},
      {O_WRONLY | O_SYNC, "O_WRONLY|O_SYNC", "false", "true", "false"},
      {3, "3", "false", "false", "false"},
  };
  const Process process;
  for (const auto& row : rows) {
    test::Record<pk_open> open(Kind::open);
    open->flags = row.flags;
    expect(open.event(process), {{"evt.arg.flags", row.text},
                                 {"evt.is_open_read", row.read},
                                 {"evt.is_open_write", row.write},
                                 {"evt.is_open_truncate", row.truncate},
                                 {"evt.is_open_create", "false"}});
  }
  test::Record<pk_open> created(Kind::open);
  created->file_mode = 0x100002;
  EXPECT_EQ(show("evt.is_open_create", created.event(process)), "true");
}

TEST(EventFields, HowItWasDone) {
  const Process process;
  test::Record<pk_open> open(Kind::open);
  open->header.flags = PK_FLAG_io_worker | PK_FLAG_path_truncated;
  expect(open.event(process), {{"evt.type", "io_uring"}, {"evt.is_io_uring", "true"}, {"evt.path_truncated", "true"}});
  open->header.flags = 0;
  expect(open.event(process), {{"evt.type", "open"}, {"evt.is_io_uring", "false"}, {"evt.path_truncated", "false"}});
}

TEST(FileFields, NamesOfFiles) {
  const struct {
    const char *path, *directory, *filename;
  } rows[] = {
      {"/etc/ssh/sshd_config", "/etc/ssh", "sshd_config"},
      {"/etc", "/", "etc"},
      {"/", "/", "/"},
      {"cut", "<NA>", "cut"},
      {"", "<NA>", "<NA>"},
  };
  const Process process;
  for (const auto& row : rows) {
    test::Record<pk_open> open(Kind::open);
    open.text(&pk_open::path, row.path);
    expect(
        open.event(process),
        {{"fd.name", *row.path ? row.path : "<NA>"}, {"fd.directory", row.directory}, {"fd.filename", row.filename}});
  }
}

TEST(FileFields, TypesOfFiles) {
  const struct {
    mode_t mode;
    const char *type, *letter;
  } rows[] = {
      {S_IFREG | 0644, "file", "f"}, {S_IFDIR | 0755, "directory", "d"},
      {S_IFIFO, "pipe", "p"},        {S_IFCHR, "file", "f"},
      {S_IFBLK, "file", "f"},        {0600, "other", "o"},
  };
  const Process process;
  for (const auto& row : rows) {
    test::Record<pk_open> open(Kind::open);
    open->mode = static_cast<pk_u16>(row.mode);
    expect(open.event(process), {{"fd.type", row.type}, {"fd.typechar", row.letter}});
  }
}

TEST(FileFields, IdentityIsThatOfStat) {
  const Process process;
  test::Record<pk_open> open(Kind::open);
  open->inode = 42;
  open->device = 259u << 20 | 0x12345;
  // The same encoding as st_dev of stat(2) in a 32-bit number.
  expect(open.event(process), {{"fd.ino", "42"}, {"fd.dev", std::to_string(0x45 | 259 << 8 | 0x12300 << 12).c_str()}});
}

TEST(UserFields, WhoActed) {
  Process process;
  process.known = true;
  process.login_uid = 1000;
  test::FakeNames names;
  test::Record<pk_exit> exit(Kind::exit);
  expect(exit.event(process, &names), {{"user.uid", "0"},
                                       {"user.name", "root"},
                                       {"user.loginuid", "1000"},
                                       {"user.loginname", "user"},
                                       {"group.gid", "0"},
                                       {"group.name", "root"}});
  exit->header.uid = 77;
  process.login_uid = UINT32_MAX;
  expect(exit.event(process, &names),
         {{"user.uid", "77"}, {"user.name", "<NA>"}, {"user.loginuid", "-1"}, {"user.loginname", "<NA>"}});
}

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

}  // namespace
}  // namespace picket
