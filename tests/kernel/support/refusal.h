// SPDX-License-Identifier: Apache-2.0
//
// For cases about rules that deny: the rule, and an operation in a child of its own with what came of it.
#pragma once

#include <functional>
#include <string>

#include "tests/kernel/support/child.h"

namespace picket::test {

// `more`: lines of the rule, each with its newline.
std::string deny(const std::string& name, const std::string& condition, const std::string& more = "");

// 0, or the errno with which a call failed that has just returned.
int failure(long result);

// How a child ended: its exit code, or 128 and the signal.
int end_of(Child& child);

// Does it in a child, which ends with what came of it.
int attempt(const std::function<int()>& act);

}  // namespace picket::test
