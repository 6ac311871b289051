// SPDX-License-Identifier: Apache-2.0
//
// One priority's log: recovery and writing. Reading and removing: log_read.cpp.
#include "exporters/spool/log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace picket {

void SpoolLog::recover(const std::vector<std::uint64_t>& firsts, const Checkpoint::Log& checkpoint, bool found,
                       SpoolRecovery& recovery) {
  const std::uint64_t done = found ? checkpoint.done : firsts.empty() ? 0 : firsts.front();
  window_.restart(done);
  std::uint64_t at = done;  // the ordinal that comes next if nothing is missing
  for (const std::uint64_t first : firsts) recover_segment(first, at, recovery);
  if (at < checkpoint.next) gaps_.push_back({at, checkpoint.next});
  for (const Gap& gap : gaps_) recovery.lost_records += gap.end - gap.begin;

  at = std::max(at, checkpoint.next);
  next_ = std::max(next_, at);
  if (at < next_) gaps_.push_back({at, next_});  // names that are taken; nobody knows of records there
  for (std::size_t i = 0; i < segments_.size(); ++i)
    segments_[i].end = std::max(segments_[i].end, i + 1 < segments_.size() ? segments_[i + 1].first : next_);
  recovery.records += records_;
  cursor_ = done;
  recovered_ = readable_ = synced_ = next_;
  if (records_ == 0) window_.restart(cursor_ = next_);
}

void SpoolLog::recover_segment(std::uint64_t first, std::uint64_t& at, SpoolRecovery& recovery) {
  const SegmentName name{priority_, first};
  Descriptor file = directory_.open_to_read(segment_file_name(name));
  if (!file && (errno == EINVAL || errno == ELOOP)) {
    recovery.foreign_files.push_back(segment_file_name(name));
    next_ = std::max(next_, first + 1);  // its name is taken
    return;
  }
  SegmentReader reader(std::move(file), name);
  const HeaderState header = reader.header();
  if (!reader.failed() && header == HeaderState::OtherVersion) {
    ++recovery.other_version_segments;
    next_ = std::max(next_, first + 1);
    return;
  }

  Segment segment{first, first, kSegmentHeaderSize, 0, 0};
  bool any = false;
  for (const Frame* frame = reader.peek(); frame != nullptr; reader.advance(), frame = reader.peek()) {
    if (!any) segment.first_time_ns = frame->time_ns;
    any = true;
    segment.last_time_ns = frame->time_ns;
    segment.end = std::max(segment.end, frame->ordinal + 1);
    segment.bytes += kFrameHeaderSize + frame->payload.size();
    next_sequence_ = std::max(next_sequence_, frame->sequence + 1);
    if (frame->ordinal < at) continue;  // delivered
    if (frame->ordinal > at) gaps_.push_back({at, frame->ordinal});
    at = frame->ordinal + 1;
    ++records_;
  }
  recovery.damaged_headers += header == HeaderState::Damaged ? 1 : 0;
  recovery.damaged_stretches += reader.damage().stretches;
  recovery.damaged_bytes += reader.damage().bytes;
  recovery.torn_bytes += reader.tail();
  recovery.unreadable_segments += reader.failed() ? 1 : 0;
  segment.bytes += reader.damage().bytes + reader.tail();
  if (!any && !reader.failed()) {
    directory_.remove(segment_file_name(name));  // holds nothing
    return;
  }
  next_ = std::max(next_, first + 1);
  bytes_ += segment.bytes;
  segments_.push_back(segment);
}

bool SpoolLog::append(std::uint64_t sequence, std::uint64_t time_ns, std::string_view payload) {
  const std::uint64_t frame = kFrameHeaderSize + payload.size();
  if (writing_ && segments_.back().bytes + frame > segment_size_ && !close_segment()) return false;
  if (!writing_) begin_segment();
  Segment& segment = segments_.back();
  append_frame(pending_, {priority_, segment.first}, {sequence, next_, time_ns, payload});
  if (segment.end == segment.first) segment.first_time_ns = time_ns;
  segment.last_time_ns = time_ns;
  segment.bytes += frame;
  segment.end = ++next_;
  bytes_ += frame;
  return true;
}

// The file is made by the first write: a disk without a free inode is a reason to wait like any other.
void SpoolLog::begin_segment() {
  segments_.push_back({next_, next_, kSegmentHeaderSize, 0, 0});
  bytes_ += kSegmentHeaderSize;
  append_segment_header(pending_, {priority_, next_});
  writing_ = true;
}

bool SpoolLog::write_out() {
  if (written_ == pending_.size()) return true;
  if (!writer_) {
    writer_ = directory_.create(segment_file_name({priority_, segments_.back().first}));
    if (!writer_) return false;
    created_ = true;
  }
  const std::uint64_t synced = segments_.back().bytes - pending_.size();
  written_ += write_at(writer_.get(), pending_.data() + written_, pending_.size() - written_, synced + written_);
  return written_ == pending_.size();
}

bool SpoolLog::sync() {
  if (pending_.empty()) return true;
  if (!write_out()) return false;
  if (::fdatasync(writer_.get()) != 0 || (created_ && !directory_.sync())) {
    const int error = errno;
    written_ = 0;
    errno = error;
    return false;
  }
  created_ = false;
  pending_.clear();
  written_ = 0;
  synced_ = next_;
  return true;
}

bool SpoolLog::take_back(std::vector<UnsyncedRecord>& records) {
  if (pending_.empty()) return true;
  Segment& segment = segments_.back();
  const std::uint64_t synced = segment.bytes - pending_.size();
  const SegmentName name{priority_, segment.first};
  if (writer_ && ::ftruncate(writer_.get(), static_cast<off_t>(synced)) != 0) return false;
  if (synced == 0 && writer_ && !directory_.remove(segment_file_name(name))) return false;

  std::string_view bytes(pending_.data(), pending_.size());
  if (synced == 0) bytes.remove_prefix(kSegmentHeaderSize);
  while (!bytes.empty()) {
    const ScannedFrame scanned = scan_frame(bytes, name);
    if (scanned.kind != ScannedFrame::Kind::Frame) std::abort();  // we wrote it
    records.push_back({static_cast<Priority>(priority_), scanned.frame.sequence, std::string(scanned.frame.payload)});
    bytes.remove_prefix(scanned.length);
  }
  reader_.reset();  // it may have read some of it
  next_ = synced_;
  bytes_ -= pending_.size();
  pending_.clear();
  written_ = 0;
  segment.bytes = synced;
  segment.end = next_;
  if (synced > 0) return true;
  segments_.pop_back();
  writer_.reset();
  writing_ = created_ = false;
  return true;
}

std::uint64_t SpoolLog::publish() {
  const std::uint64_t count = synced_ - readable_;
  records_ += count;
  readable_ = synced_;
  return count;
}

bool SpoolLog::close_segment() {
  if (!writing_) return true;
  if (!sync()) return false;
  writer_.reset();
  writing_ = false;
  return true;
}

}  // namespace picket
