// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/line_sink.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace picket {
namespace {

// How long a reader that does not read may hold up the sensor, before its lines are dropped.
constexpr std::chrono::milliseconds kPatience{1000};

std::size_t count_lines(std::string_view lines) {
  return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
}

}  // namespace

// A line that could not be written whole is dropped, and those behind it are tried: a shorter one may fit.
void LineSink::write(std::string_view lines, std::size_t count) {
  while (!lines.empty()) {
    std::size_t written = 0;
    int error = end_torn_line();
    if (error == 0) error = put(lines, written);
    const std::size_t whole = lines.substr(0, written).rfind('\n') + 1;  // npos + 1 is 0
    const std::size_t done = error == 0 ? count : count_lines(lines.substr(0, whole));
    wrote(done);
    if (error == 0) return;
    if (written != whole) torn_ = !take_back(written - whole);
    failed(error);
    count -= done + 1;
    const std::size_t dropped = lines.find('\n', whole);
    lines.remove_prefix(dropped == lines.npos ? lines.size() : dropped + 1);
  }
}

// A torn line cannot be mended, but the next one must not be lost in it.
int LineSink::end_torn_line() {
  std::size_t written = 0;
  const int error = torn_ ? put("\n", written) : 0;
  torn_ = torn_ && error != 0;
  return error;
}

void LineSink::wrote(std::size_t count) {
  if (count == 0) return;
  counters_.written += count;
  if (error_ != 0) spdlog::info("{}: writing again, {} lines were dropped so far", name_, counters_.dropped);
  error_ = 0;
}

// Writes all of it, or returns why not.
int LineSink::put(std::string_view bytes, std::size_t& written) {
  while (written < bytes.size()) {
    const ssize_t size = ::write(descriptor_, bytes.data() + written, bytes.size() - written);
    if (size > 0) {
      written += static_cast<std::size_t>(size);
    } else if (size == 0) {
      return EIO;  // nothing was written and nothing was wrong: not to be tried for ever
    } else if (errno == EAGAIN) {
      if (const int error = wait_until_writable(); error != 0) return error;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

// For descriptors that do not block. A sink that already fails is not waited for again: one slow reader must not cost
// the sensor a second for each line.
int LineSink::wait_until_writable() {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + (error_ == 0 ? kPatience : std::chrono::milliseconds{0});
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    pollfd wanted{descriptor_, POLLOUT, 0};
    const int ready = poll(&wanted, 1, std::max(0, static_cast<int>(left.count())));
    if (ready > 0) return 0;  // writable, or broken: write() tells
    if (ready == 0) return EAGAIN;
    if (errno != EINTR) return errno;
  }
}

void LineSink::failed(int error) {
  ++counters_.dropped;
  if (error == error_) return;
  counters_.last_error = error == EAGAIN ? "nobody reads it" : std::generic_category().message(error);
  if (error_ == 0) spdlog::error("{}: {}: lines are dropped", name_, counters_.last_error);
  error_ = error;
}

}  // namespace picket
