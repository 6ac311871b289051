// SPDX-License-Identifier: Apache-2.0
//
// evt.arg.*, evt.args and evt.arg.res, by example: every argument of every kind that has some.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>

#include "rules/event/catalogue.h"
#include "tests/support/fields.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using namespace std::string_literals;
using test::expect;
using test::show;

class Arguments : public ::testing::Test {
 protected:
  Process process_;
  test::FakeNames names_;
};

TEST_F(Arguments, OfFiles) {
  test::Record<pk_open> open(Kind::open);
  open->flags = O_WRONLY | O_CREAT;
  open->mode = S_IFREG | 0640;
  open.text(&pk_open::path, "/tmp/x");
  expect(open.event(process_), {{"evt.arg.name", "/tmp/x"},
                                {"evt.arg.flags", "O_WRONLY|O_CREAT"},
                                {"evt.arg.mode", "0"},
                                {"evt.arg.fd", "<f>/tmp/x"},
                                {"evt.arg.path", "<NA>"},
                                {"evt.args", "fd=<f>/tmp/x name=/tmp/x flags=O_WRONLY|O_CREAT mode=0"}});
  open->file_mode = 0x100000;
  expect(open.event(process_), {{"evt.arg.mode", "S_IRUSR|S_IWUSR|S_IRGRP"}});

  test::Record<pk_open_failed> failed(Kind::open_failed);
  failed.text(&pk_open_failed::name, "../shadow").text(&pk_open_failed::directory, "/etc/ssh");
  expect(failed.event(process_),
         {{"evt.arg.name", "/etc/shadow"}, {"evt.arg.flags", "O_RDONLY"}, {"evt.arg.fd", "<NA>"}});

  test::Record<pk_unlink> unlink(Kind::unlink);
  unlink.text(&pk_unlink::path, "/root/.bash_history");
  expect(unlink.event(process_), {{"evt.arg.path", "/root/.bash_history"},
                                  {"evt.arg.name", "/root/.bash_history"},
                                  {"evt.args", "path=/root/.bash_history"}});

  test::Record<pk_rename> rename(Kind::rename);
  rename->flags = 1;
  rename.text(&pk_rename::old_path, "/a").text(&pk_rename::new_path, "/b");
  expect(rename.event(process_), {{"evt.args", "oldpath=/a newpath=/b flags=RENAME_NOREPLACE"}});

  test::Record<pk_link> link(Kind::link);
  link.text(&pk_link::old_path, "/etc/shadow").text(&pk_link::new_path, "/tmp/s");
  expect(link.event(process_), {{"evt.arg.oldpath", "/etc/shadow"}, {"evt.arg.newpath", "/tmp/s"}});

  test::Record<pk_symlink> symlink(Kind::symlink);
  symlink.text(&pk_symlink::target, "/etc").text(&pk_symlink::path, "/tmp/e");
  expect(symlink.event(process_), {{"evt.arg.target", "/etc"}, {"evt.arg.linkpath", "/tmp/e"}});

  test::Record<pk_mkdir> mkdir(Kind::mkdir);
  mkdir->mode = 0700;
  mkdir.text(&pk_mkdir::path, "/tmp/d");
  expect(mkdir.event(process_), {{"evt.args", "path=/tmp/d mode=S_IRUSR|S_IWUSR|S_IXUSR"}});
}

TEST_F(Arguments, OfPermissionsAndOwners) {
  test::Record<pk_chmod> chmod(Kind::chmod);
  chmod->mode = 06001;
  chmod->old_mode = S_IFREG | 0755;
  chmod.text(&pk_chmod::path, "/bin/x");
  expect(chmod.event(process_),
         {{"evt.arg.filename", "/bin/x"}, {"evt.arg.mode", "S_ISUID|S_ISGID|S_IXOTH"}, {"evt.arg.fd", "<NA>"}});
  for (const CallNumbers& call : calls_of(Kind::chmod)) {
    if (call.name == "fchmod") chmod->header.syscall = call.native;
  }
  expect(chmod.event(process_), {{"evt.arg.fd", "<f>/bin/x"}});

  test::Record<pk_chown> chown(Kind::chown);
  chown->uid = 1000;
  chown->gid = UINT32_MAX;
  chown.text(&pk_chown::path, "/x");
  expect(chown.event(process_, &names_), {{"evt.args", "path=/x uid=user gid=-1"}, {"evt.arg.pathname", "/x"}});
}

