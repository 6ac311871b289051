// SPDX-License-Identifier: Apache-2.0
//
// picket uninstall-pins: the end of enforcement that outlived its sensor.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>

#include "sensor/cli/commands.h"
#include "sensor/cli/service.h"
#include "sensor/kernel/former.h"

namespace picket::cli {

ExitCode uninstall_pins() {
  if (geteuid() != 0) {
    say({"only root may end what is enforced", "run it as root"});
    return ExitCode::NotPermitted;
  }
  const auto removed = remove_all_pins();
  if (!removed) {
    say(removed.error());
    return ExitCode::Failure;
  }
  if (removed->sensors == 0) {
    std::printf("nothing is pinned in %s: there is nothing to remove\n", kPinRoot);
    return ExitCode::Ok;
  }
  std::printf("removed what was pinned in %s: %zu %s of %zu %s. Without a sensor nothing is refused now\n", kPinRoot,
              removed->programs, removed->programs == 1 ? "program" : "programs", removed->sensors,
              removed->sensors == 1 ? "sensor" : "sensors");
  return ExitCode::Ok;
}

ExitCode say_what_stays(ExitCode code) {
  if (code == ExitCode::Ok || geteuid() != 0) return code;
  const auto found = FormerSensor::find_all();
  if (!found) return code;
  for (const FormerSensor& former : *found) {
    if (!former.holds()) continue;
    spdlog::warn("what the sensor before refused is still refused: its rules stay in force");
    spdlog::info("hint: start a sensor, or run 'picket uninstall-pins'");
    break;
  }
  return code;
}

}  // namespace picket::cli
