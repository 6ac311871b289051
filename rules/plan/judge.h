// SPDX-License-Identifier: Apache-2.0
//
// What the kernel's programs find for an event in a policy image, found in user space: by judge.h, as they do it, from
// what the event and its process tell.
#pragma once

#include "bpf/shared/judge.h"
#include "rules/event/event.h"

namespace picket {

// Of a kind that the image decides; of others everything is wanted. `container` is the class that the event's container
// has in the image (containers.h). Allocates nothing. Thread-safe.
pk_verdict judge(const pk_image& image, const Event& event, std::uint32_t container = PK_CLASS_UNKNOWN);

// The same where the event's path `which` (0 or 1) is not the one by which a process came to the file, but another name
// of it: for the conjuncts that hold of no path but those that they name.
pk_verdict judge_by_other_name(const pk_image& image, const Event& event, unsigned which,
                               std::uint32_t container = PK_CLASS_UNKNOWN);

// Whether the conjunct of that number in the policy could hold: of one of the event's kind.
bool is_candidate(const pk_image& image, const Event& event, std::uint32_t number,
                  std::uint32_t container = PK_CLASS_UNKNOWN);

}  // namespace picket
