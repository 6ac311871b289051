// SPDX-License-Identifier: Apache-2.0
//
// Any file through the reader and, if it gets so far, through a sensor's tables and engine.
//
// Compression and checksums would stop nearly all that the fuzzer makes. So an input whose first byte is odd is put
// between the preamble, the header and the zstd frame that it needs; the others are files as they are.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include <cstring>
#include <string>

#include "sensor/decode/decode.h"
#include "sensor/process/containers.h"
#include "sensor/process/table.h"
#include "sensor/recording/packing.h"
#include "sensor/recording/reader.h"

namespace {

using namespace picket;
using namespace picket::recording;

// What a driver does with its inputs, but for rules.
class Tables final : public Inputs {
 public:
  void record(std::span<const std::byte> record) override {
    const auto decoded = decode(record);
    const auto* event = std::get_if<Event>(&decoded);
    if (event == nullptr) return;
    containers_.on_cgroup(*event);
    processes_.apply(*event);
  }
  void snapshot(std::span<const std::byte> record) override {
    const auto decoded = decode(record);
    const auto* event = std::get_if<Event>(&decoded);
    if (event != nullptr && event->kind() == Kind::exec) processes_.apply_snapshot(*event);
  }
  void begin_reading(std::uint64_t time) override { processes_.begin_reading(time); }
  void confirm(std::span<const std::byte> record) override {
    const auto decoded = decode(record);
    const auto* event = std::get_if<Event>(&decoded);
    if (event != nullptr && event->kind() == Kind::exec) processes_.confirm(*event);
  }
  void retire(std::uint64_t time) override { processes_.retire(time); }
  void cgroup(std::uint64_t id, std::string_view path, std::uint64_t time) override {
    containers_.add_running(id, path, time);
  }
  void answer(const Resolver::Answer& answer) override { containers_.give(answer); }
  void hash(const HashAnswer&) override {}
  void time(std::uint64_t time) override {
    containers_.poll(time);
    while (containers_.next_notice()) {
    }
  }
  void loss(Kind, std::uint64_t, std::uint64_t, std::uint64_t) override {}
  void tick(std::uint64_t time, std::int64_t) override { processes_.tick(time); }
  void forget_names() override { names_.clear(); }
  void user(std::uint32_t id, const Account& account) override { names_.add_user(id, account); }
  void group(std::uint32_t id, const Account& account) override { names_.add_group(id, account); }
  void ready(std::uint64_t, bool) override {}
  void finish() override {}

 private:
  ProcessTable processes_{16};
  ContainerTable containers_{{.max_containers = 4, .reads_state = false}};
  RecordedNames names_;
};

void append(std::string& file, const void* bytes, std::size_t size) {
  file.append(static_cast<const char*>(bytes), size);
}

// A file with the facts and these entries in one block.
std::string wrapped(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> facts;
  Packer put(facts);
  put(Facts{});
  std::string raw;
  const EntryHeader first{static_cast<std::uint32_t>(facts.size()), static_cast<std::uint32_t>(EntryNumber::facts)};
  append(raw, &first, sizeof first);
  append(raw, facts.data(), facts.size());
  raw.resize((raw.size() + 7) / 8 * 8);
  append(raw, data, size);

  std::string frame(ZSTD_compressBound(raw.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), raw.data(), raw.size(), 1));
  // How many entries they are is known to nobody: as many as their headers say.
  std::uint32_t entries = 0;
  for (std::size_t at = 0; at + sizeof(EntryHeader) <= raw.size(); ++entries) {
    EntryHeader header;
    std::memcpy(&header, raw.data() + at, sizeof header);
    at += sizeof header + (std::size_t{header.size} + 7) / 8 * 8;
  }
  Preamble preamble{};
  std::memcpy(preamble.magic, kMagic.data(), kMagic.size());
  preamble.version = kVersion;
  preamble.layout = layout_identity();
  const BlockHeader header{kBlockMagic, static_cast<std::uint32_t>(frame.size()),
                           static_cast<std::uint32_t>(raw.size()), entries, 0};
  std::string file;
  append(file, &preamble, sizeof preamble);
  append(file, &header, sizeof header);
  return file + frame;
}

// A file in memory, and its name.
class MemoryFile {
 public:
  MemoryFile() : number_(memfd_create("recording", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(number_)) {}
  const std::string& path() const { return path_; }
  void fill(const std::string& content) {
    if (ftruncate(number_, 0) != 0 || pwrite(number_, content.data(), content.size(), 0) < 0) std::abort();
  }

 private:
  int number_;
  std::string path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static MemoryFile file;
  if (size == 0) return 0;
  file.fill(data[0] % 2 != 0 ? wrapped(data + 1, size - 1)
                             : std::string(reinterpret_cast<const char*>(data + 1), size - 1));
  auto reader = RecordingReader::open(file.path());
  if (!reader) return reader.error().message.empty() ? -1 : 0;
  Tables tables;
  while ((*reader)->play_block(tables)) {
  }
  if ((*reader)->end().whole != (*reader)->end().reason.empty()) std::abort();
  return 0;
}
