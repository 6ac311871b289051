// SPDX-License-Identifier: Apache-2.0
//
// Sockets of this host: what gets across whole, what happens when nobody listens, and what the journal is told.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

#include "exporters/sink/sink.h"
#include "exporters/sink/syslog.h"
#include "tests/support/line_writer.h"
#include "tests/support/temporary_directory.h"

namespace picket {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Who listens.
class Listener {
 public:
  Listener(const std::string& path, int type) : socket_(socket(AF_UNIX, type | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    unlink(path.c_str());
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    if (type == SOCK_STREAM) {
      EXPECT_EQ(listen(socket_, 4), 0);
    }
  }
  ~Listener() {
    close(socket_);
    if (connection_ >= 0) close(connection_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Of a stream: what comes until there are so many bytes, or nothing for ten seconds.
  std::string read_stream(std::size_t bytes) {
    if (connection_ < 0) {
      pollfd wanted{socket_, POLLIN, 0};
      if (poll(&wanted, 1, 10'000) > 0) connection_ = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    }
    std::string text;
    while (text.size() < bytes) {
      pollfd wanted{connection_, POLLIN, 0};
      char buffer[4096];
      if (poll(&wanted, 1, 10'000) <= 0) break;
      const ssize_t size = read(connection_, buffer, std::min(sizeof buffer, bytes - text.size()));
      if (size <= 0) break;
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }

  // Of datagrams: the next one, or the file that it brings.
  std::string read_datagram() {
    std::string text(1u << 20, '\0');
    iovec part{text.data(), text.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    pollfd wanted{socket_, POLLIN, 0};
    if (poll(&wanted, 1, 10'000) <= 0) return "nothing came";
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, recvmsg(socket_, &header, MSG_CMSG_CLOEXEC))));
    const cmsghdr* const passed = CMSG_FIRSTHDR(&header);
    return passed == nullptr ? text : read_file_of(*passed);
  }

 private:
  static std::string read_file_of(const cmsghdr& passed) {
    int file = -1;
    std::memcpy(&file, CMSG_DATA(&passed), sizeof file);
    struct stat status {};
    EXPECT_EQ(fstat(file, &status), 0);
    EXPECT_EQ(fcntl(file, F_GET_SEALS) & F_SEAL_WRITE, F_SEAL_WRITE) << "journald takes sealed ones only";
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    EXPECT_EQ(pread(file, text.data(), text.size(), 0), status.st_size);
    close(file);
    return text;
  }

  int socket_, connection_ = -1;
};

class SocketTest : public testing::Test {
 protected:
  SocketTest() { path_ = directory_ / "socket"; }

  std::unique_ptr<Sink> make_sink(std::string_view type, std::vector<std::pair<std::string, std::string>> keys = {}) {
    keys.emplace_back("path", path_.string());
    auto destination = test::make_destination(type, keys);
    if (!destination) ADD_FAILURE() << destination.error().message;
    if (!destination) return nullptr;
    return std::make_unique<Sink>(SinkTraits{.name = "test", .queue_bytes = 8u << 20, .labels = true},
                                  std::move(*destination));
  }

  static void offer(Sink& sink, const Message& message) { sink.take({&message, 1}); }
  static void end(Sink& sink, milliseconds patience = seconds{10}) {
    sink.stop(steady_clock::now() + patience);
    sink.join();
  }

  test::TemporaryDirectory temporary_;
  const fs::path directory_ = temporary_.path();
  fs::path path_;
};

TEST_F(SocketTest, LinesInOrderAndWhole) {
  Listener listener(path_, SOCK_STREAM);
  const auto sink = make_sink("unix");
  std::string all;
  for (int i = 0; i < 500; ++i) {
    const std::string line = std::to_string(i) + std::string(static_cast<std::size_t>(i * 13 % 3000), 'x') + "\n";
    offer(*sink, {.text = line});
    all += line;
  }
  EXPECT_TRUE(listener.read_stream(all.size()) == all);
  end(*sink);
  EXPECT_EQ(sink->counts().delivered, 500u);
}

// A line that is larger than what the socket takes at once.
TEST_F(SocketTest, ALineInManyParts) {
  Listener listener(path_, SOCK_STREAM);
  const auto sink = make_sink("unix");
  const std::string line = std::string(3'000'000, 'x') + "\n";
  offer(*sink, {.text = line});
  offer(*sink, {.text = "next\n"});
  EXPECT_TRUE(listener.read_stream(line.size() + 5) == line + "next\n");
  end(*sink);
  EXPECT_EQ(sink->counts().delivered, 2u);
}

// Nobody listens yet: it is kept. Somebody else listens later: what the first one did not get whole comes whole.
TEST_F(SocketTest, WaitsForWhoListens) {
  const auto sink = make_sink("unix");
  offer(*sink, {.text = "early\n"});
  std::this_thread::sleep_for(milliseconds{150});
  EXPECT_EQ(sink->counts().queued, 1u);
  EXPECT_EQ(sink->counts().error, path_.string() + ": No such file or directory");
  const std::string large = std::string(2'000'000, 'x') + "\n";
  {
    Listener first(path_, SOCK_STREAM);
    EXPECT_EQ(first.read_stream(6), "early\n");
    const auto end = steady_clock::now() + seconds{30};  // what has arrived may not have been noted yet
    while (!sink->counts().error.empty() && steady_clock::now() < end) std::this_thread::sleep_for(milliseconds{1});
    EXPECT_EQ(sink->counts().error, "");
    offer(*sink, {.text = large});
    EXPECT_EQ(first.read_stream(1000), std::string(1000, 'x'));
  }
  Listener second(path_, SOCK_STREAM);
  EXPECT_TRUE(second.read_stream(large.size()) == large);
  end(*sink);
  const LedgerCounts counts = sink->counts();
  EXPECT_EQ(counts.delivered, 2u);
  EXPECT_EQ(counts.all_dropped(), 0u);
}

TEST_F(SocketTest, NobodyEverListens) {
  const auto sink = make_sink("unix");
  for (int i = 0; i < 10; ++i) offer(*sink, {.text = "line\n"});
  end(*sink, milliseconds{50});
  const LedgerCounts counts = sink->counts();
  EXPECT_EQ(counts.dropped_of(DropCause::shutdown), 10u);
  EXPECT_EQ(counts.last_error, path_.string() + ": No such file or directory");
}

TEST_F(SocketTest, Journal) {
  Listener listener(path_, SOCK_DGRAM);
  const auto sink = make_sink("syslog", {{"to", "journal"}, {"facility", "authpriv"}});
  offer(*sink, {.id = 0x1f,
                .priority = Priority::Critical,
                .text = "{\"a\":1}\n",
                .rule = "two\nlines",
                .kind = "open",
                .container = "c0ffee",
                .process = "b007-1"});
  EXPECT_EQ(listener.read_datagram(),
            "PRIORITY=2\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=picket\nPICKET_TYPE=alert\n"
            "PICKET_ID=000000000000001f\nPICKET_RULE\n" +
                std::string("\x09\0\0\0\0\0\0\0", 8) +
                "two\nlines\nPICKET_KIND=open\nPICKET_CONTAINER=c0ffee\nPICKET_PROCESS=b007-1\nMESSAGE={\"a\":1}\n");
  offer(*sink, {.type = MessageType::Notice, .text = "a\nb\n"});
  EXPECT_EQ(listener.read_datagram(),
            "PRIORITY=5\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=picket\nPICKET_TYPE=notice\nMESSAGE\n" +
                std::string("\x03\0\0\0\0\0\0\0", 8) + "a\nb\n");
  end(*sink);
  EXPECT_EQ(sink->counts().delivered, 2u);
}

TEST_F(SocketTest, JournalGetsLargeOnesAsAFile) {
  Listener listener(path_, SOCK_DGRAM);
  const auto sink = make_sink("syslog", {{"to", "journal"}});
  const std::string large(1'500'000, 'x');
  offer(*sink, {.text = large + "\n"});
  const std::string got = listener.read_datagram();
  EXPECT_TRUE(got.ends_with("MESSAGE=" + large + "\n")) << got.size();
  end(*sink);
  EXPECT_EQ(sink->counts().delivered, 1u);
}

TEST_F(SocketTest, Syslog) {
  Listener listener(path_, SOCK_DGRAM);
  const auto sink = make_sink("syslog", {{"to", "syslog"}, {"facility", "local0"}});
  offer(*sink, {.text = std::string(1'500'000, 'x')});
  offer(*sink, {.priority = Priority::Warning, .text = "one\n"});
  const std::string got = listener.read_datagram();
  EXPECT_TRUE(got.starts_with("<132>")) << got;
  EXPECT_TRUE(got.ends_with(" picket[" + std::to_string(getpid()) + "]: one")) << got;
  end(*sink);
  const LedgerCounts counts = sink->counts();
  EXPECT_EQ(counts.delivered, 1u);
  EXPECT_EQ(counts.dropped_of(DropCause::too_large), 1u);
}

TEST_F(SocketTest, SyslogThatComesBack) {
  auto listener = std::make_unique<Listener>(path_, SOCK_DGRAM);
  const auto sink = make_sink("syslog", {{"to", "syslog"}});
  offer(*sink, {.text = "one\n"});
  EXPECT_TRUE(listener->read_datagram().ends_with(": one"));
  listener.reset();
  offer(*sink, {.text = "two\n"});
  std::this_thread::sleep_for(milliseconds{50});
  listener = std::make_unique<Listener>(path_, SOCK_DGRAM);
  EXPECT_TRUE(listener->read_datagram().ends_with(": two"));
  end(*sink);
  EXPECT_EQ(sink->counts().delivered, 2u);
}

TEST(Syslog, Line) {
  setenv("TZ", "UTC", 1);
  tzset();
  std::string line;
  append_syslog_line(line, {.priority = Priority::Emergency, .text = "text\n"}, 3, 1'785'000'000, 812);
  EXPECT_EQ(line, "<24>Jul 25 17:20:00 picket[812]: text");
}

TEST(Syslog, WhatDoesNotGoTogether) {
  const auto made = test::make_destination("syslog", {{"path", "/tmp/x"}});
  EXPECT_EQ(made ? "" : made.error().message, "path is given, and not what is spoken there");
  EXPECT_FALSE(check_facility("kern")) << "the kernel's own";
  EXPECT_FALSE(check_syslog_protocol("journald"));
  EXPECT_FALSE(check_socket_path("/" + std::string(107, 'x')));
  EXPECT_TRUE(check_socket_path("/" + std::string(106, 'x')));
}

}  // namespace
}  // namespace picket
