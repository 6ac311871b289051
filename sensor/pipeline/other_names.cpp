// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/other_names.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "rules/event/layout.h"
#include "rules/plan/sample.h"

namespace picket {
namespace {

// A name is told in the same run of a program as its event. Older ones are of an event that was lost.
constexpr std::uint64_t kSameRunNs = 100'000'000;

std::uint64_t key_of(std::uint32_t thread, std::uint32_t kind) { return std::uint64_t{thread} << 32 | kind; }

}  // namespace

void OtherNames::note(const Event& record) {
  const auto& told = record.as<pk_other_name>();
  if (size_ == most_) {
    names_.clear();
    size_ = 0;
  }
  names_[key_of(record.header->tid, told.about)].push_back(
      {record.header->time, told.which, std::string(record.text(told.path))});
  ++size_;
}

std::vector<OtherName> OtherNames::take(const Event& event) {
  const auto found = names_.find(key_of(event.header->tid, event.header->kind));
  if (found == names_.end()) return {};
  std::vector<OtherName> names = std::move(found->second);
  names_.erase(found);
  size_ -= names.size();
  std::erase_if(names, [time = event.header->time](const OtherName& name) {
    return name.time > time || time - name.time > kSameRunNs;
  });
  return names;
}

RenamedEvent::RenamedEvent(const Event& event, std::uint32_t which, std::string_view path) : renamed_(event) {
  const Member* const member = planning::find_member(event.kind(), planning::path_member(event.kind(), which & 1));
  const std::size_t size = event.header->size;
  words_.resize((size + path.size() + 7) / 8);
  auto* const bytes = reinterpret_cast<char*>(words_.data());
  std::memcpy(bytes, event.header, size);
  std::memcpy(bytes + size, path.data(), path.size());
  if (member == nullptr) return;  // a kind without such a path: nobody's but a foreign writer's

  pk_text text;
  std::memcpy(&text, bytes + member->offset, sizeof text);
  renamed_.reached_by = event.text(text);
  text.offset = static_cast<pk_u32>(size);
  text.size = static_cast<pk_u32>(path.size());
  std::memcpy(bytes + member->offset, &text, sizeof text);
  auto* const header = reinterpret_cast<pk_header*>(bytes);
  header->size = static_cast<pk_u32>(size + path.size());
  constexpr decltype(header->flags) kCut = PK_FLAG_path_truncated | PK_FLAG_old_path_truncated;
  header->flags = static_cast<decltype(header->flags)>(header->flags & ~kCut);
  renamed_.header = header;
}

}  // namespace picket
