// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

namespace picket {
namespace {

constexpr std::size_t kMostRequest = 4096;  // an order (sensor/trust/order.h) with it
constexpr std::size_t kMostAnswer = 60'000;
constexpr long kWaitSeconds = 600;

constexpr std::string_view kVerdicts[] = {"done", "rules", "failed", "untrusted"};  // in the order of Verdict

Error failure(const std::string& what, const std::string& path, int code) {
  return {what + " " + path + ": " + std::strerror(code), ""};
}

// False when the path is too long for one.
bool fill(sockaddr_un& address, const std::string& path) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  path.copy(address.sun_path, path.size());
  return true;
}

const sockaddr* as_generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

// Nothing when it may not ask.
std::optional<Peer> peer_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  if (peer.uid != 0 && peer.uid != ::geteuid()) return std::nullopt;
  return Peer{peer.pid, peer.uid};
}

// Whether a sensor listens there.
bool is_alive(const sockaddr_un& address) {
  const int socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const bool alive = ::connect(socket, as_generic(address), sizeof address) == 0 || errno == EAGAIN;
  ::close(socket);
  return alive;
}

bool is_socket(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(const std::string& path) {
  sockaddr_un address;
  if (!fill(address, path)) return failure("cannot listen on", path, ENAMETOOLONG);
  std::error_code ignored;
  std::filesystem::create_directory(std::filesystem::path(path).parent_path(), ignored);
  if (is_socket(path)) {
    if (is_alive(address)) return Error{"cannot listen on " + path + ": another sensor does", ""};
    ::unlink(path.c_str());
  }
  const int socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return failure("cannot listen on", path, errno);
  const mode_t mask = ::umask(0177);
  const bool bound = ::bind(socket, as_generic(address), sizeof address) == 0;
  const int code = errno;
  ::umask(mask);
  if (!bound || ::listen(socket, kMostClients) != 0) {
    ::close(socket);
    return failure("cannot listen on", path, bound ? errno : code);
  }
  return std::unique_ptr<ControlSocket>(new ControlSocket(path, socket));
}

ControlSocket::~ControlSocket() {
  for (const Client& client : clients_) ::close(client.socket);
  ::close(socket_);
  ::unlink(path_.c_str());
}

void ControlSocket::accept_all(std::uint64_t now) {
  for (;;) {
    const int socket = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) return;
    const auto peer = clients_.size() < kMostClients ? peer_of(socket) : std::nullopt;
    if (peer) {
      clients_.push_back({next_number_++, socket, *peer, now});
    } else {
      ::close(socket);
    }
  }
}

void ControlSocket::serve(std::uint64_t now, const std::function<void(const Request& request)>& handle) {
  accept_all(now);
  std::vector<Request> requests;
  std::erase_if(clients_, [&](Client& client) {
    char text[kMostRequest];
    const ssize_t size = ::recv(client.socket, text, sizeof text, MSG_DONTWAIT);
    const bool silent = size < 0 && (errno == EAGAIN || errno == EINTR);
    if (size > 0 && !client.asked) {
      client.asked = true;
      requests.push_back({client.number, client.peer, std::string(text, static_cast<std::size_t>(size))});
      return false;
    }
    if (silent && (client.asked || now - client.since < kSpeakWithinNs)) return false;
    ::close(client.socket);  // it has gone, says too little or too much
    return true;
  });
  for (const Request& each : requests) handle(each);
}

void ControlSocket::answer(std::uint64_t number, const Answer& answer) {
  const auto client =
      std::find_if(clients_.begin(), clients_.end(), [number](const Client& each) { return each.number == number; });
  if (client == clients_.end()) return;
  const std::string packet =
      std::string(kVerdicts[static_cast<std::size_t>(answer.verdict)]) + "\n" + answer.text.substr(0, kMostAnswer);
  [[maybe_unused]] const ssize_t sent =
      ::send(client->socket, packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::close(client->socket);
  clients_.erase(client);
}

Result<Answer> ask_sensor(const std::string& path, std::string_view request) {
  sockaddr_un address;
  if (!fill(address, path)) return failure("cannot ask the sensor at", path, ENAMETOOLONG);
  const int socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const timeval patience{kWaitSeconds, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string packet(kMostAnswer + kMostRequest, '\0');
  ssize_t size = -1;
  if (::connect(socket, as_generic(address), sizeof address) == 0 &&
      ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) >= 0) {
    size = ::recv(socket, packet.data(), packet.size(), 0);
  }
  const int code = errno;
  ::close(socket);
  if (size < 0) {
    return Error{
        "cannot ask the sensor at " + path + ": " + std::strerror(code),
        code == ENOENT || code == ECONNREFUSED ? "no sensor runs there, or its sensor.control is another path" : ""};
  }
  packet.resize(static_cast<std::size_t>(size));
  const std::size_t end = packet.find('\n');
  const auto* verdict = std::find(std::begin(kVerdicts), std::end(kVerdicts), packet.substr(0, end));
  if (end == packet.npos || verdict == std::end(kVerdicts)) {
    return Error{"the sensor at " + path + " hung up without an answer",
                 "it answers to root only; its log may say more"};
  }
  return Answer{static_cast<Verdict>(verdict - std::begin(kVerdicts)), packet.substr(end + 1)};
}

}  // namespace picket
