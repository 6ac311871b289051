// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/hook_check.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace picket {
namespace {

void open_something() {
  const int descriptor = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) ::close(descriptor);
}

// To an abstract address of which nobody knows: refused, but only after the hook.
void connect_somewhere() {
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const auto size = static_cast<socklen_t>(sizeof(address));
  (void)::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), size);
  ::close(descriptor);
}

struct Provocation {
  Kind kind;
  void (*act)();
};

constexpr Provocation kProvocations[] = {
    {Kind::open, open_something},
    {Kind::connect, connect_somewhere},
};

}  // namespace

void provoke_hooks(KindSet kinds) {
  for (const Provocation& provocation : kProvocations) {
    if (kinds.contains(provocation.kind)) provocation.act();
  }
}

}  // namespace picket
