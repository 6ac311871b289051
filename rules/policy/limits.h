// SPDX-License-Identifier: Apache-2.0
//
// How large rule files may be. Shared with rules/sigma.
#pragma once

#include <cstddef>

namespace picket::policy {

inline constexpr std::size_t kMaxFileSize = 16u << 20;

// After that many findings in one file its reading ends: they are copies of one mistake, or the file is no rule file.
inline constexpr std::size_t kMaxDiagnostics = 1000;

}  // namespace picket::policy
