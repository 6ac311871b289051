// SPDX-License-Identifier: Apache-2.0
//
// Does what an LSM hook is about, so that the hook must be called.
#pragma once

#include "rules/event/event.h"

namespace picket {

// Opens a file, asks a socket to connect: one harmless call for each of the kinds.
void provoke_hooks(KindSet kinds);

}  // namespace picket
