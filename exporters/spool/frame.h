// SPDX-License-Identifier: Apache-2.0
//
// How the spool's bytes are laid out on disk. A spool is a directory; for each priority it holds one log of its own,
// cut into segments:
//
//   lock                          held by the sensor that uses the directory
//   checkpoint                    what is delivered (exporters/spool/checkpoint.h)
//   <priority>-<ordinal>.segment  the records of one priority from that ordinal on, in 16 hexadecimal digits
//
//   segment = header frame*       frame = frame header, payload
//
// Every record has two numbers. Its *sequence* counts over all priorities: reading by it gives back the order in which
// records came. Its *ordinal* counts within its priority without a gap: what is missing there was lost, and how many
// records that were is known even when not one byte of them is left.
//
// Numbers are little-endian. All functions are pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket {

// Longest payload. A length above it is damage, not a wish for memory.
inline constexpr std::size_t kSpoolMaxPayload = 4U << 20;

inline constexpr std::uint32_t kSpoolVersion = 1;

// Which segment: its file name, and with it the seed of all its checksums, so that a frame of another segment (a block
// that the file system gave back after a power loss) never passes for one of this.
struct SegmentName {
  unsigned priority = 0;
  std::uint64_t first = 0;  // ordinal of its first record

  friend bool operator==(const SegmentName&, const SegmentName&) = default;
};

std::string segment_file_name(SegmentName name);
std::optional<SegmentName> parse_segment_file_name(std::string_view file_name);  // nothing for any other file

enum class HeaderState { Valid, OtherVersion, Damaged };

inline constexpr std::size_t kSegmentHeaderSize = 24;
void append_segment_header(std::vector<char>& out, SegmentName name);
// `bytes` may be shorter than a header: that is damage.
HeaderState read_segment_header(std::string_view bytes, SegmentName name);

struct Frame {
  std::uint64_t sequence = 0;
  std::uint64_t ordinal = 0;
  std::uint64_t time_ns = 0;  // as the caller gave it; since 1970
  std::string_view payload;
};

inline constexpr std::size_t kFrameHeaderSize = 40;
void append_frame(std::vector<char>& out, SegmentName name, const Frame& frame);

// What stands at the beginning of `bytes`, which lie anywhere in the segment.
struct ScannedFrame {
  enum class Kind {
    Frame,   // a valid one; `length` bytes
    More,    // it may be one; more bytes are needed to tell. At the end of a file: a torn tail
    Damage,  // none; the next place where one could begin is `length` (at least 1) bytes on
  } kind = Kind::More;
  std::size_t length = 0;
  Frame frame{};  // its payload points into `bytes`
};
ScannedFrame scan_frame(std::string_view bytes, SegmentName name);

}  // namespace picket
