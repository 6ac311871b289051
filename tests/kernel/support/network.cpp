// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

namespace picket::test {

Endpoint ipv4(const char* address, std::uint16_t port) {
  Endpoint endpoint{.size = sizeof(sockaddr_in)};
  auto* in = reinterpret_cast<sockaddr_in*>(&endpoint.storage);
  in->sin_family = AF_INET;
  in->sin_port = htons(port);
  inet_pton(AF_INET, address, &in->sin_addr);
  return endpoint;
}

Endpoint ipv6(const char* address, std::uint16_t port) {
  Endpoint endpoint{.size = sizeof(sockaddr_in6)};
  auto* in = reinterpret_cast<sockaddr_in6*>(&endpoint.storage);
  in->sin6_family = AF_INET6;
  in->sin6_port = htons(port);
  inet_pton(AF_INET6, address, &in->sin6_addr);
  return endpoint;
}

Endpoint unix_path(const std::string& path, bool terminated) {
  Endpoint endpoint;
  auto* in = reinterpret_cast<sockaddr_un*>(&endpoint.storage);
  in->sun_family = AF_UNIX;
  std::memcpy(in->sun_path, path.data(), path.size());
  endpoint.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (terminated ? 1 : 0));
  return endpoint;
}

int bound_socket(int family, int type, const Endpoint& local) {
  const int made = socket(family, type, 0);
  const int yes = 1;
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  return bind(made, local.get(), local.size) == 0 ? made : -1;
}

int listening_socket(int family, const Endpoint& local) {
  const int bound = bound_socket(family, SOCK_STREAM, local);
  return listen(bound, 4) == 0 ? bound : -1;
}

Connection connect_both(int family, const Endpoint& client, const Endpoint& server) {
  const int listening = listening_socket(family, server);
  const int connecting = bound_socket(family, SOCK_STREAM, client);
  if (connect(connecting, server.get(), server.size) != 0) return {};
  return {connecting, accept(listening, nullptr, nullptr)};
}

#if defined(__x86_64__)
long call_32(long number, long first, long second, long third, long fourth, long fifth, long sixth) {
  long result = number;
  register long base asm("r12") = sixth;  // ebp, which the compiler may use itself
  asm volatile(
      "push %%rbp\n\t"
      "mov %%r12, %%rbp\n\t"
      "int $0x80\n\t"
      "pop %%rbp"
      : "+a"(result)
      : "b"(first), "c"(second), "d"(third), "S"(fourth), "D"(fifth), "r"(base)
      : "memory", "r8", "r9", "r10", "r11");
  return static_cast<int>(result);
}

char* low_memory() {
  void* at = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  return at == MAP_FAILED ? nullptr : static_cast<char*>(at);
}
#endif

}  // namespace picket::test
