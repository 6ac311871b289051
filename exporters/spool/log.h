// SPDX-License-Identifier: Apache-2.0
//
// One priority's log of the spool: its segments on disk, what is being written to the last of them, what is being read
// from the first, and which records are settled. Private to the room; Spool puts the logs together.
//
// Ordinals, from the oldest to the newest:
//
//   delivered | handed out | on the disk | in memory, or written and not yet synchronised
//             done         cursor        readable                                         next
//
// A record that was written is kept in memory until it is synchronised: after an error of fdatasync(2) nobody knows
// what of the file is on the disk (the kernel may have dropped the pages), so everything since the last success is
// written once more, to the same place.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "exporters/spool/checkpoint.h"
#include "exporters/spool/directory.h"
#include "exporters/spool/segment_reader.h"
#include "exporters/spool/spool.h"
#include "exporters/spool/window.h"

namespace picket {

class SpoolLog {
 public:
  SpoolLog(const SpoolDirectory& directory, unsigned priority, std::uint64_t segment_size)
      : directory_(directory), priority_(priority), segment_size_(segment_size) {}

  // Reads what is there: `firsts` are its segments, sorted. Without a checkpoint that was found, everything is new.
  void recover(const std::vector<std::uint64_t>& firsts, const Checkpoint::Log& checkpoint, bool found,
               SpoolRecovery& recovery);
  std::uint64_t next_ordinal() const { return next_; }            // of the record that comes next
  std::uint64_t next_sequence() const { return next_sequence_; }  // one above the highest found; 0 when none was

  // Writing. False: with errno set, and nothing is lost by trying again.
  bool append(std::uint64_t sequence, std::uint64_t time_ns, std::string_view payload);
  bool write_out();
  bool sync();
  // What is not synchronised, as if it had never been appended. False, with errno set, when it cannot be taken out of
  // the file; then all stays as it is.
  bool take_back(std::vector<UnsyncedRecord>& records);
  std::uint64_t publish();  // what was synchronised may be read; how many records that is

  // Reading. The record is valid until the next call of either.
  const Frame* peek();
  SpooledRecord take();
  bool settle(std::uint64_t ordinal);
  std::uint64_t rewind();

  // Space. Segments below `done` of a checkpoint that is on the disk are of no use any more. Only a segment that is not
  // written any more can be given up; what was handed out of it may still arrive and is left to its fate.
  bool has_segments() const { return !segments_.empty(); }
  bool writes_oldest() const { return writing_ && segments_.size() == 1; }
  bool has_settled_segment() const { return !segments_.empty() && segments_.front().end <= settled(); }
  bool close_segment();  // no more is written to the newest; false when it could not be synchronised
  SpoolEviction give_up_oldest();
  void remove_below(std::uint64_t done);

  Checkpoint::Log position() const { return {settled(), readable_}; }
  std::uint64_t records() const { return records_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t damaged() const { return damaged_; }
  bool drained() const { return records_ == 0 && readable_ == synced_; }
  bool idle() const { return records_ == 0 && readable_ == next_; }
  std::uint64_t oldest_time_ns() const {
    return records_ == 0 || segments_.empty() ? 0 : segments_.front().first_time_ns;
  }

 private:
  struct Segment {
    std::uint64_t first = 0;
    std::uint64_t end = 0;  // no record of it has this ordinal or a higher one
    std::uint64_t bytes = 0;
    std::uint64_t first_time_ns = 0;
    std::uint64_t last_time_ns = 0;
  };
  struct Gap {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  void recover_segment(std::uint64_t first, std::uint64_t& at, SpoolRecovery& recovery);
  void begin_segment();
  std::uint64_t settled() const { return std::max(window_.begin(), floor_); }
  const Segment* segment_of(std::uint64_t ordinal) const;
  bool open_reader();
  void skip_to(std::uint64_t ordinal);
  void lose(std::uint64_t begin, std::uint64_t end);
  std::uint64_t missing_in(std::uint64_t begin, std::uint64_t end) const;

  const SpoolDirectory& directory_;
  unsigned priority_;
  std::uint64_t segment_size_;
  std::deque<Segment> segments_;
  std::vector<Gap> gaps_;  // ordinals that are known to be lost, rising; usually none
  std::uint64_t bytes_ = 0;
  std::uint64_t records_ = 0;  // readable, or handed out, and not settled
  std::uint64_t damaged_ = 0;
  std::uint64_t next_sequence_ = 0;

  // The newest segment, while it is written.
  bool writing_ = false;
  Descriptor writer_;          // opened by the first write
  std::vector<char> pending_;  // not yet synchronised; the end of the segment
  std::size_t written_ = 0;    // of it
  bool created_ = false;       // the file is new: its name is not yet on the disk
  std::uint64_t next_ = 0;
  std::uint64_t synced_ = 0;  // records below are on the disk
  std::uint64_t readable_ = 0;

  std::optional<SegmentReader> reader_;
  const Segment* reading_ = nullptr;
  std::uint64_t cursor_ = 0;     // the next to be handed out
  std::uint64_t recovered_ = 0;  // records below are of an earlier run
  std::uint64_t floor_ = 0;      // records below were evicted; some may still be on their way
  SettledWindow window_;         // what was handed out; begins at `done`
};

}  // namespace picket
