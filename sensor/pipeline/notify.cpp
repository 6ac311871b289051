// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace picket {

void notify_service_manager(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr) return;

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length < 2 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract name

  const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
  close(descriptor);
}

namespace {

// A decimal number as a whole; nothing when the variable is not set, or is none.
std::optional<std::uint64_t> number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const char* const end = text + std::strlen(text);
  std::uint64_t number = 0;
  const auto [at, error] = std::from_chars(text, end, number);
  if (error != std::errc{} || at != end) return std::nullopt;
  return number;
}

}  // namespace

Watchdog::Watchdog() {
  constexpr std::uint64_t kMicrosecond = 1000, kLongest = UINT64_MAX / kMicrosecond;
  const auto time = number_in("WATCHDOG_USEC");
  const auto process = number_in("WATCHDOG_PID");
  const bool ours = std::getenv("WATCHDOG_PID") == nullptr || process == static_cast<std::uint64_t>(getpid());
  if (time && ours && *time <= kLongest) interval_ = *time * kMicrosecond / 2;
}

void Watchdog::tell(std::uint64_t now) {
  told_ = now;
  notify_service_manager("WATCHDOG=1");
}

}  // namespace picket
