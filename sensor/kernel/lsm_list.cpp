// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/lsm_list.h"

#include "rules/event/read_file.h"

namespace picket {
namespace {

// Calls visit(name) for each name of a comma-separated list.
template <class Visit>
void for_each_name(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    visit(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
}

}  // namespace

std::optional<std::string> active_lsms() {
  const auto list = read_file("/sys/kernel/security/lsm", 4096);
  if (!list || list->empty()) return std::nullopt;
  return list->substr(0, list->find('\n'));
}

bool lists_bpf(std::string_view lsms) {
  bool found = false;
  for_each_name(lsms, [&](std::string_view name) { found |= name == "bpf"; });
  return found;
}

std::string boot_parameter(std::string_view lsms) {
  std::string parameter = "lsm=";
  for_each_name(lsms, [&](std::string_view name) {
    if (name == "capability" || name == "bpf" || name.empty()) return;
    parameter.append(name).append(",");
  });
  return parameter + "bpf";
}

}  // namespace picket
