// SPDX-License-Identifier: Apache-2.0
//
// Which files have the names that rules know: the kernel finds out (bpf/lsm/identity.bpf.c, name_learned) when the
// sensor reads their status. What stat() says would not do: file systems show other devices and inode numbers there
// than the kernel's own (btrfs, overlayfs).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sensor/kernel/kernel.h"
#include "sensor/kernel/part.h"

namespace picket {

// KernelSide::learn(). `part` has the program. From the main thread.
Result<std::vector<LearntFile>> learn_names(const Part& part, const std::string& root, std::span<const Lesson> lessons);

}  // namespace picket
