// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/local_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

#include "exporters/sink/settings.h"

namespace picket {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100}, kLongestPause{10'000};

}  // namespace

LocalSocket::~LocalSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

int LocalSocket::get(Ledger& ledger) {
  if (descriptor_ >= 0 || Clock::now() < next_try_) return descriptor_;
  if (const int error = connect(); error != 0) lost(error, ledger);
  return descriptor_;
}

int LocalSocket::connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), std::min(path_.size(), sizeof address.sun_path - 1));
  const int descriptor = socket(AF_UNIX, type_ | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    close(descriptor);
    return error;
  }
  descriptor_ = descriptor;
  return 0;
}

void LocalSocket::lost(int error, Ledger& ledger) {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
  pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
  next_try_ = Clock::now() + pause_;
  failing_ = true;
  ledger.set_error(path_ + ": " + std::generic_category().message(error));
}

void LocalSocket::works(Ledger& ledger) {
  if (!failing_) return;
  failing_ = false;
  pause_ = std::chrono::milliseconds{0};
  ledger.set_error("");
}

void LocalSocket::wait(std::chrono::milliseconds most) const {
  if (most.count() <= 0) return;
  if (descriptor_ >= 0) {
    pollfd wanted{descriptor_, POLLOUT, 0};
    ::poll(&wanted, 1, static_cast<int>(most.count()));
    return;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_try_ - Clock::now());
  std::this_thread::sleep_for(std::clamp(left, std::chrono::milliseconds{0}, most));
}

void LocalSocket::reset() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
  next_try_ = {};
}

Result<void> check_socket_path(std::string_view text) {
  if (auto path = check_path(text); !path) return path;
  if (text.size() < sizeof sockaddr_un::sun_path) return {};
  return expected_instead("a path of at most " + std::to_string(sizeof sockaddr_un::sun_path - 1) + " bytes", text);
}

}  // namespace picket
