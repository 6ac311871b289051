// SPDX-License-Identifier: Apache-2.0
#include "sensor/recording/writer.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>

#include "sensor/recording/packing.h"

namespace picket {

using namespace recording;

namespace {

constexpr int kLevel = 1;  // records repeat so much that more effort saves little

}  // namespace

RecordingWriter::RecordingWriter(int file) : file_(file), zstd_(ZSTD_createCCtx()) {
  ZSTD_CCtx_setParameter(zstd_, ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(zstd_, ZSTD_c_checksumFlag, 1);
  raw_.reserve(2 * kFullBlock);
}

RecordingWriter::~RecordingWriter() {
  ZSTD_freeCCtx(zstd_);
  ::close(file_);
}

Result<std::unique_ptr<RecordingWriter>> RecordingWriter::create(const std::string& path, const Facts& facts) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) {
    return Error{"cannot make the recording " + path + ": " + std::strerror(errno),
                 errno == EEXIST ? "a recording takes a new file; remove this one or name another" : ""};
  }
  std::unique_ptr<RecordingWriter> writer(new RecordingWriter(file));
  Preamble preamble{};
  std::memcpy(preamble.magic, kMagic.data(), kMagic.size());
  preamble.version = kVersion;
  preamble.layout = layout_identity();
  if (writer->write(&preamble, sizeof preamble)) {
    writer->pack(EntryNumber::facts, facts);
    writer->write_block();
  }
  if (writer->failure_.empty()) return writer;
  ::unlink(path.c_str());
  return Error{"cannot write the recording " + path + ": " + writer->failure_, ""};
}

// `fill` appends the payload to raw_.
template <class Fill>
void RecordingWriter::add(EntryNumber number, Fill fill) {
  if (!failure_.empty()) {
    counters_.unwritten += number == EntryNumber::record;
    return;
  }
  const std::size_t begin = raw_.size();
  raw_.resize(begin + sizeof(EntryHeader));
  fill();
  const std::size_t size = raw_.size() - begin - sizeof(EntryHeader);
  if (size > kMostEntry) return fail("what is known about a container is too much");
  const EntryHeader header{static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(number)};
  std::memcpy(raw_.data() + begin, &header, sizeof header);
  raw_.resize((raw_.size() + 7) / 8 * 8);
  ++entries_;
  records_ += number == EntryNumber::record;
  if (raw_.size() >= kFullBlock) write_block();
}

template <class... Values>
void RecordingWriter::pack(EntryNumber number, const Values&... values) {
  add(number, [&] {
    Packer put(raw_);
    put(values...);
  });
}

void RecordingWriter::write_block() {
  if (entries_ == 0 || !failure_.empty()) return;
  compressed_.resize(sizeof(BlockHeader) + ZSTD_compressBound(raw_.size()));
  const std::size_t size = ZSTD_compress2(zstd_, compressed_.data() + sizeof(BlockHeader),
                                          compressed_.size() - sizeof(BlockHeader), raw_.data(), raw_.size());
  if (ZSTD_isError(size)) return fail(ZSTD_getErrorName(size));
  const BlockHeader header{kBlockMagic, static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(raw_.size()),
                           entries_, blocks_};
  std::memcpy(compressed_.data(), &header, sizeof header);
  if (!write(compressed_.data(), sizeof header + size)) return;
  ++blocks_;
  counters_.records += records_;
  raw_.clear();
  entries_ = 0;
  records_ = 0;
}

bool RecordingWriter::write(const void* bytes, std::size_t size) {
  const auto* at = static_cast<const char*>(bytes);
  for (std::size_t left = size; left > 0;) {
    const ssize_t done = ::write(file_, at, left);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) {
      const int code = done < 0 ? errno : ENOSPC;
      fail(std::strerror(code));
      return false;
    }
    at += done;
    left -= static_cast<std::size_t>(done);
  }
  counters_.bytes += size;
  return true;
}

// The half of a block that may stand at the end is cut off. Should that fail, too, readers know it by its checksum.
void RecordingWriter::fail(const std::string& reason) {
  failure_ = reason;
  counters_.unwritten += records_;
  [[maybe_unused]] const int cut = ::ftruncate(file_, static_cast<off_t>(counters_.bytes));
  raw_.clear();
  entries_ = 0;
  records_ = 0;
}

void RecordingWriter::record(std::span<const std::byte> record) {
  add(EntryNumber::record, [&] { raw_.insert(raw_.end(), record.begin(), record.end()); });
}

void RecordingWriter::snapshot(std::span<const std::byte> record) {
  add(EntryNumber::snapshot, [&] { raw_.insert(raw_.end(), record.begin(), record.end()); });
}

void RecordingWriter::confirm(std::span<const std::byte> record) {
  add(EntryNumber::confirm, [&] { raw_.insert(raw_.end(), record.begin(), record.end()); });
}

void RecordingWriter::begin_reading(std::uint64_t time) { pack(EntryNumber::begin_reading, time); }
void RecordingWriter::retire(std::uint64_t time) { pack(EntryNumber::retire, time); }

void RecordingWriter::cgroup(std::uint64_t id, std::string_view path, std::uint64_t time) {
  pack(EntryNumber::cgroup, id, time, std::string(path));
}

void RecordingWriter::answer(const Resolver::Answer& answer) { pack(EntryNumber::answer, answer); }
void RecordingWriter::hash(const HashAnswer& answer) { pack(EntryNumber::hash, answer); }
void RecordingWriter::time(std::uint64_t time) { pack(EntryNumber::time, time); }

void RecordingWriter::loss(Kind kind, std::uint64_t count, std::uint64_t since, std::uint64_t until) {
  counters_.lost += count;
  pack(EntryNumber::loss, static_cast<std::uint32_t>(kind), count, since, until);
}

void RecordingWriter::tick(std::uint64_t time, std::int64_t wall_clock_offset) {
  pack(EntryNumber::tick, time, wall_clock_offset);
  write_block();
}

void RecordingWriter::forget_names() { pack(EntryNumber::forget_names); }
void RecordingWriter::user(std::uint32_t id, const Account& account) { pack(EntryNumber::user, id, account); }
void RecordingWriter::group(std::uint32_t id, const Account& account) { pack(EntryNumber::group, id, account); }

void RecordingWriter::ready(std::uint64_t time, bool observe_only) {
  pack(EntryNumber::ready, time, observe_only);
  write_block();
}

void RecordingWriter::finish() {
  pack(EntryNumber::finish);
  write_block();
  if (failure_.empty() && ::fsync(file_) != 0 && errno != EINVAL) fail(std::strerror(errno));
}

}  // namespace picket
