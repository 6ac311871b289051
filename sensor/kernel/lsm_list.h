// SPDX-License-Identifier: Apache-2.0
//
// The kernel's list of active security modules. LSM programs attach without `bpf` in it, and then never run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace picket {

// "lockdown,capability,yama,apparmor,bpf"; nothing when securityfs is not mounted.
std::optional<std::string> active_lsms();

bool lists_bpf(std::string_view lsms);

// The boot parameter that adds bpf and keeps all others: "lsm=lockdown,yama,apparmor,bpf". `capability` is left out: it
// is always active, and the kernel does not want it named.
std::string boot_parameter(std::string_view lsms);

}  // namespace picket
