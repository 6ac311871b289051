// SPDX-License-Identifier: Apache-2.0
//
// What the sensor says on the log when it has stopped: how much came, what became of it, and what was lost by which
// cause.
#pragma once

#include <map>
#include <string>

#include "sensor/hash/hasher.h"
#include "sensor/kernel/kernel.h"
#include "sensor/pipeline/engine.h"
#include "sensor/pipeline/outputs.h"
#include "sensor/pipeline/rule_counts.h"

namespace picket {

void say_summary(const Engine& engine, const KernelSide& kernel, const Hasher& hasher, const Outputs& outputs,
                 const std::map<std::string, RuleCount>& counts);

}  // namespace picket
