// SPDX-License-Identifier: Apache-2.0
//
// HttpServer: answers GET on one address, for Prometheus and for probes. A thread of its own with low priority, so that
// no client can hold up anybody else; a bounded number of connections, each with a bounded request and a deadline.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "exporters/metrics/http_request.h"
#include "rules/event/descriptor.h"
#include "rules/event/result.h"

namespace picket {

struct ListenAddress {
  sockaddr_storage address{};
  socklen_t size = 0;
  std::string text;  // as it was given
};

// "127.0.0.1:9765", "[::1]:9765": a number is needed, so that nothing is asked of a resolver. Port 0 is any that is
// free, for tests; the configuration does not take it.
Result<ListenAddress> parse_listen_address(std::string_view text);
std::uint16_t port_of(const ListenAddress& address);

class HttpServer {
 public:
  // At a time. Who comes then takes the place of who has been there for longest.
  static constexpr std::size_t kMostClients = 16;
  static constexpr std::chrono::seconds kPatience{5};  // from the connection to the last byte of the answer

  // Called in the server's thread; the others wait meanwhile.
  using Handler = std::function<HttpAnswer(std::string_view path)>;

  // Fails when the address cannot be listened on; says why.
  static Result<std::unique_ptr<HttpServer>> open(const ListenAddress& address, Handler handler);
  ~HttpServer();  // hangs up on everybody
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Client {
    Descriptor socket;
    Clock::time_point until;
    std::string request;
    std::string answer;    // empty: the request is not whole
    std::size_t sent = 0;  // of the answer
  };

  HttpServer(Descriptor socket, Handler handler);
  void run();
  void accept_all();
  bool read(Client& client);
  bool write(Client& client);

  const Descriptor socket_;
  const Descriptor stop_;  // an eventfd
  const Handler handler_;
  std::vector<Client> clients_;  // the thread's; who came first is first
  std::thread thread_;
};

}  // namespace picket
