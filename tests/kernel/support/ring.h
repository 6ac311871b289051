// SPDX-License-Identifier: Apache-2.0
//
// One operation through io_uring, by hand: no library that a test machine may lack.
#pragma once

#include <linux/io_uring.h>

namespace picket::test {

// Submits the operation, waits for its end and returns its result; -1 when there is no ring to be had. `flags` are
// those of the ring (IORING_SETUP_*).
int through_ring(const io_uring_sqe& operation, unsigned flags = 0);

}  // namespace picket::test
