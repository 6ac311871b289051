// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/programs.h"

#include <algorithm>

namespace picket {
namespace {

constexpr Program lifecycle(std::string_view name, Kind kind, std::string_view tracepoint) {
  return {.name = name, .kind = kind, .stage = Stage::Lifecycle, .tracepoint = tracepoint};
}

constexpr Program lsm(std::string_view name, Kind kind, std::string_view hook, std::string_view function,
                      int arguments = -1) {
  return {.name = name, .kind = kind, .hook = hook, .function = function, .arguments = arguments};
}

constexpr Program traced(std::string_view name, Kind kind, std::string_view function, std::string_view unless = {}) {
  return {.name = name, .kind = kind, .function = function, .unless = unless};
}

constexpr Program traced(std::string_view name, Kind kind, std::string_view function, int arguments) {
  return {.name = name, .kind = kind, .function = function, .arguments = arguments};
}

constexpr Program tracepoint(std::string_view name, Kind kind, std::string_view tracepoint) {
  return {.name = name, .kind = kind, .tracepoint = tracepoint};
}

// Programs around functions with structs among their arguments: 6.1, as this helper.
constexpr std::string_view kTakesStructArguments = "BPF_FUNC_user_ringbuf_drain";

constexpr Program kPrograms[] = {
    // process
    lifecycle("process_fork", Kind::fork, "sched_process_fork"),
    lifecycle("subject_executes", Kind::exec, "sched_process_exec"),  // before process_exec: that shows what it found
    lifecycle("process_exec", Kind::exec, "sched_process_exec"),
    lifecycle("process_exit", Kind::exit, "sched_process_exit"),
    {.name = "processes", .kind = Kind::exec, .stage = Stage::Snapshot},
    {.name = "exec_digest",
     .kind = Kind::exec,
     .hook = "bprm_check_security",
     .function = "security_bprm_check",
     .helper = "BPF_FUNC_ima_file_hash",
     .refuses = true,
     .digests = true},
    {.name = "exec_refused",
     .kind = Kind::exec,
     .hook = "bprm_creds_from_file",
     .function = "security_bprm_creds_from_file",
     .refuses = true},
    lsm("task_fix_setuid", Kind::setuid, "task_fix_setuid", "security_task_fix_setuid"),
    lsm("task_fix_setgid", Kind::setgid, "task_fix_setgid", "security_task_fix_setgid"),
    lsm("capset", Kind::capset, "capset", "security_capset"),
    lsm("ptrace_access_check", Kind::ptrace, "ptrace_access_check", "security_ptrace_access_check"),
    lsm("ptrace_traceme", Kind::ptrace, "ptrace_traceme", "security_ptrace_traceme"),
    lsm("task_kill", Kind::signal, "task_kill", "security_task_kill"),
    traced("setns", Kind::setns, "__x64_sys_setns"),
    traced("setns_compat", Kind::setns, "__ia32_sys_setns"),
    traced("unshare", Kind::unshare, "ksys_unshare"),
    lsm("userns_create", Kind::userns, "userns_create", "security_create_user_ns"),
    traced("userns_made", Kind::userns, "create_user_ns", "userns_create"),

    // code
    lsm("mmap_file", Kind::mmap, "mmap_file", "security_mmap_file", 4),  // the function has three: no hook there
    traced("mmap_checked", Kind::mmap, "security_mmap_file", "mmap_file"),
    lsm("file_mprotect", Kind::mprotect, "file_mprotect", "security_file_mprotect"),
    traced("shmem_file_setup", Kind::memfd, "shmem_file_setup"),
    traced("hugetlb_file_setup", Kind::memfd, "hugetlb_file_setup", 5),
    traced("hugetlb_file_setup_accounted", Kind::memfd, "hugetlb_file_setup", 6),  // before 5.14

    // file
    // what create_asked refuses is reported where the open ends, which is watched first
    {.name = "create_refused", .kind = Kind::create, .function = "do_filp_open", .refuses = true},
    {.name = "create_refused_7_0", .kind = Kind::create, .function = "do_file_open", .refuses = true},
    {.name = "create_asked",
     .kind = Kind::create,
     .hook = "path_mknod",
     .function = "security_path_mknod",
     .refuses = true},
    // before file_open: first made, then opened
    {.name = "file_create", .kind = Kind::create, .hook = "file_open", .function = "security_file_open", .after = true},
    lsm("file_open", Kind::open, "file_open", "security_file_open"),
    lsm("path_unlink", Kind::unlink, "path_unlink", "security_path_unlink"),
    lsm("path_rmdir", Kind::rmdir, "path_rmdir", "security_path_rmdir"),
    lsm("path_rename", Kind::rename, "path_rename", "security_path_rename", 5),
    traced("rename_decided", Kind::rename, "security_path_rename", "path_rename"),  // hooks of 4 arguments: before 5.19
    lsm("path_link", Kind::link, "path_link", "security_path_link"),
    lsm("path_symlink", Kind::symlink, "path_symlink", "security_path_symlink"),
    lsm("path_mkdir", Kind::mkdir, "path_mkdir", "security_path_mkdir"),
    lsm("path_mknod", Kind::mknod, "path_mknod", "security_path_mknod"),
    lsm("path_chmod", Kind::chmod, "path_chmod", "security_path_chmod"),
    {.name = "path_chown",
     .kind = Kind::chown,
     .hook = "path_chown",
     .function = "security_path_chown",
     .helper = kTakesStructArguments},
    traced("chown_asked", Kind::chown, "security_path_chown", "path_chown"),
    lsm("path_truncate", Kind::truncate, "path_truncate", "security_path_truncate"),
    lsm("file_truncate", Kind::truncate, "file_truncate", "security_file_truncate"),  // 6.2 and later
    lsm("inode_setxattr", Kind::setxattr, "inode_setxattr", "security_inode_setxattr", 6),
    lsm("setxattr_unmapped", Kind::setxattr, "inode_setxattr", "security_inode_setxattr", 5),  // before 5.12
    lsm("inode_set_acl", Kind::setxattr, "inode_set_acl", "security_inode_set_acl"),           // 6.2 and later

    // mount
    lsm("path_chroot", Kind::chroot, "path_chroot", "security_path_chroot"),
    lsm("sb_mount", Kind::mount, "sb_mount", "security_sb_mount"),
    lsm("move_mount", Kind::move_mount, "move_mount", "security_move_mount"),
    lsm("sb_umount", Kind::umount, "sb_umount", "security_sb_umount"),
    lsm("sb_pivotroot", Kind::pivot_root, "sb_pivotroot", "security_sb_pivotroot"),

    // network
    lsm("socket_create", Kind::socket, "socket_create", "security_socket_create"),
    lsm("socket_bind", Kind::bind, "socket_bind", "security_socket_bind"),
    lsm("socket_listen", Kind::listen, "socket_listen", "security_socket_listen"),
    lsm("socket_connect", Kind::connect, "socket_connect", "security_socket_connect"),
    lsm("socket_sendmsg", Kind::send, "socket_sendmsg", "security_socket_sendmsg"),
    lsm("unix_stream_connect", Kind::unix_connect, "unix_stream_connect", "security_unix_stream_connect"),
    lsm("unix_may_send", Kind::unix_connect, "unix_may_send", "security_unix_may_send"),
    traced("accepted", Kind::accept, "do_accept"),
    traced("connection_made", Kind::close, "tcp_finish_connect"),
    traced("connection_accepted", Kind::close, "do_accept"),
    traced("connection_closed", Kind::close, "tcp_close"),
    traced("dns_received", Kind::dns, "skb_consume_udp"),
    traced("dup_native", Kind::dup, "__x64_sys_dup"),
    traced("dup_compat", Kind::dup, "__ia32_sys_dup"),
    traced("dup2_native", Kind::dup, "__x64_sys_dup2"),
    traced("dup2_compat", Kind::dup, "__ia32_sys_dup2"),
    traced("dup3_native", Kind::dup, "__x64_sys_dup3"),
    traced("dup3_compat", Kind::dup, "__ia32_sys_dup3"),
    traced("dup_fcntl", Kind::dup, "f_dupfd"),

    // kernel
    lsm("module_read", Kind::module, "kernel_read_file", "security_kernel_read_file"),
    lsm("module_memory", Kind::module, "kernel_load_data", "security_kernel_load_data"),
    lsm("kexec_read", Kind::kexec, "kernel_read_file", "security_kernel_read_file"),
    lsm("kexec_memory", Kind::kexec, "kernel_load_data", "security_kernel_load_data"),
    lsm("bpf_command", Kind::bpf, "bpf", "security_bpf", 3),
    lsm("bpf_command_of", Kind::bpf, "bpf", "security_bpf", 4),
    lsm("perf_event", Kind::perf_event, "perf_event_alloc", "security_perf_event_alloc"),
    tracepoint("io_uring_create", Kind::io_uring, "io_uring_create"),
    traced("faults_new", Kind::userfaultfd, "new_userfaultfd"),
    traced("faults_call", Kind::userfaultfd, "__x64_sys_userfaultfd", "faults_new"),
    traced("faults_compat", Kind::userfaultfd, "__ia32_sys_userfaultfd", "faults_new"),
    traced("locked_down", Kind::lockdown, "security_locked_down"),

    // container
    lifecycle("cgroup_mkdir", Kind::cgroup_mkdir, "cgroup_mkdir"),
    lifecycle("cgroup_classified", Kind::cgroup_mkdir, "cgroup_mkdir"),
    lifecycle("cgroup_rmdir", Kind::cgroup_rmdir, "cgroup_rmdir"),

    // results and failures; for results see call_ends.h
    traced("file_not_opened", Kind::open_failed, "do_filp_open"),
    traced("file_not_opened_7_0", Kind::open_failed, "do_file_open"),
};

const Program* find(std::string_view name) {
  const auto found = std::find_if(std::begin(kPrograms), std::end(kPrograms),
                                  [name](const Program& program) { return program.name == name; });
  return found == std::end(kPrograms) ? nullptr : found;
}

// What a hook of the kind refuses is counted and reported by this program alone.
constexpr bool concludes(const Program& program) { return program.refuses && program.hook.empty(); }

// The kinds that need no hook of their own: the lifecycle's are always there, the others the sensor makes.
constexpr KindSet kAlwaysThere{Kind::fork,      Kind::exec,   Kind::exit,   Kind::loss,
                               Kind::container, Kind::policy, Kind::result, Kind::other_name};

}  // namespace

std::span<const Program> all_programs() { return kPrograms; }

KindSet lifecycle_kinds() {
  KindSet kinds;
  for (const Program& program : kPrograms) {
    if (program.stage == Stage::Lifecycle) kinds = kinds | KindSet{program.kind};
  }
  return kinds;
}

bool fits(const Program& program, const KernelTypes& types, Flavour flavour) {
  if (program.refuses && flavour != Flavour::Lsm) return false;
  if (!program.helper.empty() && !types.has_helper(std::string(program.helper))) return false;
  if (!program.tracepoint.empty()) return types.has_tracepoint(std::string(program.tracepoint));
  if (program.function.empty()) return true;
  const bool as_lsm = !program.hook.empty() && flavour == Flavour::Lsm;
  const std::string target = as_lsm ? "bpf_lsm_" + std::string(program.hook) : std::string(program.function);
  if (program.arguments >= 0) return types.argument_count(target) == program.arguments;
  return types.has_function(target);
}

std::vector<const Program*> choose_programs(const KernelTypes& types, Flavour flavour, KindSet kinds) {
  std::vector<const Program*> chosen;
  for (const Program& program : kPrograms) {
    if (program.stage == Stage::Hook && !kinds.contains(program.kind)) continue;
    if (!fits(program, types, flavour)) continue;
    const Program* other = program.unless.empty() ? nullptr : find(program.unless);
    if (other == nullptr || !fits(*other, types, flavour)) chosen.push_back(&program);
  }
  return chosen;
}

KindSet refusable_kinds(const KernelTypes& types, Flavour flavour) {
  KindSet by_hook, otherwise, concluded;
  if (flavour != Flavour::Lsm) return {};
  for (const Program* program : choose_programs(types, flavour, KindSet::all())) {
    if (program->stage != Stage::Hook) continue;  // the lifecycle's: exec is refused by a hook of its own
    if (program->after) continue;                 // what has been done may have been asked about before
    KindSet& set = concludes(*program) ? concluded : program->hook.empty() ? otherwise : by_hook;
    set = set | KindSet{program->kind};
  }
  for (const Program& program : kPrograms) {
    if (concludes(program)) by_hook = by_hook & ~(KindSet{program.kind} & ~concluded);
  }
  return by_hook & ~otherwise;
}

KindSet without_hook(const KernelTypes& types, Flavour flavour, KindSet kinds) {
  KindSet missing = kinds & ~kAlwaysThere;
  for (const Program* program : choose_programs(types, flavour, kinds)) missing = missing & ~KindSet{program->kind};
  return missing;
}

}  // namespace picket
