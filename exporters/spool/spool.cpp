// SPDX-License-Identifier: Apache-2.0
//
// The logs of all priorities as one: order, budget, group commit, checkpoint.
#include "exporters/spool/spool.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "exporters/spool/log.h"

namespace picket {

namespace {

constexpr std::uint64_t kLargestSegment = 64U << 20;
constexpr std::uint64_t kSegmentsInBudget = 32;
constexpr std::uint64_t kSmallestBudget = 64U << 10;

constexpr std::size_t kPriorities = 0
#define PRIORITY(name, severity) +1
#include "rules/event/priorities.def"
#undef PRIORITY
    ;
static_assert(kPriorities == kSpoolPriorities, "the layout of the checkpoint holds one log a priority");

// What is a segment by its name goes to its priority; the rest is named.
std::array<std::vector<std::uint64_t>, kSpoolPriorities> sort_files(const std::vector<std::string>& names,
                                                                    std::vector<std::string>& foreign) {
  std::array<std::vector<std::uint64_t>, kSpoolPriorities> firsts;
  for (const std::string& name : names) {
    if (name == "lock" || name == "checkpoint") continue;
    const auto segment = parse_segment_file_name(name);
    if (segment && segment->priority < kSpoolPriorities)
      firsts[segment->priority].push_back(segment->first);
    else
      foreign.push_back(name);
  }
  for (auto& each : firsts) std::sort(each.begin(), each.end());
  std::sort(foreign.begin(), foreign.end());
  return firsts;
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(SpoolOptions options) {
  if (options.budget < kSmallestBudget)
    return Error{"spool " + options.directory + ": a budget of " + std::to_string(options.budget) +
                     " bytes is too small: expected at least " + std::to_string(kSmallestBudget),
                 "an hour without the broker needs about 1 GiB at 300 alerts a second"};
  if (options.segment_size == 0) options.segment_size = std::min(options.budget / kSegmentsInBudget, kLargestSegment);
  auto directory = SpoolDirectory::open(options.directory);
  if (!directory) return directory.error();
  auto checkpoint = CheckpointFile::open(*directory);
  if (!checkpoint) return checkpoint.error();
  std::unique_ptr<Spool> spool(new Spool(std::move(options), std::move(*directory), std::move(*checkpoint)));
  if (auto recovered = spool->recover(); !recovered) return recovered.error();
  return spool;
}

Spool::Spool(SpoolOptions options, SpoolDirectory directory, CheckpointFile checkpoint)
    : options_(std::move(options)), directory_(std::move(directory)), checkpoint_(std::move(checkpoint)) {
  for (unsigned priority = 0; priority < kSpoolPriorities; ++priority)
    logs_.push_back(std::make_unique<SpoolLog>(directory_, priority, options_.segment_size));
}

Spool::~Spool() {
  sync();
  for (auto& log : logs_) log->close_segment();
  write_checkpoint();
}

Result<void> Spool::recover() {
  auto names = directory_.list();
  if (!names) return names.error();
  const auto firsts = sort_files(*names, recovery_.foreign_files);
  recovery_.checkpoint_damaged = checkpoint_.damaged();
  sequence_ = checkpoint_.start().sequence;
  for (std::size_t i = 0; i < logs_.size(); ++i) {
    logs_[i]->recover(firsts[i], checkpoint_.start().logs[i], checkpoint_.found(), recovery_);
    sequence_ = std::max(sequence_, logs_[i]->next_sequence());
  }
  if (!write_checkpoint()) return Error{"spool " + options_.directory + " takes nothing: " + error_, ""};
  return {};
}

Spool::Put Spool::put(Priority priority, std::uint64_t time_ns, std::string_view payload) {
  const auto index = static_cast<std::size_t>(priority);
  if (index >= logs_.size()) std::abort();
  SpoolLog& log = *logs_[index];
  const std::uint64_t needed = kSegmentHeaderSize + kFrameHeaderSize + payload.size();
  if (payload.size() > kSpoolMaxPayload || needed > options_.budget) return Put::TooLarge;
  if (unsynced_ >= options_.sync_bytes && !sync()) return Put::Later;
  Put refused = Put::Taken;
  if (!make_room(index, needed, refused)) return refused;
  if (!log.append(sequence_, time_ns, payload)) return failed("write"), Put::Later;
  last_taken_ = {static_cast<unsigned>(index), log.next_ordinal() - 1};
  ++sequence_;
  unsynced_ += needed;
  return Put::Taken;
}

// First what is delivered makes room, then the oldest of the lowest priority.
bool Spool::make_room(std::size_t priority, std::uint64_t needed, Put& refused) {
  const auto in_use = [&] {
    std::uint64_t bytes = 0;
    for (const auto& log : logs_) bytes += log->bytes();
    return bytes;
  };
  const auto too_much = [&] { return in_use() + needed > options_.budget; };
  if (!too_much()) return true;

  for (auto& log : logs_)
    if (log->has_settled_segment()) log->close_segment();
  if (!write_checkpoint()) return refused = Put::Later, false;
  while (too_much()) {
    std::size_t lowest = logs_.size() - 1;
    while (lowest > priority && !logs_[lowest]->has_segments()) --lowest;
    refused = logs_[lowest]->has_segments() ? evict(lowest) : Put::Full;
    if (refused != Put::Taken) return false;
  }
  return true;
}

// First it is written down that the records are given up, then the segment is removed: the other way round, a crash
// between the two would look like damage. When it cannot be written down, the segment is removed by the next attempt.
Spool::Put Spool::evict(std::size_t priority) {
  SpoolLog& log = *logs_[priority];
  if (!sync() || (log.writes_oldest() && !log.close_segment())) return Put::Later;  // all of it counts as spooled
  const SpoolEviction eviction = log.give_up_oldest();
  evicted_ += eviction.records;
  if (eviction.records > 0) evictions_.push_back(eviction);
  return write_checkpoint() ? Put::Taken : Put::Later;
}

// A disk that is slow is not kept busy by this alone.
std::chrono::steady_clock::duration Spool::sync_interval() const {
  using Duration = std::chrono::steady_clock::duration;
  return std::min<Duration>(std::max<Duration>(3 * sync_took_, options_.sync_soonest), options_.sync_interval);
}

bool Spool::sync() {
  const auto begin = std::chrono::steady_clock::now();
  bool all = true;
  for (auto& log : logs_) all = all && (log->sync() || failed("write"));
  for (auto& log : logs_) spooled_ += log->publish();  // of some it may be a part
  if (!all) return false;
  if (unsynced_ > 0) sync_took_ = std::chrono::steady_clock::now() - begin;
  unsynced_ = 0;
  unsynced_since_.reset();
  error_.clear();
  return true;
}

void Spool::tick(std::chrono::steady_clock::time_point now) {
  if (unsynced_ > 0) {
    if (!unsynced_since_) unsynced_since_ = now;
    if (now - *unsynced_since_ >= sync_interval() || unsynced_ >= options_.sync_bytes) {
      if (!sync()) unsynced_since_ = now;
    } else {
      for (auto& log : logs_)
        if (!log->write_out()) failed("write");
    }
  }
  if (!settled_since_checkpoint_) return;
  if (!checkpointed_at_) checkpointed_at_ = now;
  if (now - *checkpointed_at_ < options_.checkpoint_interval) return;
  checkpointed_at_ = now;
  write_checkpoint();
}

bool Spool::write_checkpoint() {
  Checkpoint checkpoint;
  checkpoint.sequence = sequence_;
  for (std::size_t i = 0; i < logs_.size(); ++i) checkpoint.logs[i] = logs_[i]->position();
  if (!checkpoint_.write(checkpoint)) return failed("note what is delivered");
  for (std::size_t i = 0; i < logs_.size(); ++i) logs_[i]->remove_below(checkpoint.logs[i].done);
  settled_since_checkpoint_ = false;
  return true;
}

std::vector<UnsyncedRecord> Spool::take_back() {
  std::vector<UnsyncedRecord> records;
  bool all = true;
  for (auto& log : logs_) all = log->take_back(records) && all;
  if (all) {
    unsynced_ = 0;
    unsynced_since_.reset();
  }
  const auto earlier = [](const UnsyncedRecord& a, const UnsyncedRecord& b) { return a.sequence < b.sequence; };
  std::sort(records.begin(), records.end(), earlier);
  return records;
}

std::optional<SpooledRecord> Spool::next() {
  SpoolLog* earliest = nullptr;
  std::uint64_t sequence = 0;
  for (auto& log : logs_) {
    const Frame* frame = log->peek();
    if (frame == nullptr || (earliest != nullptr && frame->sequence > sequence)) continue;
    earliest = log.get();
    sequence = frame->sequence;
  }
  if (earliest == nullptr) return std::nullopt;
  return earliest->take();
}

bool Spool::delivered(SpooledRecord::Position position) {
  if (position.priority >= logs_.size() || !logs_[position.priority]->settle(position.ordinal)) return false;
  settled_since_checkpoint_ = true;
  return true;
}

std::uint64_t Spool::rewind() {
  std::uint64_t gone = 0;
  for (auto& log : logs_) gone += log->rewind();
  evicted_ += gone;
  return gone;
}

bool Spool::empty() const {
  return std::all_of(logs_.begin(), logs_.end(), [](const auto& log) { return log->idle(); });
}

bool Spool::drained() const {
  return std::all_of(logs_.begin(), logs_.end(), [](const auto& log) { return log->drained(); });
}

SpoolState Spool::state() const {
  SpoolState state;
  state.spooled = spooled_;
  state.evicted = evicted_;
  state.error = error_;
  for (const auto& log : logs_) {
    state.records += log->records();
    state.bytes += log->bytes();
    state.damaged += log->damaged();
    const std::uint64_t oldest = log->oldest_time_ns();
    if (oldest != 0 && (state.oldest_time_ns == 0 || oldest < state.oldest_time_ns)) state.oldest_time_ns = oldest;
  }
  return state;
}

bool Spool::failed(const char* what) {
  error_ = std::string("cannot ") + what + ": " + std::generic_category().message(errno);
  return false;
}

}  // namespace picket
