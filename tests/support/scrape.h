// SPDX-License-Identifier: Apache-2.0
//
// A client of the endpoint for metrics: one GET over a plain socket of this host.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace picket::test {

struct Scraped {
  int status = 0;  // 0: no answer
  std::string head, body;
};

inline Scraped scrape(std::uint16_t port, const std::string& path) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
      ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    char bytes[65536];
    for (ssize_t size; (size = ::recv(socket, bytes, sizeof bytes, 0)) > 0;) {
      answer.append(bytes, static_cast<std::size_t>(size));
    }
  }
  ::close(socket);
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == answer.npos || answer.size() < 12) return {};
  return {std::stoi(answer.substr(9, 3)), answer.substr(0, end + 2), answer.substr(end + 4)};
}

}  // namespace picket::test
