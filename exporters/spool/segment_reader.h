// SPDX-License-Identifier: Apache-2.0
//
// Reads the frames of one segment in the order in which they lie, jumps over what is damaged, and counts it. The file
// may still grow at its end. Memory: one buffer, as long as the longest frame met and at least 64 KiB.
#pragma once

#include <cstdint>
#include <vector>

#include "exporters/spool/directory.h"
#include "exporters/spool/frame.h"

namespace picket {

// What is no frame, and how much of it there is.
struct SegmentDamage {
  std::uint64_t stretches = 0;  // between two frames, or before the first
  std::uint64_t bytes = 0;      // in all of them
};

class SegmentReader {
 public:
  SegmentReader(Descriptor file, SegmentName name) : file_(std::move(file)), name_(name) {}

  HeaderState header();

  // The frame that comes next, or nothing while the file has no further whole one. Valid until the next call.
  const Frame* peek();
  void advance();  // past the frame that peek() gave

  bool failed() const { return failed_; }  // the device did not give what it has
  const SegmentDamage& damage() const { return damage_; }
  std::uint64_t tail() const { return end_ - begin_; }  // after peek() gave nothing: bytes of a frame without its end

 private:
  bool fill();

  Descriptor file_;
  SegmentName name_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // in the buffer: what is read and not yet used
  std::size_t end_ = 0;
  std::uint64_t offset_ = kSegmentHeaderSize;  // in the file, of what is read next
  Frame frame_;
  std::size_t frame_length_ = 0;  // 0: none was found yet at begin_
  SegmentDamage damage_;
  bool in_damage_ = false;
  bool failed_ = false;
};

}  // namespace picket