TEST_F(Arguments, OfMounts) {
  test::Record<pk_mount> mount(Kind::mount);
  mount->flags = 1 | 4096;
  mount.text(&pk_mount::source, "/srv").text(&pk_mount::path, "/mnt").text(&pk_mount::type, "ext4");
  expect(mount.event(process_), {{"evt.args", "dev=/srv dir=/mnt type=ext4 flags=RDONLY|BIND"}});
  test::Record<pk_umount> umount(Kind::umount);
  umount->flags = 2;
  umount.text(&pk_umount::path, "/mnt");
  expect(umount.event(process_), {{"evt.args", "name=/mnt flags=DETACH"}});
}

TEST_F(Arguments, OfProcesses) {
  process_.known = true;
  test::Record<pk_exec> exec(Kind::exec);
  exec->exe_flags = PK_EXE_upper_layer | PK_EXE_writable | PK_EXE_setuid;
  exec->parent = pk_process_key(7, 0);
  exec->header.process = pk_process_key(8, 0);
  exec->header.uid = 1000;
  exec->login_uid = UINT32_MAX;
  exec->cap_effective = 1 << 5 | 1;
  exec.text(&pk_exec::argv, "ls\0-l\0/tmp\0"s).text(&pk_exec::path, "/bin/ls").text(&pk_exec::env, "A=1\0B=2\0"s);
  expect(exec.event(process_, &names_), {{"evt.arg.exe", "ls"},
                                         {"evt.arg.args", "-l /tmp"},
                                         {"evt.arg.env", "A=1 B=2"},
                                         {"evt.arg.trusted_exepath", "/bin/ls"},
                                         {"evt.arg.flags", "EXE_WRITABLE|EXE_UPPER_LAYER"},
                                         {"evt.arg.pid", "8"},
                                         {"evt.arg.ptid", "7"},
                                         {"evt.arg.uid", "user"},
                                         {"evt.arg.gid", "root"},
                                         {"evt.arg.loginuid", "-1"},
                                         {"evt.arg.cap_effective", "CAP_CHOWN|CAP_KILL"},
                                         {"evt.arg.cap_permitted", "0"},
                                         {"evt.arg.cwd", "<NA>"},
                                         {"evt.arg.tty", "0"}});
  exec->exe_flags = PK_EXE_setuid;
  exec.text(&pk_exec::argv, "ls\0"s);
  expect(exec.event(process_), {{"evt.arg.flags", "0"}, {"evt.arg.args", ""}});

  const struct {
    pk_u32 status;
    const char *ret, *sig, *core;
  } ends[] = {{3 << 8, "3", "<NA>", "0"}, {9, "<NA>", "SIGKILL", "0"}, {11 | 0x80, "<NA>", "SIGSEGV", "1"}};
  for (const auto& end : ends) {
    test::Record<pk_exit> exit(Kind::exit);
    exit->status = end.status;
    expect(exit.event(process_), {{"evt.arg.ret", end.ret}, {"evt.arg.sig", end.sig}, {"evt.arg.core", end.core}});
  }

  test::Record<pk_signal> signal(Kind::signal);
  signal->target = pk_process_key(9, 0);
  for (const auto& [number, name] : {std::pair{15u, "SIGTERM"}, {0u, "0"}, {40u, "40"}}) {
    signal->signal = number;
    expect(signal.event(process_), {{"evt.arg.sig", name}, {"evt.arg.pid", "9"}});
  }
}

TEST_F(Arguments, OfPrivileges) {
  test::Record<pk_setuid> setuid(Kind::setuid);
  setuid->effective_uid = 1000;
  setuid->saved_uid = 33;
  expect(setuid.event(process_, &names_), {{"evt.arg.uid", "user"}, {"evt.args", "uid=user ruid=root suid=33"}});
  expect(setuid.event(process_), {{"evt.arg.uid", "1000"}, {"evt.arg.euid", "1000"}});
  test::Record<pk_setgid> setgid(Kind::setgid);
  setgid->effective_gid = 5;
  expect(setgid.event(process_), {{"evt.args", "gid=5 rgid=0 sgid=0"}, {"evt.arg.egid", "5"}});

  test::Record<pk_ptrace> ptrace(Kind::ptrace);
  for (const auto& [request, name] :
       {std::pair{0, "PTRACE_TRACEME"}, {16, "PTRACE_ATTACH"}, {0x4206, "PTRACE_SEIZE"}, {-1, "<NA>"}, {99, "99"}}) {
    ptrace->request = request;
    expect(ptrace.event(process_), {{"evt.arg.request", name}});
  }

  test::Record<pk_setns> setns(Kind::setns);
  setns->descriptor = 5;
  setns->flags = 0x20000;
  expect(setns.event(process_), {{"evt.args", "fd=5 nstype=CLONE_NEWNS"}});
  test::Record<pk_unshare> unshare(Kind::unshare);
  unshare->flags = 0x10000000 | 0x20000;
  expect(unshare.event(process_), {{"evt.arg.flags", "CLONE_NEWNS|CLONE_NEWUSER"}});
}

