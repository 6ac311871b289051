// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/snapshot.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace picket {
namespace {

constexpr std::size_t kBufferBytes = 1u << 16;  // several of the largest records
constexpr std::size_t kAlignment = 8;

std::size_t padded(std::size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

// Hands out the whole records of `bytes` and returns how many bytes they took; what is left is the start of another.
// Nothing when the bytes cannot be records.
std::optional<std::size_t> hand_out(std::span<const std::byte> bytes, const RecordHandler& handler) {
  std::size_t done = 0;
  while (bytes.size() - done >= sizeof(pk_header)) {
    pk_header header;
    std::memcpy(&header, bytes.data() + done, sizeof(header));
    const std::size_t step = padded(header.size);
    if (header.size < sizeof(header) || step > kBufferBytes) return std::nullopt;
    if (step > bytes.size() - done) break;
    handler(bytes.subspan(done, header.size));
    done += step;
  }
  return done;
}

}  // namespace

Result<void> read_snapshot(int iterator, const RecordHandler& handler) {
  const auto words = std::make_unique<std::uint64_t[]>(kBufferBytes / sizeof(std::uint64_t));  // aligned for records
  auto* buffer = reinterpret_cast<std::byte*>(words.get());
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = ::read(iterator, buffer + filled, kBufferBytes - filled);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0)
      return Error{std::string("reading the list of processes from the kernel: ") + std::strerror(errno), ""};
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    const auto done = hand_out({buffer, filled}, handler);
    if (!done) return Error{"the kernel's list of processes is broken", ""};
    filled -= *done;
    std::memmove(buffer, buffer + *done, filled);
  }
  if (filled != 0) return Error{"the kernel's list of processes is cut short", ""};
  return {};
}

}  // namespace picket
