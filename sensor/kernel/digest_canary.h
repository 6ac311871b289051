// SPDX-License-Identifier: Apache-2.0
//
// Whether this kernel computes the SHA-256 of what is executed, found out by trying.
#pragma once

#include <optional>

#include "rules/event/result.h"

namespace picket {

class KernelTypes;

// Nothing when it does; otherwise what is missing: a kernel of 5.18 with IMA (CONFIG_IMA), whose hash is SHA-256. Only
// a program finds that out: it has the digest of a file of ours computed. Nothing stays loaded. Takes milliseconds.
std::optional<Error> reason_without_digests(const KernelTypes& types);

}  // namespace picket
