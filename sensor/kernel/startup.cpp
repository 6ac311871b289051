// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/startup.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "sensor/kernel/log.h"
#include "sensor/kernel/lsm_list.h"

namespace picket {
namespace {

using Cause = KernelError::Cause;

bool is_permission(int code) { return code == EPERM || code == EACCES; }

KernelError not_permitted(const char* what, int code) {
  const std::string lockdown = lockdown_mode();
  if (!lockdown.empty()) {
    return {Cause::NotPermitted,
            {std::string(what) + " is refused: the kernel is locked down (" + lockdown + ")",
             "boot without lockdown=" + lockdown + ", or with Secure Boot off if that is what turned it on"}};
  }
  return {
      Cause::NotPermitted,
      {std::string(what) + " is not permitted (" + std::strerror(code) + ")",
       "run as root or with CAP_BPF and CAP_PERFMON, in a container as privileged; some hosts refuse BPF to everyone"}};
}

// What is tried, in this order, before anything is loaded.
struct Trial {
  int (*attempt)(const KernelTypes& types);  // 0, or an errno
  const char* activity;                      // that is not permitted
  const char* absence;                       // when it fails for another reason
  const char* remedy;                        // for that
};

int try_reading_memory(const KernelTypes&) { return lockdown_mode() == "confidentiality" ? EPERM : 0; }

constexpr Trial kTrials[] = {
    {try_tracing_program, "loading BPF programs", "this kernel has no BPF tracing programs",
     "boot a kernel of 5.10 or later built with CONFIG_BPF_SYSCALL=y and CONFIG_BPF_EVENTS=y"},
    {try_function_program, "loading BPF programs", "this kernel has no BPF programs at the ends of functions",
     "boot a kernel of 5.10 or later built with CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y"},
    {try_reading_memory, "reading kernel memory in BPF programs", "", ""},
    {try_ring_buffer, "creating BPF maps", "this kernel has no BPF ring buffer", "boot a kernel of 5.10 or later"},
};

}  // namespace

std::optional<KernelError> reason_not_to_load(const KernelTypes& types) {
  if (!types.available()) {
    return KernelError{Cause::Unsupported,
                       {"this kernel does not describe its types: there is no BTF in /sys/kernel/btf/vmlinux",
                        "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y"}};
  }
  for (const Trial& trial : kTrials) {
    const int code = trial.attempt(types);
    if (code == 0) continue;
    if (is_permission(code)) return not_permitted(trial.activity, code);
    return KernelError{Cause::Unsupported,
                       {std::string(trial.absence) + " (" + std::strerror(code) + ")", trial.remedy}};
  }
  return std::nullopt;
}

KernelError load_failure(int code) {
  const std::string reason = libbpf_messages();
  if (code == EPERM) return not_permitted("loading Picket's BPF programs", code);
  return {Cause::Failed,
          {std::string("the kernel does not take Picket's BPF programs (") + std::strerror(code) + ")" +
               (reason.empty() ? "" : ": " + reason),
           "'picket doctor' shows what this kernel can do; if all is well there, this is a bug in Picket"}};
}

std::string names_of(KindSet kinds) {
  std::string names;
#define KIND(number, name, group, doc) \
  if (kinds.contains(Kind::name)) names += names.empty() ? #name : ", " #name;
#include "bpf/shared/kinds.def"
#undef KIND
  return names;
}

Error observing_only() {
  const std::string what = "operations are observed and cannot be refused: the kernel does not run BPF LSM programs";
  const auto lsms = active_lsms();
  if (lsms && !lists_bpf(*lsms)) {
    return {what + ", bpf is not among its active security modules (" + *lsms + ")",
            "add this boot parameter: " + boot_parameter(*lsms)};
  }
  if (lsms) return {what + ", although bpf is among its active security modules", ""};
  return {what,
          "add bpf at the end of the boot parameter lsm=; to see what is active now, mount -t securityfs securityfs "
          "/sys/kernel/security"};
}

}  // namespace picket
