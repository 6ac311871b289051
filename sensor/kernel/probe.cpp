// SPDX-License-Identifier: Apache-2.0
//
// What `picket doctor` asks. One row for each capability; a row's function looks and says what it saw.
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstring>

#include "sensor/kernel/address.h"
#include "sensor/kernel/digest_canary.h"
#include "sensor/kernel/features.h"
#include "sensor/kernel/kernel.h"
#include "sensor/kernel/log.h"
#include "sensor/kernel/lsm_canary.h"
#include "sensor/kernel/lsm_list.h"
#include "sensor/kernel/programs.h"
#include "sensor/kernel/symbols.h"

namespace picket {
namespace {

constexpr const char* kTypesFile = "/sys/kernel/btf/vmlinux";
constexpr const char* kCgroups = "/sys/fs/cgroup";
constexpr long kCgroup2Magic = 0x63677270;

struct Finding {
  bool present = false;
  std::string detail;
  std::string remedy;  // dropped when present
};

std::string tried(int code) { return code == 0 ? "accepted" : std::strerror(code); }

Finding find_types(const KernelTypes& types) {
  return {types.available(), types.available() ? kTypesFile : std::string(kTypesFile) + " is missing or unreadable",
          "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y"};
}

Finding find_permission(const KernelTypes& types) {
  const int tracepoint = try_tracing_program(types), function = try_function_program(types);
  const std::string lockdown = lockdown_mode();
  const bool may_read = lockdown != "confidentiality";
  return {tracepoint == 0 && function == 0 && may_read,
          "a program at a tracepoint: " + tried(tracepoint) + ", at the end of a function: " + tried(function) +
              (lockdown.empty() ? "" : ", lockdown=" + lockdown),
          lockdown.empty() ? "run as root or with CAP_BPF and CAP_PERFMON, in a container as privileged; some hosts "
                             "refuse it to everyone"
                           : "boot without lockdown=" + lockdown};
}

Finding find_ring_buffer(const KernelTypes& types) {
  const int code = try_ring_buffer(types);
  return {code == 0, "creating one: " + tried(code),
          code == EPERM ? "run as root or with CAP_BPF" : "boot a kernel of 5.10 or later"};
}

Finding find_lsm_support(const KernelTypes& types) {
  if (!types.has_function("bpf_lsm_file_open")) {
    return {false, "the kernel has no function bpf_lsm_file_open", "boot a kernel built with CONFIG_BPF_LSM=y"};
  }
  const int code = try_lsm_program(types);
  return {code == 0, "loading an LSM program: " + tried(code), "boot a kernel that lets root load BPF LSM programs"};
}

Finding find_lsm_list(const KernelTypes&) {
  const auto lsms = active_lsms();
  if (!lsms) {
    return {false, "/sys/kernel/security/lsm cannot be read", "mount -t securityfs securityfs /sys/kernel/security"};
  }
  const bool listed = lists_bpf(*lsms);
  return {listed, "lsm=" + *lsms + (listed ? "" : ": operations are observed and cannot be refused"),
          "add this boot parameter: " + boot_parameter(*lsms)};
}

Finding find_task_iterator(const KernelTypes& types) {
  const bool found = types.has_function("bpf_iter_task");
  return {found, found ? "bpf_iter_task" : "the kernel has no function bpf_iter_task",
          "boot a kernel of 5.10 or later"};
}

Finding find_loop(const KernelTypes& types) {
  const bool found = types.has_helper("BPF_FUNC_loop");
  return {found, found ? "environments of executions can be reported" : "environments of executions are not reported",
          "boot a kernel of 5.17 or later"};
}

Finding find_digests(const KernelTypes& types) {
  const auto missing = reason_without_digests(types);
  return {!missing, missing ? missing->message : "rules can refuse executions by the SHA-256 of the file",
          missing ? missing->hint : ""};
}

Finding find_pages(const KernelTypes&) {
  bool found = true;
  for (const auto& [name, address] : find_memory_symbols()) found = found && address != 0;
  return {
      found,
      found
          ? "DNS answers are read whole"
          : "of DNS answers, only what drivers put next to a packet's headers is read: /proc/kallsyms shows no address",
      "run with CAP_SYSLOG and without systemd's ProtectKernelTunables"};
}

Finding find_memory_of_directories(const KernelTypes& types) {
  if (!types.has_function("bpf_rdonly_cast")) {
    return {false, "each path is looked up from the root: remembering directories came with Linux 6.2",
            "boot a later kernel"};
  }
  const bool found = kernel_address("rename_lock") != 0 && kernel_address("mount_lock") != 0;
  return {found,
          found ? "of paths in a directory that is remembered only the last name is looked up"
                : "each path is looked up from the root: the kernel does not tell where it counts renames and mounts",
          "run with CAP_SYSLOG, and kernel.kptr_restrict below 2"};
}

Finding find_cgroups(const KernelTypes&) {
  struct statfs info;
  const bool found = ::statfs(kCgroups, &info) == 0 && static_cast<long>(info.f_type) == kCgroup2Magic;
  return {found, found ? std::string(kCgroups) : std::string(kCgroups) + " is not a cgroup2 file system",
          "add this boot parameter: systemd.unified_cgroup_hierarchy=1"};
}

// Each kind of event is a row of its own: whether this kernel has a hook for it.
std::vector<Capability> probe_hooks(const KernelTypes& types) {
  const Flavour flavour = lsm_programs_run(types) ? Flavour::Lsm : Flavour::Function;
  const KindSet missing = without_hook(types, flavour, KindSet::all());
  std::vector<Capability> capabilities;
#define KIND(number, name, group, doc)                                               \
  capabilities.push_back({"event " #name, !missing.contains(Kind::name), false, doc, \
                          missing.contains(Kind::name) ? "boot a later kernel (docs/kernels.md)" : ""});
#include "bpf/shared/kinds.def"
#undef KIND
  return capabilities;
}

struct Row {
  const char* name;
  bool required;
  Finding (*find)(const KernelTypes& types);
};

constexpr Row kRows[] = {
    {"BTF", true, find_types},
    {"BPF permission", true, find_permission},
    {"ring buffer", true, find_ring_buffer},
    {"task iterator", true, find_task_iterator},
    {"BPF LSM", false, find_lsm_support},
    {"BPF LSM active", false, find_lsm_list},
    {"bpf_loop", false, find_loop},
    {"digests of files", false, find_digests},
    {"pages of packets", false, find_pages},
    {"remembered directories", false, find_memory_of_directories},
    {"unified cgroups", false, find_cgroups},
};

}  // namespace

std::vector<Capability> probe_kernel() {
  collect_libbpf_messages();
  const KernelTypes types;
  std::vector<Capability> capabilities;
  for (const Row& row : kRows) {
    Finding finding = row.find(types);
    if (finding.present) finding.remedy.clear();
    capabilities.push_back(
        {row.name, finding.present, row.required, std::move(finding.detail), std::move(finding.remedy)});
  }
  for (Capability& capability : probe_hooks(types)) capabilities.push_back(std::move(capability));
  return capabilities;
}

}  // namespace picket