TEST_F(Arguments, OfSockets) {
  test::Record<pk_socket> socket(Kind::socket);
  socket->family = AF_PACKET;
  socket->type = SOCK_RAW;
  socket->protocol = 768;
  expect(socket.event(process_), {{"evt.args", "domain=AF_PACKET type=3 proto=768"}});

  test::Record<pk_connect> connect(Kind::connect);
  connect->family = AF_INET;
  connect->type = SOCK_STREAM;
  connect->protocol = 6;
  connect->port = 22;
  connect->address = {{10, 0, 0, 1}};
  expect(connect.event(process_),
         {{"evt.args", "fd=<4t>10.0.0.1:22 addr=10.0.0.1:22"}, {"evt.arg.tuple", "10.0.0.1:22"}});
  test::Record<pk_send> send(Kind::send);
  send->family = AF_UNIX;
  send->size = 12;
  send.text(&pk_send::path, "/run/log");
  expect(send.event(process_), {{"evt.args", "fd=<u>/run/log tuple=/run/log size=12"}});
  test::Record<pk_listen> listen(Kind::listen);
  listen->backlog = 128;
  expect(listen.event(process_), {{"evt.arg.backlog", "128"}});
  test::Record<pk_dup> dup(Kind::dup);
  dup->mode = S_IFIFO;
  dup.text(&pk_dup::path, "/run/p");
  expect(dup.event(process_), {{"evt.args", "oldfd=<p>/run/p newfd=<p>/run/p"}});
}

TEST_F(Arguments, OfMemoryAndTheKernel) {
  test::Record<pk_mmap> mmap(Kind::mmap);
  mmap->protection = 5;
  mmap->map_flags = 2 | 32;
  expect(mmap.event(process_), {{"evt.args", "flags=MAP_PRIVATE|MAP_ANONYMOUS prot=PROT_READ|PROT_EXEC"}});
  test::Record<pk_mprotect> mprotect(Kind::mprotect);
  mprotect->size = 4096;
  expect(mprotect.event(process_), {{"evt.args", "prot=PROT_NONE length=4096"}});
  test::Record<pk_memfd> memfd(Kind::memfd);
  memfd->flags = 1;
  memfd.text(&pk_memfd::name, "x");
  expect(memfd.event(process_), {{"evt.args", "name=x flags=MFD_CLOEXEC"}});
  test::Record<pk_bpf> bpf(Kind::bpf);
  for (const auto& [command, name] : {std::pair{5u, "BPF_PROG_LOAD"}, {28u, "BPF_LINK_CREATE"}, {999u, "999"}}) {
    bpf->command = command;
    expect(bpf.event(process_), {{"evt.arg.cmd", name}});
  }
  test::Record<pk_io_uring> ring(Kind::io_uring);
  ring->flags = 2;
  ring->entries = 8;
  ring->completions = 16;
  expect(ring.event(process_), {{"evt.args", "flags=IORING_SETUP_SQPOLL entries=8 cq_entries=16"}});
  test::Record<pk_userfaultfd> userfaultfd(Kind::userfaultfd);
  userfaultfd->flags = 1 | O_CLOEXEC;
  expect(userfaultfd.event(process_), {{"evt.arg.flags", "UFFD_USER_MODE_ONLY|O_CLOEXEC"}});
}

TEST_F(Arguments, WhatTheCallReturned) {
  test::Record<pk_unlink> unlink(Kind::unlink);
  Event event = unlink.event(process_);
  EXPECT_EQ(show("evt.arg.res", event), "<NA>");
  EXPECT_EQ(test::show_each("evt.arg.res", event), "0 ") << "what nobody knows counts as success";
  event.result = 0;
  EXPECT_EQ(show("evt.arg.res", event), "0");
  event.result = -EACCES;
  EXPECT_EQ(show("evt.arg.res", event), "EACCES");
  test::Record<pk_open> open(Kind::open);
  EXPECT_EQ(show("evt.arg.res", open.event(process_)), "<NA>") << "an open returns a descriptor";
}

TEST_F(Arguments, EventsWithoutAny) {
  test::Record<pk_lockdown> lockdown(Kind::lockdown);
  expect(lockdown.event(process_), {{"evt.args", "<NA>"}, {"evt.info", "<NA>"}});
}

}  // namespace
}  // namespace picket
