// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/line_destination.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace picket {
namespace {

// How long a reader that does not read may hold up who writes, before messages are dropped.
constexpr std::chrono::milliseconds kPatience{1000};

// The messages from the first on whose texts lie one behind the other, and all their text.
struct Block {
  std::size_t count = 0;
  std::string_view text;
};

Block first_block(std::span<const Message> messages) {
  Block block{.count = 1, .text = messages.front().text};
  while (block.count < messages.size() && messages[block.count].text.data() == block.text.data() + block.text.size()) {
    block.text = {block.text.data(), block.text.size() + messages[block.count].text.size()};
    ++block.count;
  }
  return block;
}

// How many messages from the first on lie whole in so many bytes, which is changed to what these have.
std::size_t whole_in(std::span<const Message> messages, std::size_t& bytes) {
  std::size_t count = 0, whole = 0;
  while (count < messages.size() && whole + messages[count].text.size() <= bytes)
    whole += messages[count++].text.size();
  bytes = whole;
  return count;
}

}  // namespace

// A message that could not be written whole is dropped, and those behind it are tried: a shorter one may fit.
std::size_t LineDestination::send(std::span<const Message> messages, Ledger& ledger) {
  for (auto rest = messages; !rest.empty();) {
    const Block block = first_block(rest);
    std::size_t written = 0;
    int error = end_torn_line();
    if (error == 0) error = put(block.text, written);
    std::size_t whole = written;
    const std::size_t done = error == 0 ? block.count : whole_in(rest.first(block.count), whole);
    settle(rest.first(done), ledger);
    rest = rest.subspan(done);
    if (error == 0) continue;
    if (written != whole) torn_ = !take_back(written - whole);
    fail(error, 1, ledger);
    rest = rest.subspan(1);
  }
  return messages.size();
}

void LineDestination::settle(std::span<const Message> messages, Ledger& ledger) {
  if (messages.empty()) return;
  if (const int error = complete(); error != 0) return fail(error, messages.size(), ledger);
  ledger.delivered(messages);
  if (std::exchange(error_, 0) != 0) ledger.set_error("");
}

// A torn line cannot be mended, but the next one must not be lost in it.
int LineDestination::end_torn_line() {
  std::size_t written = 0;
  const int error = torn_ ? put("\n", written) : 0;
  torn_ = torn_ && error != 0;
  return error;
}

// Writes all of it, or returns why not.
int LineDestination::put(std::string_view bytes, std::size_t& written) {
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

// For descriptors that do not block. One that already fails is not waited for again: one slow reader must not cost the
// sensor a second for each line.
int LineDestination::wait_until_writable() {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + (error_ == 0 ? kPatience : std::chrono::milliseconds{0});
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    pollfd wanted{descriptor_, POLLOUT, 0};
    const int ready = ::poll(&wanted, 1, std::max(0, static_cast<int>(left.count())));
    if (ready > 0) return 0;  // writable, or broken: write() tells
    if (ready == 0) return EAGAIN;
    if (errno != EINTR) return errno;
  }
}

void LineDestination::fail(int error, std::size_t count, Ledger& ledger) {
  ledger.dropped(DropCause::sink_error, count);
  if (error == error_) return;
  error_ = error;
  ledger.set_error(error == EAGAIN ? "nobody reads it" : std::generic_category().message(error));
}

}  // namespace picket
