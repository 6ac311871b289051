// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/notes.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bpf/shared/wire.h"

namespace picket {
namespace {

// All that the struct definitions are made of, as text.
constexpr std::string_view kRecords =
#define KIND(number, name, group, doc) #number #name ";"
#include "bpf/shared/kinds.def"
#undef KIND
#define FLAG(bit, name, doc) #bit #name ";"
#include "bpf/shared/flags.def"
#undef FLAG
#define DECISION(number, name, word, doc) #number #name ";"
#include "bpf/shared/decisions.def"
#undef DECISION
#define FIELD(type, name, doc) #type " " #name ";"
#include "bpf/shared/fields/header.def"
#define BEGIN(kind) #kind "{"
#define END(kind) "}"
#include "bpf/shared/records.def"
#undef BEGIN
#undef END
#undef FIELD
    ;

// FNV-1a: nobody is to be deceived, only told apart.
constexpr std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::size_t mapped_bytes(std::size_t size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

}  // namespace

std::string_view noted_name(std::string_view rule) { return rule.substr(0, RuleNote::kNameBytes); }

std::uint64_t record_layout() {
  constexpr std::uint64_t kHash = hash_of(kRecords);
  return kHash;
}

MappedMap::MappedMap(int map, bool write) {
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(map, &info, &size) != 0 || info.value_size == 0 || info.max_entries != 1) return;
  void* const memory =
      ::mmap(nullptr, mapped_bytes(info.value_size), write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, map, 0);
  if (memory == MAP_FAILED) return;
  data_ = static_cast<std::byte*>(memory);
  size_ = info.value_size;
}

MappedMap::MappedMap(MappedMap&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedMap& MappedMap::operator=(MappedMap&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedMap::~MappedMap() {
  if (data_ != nullptr) ::munmap(data_, mapped_bytes(size_));
}

Notes::Notes(Handle map, MappedMap memory) : map_(std::move(map)), memory_(std::move(memory)) {
  std::uint16_t place = 0;
  for (const RuleNote& note : rules()) {
    ++place;
    if (note.number >= PK_POLICY_WORDS * 64) continue;
    if (places_.size() <= note.number) places_.resize(note.number + 1);
    places_[note.number] = place;
  }
}

Notes Notes::make(std::span<const ActingConjunct> acting) {
  const std::size_t bytes = sizeof(NotesHead) + acting.size() * sizeof(RuleNote);
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
  Handle map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "notes", sizeof(std::uint32_t), static_cast<std::uint32_t>(bytes), 1,
                            &options));
  if (!map) return {};
  MappedMap memory(map.get(), true);
  if (memory.data() == nullptr) return {};
  auto& head = *reinterpret_cast<NotesHead*>(memory.data());
  auto* note = reinterpret_cast<RuleNote*>(&head + 1);
  for (const ActingConjunct& each : acting) {
    const std::string_view name = noted_name(each.rule);
    note->number = each.number;
    note->kills = each.kills ? 1 : 0;
    std::memcpy(note->name, name.data(), name.size());  // the map was all zero
    ++note;
  }
  head = {.magic = NotesHead::kMagic,
          .records = record_layout(),
          .alive = 0,
          .off = 0,
          .count = static_cast<std::uint32_t>(acting.size()),
          .hits_at = offsetof(pk_image, hits),
          .hits = PK_POLICY_WORDS * 64};
  return {std::move(map), std::move(memory)};
}

Notes Notes::open(Handle map) {
  if (!map) return {};
  MappedMap memory(map.get(), false);
  if (memory.data() == nullptr || memory.size() < sizeof(NotesHead)) return {};
  const auto& head = *reinterpret_cast<const NotesHead*>(memory.data());
  const std::size_t room = (memory.size() - sizeof(NotesHead)) / sizeof(RuleNote);
  if (head.magic != NotesHead::kMagic || head.count > room || head.count > PK_POLICY_WORDS * 64) return {};
  return {std::move(map), std::move(memory)};
}

std::span<RuleNote> Notes::rules() const {
  if (!*this) return {};
  return {reinterpret_cast<RuleNote*>(memory_.data() + sizeof(NotesHead)), head().count};
}

RuleNote* Notes::find(std::uint32_t number) const {
  if (number >= places_.size() || places_[number] == 0) return nullptr;
  return &rules()[places_[number] - 1u];
}

}  // namespace picket
