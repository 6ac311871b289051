// SPDX-License-Identifier: Apache-2.0
//
// A message that the socket takes in parts is not taken over before all of it is with the kernel: it is offered again
// until then, and sent from its beginning when the connection was lost between. So nothing has to be kept here.
#include "exporters/sink/unix_socket.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace picket {
namespace {

constexpr std::size_t kTogether = 64;  // messages in one system call

class UnixSocketDestination final : public Destination {
 public:
  explicit UnixSocketDestination(std::string path) : socket_(std::move(path), SOCK_STREAM) {}

  std::size_t send(std::span<const Message> messages, Ledger& ledger) override;
  void poll(Ledger& ledger, std::chrono::milliseconds wait) override;
  bool flush(Ledger& /*ledger*/, std::chrono::milliseconds /*wait*/) override { return true; }
  void reopen() override {
    socket_.reset();
    begun_ = 0;
  }

 private:
  ssize_t write(int descriptor, std::span<const Message> messages) const;

  LocalSocket socket_;
  std::size_t begun_ = 0;  // bytes of the first message that will be offered which this connection has already
};

ssize_t UnixSocketDestination::write(int descriptor, std::span<const Message> messages) const {
  std::array<iovec, kTogether> parts;
  std::size_t count = 0;
  for (const Message& message : messages.first(std::min(messages.size(), kTogether))) {
    const std::string_view text = message.text.substr(count == 0 ? begun_ : 0);
    parts[count++] = {const_cast<char*>(text.data()), text.size()};
  }
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = count;
  return sendmsg(descriptor, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::size_t UnixSocketDestination::send(std::span<const Message> messages, Ledger& ledger) {
  std::size_t taken = 0;
  while (taken < messages.size()) {
    const int descriptor = socket_.get(ledger);
    if (descriptor < 0) break;
    const ssize_t size = write(descriptor, messages.subspan(taken));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) break;
    if (size < 0) {
      socket_.lost(errno, ledger);
      begun_ = 0;
      break;
    }
    begun_ += static_cast<std::size_t>(size);
    const std::size_t before = taken;
    while (taken < messages.size() && begun_ >= messages[taken].text.size()) begun_ -= messages[taken++].text.size();
    if (taken == before) continue;
    ledger.delivered(messages.subspan(before, taken - before));
    socket_.works(ledger);
  }
  return taken;
}

void UnixSocketDestination::poll(Ledger& ledger, std::chrono::milliseconds wait) {
  socket_.get(ledger);
  socket_.wait(wait);
}

}  // namespace

Result<std::unique_ptr<Destination>> make_unix_socket(const SinkSettings& settings) {
  return std::unique_ptr<Destination>(std::make_unique<UnixSocketDestination>(std::string(settings.get("path"))));
}

}  // namespace picket
