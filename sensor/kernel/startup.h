// SPDX-License-Identifier: Apache-2.0
//
// Why the kernel side cannot start, each reason in one sentence with what to do about it.
#pragma once

#include <optional>

#include "rules/event/event.h"
#include "sensor/kernel/features.h"
#include "sensor/kernel/kernel.h"

namespace picket {

// What can be told before anything is loaded; nothing when loading is worth the attempt.
std::optional<KernelError> reason_not_to_load(const KernelTypes& types, KindSet kinds);

// A load that failed all the same, with the reason that libbpf or the verifier gave.
KernelError load_failure(int code);

// Attached LSM programs that the kernel did not call.
Error silent_hooks(KindSet silent);

}  // namespace picket
