// SPDX-License-Identifier: Apache-2.0
//
// picket doctor: what this kernel can do.
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>

#include "sensor/cli/commands.h"
#include "sensor/kernel/kernel.h"

namespace picket::cli {

ExitCode doctor() {
  utsname kernel{};
  uname(&kernel);
  std::printf("kernel %s (%s)\n\n", kernel.release, kernel.machine);

  const auto capabilities = probe_kernel();
  std::size_t width = 0;
  for (const Capability& capability : capabilities) width = std::max(width, capability.name.size());

  bool complete = true;
  for (const Capability& capability : capabilities) {
    const char* mark = capability.present ? "yes" : capability.required ? "NO " : "no ";
    std::printf("  %s  %-*s  %s\n", mark, static_cast<int>(width), capability.name.c_str(), capability.detail.c_str());
    if (!capability.present && !capability.remedy.empty()) {
      std::printf("       %-*s  -> %s\n", static_cast<int>(width), "", capability.remedy.c_str());
    }
    complete = complete && (capability.present || !capability.required);
  }

  std::printf("\n%s\n", complete ? "Everything that Picket needs is here." : "Picket cannot do its whole job here.");
  return complete ? ExitCode::Ok : ExitCode::Unsupported;
}

}  // namespace picket::cli
