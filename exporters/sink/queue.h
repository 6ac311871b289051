// SPDX-License-Identifier: Apache-2.0
//
// MessageQueue: messages between the engine's thread and a sink's, as bytes in one ring. Each message is copied once,
// into the ring; who takes it reads it where it lies.
//
// When there is no room the new message is refused. What is not an alert may fill half of the ring only, so that
// however much else there is to say, the other half is for alerts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "exporters/sink/ledger.h"
#include "exporters/sink/message.h"

namespace picket {

// One thread pushes, one other looks and pops. Allocates when it is made, and when more messages are looked at than
// ever before.
class MessageQueue {
 public:
  explicit MessageQueue(std::size_t bytes);  // rounded up to a power of two

  // Takes a copy, or says why it did not: queue_full, or too_large for any queue of this size (more than half of it).
  std::optional<DropCause> push(const Message& message);

  // The oldest ones, at most so many, as views that are good until they are popped. `messages` is cleared first.
  void look(std::vector<Message>& messages, std::size_t most) const;
  void pop(std::size_t count);  // of those that were looked at last
  bool empty() const { return begin_.load(std::memory_order_relaxed) == end_.load(); }

  // How many bytes are in use; for who pushes.
  std::size_t used() const { return end_.load(std::memory_order_relaxed) - begin_.load(std::memory_order_relaxed); }

  std::size_t bytes() const { return size_; }

 private:
  struct Record;

  std::byte* at(std::uint64_t position) const { return ring_.get() + (position & (size_ - 1)); }
  std::uint64_t skip(std::uint64_t position) const;

  const std::size_t size_;
  const std::unique_ptr<std::byte[]> ring_;
  // Positions only grow; the place in the ring is their rest. Each is written by one thread.
  alignas(64) std::atomic<std::uint64_t> begin_ = 0;  // of the oldest record: who pops
  alignas(64) std::atomic<std::uint64_t> end_ = 0;    // behind the youngest: who pushes
};

}  // namespace picket
