// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/ocsf_kinds.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <iterator>

#include "exporters/format/ocsf_record.h"
#include "rules/event/catalogue.h"
#include "rules/event/endpoints.h"
#include "rules/event/outcome.h"

namespace picket::ocsf {

const Class kFinding{2004, 2, "Detection Finding"};
const Class kLifecycle{6002, 6, "Application Lifecycle"};
const Class kError{6008, 6, "Application Error"};

namespace {

constexpr Class kFile{1001, 1, "File System Activity"};
constexpr Class kExtension{1002, 1, "Kernel Extension Activity"};
constexpr Class kKernel{1003, 1, "Kernel Activity"};
constexpr Class kMemory{1004, 1, "Memory Activity"};
constexpr Class kModule{1005, 1, "Module Activity"};
constexpr Class kProcess{1007, 1, "Process Activity"};
constexpr Class kNetwork{4001, 4, "Network Activity"};
constexpr Class kDns{4003, 4, "DNS Activity"};
constexpr Class kBase{0, 0, "Base Event"};

constexpr std::uint32_t kOther = 99;  // activity_id of what OCSF has no word for

bool ends_its_target(const Event& event) {
  constexpr unsigned kDeadly[] = {SIGKILL, SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGABRT};
  const unsigned signal = event.as<pk_signal>().signal;
  return std::find(std::begin(kDeadly), std::end(kDeadly), signal) != std::end(kDeadly);
}
bool writes_memory(const Event& event) { return call_name(event) == "process_vm_writev"; }
bool has_file(const Event& event) { return event.as<pk_mmap>().inode != 0; }
bool is_security(const Event& event) {
  const std::string_view name = event.text(event.as<pk_setxattr>().name);
  return name.starts_with("security.") || name.starts_with("system.posix_acl");
}
bool was_refused_there(const Event& event) {
  return outcome_of(event).is == Outcome::Is::Failure && outcome_of(event).result == -ECONNREFUSED;
}
bool has_failed(const Event& event) {
  return outcome_of(event).is == Outcome::Is::Failure && outcome_of(event).result != -EINPROGRESS;
}
bool is_socket(const Event& event) { return socket_of(event).has_value(); }
bool makes(const Event& event) {
  const pk_u32 command = event.as<pk_bpf>().command;
  return command == 0 || command == 5;
}
bool attaches(const Event& event) {
  const pk_u32 command = event.as<pk_bpf>().command;
  return command == 8 || command == 28;
}
bool started(const Event& event) { return event.as<pk_container>().action == 1; }
bool stopped(const Event& event) { return event.as<pk_container>().action == 2; }

// In the order of kinds.def.
constexpr auto always = nullptr;
constexpr Row kRows[] = {
    {Kind::fork, always, &kProcess, 1, "Launch", Actor::Maker, write_new_process},
    {Kind::exec, always, &kProcess, 1, "Launch", Actor::Maker, write_new_image},
    {Kind::exit, always, &kProcess, 2, "Terminate", Actor::Itself, write_exit},
    {Kind::open, always, &kFile, 14, "Open", Actor::Process, write_file},
    {Kind::connect, was_refused_there, &kNetwork, 5, "Refuse", Actor::Process, write_outbound},
    {Kind::connect, has_failed, &kNetwork, 4, "Fail", Actor::Process, write_outbound},
    {Kind::connect, always, &kNetwork, 1, "Open", Actor::Process, write_outbound},
    {Kind::loss, always, &kError, 1, "General Error", Actor::Nobody, write_loss},
    {Kind::setuid, always, &kProcess, 5, "Set User ID", Actor::Itself, write_setuid},
    {Kind::setgid, always, &kProcess, kOther, "Set Group ID", Actor::Itself, write_setgid},
    {Kind::capset, always, &kProcess, kOther, "Set Capabilities", Actor::Itself, write_capabilities},
    {Kind::ptrace, writes_memory, &kProcess, 4, "Inject", Actor::Process, write_injected},
    {Kind::ptrace, always, &kProcess, 3, "Open", Actor::Process, write_traced},
    {Kind::signal, ends_its_target, &kProcess, 2, "Terminate", Actor::Process, write_signalled},
    {Kind::signal, always, &kProcess, kOther, "Signal", Actor::Process, write_signalled},
    {Kind::setns, always, &kProcess, kOther, "Join Namespaces", Actor::Itself, write_itself},
    {Kind::unshare, always, &kProcess, kOther, "Leave Namespaces", Actor::Itself, write_itself},
    {Kind::userns, always, &kProcess, kOther, "Create User Namespace", Actor::Itself, write_itself},
    {Kind::chroot, always, &kProcess, kOther, "Change Root", Actor::Itself, write_itself},
    {Kind::mmap, has_file, &kModule, 1, "Load", Actor::Process, write_mapped_file},
    {Kind::mmap, always, &kMemory, 1, "Allocate Page", Actor::Itself, write_mapped_memory},
    {Kind::mprotect, always, &kMemory, 2, "Modify Page", Actor::Itself, write_protected_memory},
    {Kind::memfd, always, &kFile, 1, "Create", Actor::Process, write_memfd},
    {Kind::create, always, &kFile, 1, "Create", Actor::Process, write_file},
    {Kind::unlink, always, &kFile, 4, "Delete", Actor::Process, write_removed_file},
    {Kind::rmdir, always, &kFile, 4, "Delete", Actor::Process, write_removed_file},
    {Kind::rename, always, &kFile, 5, "Rename", Actor::Process, write_two_files},
    {Kind::link, always, &kFile, kOther, "Link", Actor::Process, write_two_files},
    {Kind::symlink, always, &kFile, 1, "Create", Actor::Process, write_symlink},
    {Kind::mkdir, always, &kFile, 1, "Create", Actor::Process, write_directory},
    {Kind::mknod, always, &kFile, 1, "Create", Actor::Process, write_file},
    {Kind::chmod, always, &kFile, 7, "Set Security", Actor::Process, write_chmod},
    {Kind::chown, always, &kFile, 7, "Set Security", Actor::Process, write_chown},
    {Kind::truncate, always, &kFile, 3, "Update", Actor::Process, write_file},
    {Kind::setxattr, is_security, &kFile, 7, "Set Security", Actor::Process, write_file},
    {Kind::setxattr, always, &kFile, 6, "Set Attributes", Actor::Process, write_file},
    {Kind::open_failed, always, &kFile, 14, "Open", Actor::Process, write_missing_file},
    {Kind::mount, always, &kFile, 12, "Mount", Actor::Process, write_mount},
    {Kind::move_mount, always, &kFile, kOther, "Move Mount", Actor::Process, write_two_directories},
    {Kind::umount, always, &kFile, 13, "Unmount", Actor::Process, write_directory},
    {Kind::pivot_root, always, &kFile, kOther, "Pivot Root", Actor::Process, write_two_roots},
    {Kind::socket, always, &kNetwork, kOther, "Socket", Actor::Process, write_new_socket},
    {Kind::bind, always, &kNetwork, kOther, "Bind", Actor::Process, write_own_address},
    {Kind::listen, always, &kNetwork, 7, "Listen", Actor::Process, write_own_address},
    {Kind::accept, always, &kNetwork, 1, "Open", Actor::Process, write_inbound},
    {Kind::send, always, &kNetwork, 6, "Traffic", Actor::Process, write_sent},
    {Kind::close, always, &kNetwork, 2, "Close", Actor::Process, write_closed},
    {Kind::dns, always, &kDns, 2, "Response", Actor::Process, write_dns},
    {Kind::dup, is_socket, &kNetwork, kOther, "Duplicate Descriptor", Actor::Process, write_either_way},
    {Kind::dup, always, &kFile, kOther, "Duplicate Descriptor", Actor::Process, write_file},
    {Kind::module, always, &kExtension, 1, "Load", Actor::Process, write_driver},
    {Kind::kexec, always, &kKernel, kOther, "Load Kernel", Actor::Process, write_kernel},
    {Kind::bpf, makes, &kKernel, 1, "Create", Actor::Process, write_bpf},
    {Kind::bpf, attaches, &kKernel, 4, "Invoke", Actor::Process, write_bpf},
    {Kind::bpf, always, &kKernel, kOther, "BPF Command", Actor::Process, write_bpf},
    {Kind::perf_event, always, &kKernel, 1, "Create", Actor::Process, write_kernel},
    {Kind::io_uring, always, &kKernel, 1, "Create", Actor::Process, write_kernel},
    {Kind::userfaultfd, always, &kKernel, 1, "Create", Actor::Process, write_kernel},
    {Kind::cgroup_mkdir, always, &kKernel, 1, "Create", Actor::Process, write_cgroup},
    {Kind::cgroup_rmdir, always, &kKernel, 3, "Delete", Actor::Process, write_cgroup},
    {Kind::container, started, &kLifecycle, 3, "Start", Actor::Nobody, write_container_app},
    {Kind::container, stopped, &kLifecycle, 4, "Stop", Actor::Nobody, write_container_app},
    {Kind::container, always, &kLifecycle, kOther, "Running", Actor::Nobody, write_container_app},
    {Kind::lockdown, always, &kKernel, kOther, "Lockdown", Actor::Process, write_kernel},
    {Kind::policy, always, &kLifecycle, 8, "Update", Actor::Nobody, write_own_app},
    {Kind::result, always, &kBase, kOther, "Result", Actor::Nobody, write_nothing},
    {Kind::other_name, always, &kBase, kOther, "Other Name", Actor::Nobody, write_nothing},
    {Kind::unix_connect, always, &kFile, kOther, "Connect", Actor::Process, write_file},
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

}  // namespace picket::ocsf
