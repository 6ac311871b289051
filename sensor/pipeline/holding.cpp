// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/holding.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace picket {
namespace {

// Places that held something larger give the memory back.
constexpr std::size_t kKeptBytes = 1024;

std::size_t words_for(std::size_t bytes) { return (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t); }

}  // namespace

Holding::Holding(std::size_t most_records, std::size_t most_bytes)
    : places_(most_records), buckets_(std::bit_ceil(2 * most_records)), most_bytes_(most_bytes) {
  for (std::size_t i = places_.size(); i-- > 0;) {
    places_[i].next = free_;
    free_ = static_cast<Index>(i);
  }
}

Holding::Bucket& Holding::bucket(Wait wait, std::uint64_t key) {
  const std::uint64_t mixed = (key ^ static_cast<std::uint64_t>(wait) << 63) * 0x9e3779b97f4a7c15u;
  return buckets_[(mixed >> 32) & (buckets_.size() - 1)];
}

bool Holding::hold(Wait wait, std::uint64_t key, std::span<const std::byte> record, std::uint64_t deadline) {
  HoldingCounters& counters = counters_[static_cast<std::size_t>(wait)];
  const Index index = new_place(record.size());
  if (index == kNone) {
    ++counters.refused;
    return false;
  }
  Place& place = places_[index];
  place.wait = wait;
  place.key = key;
  place.deadline = deadline;
  place.size = record.size();
  std::memcpy(place.words.data(), record.data(), record.size());
  link(index);
  ++counters.held;
  return true;
}

Holding::Index Holding::new_place(std::size_t size) {
  const Index index = free_;
  if (index == kNone || bytes_ + size > most_bytes_) return kNone;
  Place& place = places_[index];
  free_ = place.next;
  if (place.words.capacity() * sizeof(std::uint64_t) > kKeptBytes) place.words = {};
  place.words.resize(words_for(std::max(size, kKeptBytes)));
  bytes_ += size;
  ++used_;
  return index;
}

void Holding::link(Index index) {
  Place& place = places_[index];
  Age& age = ages_[static_cast<std::size_t>(place.wait)];
  place.older = age.newest;
  place.newer = place.next = kNone;
  (age.newest == kNone ? age.oldest : places_[age.newest].newer) = index;
  age.newest = index;

  Bucket& bucket = this->bucket(place.wait, place.key);
  (bucket.newest == kNone ? bucket.oldest : places_[bucket.newest].next) = index;
  bucket.newest = index;
}

void Holding::unlink(Index index) {
  Place& place = places_[index];
  Age& age = ages_[static_cast<std::size_t>(place.wait)];
  (place.older == kNone ? age.oldest : places_[place.older].newer) = place.newer;
  (place.newer == kNone ? age.newest : places_[place.newer].older) = place.older;

  Bucket& bucket = this->bucket(place.wait, place.key);
  Index before = kNone;
  for (Index each = bucket.oldest; each != index; each = places_[each].next) before = each;
  (before == kNone ? bucket.oldest : places_[before].next) = place.next;
  if (bucket.newest == index) bucket.newest = before;
}

std::span<const std::byte> Holding::take(Index index) {
  unlink(index);
  if (taken_ != kNone) {
    places_[taken_].next = free_;
    free_ = taken_;
  }
  taken_ = index;
  const Place& place = places_[index];
  bytes_ -= place.size;
  --used_;
  return {reinterpret_cast<const std::byte*>(place.words.data()), place.size};
}

std::span<const std::byte> Holding::take(Wait wait, std::uint64_t key) {
  for (Index index = bucket(wait, key).oldest; index != kNone; index = places_[index].next) {
    if (places_[index].wait == wait && places_[index].key == key) return take(index);
  }
  return {};
}

std::span<const std::byte> Holding::take_overdue(Wait wait, std::uint64_t now) {
  const Index index = ages_[static_cast<std::size_t>(wait)].oldest;
  if (index == kNone || places_[index].deadline > now) return {};
  ++counters_[static_cast<std::size_t>(wait)].overdue;
  return take(index);
}

}  // namespace picket
