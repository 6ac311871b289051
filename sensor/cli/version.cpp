// SPDX-License-Identifier: Apache-2.0
//
// picket version.
#include <cstdio>

#include "sensor/cli/commands.h"

namespace picket::cli {

ExitCode version() {
  std::printf("picket %s\n", PICKET_VERSION);
  return ExitCode::Ok;
}

}  // namespace picket::cli
