// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/symbols.h"

#include <charconv>
#include <fstream>

namespace picket {

KernelSymbols find_symbols(std::initializer_list<std::string_view> names) {
  std::ifstream text("/proc/kallsyms");
  return find_symbols(names, text);
}

KernelSymbols find_memory_symbols() { return find_symbols({"vmemmap_base", "page_offset_base"}); }

KernelSymbols find_symbols(std::initializer_list<std::string_view> names, std::istream& text) {
  KernelSymbols symbols;
  for (const std::string_view name : names) symbols.emplace(name, 0);
  std::size_t missing = symbols.size();
  for (std::string line; missing > 0 && std::getline(text, line);) {
    const std::size_t type = line.find(' ');
    if (type == line.npos || type + 3 > line.size()) continue;
    const std::string_view name = std::string_view(line).substr(type + 3);
    const auto found = symbols.find(name.substr(0, name.find('\t')));
    if (found == symbols.end() || found->second != 0) continue;
    std::from_chars(line.data(), line.data() + type, found->second, 16);
    --missing;
  }
  return symbols;
}

}  // namespace picket
