// SPDX-License-Identifier: Apache-2.0
//
// The loopback interface of a network namespace that tests/kafka/run made for this program alone: the wire between it
// and its broker, which can be cut.
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace picket {

// Whether this program is alone in its namespaces, so that it may change network and mounts.
inline bool has_own_namespaces() { return std::getenv("PICKET_OWN_NAMESPACES") != nullptr; }

// Down: what was connected stays so and gets nothing across; whoever connects is refused by the kernel. False: not
// permitted.
inline bool set_loopback(bool up) {
  if (!has_own_namespaces()) return false;
  const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  bool done = ioctl(any, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags = static_cast<short>(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
  done = done && ioctl(any, SIOCSIFFLAGS, &request) == 0;
  close(any);
  return done;
}

// Up for the first time. With a second address, of those for documentation: on a host with none but 127.0.0.1 the C
// library resolves no name to an IPv4 address for who asks for what is configured (AI_ADDRCONFIG), as librdkafka does.
inline bool make_loopback() {
  if (!set_loopback(true)) return false;
  const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo:1");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  const bool done = ioctl(any, SIOCSIFADDR, &request) == 0;
  close(any);
  return done;
}

}  // namespace picket
