// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/former.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "bpf/shared/wire.h"
#include "sensor/kernel/rings.h"

namespace picket {
namespace {

constexpr std::string_view kNotes = "notes-", kRing = "ring-";

std::string_view name_in(const RuleNote& note) { return {note.name, ::strnlen(note.name, RuleNote::kNameBytes)}; }

}  // namespace

FormerSensor::FormerSensor(std::unique_ptr<PinDirectory> directory) : directory_(std::move(directory)) {
  for (const std::string& name : directory_->names()) {
    if (kind_of_pin(name) == Pin::Link) links_.push_back(name);
    if (name.starts_with(kRing)) rings_.push_back(name);
    if (name.starts_with(kNotes)) open_generation(name);
  }
}

void FormerSensor::open_generation(const std::string& pin) {
  const std::string number = pin.substr(kNotes.size());
  Generation generation{0, Notes::open(directory_->open(pin)), {}};
  std::from_chars(number.data(), number.data() + number.size(), generation.number);
  if (!generation.notes) return;
  if (const Handle image = directory_->open("image-" + number)) generation.image = MappedMap(image.get(), false);
  generations_.push_back(std::move(generation));
}

Result<std::vector<FormerSensor>> FormerSensor::find_all() {
  auto found = PinDirectory::find();
  if (!found) return found.error();
  std::vector<FormerSensor> all;
  for (auto& directory : found->ended) all.push_back(FormerSensor(std::move(directory)));
  return all;
}

std::uint64_t FormerSensor::alive() const {
  std::uint64_t last = 0;
  for (const Generation& each : generations_) last = std::max(last, each.notes.head().alive);
  return last;
}

bool FormerSensor::off() const { return !generations_.empty() && generations_.back().notes.head().off != 0; }

// A link whose last reference is a name is taken down some time after the name is gone (bpf_link_put() in
// kernel/bpf/syscall.c), one that a process closes before close() returns. So it is opened first.
void FormerSensor::release() {
  std::vector<Handle> links;
  for (const std::string& name : links_) {
    links.push_back(directory_->open(name));
    directory_->unpin(name);
  }
  links.clear();
  wait_for_programs();
}

// The kernel waits for running programs when the element of a map of maps is replaced (maybe_wait_bpf_programs()).
void FormerSensor::wait_for_programs() const {
  if (generations_.empty()) return;
  const Handle images = directory_->open("images");
  const Handle image = directory_->open("image-" + std::to_string(generations_.back().number));
  const std::uint32_t only = 0;
  const int number = image.get();
  if (images && image) bpf_map_update_elem(images.get(), &only, &number, BPF_ANY);
}

std::uint64_t FormerSensor::done(const Generation& generation, std::uint32_t conjunct) const {
  const NotesHead& head = generation.notes.head();
  const std::uint64_t at = head.hits_at + std::uint64_t{conjunct} * sizeof(pk_hits);
  if (conjunct >= head.hits || at + sizeof(pk_hits) > generation.image.size()) return 0;
  const auto* hits = reinterpret_cast<const pk_hits*>(generation.image.data() + at);
  return __atomic_load_n(&hits->done, __ATOMIC_RELAXED);
}

std::map<std::string, Unreported> FormerSensor::unreported() const {
  std::map<std::string, Unreported> rules;
  for (const Generation& generation : generations_) {
    for (const RuleNote& note : generation.notes.rules()) {
      const std::uint64_t all = done(generation, note.number);
      if (all <= note.reported) continue;
      Unreported& rule = rules[std::string(name_in(note))];
      (note.kills != 0 ? rule.killed : rule.denied) += all - note.reported;
    }
  }
  return rules;
}

std::string_view FormerSensor::rule_of(std::span<const std::byte> record) const {
  pk_header header;
  std::memcpy(&header, record.data(), sizeof header);
  if (header.conjunct == 0) return {};
  for (const Generation& generation : generations_) {
    if (generation.number != header.policy) continue;
    const RuleNote* note = generation.notes.find(header.conjunct - 1u);
    return note == nullptr ? std::string_view() : name_in(*note);
  }
  return {};
}

Result<void> FormerSensor::drain(const Handler& handler) {
  if (generations_.empty() || rings_.empty()) return {};
  if (generations_.back().notes.head().records != record_layout()) return {};
  std::vector<Handle> opened;
  for (const std::string& name : rings_) opened.push_back(directory_->open(name));
  const auto rings = Rings::open(std::move(opened));
  if (!rings) return Error{"the rings of the sensor before cannot be read", ""};
  for (;;) {
    const auto hand_on = [&](std::span<const std::byte> record) {
      if (record.size() >= sizeof(pk_header)) handler(record, rule_of(record));
    };
    const auto count = rings->drain(0, hand_on, [] {});
    if (!count) return count.error();
    if (*count == 0) return {};
  }
}

Result<Removed> remove_all_pins() {
  auto found = PinDirectory::find();
  if (!found) return found.error();
  if (found->running != 0) {
    return Error{"a sensor is running that keeps its enforcement", "stop it first: systemctl stop picket"};
  }
  Removed removed;
  for (auto& directory : found->ended) {
    FormerSensor former(std::move(directory));
    removed.programs += former.programs();
    former.release();
    if (auto gone = former.remove(); !gone) return gone.error();
    ++removed.sensors;
  }
  return removed;
}

}  // namespace picket
