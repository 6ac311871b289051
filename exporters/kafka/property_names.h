// SPDX-License-Identifier: Apache-2.0
//
// For a property that librdkafka does not have: the one that was likely meant.
#pragma once

#include <string>

namespace picket {

// "did you mean 'sasl.password'?", or "" when no name is near.
std::string suggest_property(const std::string& name);

}  // namespace picket
