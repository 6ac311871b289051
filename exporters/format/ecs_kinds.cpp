// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/ecs_kinds.h"

#include <array>
#include <iterator>

#include "rules/event/endpoints.h"

namespace picket::ecs {
namespace {

bool has_file(const Event& event) { return event.as<pk_mmap>().inode != 0; }
bool is_socket(const Event& event) { return socket_of(event).has_value(); }
bool loads(const Event& event) { return event.as<pk_bpf>().command == 5; }
bool started(const Event& event) { return event.as<pk_container>().action == 1; }
bool stopped(const Event& event) { return event.as<pk_container>().action == 2; }

// In the order of kinds.def. Types are those that ECS expects in the category.
constexpr auto always = nullptr;
constexpr Row kRows[] = {
    {Kind::fork, always, "process", {"start"}, "fork", write_nothing},
    {Kind::exec, always, "process", {"start"}, "exec", write_nothing},
    {Kind::exit, always, "process", {"end"}, "end", write_nothing},
    {Kind::open, always, "file", {"access"}, "open", write_file},
    {Kind::connect, always, "network", {"connection", "start"}, "connection_attempted", write_socket},
    {Kind::loss, always, "host", {"info"}, "events_lost", write_nothing},
    {Kind::setuid, always, "process", {"change"}, "uid_change", write_nothing},
    {Kind::setgid, always, "process", {"change"}, "gid_change", write_nothing},
    {Kind::capset, always, "process", {"change"}, "capability_change", write_nothing},
    {Kind::ptrace, always, "process", {"access"}, "ptrace", write_target_process},
    {Kind::signal, always, "process", {"change"}, "signal", write_target_process},
    {Kind::setns, always, "process", {"change"}, "setns", write_nothing},
    {Kind::unshare, always, "process", {"change"}, "unshare", write_nothing},
    {Kind::userns, always, "process", {"change"}, "user_namespace", write_nothing},
    {Kind::chroot, always, "process", {"change"}, "chroot", write_file},
    {Kind::mmap, has_file, "library", {"start"}, "load", write_library},
    {Kind::mmap, always, "process", {"change"}, "memory_exec", write_memory},
    {Kind::mprotect, always, "process", {"change"}, "memory_exec", write_memory},
    {Kind::memfd, always, "file", {"creation"}, "memfd", write_memfd},
    {Kind::create, always, "file", {"creation"}, "creation", write_file},
    {Kind::unlink, always, "file", {"deletion"}, "deletion", write_file},
    {Kind::rmdir, always, "file", {"deletion"}, "rmdir", write_file},
    {Kind::rename, always, "file", {"change"}, "rename", write_file},
    {Kind::link, always, "file", {"creation"}, "link", write_file},
    {Kind::symlink, always, "file", {"creation"}, "symlink", write_file},
    {Kind::mkdir, always, "file", {"creation"}, "mkdir", write_file},
    {Kind::mknod, always, "file", {"creation"}, "mknod", write_file},
    {Kind::chmod, always, "file", {"change"}, "chmod", write_file},
    {Kind::chown, always, "file", {"change"}, "chown", write_file},
    {Kind::truncate, always, "file", {"change"}, "truncate", write_file},
    {Kind::setxattr, always, "file", {"change"}, "setxattr", write_file},
    {Kind::open_failed, always, "file", {"access"}, "open", write_missing_file},
    {Kind::mount, always, "host", {"change"}, "mount", write_file},
    {Kind::move_mount, always, "host", {"change"}, "move_mount", write_file},
    {Kind::umount, always, "host", {"change"}, "umount", write_file},
    {Kind::pivot_root, always, "host", {"change"}, "pivot_root", write_file},
    {Kind::socket, always, "network", {"info"}, "socket", write_socket},
    {Kind::bind, always, "network", {"info"}, "bind", write_socket},
    {Kind::listen, always, "network", {"start"}, "listen", write_socket},
    {Kind::accept, always, "network", {"connection", "start"}, "connection_accepted", write_socket},
    {Kind::send, always, "network", {"connection"}, "sendto", write_socket},
    {Kind::close, always, "network", {"connection", "end"}, "connection_closed", write_socket},
    {Kind::dns, always, "network", {"protocol", "info"}, "lookup_result", write_dns},
    {Kind::dup, is_socket, "network", {"info"}, "dup", write_socket},
    {Kind::dup, always, "file", {"access"}, "dup", write_file},
    {Kind::module, always, "driver", {"start"}, "load_module", write_file},
    {Kind::kexec, always, "host", {"change"}, "kexec_load", write_file},
    {Kind::bpf, loads, "driver", {"start"}, "bpf_load", write_nothing},
    {Kind::bpf, always, "driver", {"info"}, "bpf", write_nothing},
    {Kind::perf_event, always, "process", {"access"}, "perf_event_open", write_nothing},
    {Kind::io_uring, always, "process", {"info"}, "io_uring_setup", write_nothing},
    {Kind::userfaultfd, always, "process", {"info"}, "userfaultfd", write_nothing},
    {Kind::cgroup_mkdir, always, "host", {"change"}, "cgroup_mkdir", write_nothing},
    {Kind::cgroup_rmdir, always, "host", {"change"}, "cgroup_rmdir", write_nothing},
    {Kind::container, started, "host", {"start"}, "container_start", write_nothing},
    {Kind::container, stopped, "host", {"end"}, "container_stop", write_nothing},
    {Kind::container, always, "host", {"info"}, "container_running", write_nothing},
    {Kind::lockdown, always, "host", {"access"}, "lockdown", write_nothing},
    {Kind::policy, always, "configuration", {"change"}, "rules_in_force", write_nothing},
    {Kind::result, always, "host", {"info"}, "result", write_nothing},
    {Kind::other_name, always, "host", {"info"}, "other_name", write_nothing},
    {Kind::unix_connect, always, "network", {"connection"}, "unix_connect", write_file},
};

// By kind, the first of its rows.
constexpr std::array<std::size_t, kKindEnd> kFirst = [] {
  std::array<std::size_t, kKindEnd> first{};
  for (std::size_t i = std::size(kRows); i-- > 0;) first[static_cast<std::size_t>(kRows[i].kind)] = i;
  return first;
}();

}  // namespace

// The last row of a kind always holds: a test walks them all.
const Row& row_of(const Event& event) {
  std::size_t row = kFirst[static_cast<std::size_t>(event.kind())];
  while (kRows[row].holds != nullptr && !kRows[row].holds(event)) ++row;
  return kRows[row];
}

}  // namespace picket::ecs
