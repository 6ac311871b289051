// SPDX-License-Identifier: Apache-2.0
//
// What the sensor says on the log when it has stopped: how much came, what became of it, and what was lost by which
// cause.
#pragma once

#include "sensor/hash/hasher.h"
#include "sensor/kernel/kernel.h"
#include "sensor/pipeline/engine.h"
#include "sensor/pipeline/outputs.h"

namespace picket {

void say_summary(const Engine& engine, const KernelSide& kernel, const Hasher& hasher, const Outputs& outputs);

}  // namespace picket
