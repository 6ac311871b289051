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

constexpr Program tracepoint(std::string_view name, Kind kind, std::string_view tracepoint) {
  return {.name = name, .kind = kind, .tracepoint = tracepoint};
}

constexpr Program kPrograms[] = {
    // process
    lifecycle("process_fork", Kind::fork, "sched_process_fork"),
    lifecycle("process_exec", Kind::exec, "sched_process_exec"),
    lifecycle("process_exit", Kind::exit, "sched_process_exit"),
    {.name = "processes", .kind = Kind::exec, .stage = Stage::Snapshot},

    // code

    // file
    lsm("file_open", Kind::open, "file_open", "security_file_open"),

    // mount

    // network
    lsm("socket_create", Kind::socket, "socket_create", "security_socket_create"),
    lsm("socket_bind", Kind::bind, "socket_bind", "security_socket_bind"),
    lsm("socket_listen", Kind::listen, "socket_listen", "security_socket_listen"),
    lsm("socket_connect", Kind::connect, "socket_connect", "security_socket_connect"),
    lsm("socket_sendmsg", Kind::send, "socket_sendmsg", "security_socket_sendmsg"),
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
