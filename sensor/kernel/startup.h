// SPDX-License-Identifier: Apache-2.0
//
// Why the kernel side cannot start, each reason in one sentence with what to do about it.
#pragma once

#include <optional>
#include <string>

#include "rules/event/event.h"
#include "sensor/kernel/features.h"
#include "sensor/kernel/kernel.h"

namespace picket {

// What can be told before anything is loaded; nothing when loading is worth the attempt.
std::optional<KernelError> reason_not_to_load(const KernelTypes& types);

// A load that failed all the same, with the reason that libbpf or the verifier gave.
KernelError load_failure(int code);

// Why nothing can be refused on this kernel, and what to do about it: it does not run BPF LSM programs.
Error observing_only();

// The names of kinds, for messages: "open, connect".
std::string names_of(KindSet kinds);

}  // namespace picket
