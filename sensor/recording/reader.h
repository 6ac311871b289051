// SPDX-License-Identifier: Apache-2.0
//
// Reads a recording (format.h). Any bytes are safe (fuzzed) and take bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/event/result.h"
#include "sensor/recording/format.h"
#include "sensor/recording/inputs.h"

struct ZSTD_DCtx_s;

namespace picket {

// Where a recording ends, and why there.
struct RecordingEnd {
  bool whole = false;           // the recorder stopped as it should and nothing is missing
  std::string reason;           // when it is not whole: "it stops in the middle of a block"
  std::uint64_t offset = 0;     // of the first byte that was not read as part of a whole block
  std::uint64_t unread = 0;     // bytes from there on
  std::uint64_t blocks = 0;     // whole ones
  std::uint64_t last_time = 0;  // boot clock, when the recorder last looked at it; 0: never
};

// Used from one thread. Allocates per block, and for what is said about containers and users; not per record.
class RecordingReader {
 public:
  // Reads up to the facts. Fails when the file cannot be opened, is no recording, or is one of another version of the
  // format or of the records' layout.
  static Result<std::unique_ptr<RecordingReader>> open(const std::string& path);
  ~RecordingReader();
  RecordingReader(const RecordingReader&) = delete;
  RecordingReader& operator=(const RecordingReader&) = delete;

  const Facts& facts() const { return facts_; }

  // Makes the calls of the next block; false when there is none any more: end() is filled then. Nothing of a block that
  // is cut short or whose checksum is wrong is played. Records are in memory that the callee may change.
  bool play_block(Inputs& inputs);

  const RecordingEnd& end() const { return end_; }

 private:
  explicit RecordingReader(int file);

  Result<void> read_start(const std::string& path);
  bool read_block();
  bool stop(std::string reason);
  std::optional<std::size_t> read(void* into, std::size_t size);

  int file_;
  ZSTD_DCtx_s* zstd_;
  Facts facts_;
  std::vector<std::byte> compressed_;
  std::vector<std::uint64_t> raw_;  // words: records are aligned to 8 bytes
  std::span<const std::byte> block_;
  std::uint32_t entries_ = 0;  // in block_
  bool stopped_ = false;
  bool finished_ = false;  // the entry `finish` came
  RecordingEnd end_;
};

}  // namespace picket
