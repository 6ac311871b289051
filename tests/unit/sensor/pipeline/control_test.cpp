// SPDX-License-Identifier: Apache-2.0
//
// The control socket: one request, one answer, and nobody who keeps it busy.
#include "sensor/pipeline/control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

namespace picket {
namespace {

using testing::HasSubstr;

class Control : public testing::Test {
 protected:
  Control() { std::filesystem::remove_all(directory_); }
  ~Control() override { std::filesystem::remove_all(directory_); }

  // The sensor's side: answers each request with `verdict` and the request itself.
  void serve_one(ControlSocket& socket, Verdict verdict, const std::string& more = "") {
    bool served = false;
    for (int i = 0; i < 2000 && !served; ++i) {
      socket.serve(++now_, [&](const Request& request) {
        socket.answer(request.client, {verdict, request.text + more});
        served = true;
      });
      usleep(1000);
    }
    EXPECT_TRUE(served);
  }

  int connect() const {
    const int socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(0, ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address));
    return socket;
  }
  static bool hung_up(int socket) {
    char byte;
    return ::recv(socket, &byte, 1, MSG_DONTWAIT) == 0;
  }

  const std::filesystem::path directory_ = testing::TempDir() + "picket-control-" + std::to_string(getpid());
  const std::string path_ = directory_ / "control.sock";
  std::uint64_t now_ = 0;
};

TEST_F(Control, EveryVerdictComesBack) {
  auto socket = ControlSocket::open(path_);
  ASSERT_TRUE(socket) << socket.error().message;
  struct stat status {};
  ASSERT_EQ(0, stat(path_.c_str(), &status));
  EXPECT_EQ(0600u, status.st_mode & 0777);
  for (const Verdict verdict : {Verdict::Done, Verdict::Rules, Verdict::Failed}) {
    std::thread sensor([&] { serve_one(**socket, verdict, "!\nsecond line\n"); });
    const auto answer = ask_sensor(path_, "reload");
    sensor.join();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(verdict, answer->verdict);
    EXPECT_EQ("reload!\nsecond line\n", answer->text);
  }
  socket->reset();
  EXPECT_FALSE(std::filesystem::exists(path_)) << "it is removed at the end";
}

TEST_F(Control, ALongAnswerIsCutOff) {
  auto socket = ControlSocket::open(path_);
  ASSERT_TRUE(socket);
  std::thread sensor([&] { serve_one(**socket, Verdict::Rules, std::string(1'000'000, 'x')); });
  const auto answer = ask_sensor(path_, "reload");
  sensor.join();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(60'000u, answer->text.size());
}

TEST_F(Control, WithoutASensor) {
  EXPECT_THAT(ask_sensor(path_, "reload").error().hint, HasSubstr("no sensor runs there"));
  EXPECT_THAT(ask_sensor(std::string(200, 'x'), "reload").error().message, HasSubstr("too long"));
}

TEST_F(Control, OneOfADeadSensorIsReplacedAndOneOfAnotherIsNot) {
  {
    auto first = ControlSocket::open(path_);
    ASSERT_TRUE(first);
    EXPECT_THAT(ControlSocket::open(path_).error().message, HasSubstr("another sensor does"));
    std::filesystem::rename(path_, path_ + ".kept");
  }
  std::filesystem::rename(path_ + ".kept", path_);  // as a killed sensor leaves it
  EXPECT_TRUE(ControlSocket::open(path_));
  std::filesystem::remove_all(directory_);
  std::filesystem::create_directories(path_);
  EXPECT_FALSE(ControlSocket::open(path_)) << "something else stands there";
}

TEST_F(Control, NobodyKeepsItBusy) {
  auto socket = ControlSocket::open(path_);
  ASSERT_TRUE(socket);
  const auto none = [](const Request&) { ADD_FAILURE() << "nobody asked"; };
  std::vector<int> silent;
  for (std::size_t i = 0; i < ControlSocket::kMostClients; ++i) silent.push_back(connect());
  (*socket)->serve(1, none);
  const int late = connect();
  (*socket)->serve(2, none);
  EXPECT_TRUE(hung_up(late)) << "too many";
  EXPECT_FALSE(hung_up(silent[0]));
  (*socket)->serve(1 + ControlSocket::kSpeakWithinNs, none);
  for (const int client : silent) EXPECT_TRUE(hung_up(client)) << "said nothing";

  // One that asks and goes away.
  const int gone = connect();
  ASSERT_EQ(6, ::send(gone, "reload", 6, 0));
  std::uint64_t asked = 0;
  (*socket)->serve(now_ += 10, [&](const Request& request) { asked = request.client; });
  ::close(gone);
  (*socket)->serve(now_ += 10, none);
  EXPECT_NE(0u, asked);
  (*socket)->answer(asked, {Verdict::Done, "too late"});

  // One that goes on talking.
  const int chatty = connect();
  ASSERT_EQ(6, ::send(chatty, "reload", 6, 0));
  (*socket)->serve(now_ += 10, [](const Request&) {});
  ASSERT_EQ(6, ::send(chatty, "reload", 6, 0));
  (*socket)->serve(now_ += 10, none);
  EXPECT_TRUE(hung_up(chatty));
  for (const int client : silent) ::close(client);
  ::close(late);
  ::close(chatty);
}

}  // namespace
}  // namespace picket
