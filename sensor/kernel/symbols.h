// SPDX-License-Identifier: Apache-2.0
//
// Addresses of the kernel's own variables, by name, from /proc/kallsyms.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <istream>
#include <map>
#include <string>
#include <string_view>

namespace picket {

using KernelSymbols = std::map<std::string, std::uint64_t, std::less<>>;

// An entry for each name; 0 for those that the kernel does not have or does not show: it wants CAP_SYSLOG, and
// systemd's ProtectKernelTunables hides the file. Reads some 200,000 lines: tens of milliseconds.
KernelSymbols find_symbols(std::initializer_list<std::string_view> names);

// The variables from which the bytes of a packet's pages are found (bpf/kprobes/dns.bpf.c).
KernelSymbols find_memory_symbols();

// The same from text in the form of /proc/kallsyms: address, type and name in each line, and for modules their name.
KernelSymbols find_symbols(std::initializer_list<std::string_view> names, std::istream& text);

}  // namespace picket
