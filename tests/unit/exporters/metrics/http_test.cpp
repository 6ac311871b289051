// SPDX-License-Identifier: Apache-2.0
//
// The responder: requests of all sorts, and clients that are slow, silent, many, or gone.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "exporters/metrics/http_server.h"

namespace picket {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using State = HttpRequest::State;

TEST(HttpRequest, IsReadOrRefused) {
  struct Row {
    std::string bytes;
    State state;
    std::string path = {};
    bool head = false;
  };
  const Row rows[] = {
      {"", State::Incomplete},
      {"GET /metrics HTTP/1.1\r\nHost: a\r\n", State::Incomplete},
      {"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", State::Complete, "/metrics"},
      {"GET /metrics HTTP/1.0\n\n", State::Complete, "/metrics"},
      {"GET /healthz?verbose=1 HTTP/1.1\r\n\r\n", State::Complete, "/healthz"},
      {"HEAD / HTTP/1.1\r\n\r\n", State::Complete, "/", true},
      {"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n", State::Complete, "/a"},
      {"POST /metrics HTTP/1.1\r\n\r\n", State::WrongMethod},
      {"GET /metrics HTTP/2.0\r\n\r\n", State::Malformed},
      {"GET /metrics\r\n\r\n", State::Malformed},
      {"GET http://a/metrics HTTP/1.1\r\n\r\n", State::Malformed},
      {"GET /a b HTTP/1.1\r\n\r\n", State::Malformed},
      {"GET  / HTTP/1.1\r\n\r\n", State::Malformed},
      {"GET /\x01 HTTP/1.1\r\n\r\n", State::Malformed},
      {"GET /\xff HTTP/1.1\r\n\r\n", State::Malformed},
      {std::string("GET /\0 HTTP/1.1\r\n\r\n", 19), State::Malformed},
      {"\r\n\r\n", State::Malformed},
      {"\n\n", State::Malformed},
      {"\x16\x03\x01 a TLS client\n\n", State::Malformed},
      {std::string(kMostRequestBytes - 1, 'a'), State::Incomplete},
      {std::string(kMostRequestBytes, 'a'), State::TooLarge},
  };
  for (const Row& row : rows) {
    const HttpRequest request = read_http_request(row.bytes);
    EXPECT_EQ(request.state, row.state) << row.bytes;
    if (request.state != State::Complete) continue;
    EXPECT_EQ(request.path, row.path) << row.bytes;
    EXPECT_EQ(request.head, row.head) << row.bytes;
  }
}

// Any bytes are safe, and a path that is returned is plain.
TEST(HttpRequest, RandomBytes) {
  std::mt19937 random(1);
  const std::string pieces[] = {"GET ", "HEAD ", "/", "/metrics", " HTTP/1.1", "\r\n", "\n",
                                "\r",   " ",     "?", "\x80",     "HTTP/1.0",  "a"};
  for (int round = 0; round < 100'000; ++round) {
    std::string bytes;
    for (auto i = random() % 12; i != 0; --i) bytes += pieces[random() % std::size(pieces)];
    const HttpRequest request = read_http_request(bytes);
    if (request.state != State::Complete) continue;
    EXPECT_TRUE(request.path.starts_with('/'));
    EXPECT_EQ(request.path.find_first_of(" ?\r\n\x80"), request.path.npos);
  }
}

TEST(ListenAddress, IsANumberWithAPort) {
  for (const char* good : {"127.0.0.1:9765", "0.0.0.0:1", "[::1]:65535", "[::]:80"}) {
    EXPECT_TRUE(parse_listen_address(good)) << good;
  }
  EXPECT_EQ(port_of(*parse_listen_address("[::1]:9765")), 9765);
  for (const char* bad : {"", ":", "9765", ":9765", "localhost:9765", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                          "127.0.0.1:-1", "127.0.0.1:1 ", "::1:80", "[::1]", "[]:1", "[127.0.0.1]:1", "256.0.0.1:1"}) {
    const auto parsed = parse_listen_address(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_THAT(parsed.error().message, HasSubstr(std::string("got '") + bad + "'"));
  }
}

class Http : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = HttpServer::open(*parse_listen_address("127.0.0.1:0"), [this](std::string_view path) {
      ++asked_;
      if (path == "/large") return HttpAnswer{.body = std::string(8u << 20, 'x')};
      if (path == "/no") return HttpAnswer{.status = 503, .body = "no\n"};
      return HttpAnswer{.body = "this is " + std::string(path) + "\n"};
    });
    ASSERT_TRUE(opened) << opened.error().message;
    server_ = std::move(*opened);
  }

