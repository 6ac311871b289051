// SPDX-License-Identifier: Apache-2.0
//
// Addresses for system calls, loopback connections, and 32-bit calls.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace picket::test {

// A socket address of any family, as system calls take it.
struct Endpoint {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Endpoint ipv4(const char* address, std::uint16_t port);
Endpoint ipv6(const char* address, std::uint16_t port);

// `path` may begin with a NUL byte (an abstract name); `terminated` counts a NUL byte after it into the size.
Endpoint unix_path(const std::string& path, bool terminated);

// A socket that is bound, to an address that was used before too, and one that listens there; -1 when that fails.
int bound_socket(int family, int type, const Endpoint& local);
int listening_socket(int family, const Endpoint& local);

// A TCP connection between two sockets of this process over loopback; both -1 when that fails.
struct Connection {
  int client = -1, server = -1;
};
Connection connect_both(int family, const Endpoint& client, const Endpoint& server);

#if defined(__x86_64__)
// The i386 system call of that number. Pointers must be to low_memory().
long call_32(long number, long first = 0, long second = 0, long third = 0, long fourth = 0, long fifth = 0,
             long sixth = 0);

// A zeroed page below 4 GiB, of which pointers fit in 32 bits.
char* low_memory();

// The address as a 32-bit pointer.
inline std::uint32_t low(const void* pointer) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(pointer));
}
#endif

}  // namespace picket::test
