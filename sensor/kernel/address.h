// SPDX-License-Identifier: Apache-2.0
//
// The address of one of the kernel's variables, asked of the kernel: bpf_kallsyms_lookup_name (5.16), which only a
// program of type "syscall" may call. /proc/kallsyms would tell it, too, but has 170,000 lines to be written and read:
// an eighth of what it took to start the sensor.
#pragma once

#include <cstdint>
#include <string_view>

namespace picket {

// 0 when there is no such variable, when the kernel tells nobody (kernel.kptr_restrict), or cannot be asked. The name
// has at most 15 bytes. Needs what loading programs needs.
std::uint64_t kernel_address(std::string_view variable);

}  // namespace picket
