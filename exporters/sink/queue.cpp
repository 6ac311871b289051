// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/queue.h"

#include <bit>
#include <cstring>
#include <initializer_list>
#include <new>

namespace picket {
namespace {

constexpr std::size_t kAlign = 8;

constexpr std::uint64_t aligned(std::uint64_t size) { return (size + kAlign - 1) & ~std::uint64_t{kAlign - 1}; }

}  // namespace

// What lies in the ring before a message's bytes. A record lies in one piece: where one does not fit before the ring's
// end, the rest up to there is passed over, and begins with a size of zero when it can hold one at all.
struct MessageQueue::Record {
  std::uint64_t size;  // all of it, padding included; 0: nothing more before the ring's end
  std::uint64_t time;
  std::uint64_t id;
  MessageType type;
  Priority priority;
  std::uint32_t text, rule, kind, container, process;  // sizes, in the order of their bytes
};

MessageQueue::MessageQueue(std::size_t bytes)
    : size_(std::bit_ceil(bytes)), ring_(std::make_unique_for_overwrite<std::byte[]>(size_)) {}

std::optional<DropCause> MessageQueue::push(const Message& message) {
  const std::uint64_t size = aligned(sizeof(Record) + message.text.size() + message.rule.size() + message.kind.size() +
                                     message.container.size() + message.process.size());
  if (size > size_ / 2) return DropCause::too_large;

  std::uint64_t end = end_.load(std::memory_order_relaxed);
  const std::uint64_t left = size_ - (end & (size_ - 1));  // before the ring's end
  const std::uint64_t begin = size > left ? end + left : end;
  const std::uint64_t limit = message.type == MessageType::Alert ? size_ : size_ / 2;
  if (begin + size - begin_.load(std::memory_order_acquire) > limit) return DropCause::queue_full;

  if (begin != end) new (at(end)) std::uint64_t{0};
  auto* const record = new (at(begin)) Record{.size = size,
                                              .time = message.time,
                                              .id = message.id,
                                              .type = message.type,
                                              .priority = message.priority,
                                              .text = static_cast<std::uint32_t>(message.text.size()),
                                              .rule = static_cast<std::uint32_t>(message.rule.size()),
                                              .kind = static_cast<std::uint32_t>(message.kind.size()),
                                              .container = static_cast<std::uint32_t>(message.container.size()),
                                              .process = static_cast<std::uint32_t>(message.process.size())};
  auto* to = reinterpret_cast<char*>(record + 1);
  for (const std::string_view part : {message.text, message.rule, message.kind, message.container, message.process}) {
    if (part.empty()) continue;
    std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  end_.store(begin + size);
  return std::nullopt;
}

// Where the record is that begins there, or at the ring's beginning.
std::uint64_t MessageQueue::skip(std::uint64_t position) const {
  std::uint64_t size = 0;
  std::memcpy(&size, at(position), sizeof size);
  return size != 0 ? position : position + size_ - (position & (size_ - 1));
}

void MessageQueue::look(std::vector<Message>& messages, std::size_t most) const {
  messages.clear();
  const std::uint64_t end = end_.load();
  for (std::uint64_t position = begin_.load(std::memory_order_relaxed); position != end && messages.size() < most;) {
    position = skip(position);
    const auto* const record = std::launder(reinterpret_cast<const Record*>(at(position)));
    const char* from = reinterpret_cast<const char*>(record + 1);
    const auto part = [&from](std::uint32_t size) {
      const std::string_view text(from, size);
      from += size;
      return text;
    };
    Message& message = messages.emplace_back();
    message.time = record->time;
    message.id = record->id;
    message.type = record->type;
    message.priority = record->priority;
    message.text = part(record->text);
    message.rule = part(record->rule);
    message.kind = part(record->kind);
    message.container = part(record->container);
    message.process = part(record->process);
    position += record->size;
  }
}

void MessageQueue::pop(std::size_t count) {
  std::uint64_t position = begin_.load(std::memory_order_relaxed);
  for (; count != 0; --count) {
    position = skip(position);
    position += std::launder(reinterpret_cast<const Record*>(at(position)))->size;
  }
  begin_.store(position, std::memory_order_release);
}

}  // namespace picket
