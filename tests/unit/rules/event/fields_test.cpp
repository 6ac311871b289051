// SPDX-License-Identifier: Apache-2.0
//
// What the fields of events, files and users mean, by example.
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
                 {"evt.time.s", "00:00:00"},
                 {"evt.time.iso8601", "2024-02-29T00:00:00.000000007Z"},
                 {"evt.datetime", "2024-02-29 00:00:00.000000007"},
                 {"evt.datetime.s", "2024-02-29 00:00:00"},
                 {"evt.rawtime", "1709164800000000007"},
                 {"evt.rawtime.s", "1709164800"},
                 {"evt.rawtime.ns", "7"}});
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

TEST(EventFields, WhatItIs) {
  const Process process;
  const auto shown = [&process](Kind kind) {
    test::Record<pk_open> record(kind);
    Event event = record.event(process);
    return show("evt.category", event) + " " + show("evt.source", event) + " " + show("evt.dir", event) + " " +
           show("syscall.type", event) + " " + show("evt.is_async", event) + " " + show("evt.asynctype", event);
  };
  EXPECT_EQ(shown(Kind::open), "file syscall < open false <NA>");
  EXPECT_EQ(shown(Kind::connect), "net syscall < connect false <NA>");
  EXPECT_EQ(shown(Kind::exit), "process syscall < <NA> false <NA>");
  EXPECT_EQ(shown(Kind::module), "other syscall < init_module false <NA>");
  EXPECT_EQ(shown(Kind::container), "container syscall < <NA> true container");
  EXPECT_EQ(shown(Kind::loss), "<NA> <NA> <NA> <NA> <NA> <NA>");

  test::Record<pk_open> open(Kind::open);
  open->header.cpu = 3;
  Event event = open.event(process);
  expect(event, {{"evt.num", "<NA>"}, {"evt.cpu", "3"}});
  event.number = 7;
  expect(event, {{"evt.num", "7"}});
  open->header.flags = PK_FLAG_io_worker;
  EXPECT_EQ(test::show_each("syscall.type", event), test::show_each("evt.type", event));
}

TEST(EventFields, CallsThatHaveNoNameOfTheirOwn) {
  const Process process;
  test::Record<pk_truncate> truncate(Kind::truncate);
  for (const CallNumbers& call : calls_of(Kind::truncate)) {
    if (call.name == "open_trunc" && call.native >= 0) truncate->header.syscall = call.native;
  }
  expect(truncate.event(process), {{"evt.type", "open_trunc"}, {"syscall.type", "<NA>"}});
  truncate->header.syscall = -1;
  expect(truncate.event(process), {{"evt.type", "truncate"}, {"syscall.type", "truncate"}});
}

TEST(EventFields, Messages) {
  const Process process;
  test::Record<pk_send> send(Kind::send);
  send->size = 512;
  expect(send.event(process), {{"evt.is_io", "true"},
                               {"evt.is_io_read", "false"},
                               {"evt.is_io_write", "true"},
                               {"evt.io_dir", "w"},
                               {"evt.buflen", "512"}});
  test::Record<pk_dns> dns(Kind::dns);
  dns.text(&pk_dns::message, "twelve bytes");
  expect(dns.event(process),
         {{"evt.is_io_read", "true"}, {"evt.is_io_write", "false"}, {"evt.io_dir", "r"}, {"evt.buflen", "12"}});
  test::Record<pk_exit> exit(Kind::exit);
  expect(exit.event(process), {{"evt.is_io", "false"}, {"evt.io_dir", "<NA>"}, {"evt.buflen", "<NA>"}});
}

