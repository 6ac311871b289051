// SPDX-License-Identifier: Apache-2.0
//
// Writes a recording (format.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rules/event/result.h"
#include "sensor/recording/format.h"
#include "sensor/recording/inputs.h"

struct ZSTD_CCtx_s;

namespace picket {

struct RecordingCounters {
  std::uint64_t records = 0;    // of the kernel side, in blocks that were written
  std::uint64_t unwritten = 0;  // that came and could not be
  std::uint64_t lost = 0;       // before they reached us, as losses say
  std::uint64_t bytes = 0;      // of the file
};

// Used from one thread. Allocates nothing per record once warm. Compresses and writes where it is called: about a
// millisecond for each megabyte of records, once a megabyte or a tick has come.
//
// A block that cannot be written whole is cut off again, so that the file ends with a whole one; from then on nothing
// is written any more (a recording has no holes) and failure() says why.
class RecordingWriter final : public Inputs {
 public:
  // Makes the file, with mode 0600; one that is there already is not touched. Written to it by the time it returns: the
  // preamble and the facts.
  static Result<std::unique_ptr<RecordingWriter>> create(const std::string& path, const Facts& facts);
  ~RecordingWriter() override;
  RecordingWriter(const RecordingWriter&) = delete;
  RecordingWriter& operator=(const RecordingWriter&) = delete;

  void record(std::span<const std::byte> record) override;
  void snapshot(std::span<const std::byte> record) override;
  void begin_reading(std::uint64_t time) override;
  void confirm(std::span<const std::byte> record) override;
  void retire(std::uint64_t time) override;
  void cgroup(std::uint64_t id, std::string_view path, std::uint64_t time) override;
  void answer(const Resolver::Answer& answer) override;
  void hash(const HashAnswer& answer) override;
  void time(std::uint64_t time) override;
  void loss(Kind kind, std::uint64_t count, std::uint64_t since, std::uint64_t until) override;
  void tick(std::uint64_t time, std::int64_t wall_clock_offset) override;  // writes what there is
  void forget_names() override;
  void user(std::uint32_t id, const Account& account) override;
  void group(std::uint32_t id, const Account& account) override;
  void ready(std::uint64_t time, bool observe_only) override;
  void finish() override;  // writes what there is, to the disk

  // Why nothing is written any more; an empty text while all is well.
  const std::string& failure() const { return failure_; }
  const RecordingCounters& counters() const { return counters_; }

 private:
  explicit RecordingWriter(int file);

  template <class Fill>
  void add(recording::EntryNumber number, Fill fill);
  template <class... Values>
  void pack(recording::EntryNumber number, const Values&... values);
  void write_block();
  bool write(const void* bytes, std::size_t size);
  void fail(const std::string& reason);

  int file_;
  ZSTD_CCtx_s* zstd_;
  std::vector<std::byte> raw_;         // the block under way
  std::vector<std::byte> compressed_;  // with its header
  std::uint32_t entries_ = 0;          // in raw_
  std::uint64_t records_ = 0;          // in raw_
  std::uint64_t blocks_ = 0;
  std::string failure_;
  RecordingCounters counters_;
};

}  // namespace picket
