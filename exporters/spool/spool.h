// SPDX-License-Identifier: Apache-2.0
//
// The spool: records on disk that wait to be delivered. Survives kill -9 and the loss of power at any byte; holds at
// most a given number of bytes; gives the records back in the order in which they came.
//
//   auto spool = Spool::open({.directory = "/var/lib/picket/spool/siem", .budget = 1 << 30});
//   (*spool)->put(Priority::Critical, now_ns, bytes);     // taken into memory, and soon written
//   (*spool)->tick(steady_clock::now());                  // on the disk at most 50 ms after it was taken
//   while (auto record = (*spool)->next()) send(*record); // only what is on the disk
//   (*spool)->delivered(record.position);                 // the other side has it; in any order
//
// Guarantees.
// - A record that spooled() counts is on the disk: it is handed out until delivered() is called for it, in this run or
// in
//   a later one. Once more after a crash: what was delivered in the last second may come again, marked `again`.
// - What is lost is counted: evicted (the budget was used up: the oldest records of the lowest priority go first, a
//   segment at a time) and damaged (bytes on the disk changed or vanished; all other records are kept).
// - Not promised: to notice that the newest records of a priority vanished after the last checkpoint (one a second).
//
// One thread. Nothing throws, nothing logs; the caller says what state() and recovery() tell. Layout on disk:
// exporters/spool/frame.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/spool/checkpoint.h"
#include "exporters/spool/directory.h"
#include "rules/event/alert.h"
#include "rules/event/result.h"

namespace picket {

struct SpoolOptions {
  std::string directory;
  std::uint64_t budget = std::uint64_t{1} << 30;  // bytes in segments
  std::uint64_t segment_size = 0;                 // 0: a 32nd of the budget, at most 64 MiB
  std::chrono::milliseconds sync_interval{50};    // longest time until what was put is on the disk
  std::chrono::milliseconds sync_soonest{50};     // shortest; in between it is three times what the last sync took
  std::uint64_t sync_bytes = 1 << 20;             // and the most that waits for it
  std::chrono::milliseconds checkpoint_interval{1000};
};

// What was found in the directory when it was opened.
struct SpoolRecovery {
  std::uint64_t records = 0;            // wait to be delivered
  std::uint64_t lost_records = 0;       // known to have been there by their numbers, and gone
  std::uint64_t damaged_stretches = 0;  // places in the middle of segments without a valid record
  std::uint64_t damaged_bytes = 0;
  std::uint64_t torn_bytes = 0;  // at the ends of segments: what was being written when the sensor was stopped
  std::uint64_t damaged_headers = 0;
  std::uint64_t unreadable_segments = 0;     // the device does not give them; left alone
  std::uint64_t other_version_segments = 0;  // written by another version of the sensor; left alone
  std::vector<std::string> foreign_files;    // not of the spool; left alone, and not in the budget
  bool checkpoint_damaged = false;           // everything that is there is sent again
};

struct SpoolEviction {
  Priority priority = Priority::Debug;
  std::uint64_t records = 0;
  std::uint64_t first_time_ns = 0;  // between these times, as the caller gave them
  std::uint64_t last_time_ns = 0;
};

struct SpoolState {
  std::uint64_t records = 0;         // on the disk and not delivered
  std::uint64_t bytes = 0;           // of all segments
  std::uint64_t spooled = 0;         // in this run: how many records came to be on the disk,
  std::uint64_t evicted = 0;         // how many were given up for the budget,
  std::uint64_t damaged = 0;         // and how many could not be read back, though they could when the spool was opened
  std::uint64_t oldest_time_ns = 0;  // about: of the segment with the oldest record; 0 when there is none
  std::string error;                 // why the device takes nothing now; empty when it does
};

struct SpooledRecord {
  // Names the record to delivered().
  struct Position {
    unsigned priority = 0;
    std::uint64_t ordinal = 0;
  } position;
  std::string_view payload;  // valid until the next call of next() or put()
  bool again = false;        // it may have been sent before
};

// Was put, and is not on the disk.
struct UnsyncedRecord {
  Priority priority = Priority::Debug;
  std::uint64_t sequence = 0;
  std::string payload;
};

class SpoolLog;

class Spool {
 public:
  static Result<std::unique_ptr<Spool>> open(SpoolOptions options);
  ~Spool();  // writes what is not yet written, and the checkpoint
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  enum class Put {
    Taken,
    TooLarge,  // longer than kSpoolMaxPayload, or than the budget
    Full,      // everything in the spool is of a higher priority
    Later,     // the device takes nothing now (state().error); nothing was given up
  };
  Put put(Priority priority, std::uint64_t time_ns, std::string_view payload);

  // Of the record that put() took last, in this run.
  SpooledRecord::Position last_taken() const { return last_taken_; }

  // Writes, synchronises and notes what is delivered, when it is due. Call it every few milliseconds.
  void tick(std::chrono::steady_clock::time_point now);
  bool sync();  // now; false when the device does not take it: it is tried again

  // While the device takes nothing: what is not yet on the disk is the caller's again, in the order of put(), as if it
  // had never been put. What cannot be taken out of its file stays.
  bool failing() const { return !error_.empty(); }
  std::vector<UnsyncedRecord> take_back();

  // The next record in the order of put(), or nothing while all that is on the disk has been handed out.
  std::optional<SpooledRecord> next();

  // False when that record was not being waited for (it was settled before).
  bool delivered(SpooledRecord::Position position);

  // Whatever was handed out and not delivered is handed out again. Returns how many of these are not there any more,
  // because they were evicted meanwhile; state().evicted counts them.
  std::uint64_t rewind();

  bool empty() const;                                   // nothing waits, neither on the disk nor for it
  bool drained() const;                                 // nothing waits on the disk
  std::uint64_t unsynced() const { return unsynced_; }  // bytes that are not yet on the disk, about
  SpoolState state() const;
  const SpoolRecovery& recovery() const { return recovery_; }

  // What was evicted since the last call; usually nothing.
  std::vector<SpoolEviction> take_evictions() { return std::exchange(evictions_, {}); }

 private:
  Spool(SpoolOptions options, SpoolDirectory directory, CheckpointFile checkpoint);
  Result<void> recover();
  bool make_room(std::size_t priority, std::uint64_t needed, Put& refused);
  Put evict(std::size_t priority);
  bool write_checkpoint();
  bool failed(const char* what);
  std::chrono::steady_clock::duration sync_interval() const;

  SpoolOptions options_;
  SpoolDirectory directory_;
  CheckpointFile checkpoint_;
  std::vector<std::unique_ptr<SpoolLog>> logs_;  // by priority
  SpoolRecovery recovery_;
  std::vector<SpoolEviction> evictions_;
  SpooledRecord::Position last_taken_;
  std::uint64_t sequence_ = 0;  // of the next record
  std::uint64_t spooled_ = 0;
  std::uint64_t evicted_ = 0;
  std::uint64_t unsynced_ = 0;  // bytes
  std::string error_;
  bool settled_since_checkpoint_ = false;
  std::chrono::steady_clock::duration sync_took_{};
  std::optional<std::chrono::steady_clock::time_point> unsynced_since_;
  std::optional<std::chrono::steady_clock::time_point> checkpointed_at_;
};

}  // namespace picket