  int connect() const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server_->port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    return socket;
  }
  static void say(int socket, std::string_view text) { ::send(socket, text.data(), text.size(), MSG_NOSIGNAL); }
  // All until the server hangs up.
  static std::string hear(int socket) {
    std::string heard;
    char bytes[65536];
    for (ssize_t size; (size = ::recv(socket, bytes, sizeof bytes, 0)) > 0;)
      heard.append(bytes, static_cast<std::size_t>(size));
    ::close(socket);
    return heard;
  }
  std::string ask(std::string_view request) const {
    const int socket = connect();
    say(socket, request);
    return hear(socket);
  }
  std::string get(const std::string& path) const { return ask("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"); }

  std::atomic<int> asked_ = 0;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(Http, Answers) {
  EXPECT_EQ(get("/metrics"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 17\r\n"
            "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nthis is /metrics\n");
  EXPECT_THAT(get("/no"), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  const std::string head = ask("HEAD /metrics HTTP/1.0\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: 17\r\n"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST_F(Http, RefusesWhatIsNoRequest) {
  EXPECT_THAT(ask("DELETE / HTTP/1.1\r\n\r\n"), HasSubstr("405 Method Not Allowed"));
  EXPECT_THAT(ask("DELETE / HTTP/1.1\r\n\r\n"), HasSubstr("Allow: GET, HEAD"));
  EXPECT_THAT(ask("garbage\n\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask(std::string(100'000, 'a')), testing::AnyOf(StartsWith("HTTP/1.1 431 "), ""));
  EXPECT_EQ(asked_, 0);
}

TEST_F(Http, ARequestMayComeInPieces) {
  const int socket = connect();
  for (const char c : std::string_view("GET /slow HTTP/1.1\r\n\r\n")) {
    say(socket, {&c, 1});
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_THAT(hear(socket), HasSubstr("this is /slow"));
}

TEST_F(Http, ALargeAnswerArrivesWhole) { EXPECT_GT(get("/large").size(), 8u << 20); }

TEST_F(Http, SilentClientsHoldUpNobody) {
  std::vector<int> silent;
  for (std::size_t i = 0; i < 3 * HttpServer::kMostClients; ++i) silent.push_back(connect());
  const int deaf = connect();  // asks for much and reads nothing
  say(deaf, "GET /large HTTP/1.1\r\n\r\n");
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_THAT(get("/metrics"), HasSubstr("this is /metrics"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, HttpServer::kPatience);
  for (const int socket : silent) ::close(socket);
  ::close(deaf);
}

TEST_F(Http, HangsUpOnWhoSaysNothing) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(hear(connect()), "");
  EXPECT_GE(std::chrono::steady_clock::now() - start, HttpServer::kPatience - std::chrono::milliseconds(100));
}

TEST_F(Http, ClientsThatGoAwayAreForgotten) {
  for (int i = 0; i < 30; ++i) {
    const int socket = connect();
    if (i % 2 == 0) say(socket, "GET /large HTTP/1.1\r\n\r\n");
    const linger reset{1, 0};
    if (i % 3 == 0) ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(socket);
  }
  EXPECT_THAT(get("/metrics"), HasSubstr("this is /metrics"));
}

TEST_F(Http, AnAddressInUseIsAnErrorThatSaysSo) {
  const std::string address = "127.0.0.1:" + std::to_string(server_->port());
  const auto second = HttpServer::open(*parse_listen_address(address), [](std::string_view) { return HttpAnswer{}; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "metrics: cannot listen on " + address + ": Address already in use");
  EXPECT_EQ(second.error().hint, "another program listens there: say another address in metrics.listen");
}

TEST_F(Http, EndsWhileClientsAreThere) {
  const int socket = connect();
  const auto start = std::chrono::steady_clock::now();
  server_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_EQ(hear(socket), "");
}

}  // namespace
}  // namespace picket
