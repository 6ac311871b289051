// SPDX-License-Identifier: Apache-2.0
//
// Rules over a recording, with no root and no kernel.
#pragma once

#include <string>

#include "rules/event/result.h"
#include "rules/language/rule.h"
#include "sensor/pipeline/config.h"
#include "sensor/recording/reader.h"

namespace picket {

struct ReplayReport {
  std::uint64_t records = 0;  // of the kernel side, those that no rule could need included
  std::uint64_t alerts = 0;
  std::uint64_t lost = 0;  // while it was recorded
  RecordingEnd end;
};

// Writes to the outputs of `config` what a sensor with this policy would have written where and when the recording was
// made; of a recording that ends early, up to there. The same files and rules give the same bytes. Fails when the
// recording cannot be read at all or an output cannot be opened.
Result<ReplayReport> replay(const std::string& path, const Policy& policy, const Config& config);

}  // namespace picket
