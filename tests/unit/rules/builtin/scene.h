// SPDX-License-Identifier: Apache-2.0
//
// Scenes: one event with the process that did it and the processes above it, said in one line.
//
//   Scene::connect("10.1.2.3", 443).by("nc", "/usr/bin/nc").under("bash", "/usr/bin/bash")
#pragma once

#include <arpa/inet.h>
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

  // A file that was there.
  static Scene open(const std::string& path, int flags) {
    auto record = std::make_shared<Record<pk_open>>(Kind::open);
    record->text(&pk_open::path, path);
    (*record)->flags = static_cast<pk_u32>(flags);
    (*record)->mode = S_IFREG | 0644;
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  static Scene unlink(const std::string& path) {
    auto record = std::make_shared<Record<pk_unlink>>(Kind::unlink);
    record->text(&pk_unlink::path, path);
    (*record)->links = 1;
    return Scene([record](const Process& process, Names& names) { return record->event(process, &names); });
  }

  static Scene socket(int family, int type, int protocol = 0) {
    auto record = std::make_shared<Record<pk_socket>>(Kind::socket);
    (*record)->family = static_cast<pk_u16>(family);
    (*record)->type = static_cast<pk_u16>(type);
    (*record)->protocol = static_cast<pk_u16>(protocol);
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
