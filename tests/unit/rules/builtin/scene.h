// SPDX-License-Identifier: Apache-2.0
//
// Scenes: one event with the process that did it and the processes above it, said in one line.
//
//   Scene::open("/etc/shadow", O_RDONLY).by("cat", "/usr/bin/cat").under("bash", "/usr/bin/bash")
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "tests/support/record.h"

namespace picket::test {

class Scene {
 public:
  static Scene exec() {
    auto record = std::make_shared<Record<pk_exec>>(Kind::exec);
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  // `created`: the file was not there before.
  static Scene open(const std::string& path, int flags, bool created = false, mode_t type = S_IFREG) {
    auto record = std::make_shared<Record<pk_open>>(Kind::open);
    record->text(&pk_open::path, path);
    (*record)->flags = static_cast<pk_u32>(flags);
    (*record)->file_mode = created ? 0x100000 : 0;
    (*record)->mode = static_cast<pk_u16>(type | 0644);
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  static Scene unlink(const std::string& path) {
    auto record = std::make_shared<Record<pk_unlink>>(Kind::unlink);
    record->text(&pk_unlink::path, path);
    (*record)->links = 1;
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  static Scene mount(const std::string& source, const std::string& path, pk_u64 flags) {
    auto record = std::make_shared<Record<pk_mount>>(Kind::mount);
    record->text(&pk_mount::source, source).text(&pk_mount::path, path);
    (*record)->flags = flags;
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  static Scene move_mount(const std::string& from, const std::string& to) {
    auto record = std::make_shared<Record<pk_move_mount>>(Kind::move_mount);
    record->text(&pk_move_mount::old_path, from).text(&pk_move_mount::new_path, to);
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  // To an IPv4 or IPv6 address, or (port 0) a unix socket's path.
  static Scene connect(const std::string& to, pk_u16 port = 0) {
    auto record = std::make_shared<Record<pk_connect>>(Kind::connect);
    const bool v6 = to.find(':') != to.npos;
    (*record)->family = port == 0 ? AF_UNIX : v6 ? AF_INET6 : AF_INET;
    (*record)->type = 1;
    (*record)->protocol = 6;
    (*record)->port = port;
    if (port == 0) {
      record->text(&pk_connect::path, to);
    } else {
      inet_pton((*record)->family, to.c_str(), (*record)->address.bytes);
    }
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  // From memory when there is no path.
  static Scene module(const std::string& path = {}) {
    auto record = std::make_shared<Record<pk_module>>(Kind::module);
    if (!path.empty()) record->text(&pk_module::path, path);
    (*record)->source = path.empty() ? 2 : 1;
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  static Scene kexec(const std::string& path, pk_u32 part) {
    auto record = std::make_shared<Record<pk_kexec>>(Kind::kexec);
    record->text(&pk_kexec::path, path);
    (*record)->source = 1;
    (*record)->part = part;
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  static Scene bpf(pk_u32 command, const std::string& name) {
    auto record = std::make_shared<Record<pk_bpf>>(Kind::bpf);
    (*record)->command = command;
    name.copy((*record)->name.bytes, sizeof(pk_comm) - 1);
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  static Scene userfaultfd() {
    auto record = std::make_shared<Record<pk_userfaultfd>>(Kind::userfaultfd);
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  static Scene socket(int family, int type, int protocol = 0) {
    auto record = std::make_shared<Record<pk_socket>>(Kind::socket);
    (*record)->family = static_cast<pk_u16>(family);
    (*record)->type = static_cast<pk_u16>(type);
    (*record)->protocol = static_cast<pk_u16>(protocol);
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  // A TCP connection onto a descriptor; port 0: a socket that has none.
  static Scene dup(int descriptor, pk_u16 port) {
    auto record = std::make_shared<Record<pk_dup>>(Kind::dup);
    (*record)->old_descriptor = 5;
    (*record)->new_descriptor = descriptor;
    (*record)->mode = S_IFSOCK | 0777;
    (*record)->family = AF_INET;
    (*record)->port = port;
    (*record)->local_port = 40000;
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  Scene& by(const std::string& name, const std::string& exe, const std::string& args = {}) {
    set(*processes_->begin(), name, exe, args);
    return *this;
  }

  // The next process above; the parent first.
  Scene& under(const std::string& name, const std::string& exe) {
    Process& child = processes_->back();
    child.parent = &processes_->emplace_back();
    set(processes_->back(), name, exe, {});
    return *this;
  }

  Scene& with(const std::function<void(Process&)>& change) {
    change(processes_->front());
    return *this;
  }

  Event event(Names& names) const { return make_(processes_->front(), names); }

 private:
  using Make = std::function<Event(const Process&, Names&)>;
  explicit Scene(Make make) : make_(std::move(make)) { processes_->emplace_back(); }

  static void set(Process& process, const std::string& name, const std::string& exe, const std::string& args) {
    process.known = true;
    process.pid = 100;
    process.comm = name;
    process.exe_path = exe;
    process.cwd = "/";
    process.stdin_mode = process.stdout_mode = process.stderr_mode = S_IFCHR;
    process.argv = name + '\0';
    process.cmdline = name;
    if (args.empty()) return;
    process.cmdline += ' ' + args;
    process.argv += args + '\0';
  }

  Make make_;
  std::shared_ptr<std::deque<Process>> processes_ = std::make_shared<std::deque<Process>>();
};

}  // namespace picket::test
