// SPDX-License-Identifier: Apache-2.0
//
// What a process changes in itself between two executions: users, groups, capabilities, namespaces. The kinds that tell
// of it are attached only when a rule asks for them; without them a process shows what it began with.
#pragma once

#include "rules/event/event.h"
#include "rules/event/process.h"

namespace picket {

// Takes over what the event says its own process changed. Returns whether users or groups did.
using Change = bool (*)(Process& process, const Event& event);

// nullptr when it says nothing of the sort: other kinds, refused calls and changes of a thread that is not the first,
// since credentials and namespaces belong to threads, and the process shows those of its first one.
Change change_of(const Event& event);

}  // namespace picket
