// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/scale.h"

#include <cstdlib>
#include <string>

#include "tests/kernel/support/files.h"

namespace picket::test {

long scaled(const char* name, long usual) {
  const std::string parameter = std::string(" picket.") + name + "=";
  const std::string given = " " + read_file("/proc/cmdline");
  const std::size_t at = given.find(parameter);
  return at == std::string::npos ? usual : std::atol(given.c_str() + at + parameter.size());
}

}  // namespace picket::test
