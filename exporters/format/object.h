// SPDX-License-Identifier: Apache-2.0
//
// What an event was done to, in a few words for a person: a path, an address, another process.
#pragma once

#include <string>

#include "rules/event/event.h"

namespace picket {

// "/etc/shadow", "/etc/x => /etc/y", "192.0.2.7:443", "unix:/run/docker.sock", "process 812". Returns whether there is
// such an object; nothing is appended when there is none (fork, exec, exit).
bool append_object(std::string& out, const Event& event);

}  // namespace picket
