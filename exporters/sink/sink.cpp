// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/sink.h"

#include <utility>

#include "exporters/sink/worker.h"

namespace picket {

Sink::Sink(SinkTraits traits, std::unique_ptr<Destination> destination)
    : traits_(std::move(traits)), ledger_(traits_.name), destination_(std::move(destination)) {
  if (traits_.queue_bytes != 0) worker_ = std::make_unique<Worker>(*destination_, ledger_, traits_.queue_bytes);
}

Sink::~Sink() = default;

void Sink::take(std::span<const Message> messages) {
  ledger_.produced(messages.size());
  if (worker_) return worker_->take(messages);
  const std::size_t taken = destination_->send(messages, ledger_);
  if (taken < messages.size()) ledger_.dropped(DropCause::sink_error, messages.size() - taken);
}

std::optional<Sink::Queue> Sink::queue() const {
  if (!worker_) return std::nullopt;
  return Queue{worker_->queue().bytes(), worker_->queue().used()};
}

void Sink::tick() {
  if (!worker_) destination_->poll(ledger_, std::chrono::milliseconds{0});
}

void Sink::reopen() {
  if (worker_) return worker_->reopen();
  destination_->reopen();
}

void Sink::stop(std::chrono::steady_clock::time_point deadline) {
  if (worker_) worker_->stop(deadline);
}

void Sink::join() {
  if (!worker_) {
    destination_->flush(ledger_, std::chrono::milliseconds{0});
    return;
  }
  worker_->join();
  worker_.reset();
  if (const std::uint64_t left = ledger_.counts().queued; left != 0) ledger_.dropped(DropCause::shutdown, left);
}

}  // namespace picket
