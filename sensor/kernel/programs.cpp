// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/programs.h"

#include <algorithm>

namespace picket {
namespace {

constexpr Program lifecycle(std::string_view name, Kind kind, std::string_view tracepoint) {
  return {.name = name, .kind = kind, .stage = Stage::Lifecycle, .tracepoint = tracepoint};
}

// `function` is security_<hook> unless it is named.
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

constexpr Program kPrograms[] = {
    // process
    lifecycle("process_fork", Kind::fork, "sched_process_fork"),
    lifecycle("process_exec", Kind::exec, "sched_process_exec"),
    lifecycle("process_exit", Kind::exit, "sched_process_exit"),
    {.name = "processes", .kind = Kind::exec, .stage = Stage::Snapshot},
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
    lsm("file_open", Kind::open, "file_open", "security_file_open"),

    // mount

    // network
    lsm("socket_connect", Kind::connect, "socket_connect", "security_socket_connect"),

    // kernel

    // container

    // results and failures
};

const Program* find(std::string_view name) {
  const auto found = std::find_if(std::begin(kPrograms), std::end(kPrograms),
                                  [name](const Program& program) { return program.name == name; });
  return found == std::end(kPrograms) ? nullptr : found;
}

// The kinds that need no hook of their own: the lifecycle's are always there, the others the sensor makes.
constexpr KindSet kAlwaysThere{Kind::fork,      Kind::exec,   Kind::exit,  Kind::loss,
                               Kind::container, Kind::policy, Kind::result};

}  // namespace

std::span<const Program> all_programs() { return kPrograms; }

bool fits(const Program& program, const KernelTypes& types, Flavour flavour) {
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

KindSet without_hook(const KernelTypes& types, Flavour flavour, KindSet kinds) {
  KindSet missing = kinds & ~kAlwaysThere;
  for (const Program* program : choose_programs(types, flavour, kinds)) missing = missing & ~KindSet{program->kind};
  return missing;
}

}  // namespace picket
