// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/persistence.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bpf/shared/wire.h"
#include "rules/event/time.h"

namespace picket {
namespace {

std::string name_of(const char* what, std::uint32_t generation) { return what + std::to_string(generation); }

std::uint64_t done(const pk_image& image, const RuleNote& note) {
  return __atomic_load_n(&image.hits[note.number % (PK_POLICY_WORDS * 64)].done, __ATOMIC_RELAXED);
}

}  // namespace

Result<std::unique_ptr<Persistence>> Persistence::create() {
  auto directory = PinDirectory::create();
  if (!directory) return directory.error();
  return std::unique_ptr<Persistence>(new Persistence(std::move(*directory)));
}

Persistence::~Persistence() {
  if (!kept_) static_cast<void>(directory_->remove());
}

// First what is new, so that an error leaves what was kept.
Result<void> Persistence::keep_links(std::span<const KeptLink> links) {
  std::vector<std::string> pins;
  for (const KeptLink& link : links) {
    pins.push_back("link-" + link.name);
    if (std::find(links_.begin(), links_.end(), pins.back()) != links_.end()) continue;
    if (auto pinned = directory_->pin(link.descriptor, pins.back()); !pinned) return pinned.error();
    links_.push_back(pins.back());
  }
  for (const std::string& pin : links_) {
    if (std::find(pins.begin(), pins.end(), pin) == pins.end()) directory_->unpin(pin);
  }
  links_ = std::move(pins);
  kept_ = true;
  return {};
}

Result<void> Persistence::prepare(std::uint32_t generation, std::span<const ActingConjunct> acting) {
  next_ = {.number = generation, .notes = Notes::make(acting), .image = nullptr, .last = {}};
  if (!next_.notes) return Error{std::string("making notes about the rules: ") + std::strerror(errno), ""};
  next_.last.resize(acting.size());
  next_.notes.head().alive = boot_clock();
  next_.notes.head().off = off_ ? 1 : 0;
  return {};
}

void Persistence::change(int map, const pk_image* image) {
  forget_former();
  former_ = std::exchange(current_, std::exchange(next_, {}));
  current_.image = image;
  const auto keep = [this](int object, const std::string& name) {
    const auto kept = directory_->pin(object, name);
    if (!kept) spdlog::error("{}: what these rules refuse without the sensor will not be known", kept.error().message);
  };
  keep(map, name_of("image-", current_.number));
  keep(current_.notes.map(), name_of("notes-", current_.number));
}

void Persistence::unpin(const Generation& generation) const {
  directory_->unpin(name_of("notes-", generation.number));
  directory_->unpin(name_of("image-", generation.number));
}

void Persistence::forget_former() {
  if (former_.notes) unpin(former_);
  former_ = {};
}

void Persistence::note(std::span<const std::byte> record) {
  if (record.size() < sizeof(pk_header)) return;
  pk_header header;
  std::memcpy(&header, record.data(), sizeof header);
  if (header.conjunct == 0 || (header.decision != PK_DENIED && header.decision != PK_KILLED)) return;
  for (const Generation* each : {&current_, &former_}) {
    if (!each->notes || each->number != header.policy) continue;
    if (RuleNote* note = each->notes.find(header.conjunct - 1u)) ++note->reported;
  }
}

void Persistence::is_alive(std::uint64_t boot) {
  if (current_.notes) current_.notes.head().alive = boot;
}

// What had been refused by the last tick has been read or was lost since.
void Persistence::tick() {
  if (!current_.notes || current_.image == nullptr) return;
  std::size_t place = 0;
  for (RuleNote& note : current_.notes.rules()) {
    const std::uint64_t now = done(*current_.image, note);
    if (std::exchange(current_.last[place++], now) == now) note.reported = now;
  }
}

void Persistence::enforce(bool yes) {
  off_ = !yes;
  if (current_.notes) current_.notes.head().off = off_ ? 1 : 0;
}

}  // namespace picket
