// SPDX-License-Identifier: Apache-2.0
//
// Any bytes through the decoder; whatever it takes, through every accessor of the catalogue.
//
// The first byte of an input says how far the rest is repaired before it is decoded, so that the fuzzer need not guess
// sizes and offsets to get past the checks; unrepaired inputs try the checks themselves.
#include <cstdlib>
#include <cstring>

#include "rules/event/catalogue.h"
#include "rules/event/layout.h"
#include "sensor/decode/decode.h"

namespace {

using namespace picket;

class NoNames : public Names {
 public:
  std::string_view user(std::uint32_t uid) override { return uid % 2 ? "odd" : ""; }
  std::string_view home(std::uint32_t uid) override { return user(uid); }
  std::string_view shell(std::uint32_t uid) override { return user(uid); }
  std::string_view group(std::uint32_t gid) override { return user(gid); }
};

enum Repair : std::uint8_t { kHeader = 1, kTexts = 2 };

void repair_header(std::span<std::byte> record) {
  if (record.size() < sizeof(pk_header)) return;
  auto& header = *reinterpret_cast<pk_header*>(record.data());
  header.size = static_cast<pk_u32>(record.size());
  header.kind = static_cast<pk_u16>(1 + header.kind % (kKindEnd - 1));
}

void repair_texts(std::span<std::byte> record) {
  if (record.size() < sizeof(pk_header)) return;
  const Layout& layout = layout_of(reinterpret_cast<const pk_header*>(record.data())->kind);
  if (layout.size == 0 || record.size() < layout.size) return;
  const auto room = static_cast<pk_u32>(record.size() - layout.size);
  for (const Member& member : layout.members) {
    if (!member.is_text) continue;
    auto& text = *reinterpret_cast<pk_text*>(record.data() + member.offset);
    const pk_u32 skipped = text.offset % (room + 1);
    text.offset = static_cast<pk_u32>(layout.size) + skipped;
    text.size %= room - skipped + 1;
  }
}

// A process whose texts are as odd as the record's, in a loop of ancestors.
void fill(Process& process, const Event& event, std::string_view bytes) {
  process.key = event.header->process;
  process.pid = pk_key_pid(process.key);
  process.known = event.header->cpu % 2;
  process.comm = process.exe_path = process.cwd = process.argv = process.cmdline = bytes;
  process.session = event.header->tid;
  process.stdin_mode = static_cast<std::uint16_t>(event.header->uid);
  process.start_time = event.header->cgroup;
  process.parent = &process;
}

void touch_every_field(const Event& event) {
  static Scratch scratch;
  static std::string text;
  for (const Field& field : all_fields()) {
    for (int index : {-1, 0, 5}) {
      const Value value = field.get(event, index, scratch);
      if (present(value) && !field.kinds.contains(event.kind())) std::abort();
      append_text(text, value);
    }
    if (field.get_named) append_text(text, field.get_named(event, "x*", scratch));
    for (int position = 0; field.get_each && position < 3; ++position) {
      append_text(text, field.get_each(event, position, scratch));
    }
  }
  append_text(text, call_name(event));
  text.clear();
  scratch.clear();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::vector<std::uint64_t> words(size / 8 + 1);
  // Exactly as long as the record, at the end of its memory, so that a sanitizer sees one byte too many being read.
  const std::size_t length = (size - 1) / 8 * 8;
  words.resize(length / 8);
  if (length > 0) std::memcpy(words.data(), data + 1, length);
  const std::span<std::byte> record = std::as_writable_bytes(std::span(words));
  if (data[0] & kHeader) repair_header(record);
  if (data[0] & kTexts) repair_texts(record);

  const auto result = decode(record);
  if (const auto* error = std::get_if<DecodeError>(&result)) return describe(*error).empty() ? -1 : 0;
  Event event = std::get<Event>(result);

  NoNames names;
  Process process;
  fill(process, event, {reinterpret_cast<const char*>(record.data()), record.size()});
  event.process = &process;
  event.names = &names;
  event.wall_clock_offset = static_cast<std::int64_t>(event.header->sequence);
  touch_every_field(event);
  return 0;
}
