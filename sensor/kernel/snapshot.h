// SPDX-License-Identifier: Apache-2.0
//
// Reads the records that a BPF task iterator writes, one after the other, each padded to eight bytes.
#pragma once

#include "rules/event/result.h"
#include "sensor/kernel/kernel.h"

namespace picket {

// Reads the iterator to its end.
Result<void> read_snapshot(int iterator, const RecordHandler& handler);

}  // namespace picket
