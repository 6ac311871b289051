// SPDX-License-Identifier: Apache-2.0
//
// What libbpf has to say. It prints its reasons to stderr; here they go to the debug log instead, and the first
// warnings are kept, so that an error can give its reason.
#pragma once

#include <string>

namespace picket {

// Takes over libbpf's messages for the whole program, and forgets the warnings so far.
void collect_libbpf_messages();

// The first warnings since then, oldest first, as one line for an error message; of a verifier's log only the verdict.
std::string libbpf_messages();

}  // namespace picket
