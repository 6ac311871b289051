// SPDX-License-Identifier: Apache-2.0
//
// What /proc adds to the start-up snapshot: the arguments, which the kernel's task iterator cannot read, and all of it
// on kernels that have no such iterator.
//
// /proc must be that of the initial pid namespace (in a container: hostPID). Once the sensor runs nothing here is used
// but with_arguments(), after events were lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "rules/event/result.h"

namespace picket {

// A copy of an exec record whose arguments are those of the running process, at most `limit` bytes of them. The record
// stays as it is when it has arguments, when the process is a kernel thread and when it is no exec record. A process
// that is gone, or whose arguments cannot be read, is flagged argv_truncated. With them come the environment variables
// that `env` names: as they were when the program began, but for what it has written over them.
std::vector<std::byte> with_arguments(std::span<const std::byte> record, std::uint32_t limit,
                                      std::span<const std::string> env = {});

// Hands out one exec record (flagged backfilled, arguments included) for every running process; its `time` is from
// before that process was read. Processes that end meanwhile are passed over. What /proc does not say: the start time
// is known to 10 ms, and the device of a file on btrfs or overlayfs is that of stat(2), not the one in the kernel's
// inode; of the executable it does not say whether it is writable, on which layer of an overlay it lies, and whether
// the execution gained privileges.
Result<void> snapshot_from_procfs(std::uint32_t limit, const std::function<void(std::span<const std::byte>)>& handler,
                                  std::span<const std::string> env = {});

}  // namespace picket
