// SPDX-License-Identifier: Apache-2.0
//
// Telling systemd how the service is doing (sd_notify(3), Type=notify).
#pragma once

#include <string_view>

namespace picket {

// Sends "READY=1", "STOPPING=1" or "STATUS=..." to the socket that NOTIFY_SOCKET names. Does nothing without one: the
// protocol is optional by definition. The datagram protocol is documented as stable in sd_notify(3), so that a service
// need not load libsystemd for it.
void notify_service_manager(std::string_view state);

}  // namespace picket
