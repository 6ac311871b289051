// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "exporters/sink/standard_output.h"
#include "tests/support/line_writer.h"

namespace picket {
namespace {

class DescriptorSinkTest : public testing::Test {
 protected:
  DescriptorSinkTest() {
    std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    sink_ = std::make_unique<test::LineWriter>(open_descriptor(ends_[1]));
  }
  ~DescriptorSinkTest() override {
    close_reader();
    close(ends_[1]);
  }

  void close_reader() {
    if (ends_[0] >= 0) close(ends_[0]);
    ends_[0] = -1;
  }
  void do_not_block() { fcntl(ends_[1], F_SETFL, O_NONBLOCK); }

  // All that is in the pipe now.
  std::string read_all() {
    std::string all;
    pollfd readable{ends_[0], POLLIN, 0};
    while (poll(&readable, 1, 0) > 0) {
      char bytes[4096];
      const ssize_t size = read(ends_[0], bytes, sizeof bytes);
      if (size <= 0) break;
      all.append(bytes, static_cast<std::size_t>(size));
    }
    return all;
  }

  int ends_[2] = {-1, -1};
  std::unique_ptr<test::LineWriter> sink_;
};

TEST_F(DescriptorSinkTest, WritesLines) {
  sink_->write("one\n", 1);
  sink_->write("two\n", 1);
  EXPECT_EQ(read_all(), "one\ntwo\n") << "without a flush: nothing is kept back";
  EXPECT_EQ(sink_->counters().written, 2u);
  EXPECT_EQ(sink_->counters().dropped, 0u);
}

TEST_F(DescriptorSinkTest, WritesSeveralLines) {
  sink_->write("one\ntwo\n\nthree\n", 4);
  EXPECT_EQ(read_all(), "one\ntwo\n\nthree\n");
  EXPECT_EQ(sink_->counters().written, 4u);
}

// Those that got out whole are written, the one that did not is dropped, and so are those behind it.
TEST_F(DescriptorSinkTest, ReaderThatTakesSomeOfSeveralLines) {
  do_not_block();
  const std::string line = std::string(1499, 'x') + "\n";
  sink_->write(line + line + line + line, 4);  // into 4096 bytes
  EXPECT_EQ(sink_->counters().written, 2u);
  EXPECT_EQ(sink_->counters().dropped, 2u);
  EXPECT_EQ(read_all(), line + line + std::string(1096, 'x'));
  sink_->write("again\nand again\n", 2);
  EXPECT_EQ(read_all(), "\nagain\nand again\n");
  EXPECT_EQ(sink_->counters().written, 4u);
}

// A line larger than the pipe arrives whole: short writes, EAGAIN and all.
TEST_F(DescriptorSinkTest, WaitsForASlowReader) {
  for (const bool blocking : {true, false}) {
    if (!blocking) do_not_block();
    const std::string line = std::string(300'000, 'x') + "\n";
    std::string received;
    std::thread reader([this, &received, &line] {
      char bytes[1000];
      while (received.size() < line.size()) {
        const ssize_t size = read(ends_[0], bytes, sizeof bytes);
        if (size <= 0) break;
        received.append(bytes, static_cast<std::size_t>(size));
      }
    });
    sink_->write(line, 1);
    reader.join();
    EXPECT_TRUE(received == line);
  }
  EXPECT_EQ(sink_->counters().written, 2u);
}

TEST_F(DescriptorSinkTest, ReaderThatWentAway) {
  close_reader();
  sink_->write("one\n", 1);
  sink_->write("two\n", 1);
  EXPECT_EQ(sink_->counters().written, 0u);
  EXPECT_EQ(sink_->counters().dropped, 2u);
  EXPECT_EQ(sink_->counters().last_error, "Broken pipe");
}

// The first line that nobody takes is waited for a second, the next ones not at all; and when somebody reads again, the
// half line that got out is ended before the next one begins.
TEST_F(DescriptorSinkTest, ReaderThatDoesNotRead) {
  using Clock = std::chrono::steady_clock;
  do_not_block();
  const std::string line = std::string(6000, 'x') + "\n";
  const auto begin = Clock::now();
  sink_->write(line, 1);
  const auto first = Clock::now();
  for (int i = 0; i < 99; ++i) sink_->write(line, 1);
  const auto last = Clock::now();
  EXPECT_GE(first - begin, std::chrono::milliseconds(900));
  EXPECT_LT(last - first, std::chrono::milliseconds(500));
  EXPECT_EQ(sink_->counters().dropped, 100u);
  EXPECT_EQ(sink_->counters().last_error, "nobody reads it");

  EXPECT_EQ(read_all(), std::string(4096, 'x'));
  sink_->write("again\n", 1);
  EXPECT_EQ(read_all(), "\nagain\n");
  EXPECT_EQ(sink_->counters().written, 1u);
}

void do_nothing(int) {}

TEST_F(DescriptorSinkTest, SignalsDoNotTearLines) {
  struct sigaction action {};
  action.sa_handler = do_nothing;  // without SA_RESTART: write() and poll() give EINTR
  sigaction(SIGUSR1, &action, nullptr);
  for (const bool blocking : {true, false}) {
    if (!blocking) do_not_block();
    const std::string line = std::string(100'000, 'y') + "\n";
    const pthread_t writer = pthread_self();
    std::string received;
    std::thread reader([&] {
      while (received.size() < line.size()) {
        pthread_kill(writer, SIGUSR1);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        received += read_all();
      }
    });
    sink_->write(line, 1);
    reader.join();
    EXPECT_TRUE(received == line);
  }
  EXPECT_EQ(sink_->counters().dropped, 0u);
}

TEST(DescriptorSink, FullDevice) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  const auto sink = std::make_unique<test::LineWriter>(open_descriptor(full));
  for (int i = 0; i < 3; ++i) sink->write("line\n", 1);
  EXPECT_EQ(sink->counters().written, 0u);
  EXPECT_EQ(sink->counters().dropped, 3u);
  EXPECT_EQ(sink->counters().last_error, "No space left on device");
  close(full);
}

}  // namespace
}  // namespace picket
