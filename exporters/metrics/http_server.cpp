// SPDX-License-Identifier: Apache-2.0
#include "exporters/metrics/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace picket {
namespace {

constexpr int kNice = 10;  // the server gives way to what the sensor is there for
constexpr int kBacklog = 16;

Descriptor make_eventfd() {
  Descriptor made(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!made) std::abort();
  return made;
}

bool fill(ListenAddress& result, const std::string& host, std::uint16_t port) {
  auto* const four = reinterpret_cast<sockaddr_in*>(&result.address);
  auto* const six = reinterpret_cast<sockaddr_in6*>(&result.address);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    result.size = sizeof *six;
    return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &six->sin6_addr) == 1;
  }
  four->sin_family = AF_INET;
  four->sin_port = htons(port);
  result.size = sizeof *four;
  return inet_pton(AF_INET, host.c_str(), &four->sin_addr) == 1;
}

Error cannot_listen(const ListenAddress& address, int code) {
  const std::string hint = code == EADDRINUSE ? "another program listens there: say another address in metrics.listen"
                           : code == EADDRNOTAVAIL ? "no interface of this host has that address"
                                                   : "";
  return {"metrics: cannot listen on " + address.text + ": " + std::strerror(code), hint};
}

HttpAnswer refusal(HttpRequest::State state) {
  using State = HttpRequest::State;
  if (state == State::WrongMethod) return {.status = 405, .body = "expected GET or HEAD\n"};
  if (state == State::TooLarge) return {.status = 431, .body = "expected a request of less than 8192 bytes\n"};
  return {.status = 400, .body = "expected GET PATH HTTP/1.1\n"};
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const Error wrong{"expected ADDRESS:PORT with a number as address, got '" + std::string(text) + "'",
                    "127.0.0.1:9765, or [::1]:9765"};
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return wrong;
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || at != end) return wrong;
  ListenAddress result;
  result.text = text;
  if (!fill(result, std::string(text.substr(0, colon)), port)) return wrong;
  return result;
}

// At the same place in both kinds of address.
std::uint16_t port_of(const ListenAddress& address) {
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address.address)->sin_port);
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(const ListenAddress& address, Handler handler) {
  Descriptor socket(::socket(address.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return cannot_listen(address, errno);
  // Or a sensor that starts anew could not listen while connections of the one before linger.
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.address), address.size) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return cannot_listen(address, errno);
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(socket), std::move(handler)));
}

// Signals are the engine's thread's: they end its waits.
HttpServer::HttpServer(Descriptor socket, Handler handler)
    : socket_(std::move(socket)), stop_(make_eventfd()), handler_(std::move(handler)) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

HttpServer::~HttpServer() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_.get(), &one, sizeof one);
  thread_.join();
}

std::uint16_t HttpServer::port() const {
  ListenAddress bound;
  bound.size = sizeof bound.address;
  ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&bound.address), &bound.size);
  return port_of(bound);
}

void HttpServer::run() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  std::vector<pollfd> wanted;
  for (;;) {
    const auto now = Clock::now();
    std::erase_if(clients_, [now](const Client& client) { return client.until <= now; });
    wanted.assign({{stop_.get(), POLLIN, 0}, {socket_.get(), POLLIN, 0}});
    for (const Client& client : clients_) {
      wanted.push_back({client.socket.get(), static_cast<short>(client.answer.empty() ? POLLIN : POLLOUT), 0});
    }
    const auto left =
        clients_.empty() ? -1 : std::chrono::ceil<std::chrono::milliseconds>(clients_.front().until - now).count();
    if (::poll(wanted.data(), wanted.size(), static_cast<int>(left)) < 0) continue;
    if (wanted[0].revents != 0) return;
    std::size_t place = 2;
    std::erase_if(clients_, [&](Client& client) {
      if (wanted[place++].revents == 0) return false;
      return !(client.answer.empty() ? read(client) : write(client));
    });
    if (wanted[1].revents != 0) accept_all();
  }
}

void HttpServer::accept_all() {
  for (std::size_t i = 0; i < kMostClients; ++i) {  // then the others' turn
    Descriptor socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
      // No descriptor is free: the connection stays, and poll() would return at once for it.
      if (errno == EMFILE || errno == ENFILE) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      return;
    }
    if (clients_.size() == kMostClients) clients_.erase(clients_.begin());
    clients_.push_back({std::move(socket), Clock::now() + kPatience, {}, {}, 0});
  }
}

// False when it is over.
bool HttpServer::read(Client& client) {
  char bytes[2048];
  const ssize_t size = ::recv(client.socket.get(), bytes, sizeof bytes, 0);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  client.request.append(bytes, static_cast<std::size_t>(size));
  const HttpRequest request = read_http_request(client.request);
  using State = HttpRequest::State;
  if (request.state == State::Incomplete) return true;
  const HttpAnswer answer = request.state == State::Complete ? handler_(request.path) : refusal(request.state);
  client.answer = http_bytes(answer, request.head);
  return write(client);
}

// What the client has sent besides is read before the end, or the kernel would throw the answer away with it (RFC 9112,
// 9.6); not all of what never ends.
bool HttpServer::write(Client& client) {
  const std::string_view rest = std::string_view(client.answer).substr(client.sent);
  const ssize_t size = ::send(client.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  client.sent += static_cast<std::size_t>(size);
  if (client.sent < client.answer.size()) return true;
  ::shutdown(client.socket.get(), SHUT_WR);
  char bytes[kMostRequestBytes];
  [[maybe_unused]] const ssize_t ignored = ::recv(client.socket.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  return false;
}

}  // namespace picket
