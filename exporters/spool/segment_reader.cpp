// SPDX-License-Identifier: Apache-2.0
//
// A sliding buffer over the file, and scan_frame() on it.
#include "exporters/spool/segment_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace picket {

namespace {
constexpr std::size_t kBuffer = 64U << 10;
}

HeaderState SegmentReader::header() {
  std::array<char, kSegmentHeaderSize> bytes;
  const std::int64_t got = read_at(file_.get(), bytes.data(), bytes.size(), 0);
  failed_ = got < 0;
  return read_segment_header({bytes.data(), static_cast<std::size_t>(std::max<std::int64_t>(got, 0))}, name_);
}

const Frame* SegmentReader::peek() {
  while (frame_length_ == 0) {
    const ScannedFrame scanned = scan_frame({buffer_.data() + begin_, end_ - begin_}, name_);
    if (scanned.kind == ScannedFrame::Kind::More) {
      if (!fill()) return nullptr;
      continue;
    }
    if (scanned.kind == ScannedFrame::Kind::Frame) {
      frame_ = scanned.frame;
      frame_length_ = scanned.length;
      in_damage_ = false;
      break;
    }
    damage_.stretches += in_damage_ ? 0 : 1;
    damage_.bytes += scanned.length;
    in_damage_ = true;
    begin_ += scanned.length;
  }
  return &frame_;
}

void SegmentReader::advance() {
  begin_ += frame_length_;
  frame_length_ = 0;
}

// More of the file; false when there is none. A buffer that is full of one unfinished frame grows.
bool SegmentReader::fill() {
  if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) buffer_.resize(std::max(kBuffer, 2 * buffer_.size()));
  const std::int64_t got = read_at(file_.get(), buffer_.data() + end_, buffer_.size() - end_, offset_);
  failed_ = got < 0;
  if (got <= 0) return false;
  end_ += static_cast<std::size_t>(got);
  offset_ += static_cast<std::uint64_t>(got);
  return true;
}

}  // namespace picket
