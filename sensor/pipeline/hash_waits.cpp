// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/hash_waits.h"

#include <algorithm>
#include <cstring>

namespace picket {

Event HashWait::event(const Process* above) {
  process.parent = above;
  Event event;
  event.header = &header();
  event.process = &process;
  event.result = result;
  if (file.state != FileHash::State::Unasked) event.file_hash = &file;
  return event;
}

HashTicket HashWait::ticket(bool executable) const {
  return {header().sequence, header().time, header().cpu, executable};
}

HashWaits::HashWaits(std::size_t most_events) : places_(most_events) {
  free_.reserve(most_events);
  order_.reserve(most_events);
  for (HashWait& place : places_) free_.push_back(&place);
}

HashWait* HashWaits::hold(const Event& event, Hashes lacking, std::uint64_t deadline) {
  if (free_.empty()) return nullptr;
  HashWait& wait = *free_.back();
  free_.pop_back();
  const std::size_t size = event.header->size;
  wait.words.resize((size + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
  std::memcpy(wait.words.data(), event.header, size);
  wait.process = *event.process;
  wait.process.parent = nullptr;
  wait.parent = event.process->parent != nullptr ? event.process->parent->key : 0;
  wait.result = event.result;
  wait.lacking = wait.asked = lacking;
  wait.deadline = deadline;
  order_.push_back(&wait);
  return &wait;
}

void HashWaits::fill(HashWait& wait, Hashes which, const FileHash& hash) {
  if (which.executable) {
    wait.process.exe_hash = hash;
    wait.lacking.executable = false;
  }
  if (which.file) {
    wait.file = hash;
    wait.lacking.file = false;
  }
}

HashWait* HashWaits::give(const HashAnswer& answer) {
  const Hashes which{answer.ticket.executable, !answer.ticket.executable};
  const auto asked = [&](const HashWait* wait) {
    const bool lacks = which.executable ? wait->lacking.executable : wait->lacking.file;
    return lacks && wait->ticket(which.executable) == answer.ticket;
  };
  const auto found = std::find_if(order_.begin(), order_.end(), asked);
  if (found == order_.end()) return nullptr;
  fill(**found, which, answer.hash);
  return (*found)->lacking.any() ? nullptr : *found;
}

HashWait* HashWaits::overdue(std::uint64_t now) {
  if (order_.empty() || order_.front()->deadline > now) return nullptr;
  HashWait& wait = *order_.front();
  fill(wait, wait.lacking, FileHash::missing(HashProblem::Late));
  return &wait;
}

void HashWaits::hold_again(HashWait& wait, Hashes lacking, std::uint64_t deadline) {
  wait.lacking = lacking;
  wait.asked = wait.asked | lacking;
  wait.deadline = deadline;
  order_.erase(std::find(order_.begin(), order_.end(), &wait));
  order_.push_back(&wait);
}

void HashWaits::release(HashWait& wait) {
  order_.erase(std::find(order_.begin(), order_.end(), &wait));
  wait = {};
  free_.push_back(&wait);
}

}  // namespace picket
