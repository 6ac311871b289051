// SPDX-License-Identifier: Apache-2.0
//
// Sinks of a sensor that runs: one alert in all of them, and the account of what one of them had to drop.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sstream>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

constexpr const char* kRule = R"(
- rule: Marked
  desc: Marked files.
  condition: open.path endswith marked-by-outputs-test
  output: "opened %fd.name"
  priority: WARNING
)";

// Somebody of this host who takes what the sensor sends.
class Listener {
 public:
  Listener(const std::string& path, int type) : socket_(socket(AF_UNIX, type | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(0, bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address)) << path;
    if (type == SOCK_STREAM) {
      EXPECT_EQ(0, listen(socket_, 4));
    }
  }
  ~Listener() {
    close(socket_);
    if (connection_ >= 0) close(connection_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // What came, until `wanted` is in it or too much time has passed.
  std::string read_until(const std::string& wanted) {
    std::string text;
    while (text.find(wanted) == std::string::npos) {
      char buffer[65536];
      const ssize_t size = next_from() < 0 ? -1 : recv(next_from(), buffer, sizeof buffer, 0);
      if (size <= 0) break;
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  // The descriptor that something can be read from; -1 when nothing comes.
  int next_from() {
    int accepts = 0;
    socklen_t size = sizeof accepts;
    getsockopt(socket_, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size);
    if (accepts != 0 && connection_ < 0 && waits(socket_)) {
      connection_ = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    }
    const int from = accepts != 0 ? connection_ : socket_;
    return from >= 0 && waits(from) ? from : -1;
  }
  static bool waits(int descriptor) {
    pollfd wanted{descriptor, POLLIN, 0};
    return poll(&wanted, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) > 0;
  }

  int socket_, connection_ = -1;
};

class Outputs : public testing::Test {
 protected:
  SensorOptions options(const std::string& sinks) const {
    return {.rules = kRule, .arguments = {"--control", control_}, .config = "output:\n  sinks:\n" + sinks};
  }

  void open_marked(int times = 1) {
    const std::string file = directory_ / "marked-by-outputs-test";
    write_file(file, "");
    for (int i = 1; i < times; ++i) close(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  }

  Json status() {
    const std::string said = directory_ / "status";
    Child child([&] {
      if (dup2(open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), STDOUT_FILENO) < 0) return 1;
      return execute(picket_binary(), {"picket", "status", "--json", "--control", control_});
    });
    EXPECT_EQ(0, child.wait());
    return Json::parse(read_file(said), nullptr, false);
  }

  Directory directory_;
  const std::string control_ = directory_ / "control";
};

// The first line of the text with the alert of a rule.
Json alert_in(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_object() && json.value("rule", "") == "Marked") return json;
  }
  ADD_FAILURE() << "no alert in: " << text;
  return {};
}

TEST_F(Outputs, OneAlertInAllSinks) {
  const std::string unix = directory_ / "tool", journal = directory_ / "journal", file = directory_ / "alerts.json";
  Listener tool(unix, SOCK_STREAM), daemon(journal, SOCK_DGRAM);
  Sensor sensor(options("    - {type: unix, path: " + unix + "}\n" +  //
                        "    - {type: syslog, to: journal, path: " + journal + ", only: alerts}\n" +
                        "    - {type: file, path: " + file + ", queue: 64K, only: alerts}\n"));
  open_marked();
  const std::string id = sensor.next_alert("Marked").value("id", "none");
  EXPECT_EQ(id, alert_in(tool.read_until("\"rule\":\"Marked\"")).value("id", ""));
  const std::string datagram = daemon.read_until("PICKET_RULE=Marked");
  EXPECT_NE(std::string::npos, datagram.find("PICKET_ID=" + id + "\n")) << datagram;
  EXPECT_NE(std::string::npos, datagram.find("PRIORITY=4\n")) << datagram;
  EXPECT_TRUE(wait_until([&] { return read_file(file).ends_with('\n'); }));
  EXPECT_EQ(id, alert_in(read_file(file)).value("id", ""));
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
}

// Nobody listens: the queue fills up, what it has no room for is counted, in the status and in an event.
TEST_F(Outputs, WhatASinkDropsIsSaid) {
  constexpr int kOpens = 200;
  Sensor sensor(
      options("    - {type: unix, name: nobody, path: " + (directory_ / "nobody") + ", queue: 64K, only: alerts}\n"));
  open_marked(kOpens);
  for (int i = 0; i < kOpens; ++i) sensor.next_alert("Marked");
  const Json shown = status();
  Json account;
  for (const Json& sink : shown.at("outputs")) {
    if (sink.value("name", "") == "nobody") account = sink;
  }
  ASSERT_TRUE(account.is_object()) << shown;
  EXPECT_EQ(kOpens, account.at("produced"));
  EXPECT_EQ(0, account.at("delivered"));
  const std::int64_t dropped = account.at("dropped").at("queue_full");
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(kOpens, account.at("queued").get<std::int64_t>() + dropped) << account;
  sensor.stop();
  const std::string log = sensor.log();
  EXPECT_NE(std::string::npos, log.find("nobody lost 200 of 200 ")) << log;
  Json said;
  for (const Json& line : sensor.alerts()) {
    if (line.contains("event") && line.at("event").value("kind", "") == "undelivered") said = line.at("event");
  }
  ASSERT_TRUE(said.is_object()) << "no event of what was dropped";
  EXPECT_EQ("nobody", said.at("undelivered").value("output", ""));
  EXPECT_EQ(dropped, said.at("undelivered").at("causes").value("queue_full", 0)) << said;
}

}  // namespace
}  // namespace picket::test