TEST(EventFields, FilesMadeToBeExecuted) {
  constexpr std::uint32_t kCreated = 0x100000;
  const struct {
    std::uint32_t flags, file_mode;
    mode_t mode;
    const char* expected;
  } rows[] = {
      {O_WRONLY | O_CREAT, kCreated, S_IFREG | 0755, "true"},  {O_WRONLY | O_CREAT, kCreated, S_IFREG | 0010, "true"},
      {O_WRONLY | O_CREAT, kCreated, S_IFREG | 0644, "false"}, {O_WRONLY | O_CREAT, 0, S_IFREG | 0755, "false"},
      {O_WRONLY | O_TMPFILE, 0, S_IFREG | 0700, "true"},       {O_RDONLY | O_DIRECTORY, 0, S_IFDIR | 0755, "false"}};
  const Process process;
  for (const auto& row : rows) {
    test::Record<pk_open> open(Kind::open);
    open->flags = row.flags;
    open->file_mode = row.file_mode;
    open->mode = static_cast<pk_u16>(row.mode);
    EXPECT_EQ(show("evt.is_open_exec", open.event(process)), row.expected) << row.flags << " " << row.mode;
  }
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
  expect(open.event(process), {{"fd.dev.major", "259"}, {"fd.dev.minor", std::to_string(0x12345)}});
  // The same encoding as st_dev of stat(2) in a 32-bit number.
  expect(open.event(process), {{"fd.ino", "42"}, {"fd.dev", std::to_string(0x45 | 259 << 8 | 0x12300 << 12).c_str()}});
}

TEST(FileFields, TypesOfWhatIsNoFile) {
  const Process process;
  test::Record<pk_memfd> memfd(Kind::memfd);
  expect(memfd.event(process), {{"fd.type", "memfd"}, {"fd.typechar", "m"}, {"fd.name", "<NA>"}});
  test::Record<pk_io_uring> ring(Kind::io_uring);
  expect(ring.event(process), {{"fd.type", "io_uring"}, {"fd.typechar", "r"}});
  test::Record<pk_userfaultfd> userfaultfd(Kind::userfaultfd);
  expect(userfaultfd.event(process), {{"fd.type", "userfaultfd"}, {"fd.typechar", "u"}});
  test::Record<pk_open_failed> failed(Kind::open_failed);
  expect(failed.event(process), {{"fd.type", "<NA>"}, {"fd.typechar", "f"}});
}

TEST(FileFields, OfAUnixSocket) {
  const Process process;
  test::Record<pk_unix_connect> to(Kind::unix_connect);
  to.text(&pk_unix_connect::path, "/run/docker.sock");
  expect(to.event(process), {{"fd.type", "unix"},
                             {"fd.typechar", "u"},
                             {"fd.name", "/run/docker.sock"},
                             {"fd.directory", "/run"},
                             {"fd.filename", "docker.sock"},
                             {"fd.ino", "<NA>"},
                             {"fs.path.name", "/run/docker.sock"}});
}

TEST(FileFields, NamesWithTheContainer) {
  const Process process;
  Container container;
  container.id = "0123456789ab";
  test::Record<pk_open> open(Kind::open);
  open.text(&pk_open::path, "/etc/passwd");
  Event event = open.event(process);
  expect(event, {{"fd.containername", "host:/etc/passwd"}, {"fd.containerdirectory", "host:/etc"}});
  event.container = &container;
  expect(event, {{"fd.containername", "0123456789ab:/etc/passwd"}, {"fd.containerdirectory", "0123456789ab:/etc"}});
}

TEST(UserFields, WhoActed) {
  Process process;
  process.known = true;
  process.login_uid = 1000;
  test::FakeNames names;
  test::Record<pk_exit> exit(Kind::exit);
  expect(exit.event(process, &names), {{"user.uid", "0"},
                                       {"user.name", "root"},
                                       {"user.homedir", "/root"},
                                       {"user.shell", "/bin/bash"},
                                       {"user.loginuid", "1000"},
                                       {"user.loginname", "user"},
                                       {"group.gid", "0"},
                                       {"group.name", "root"}});
  exit->header.uid = 77;
  process.login_uid = UINT32_MAX;
  expect(exit.event(process, &names), {{"user.homedir", "<NA>"}, {"user.shell", "<NA>"}});
  expect(exit.event(process, &names),
         {{"user.uid", "77"}, {"user.name", "<NA>"}, {"user.loginuid", "-1"}, {"user.loginname", "<NA>"}});
}

}  // namespace
}  // namespace picket
