// SPDX-License-Identifier: Apache-2.0
//
// One priority's log: handing records out, settling them, and giving their segments back.
#include <algorithm>

#include "exporters/spool/log.h"

namespace picket {

const Frame* SpoolLog::peek() {
  while (cursor_ < readable_) {
    if (cursor_ < window_.end() && window_.settled(cursor_)) {  // after rewind()
      ++cursor_;
      continue;
    }
    if (reader_ && cursor_ >= reading_->end) reader_.reset();
    if (!reader_ && !open_reader()) continue;
    const Frame* frame = reader_->peek();
    if (frame == nullptr) {
      lose(cursor_, std::min(reading_->end, readable_));
      continue;
    }
    if (frame->ordinal == cursor_) return frame;
    if (frame->ordinal < cursor_)
      reader_->advance();
    else
      lose(cursor_, std::min(frame->ordinal, readable_));
  }
  if (reader_ && cursor_ == next_ && !writing_) reader_.reset();  // drained: the buffer is not kept
  return nullptr;
}

// Where the record at the cursor lies. False when it lies nowhere: the cursor was moved on.
bool SpoolLog::open_reader() {
  reading_ = segment_of(cursor_);
  if (reading_ == nullptr || reading_->first > cursor_) {
    lose(cursor_, reading_ == nullptr ? readable_ : std::min(reading_->first, readable_));
    return false;
  }
  const SegmentName name{priority_, reading_->first};
  reader_.emplace(directory_.open_to_read(segment_file_name(name)), name);
  return true;  // a file that cannot be opened reads as an empty one
}

// The segment that holds this ordinal, or the first one after it.
const SpoolLog::Segment* SpoolLog::segment_of(std::uint64_t ordinal) const {
  const auto found =
      std::find_if(segments_.begin(), segments_.end(), [&](const Segment& s) { return s.end > ordinal; });
  return found == segments_.end() ? nullptr : &*found;
}

SpooledRecord SpoolLog::take() {
  const Frame* frame = peek();
  const bool sent_before = cursor_ < window_.end() || cursor_ < recovered_;
  const SpooledRecord record{{priority_, cursor_}, frame->payload, sent_before};
  if (cursor_ == window_.end()) window_.push(false);
  ++cursor_;
  return record;
}

bool SpoolLog::settle(std::uint64_t ordinal) {
  if (!window_.settle(ordinal)) return false;
  --records_;
  return true;
}

std::uint64_t SpoolLog::rewind() {
  std::uint64_t gone = 0;
  for (std::uint64_t ordinal = window_.begin(); ordinal < std::min(floor_, window_.end()); ++ordinal)
    gone += settle(ordinal) ? 1 : 0;
  cursor_ = window_.begin();
  reader_.reset();
  return gone;
}

// Moves the cursor over ordinals that nobody will get.
void SpoolLog::skip_to(std::uint64_t ordinal) {
  for (std::uint64_t each = cursor_; each < std::min(window_.end(), ordinal); ++each) window_.settle(each);
  if (window_.empty() && window_.end() < ordinal) window_.restart(ordinal);
  while (window_.end() < ordinal) window_.push(true);
  cursor_ = std::max(cursor_, ordinal);
}

// The records between are not there, though their numbers are. Those that recovery found missing were counted by it.
void SpoolLog::lose(std::uint64_t begin, std::uint64_t end) {
  std::uint64_t settled_before = 0;
  for (std::uint64_t each = begin; each < std::min(window_.end(), end); ++each)
    settled_before += window_.settled(each) ? 1 : 0;
  const std::uint64_t from = std::max(begin, window_.end());
  const std::uint64_t known = from < end ? missing_in(from, end) : 0;
  const std::uint64_t lost = end - begin - settled_before - known;
  damaged_ += lost;
  records_ -= lost;
  skip_to(end);
}

std::uint64_t SpoolLog::missing_in(std::uint64_t begin, std::uint64_t end) const {
  std::uint64_t count = 0;
  for (const Gap& gap : gaps_) {
    const std::uint64_t from = std::max(begin, gap.begin);
    const std::uint64_t to = std::min(end, gap.end);
    count += from < to ? to - from : 0;
  }
  return count;
}

SpoolEviction SpoolLog::give_up_oldest() {
  const Segment& oldest = segments_.front();
  SpoolEviction eviction{static_cast<Priority>(priority_), 0, oldest.first_time_ns, oldest.last_time_ns};
  floor_ = oldest.end;
  if (cursor_ < oldest.end) {
    std::uint64_t unsettled = 0;
    for (std::uint64_t each = cursor_; each < std::min(window_.end(), oldest.end); ++each)
      unsettled += window_.settled(each) ? 0 : 1;
    const std::uint64_t from = std::max(cursor_, window_.end());
    if (from < oldest.end) unsettled += oldest.end - from - missing_in(from, oldest.end);
    eviction.records = unsettled;
    records_ -= unsettled;
    skip_to(oldest.end);
  }
  return eviction;
}

void SpoolLog::remove_below(std::uint64_t done) {
  while (!segments_.empty() && segments_.front().end <= done && !writes_oldest()) {
    const Segment& oldest = segments_.front();
    if (reader_ && reading_ == &oldest) reader_.reset();
    directory_.remove(segment_file_name({priority_, oldest.first}));  // if it stays, the next recovery removes it
    bytes_ -= oldest.bytes;
    segments_.pop_front();
  }
  std::erase_if(gaps_, [&](const Gap& gap) { return gap.end <= done; });
}

}  // namespace picket
