// SPDX-License-Identifier: Apache-2.0
//
// Frames and headers to bytes and back.
//
// A frame header has a checksum of its own: when only the payload is damaged, the length can be trusted and exactly one
// record is lost. When the header is damaged, the next frame is found by its marker, whose bytes occur in no UTF-8
// text: an alert's text cannot imitate a frame.
#include "exporters/spool/frame.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "exporters/spool/crc32c.h"

namespace picket {

namespace {

constexpr std::string_view kSegmentMagic = "PKTSPOOL";
constexpr std::string_view kMarker = "\xf5\xfa\xff\xfe";
constexpr std::uint64_t kHighestOrdinal = std::uint64_t{1} << 60;  // no sensor lives to write it; no sum overflows
constexpr std::string_view kSuffix = ".segment";

struct SegmentHeader {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t priority;
  std::uint32_t reserved;
  std::uint32_t checksum;  // of what stands before it
};
static_assert(sizeof(SegmentHeader) == kSegmentHeaderSize);

struct FrameHeader {
  std::array<char, 4> marker;
  std::uint32_t length;
  std::uint64_t sequence;
  std::uint64_t ordinal;
  std::uint64_t time_ns;
  std::uint32_t payload_checksum;
  std::uint32_t checksum;  // of what stands before it
};
static_assert(sizeof(FrameHeader) == kFrameHeaderSize);

std::uint32_t seed_of(SegmentName name) {
  std::array<char, 12> bytes;
  std::memcpy(bytes.data(), &name.priority, 4);
  std::memcpy(bytes.data() + 4, &name.first, 8);
  return crc32c({bytes.data(), bytes.size()});
}

// The checksum over a header, which ends in the checksum itself.
template <class Header>
std::uint32_t checksum_of(const Header& header, std::uint32_t seed) {
  return crc32c({reinterpret_cast<const char*>(&header), sizeof header - sizeof header.checksum}, seed);
}

template <class Header>
void append_bytes(std::vector<char>& out, const Header& header) {
  const auto* bytes = reinterpret_cast<const char*>(&header);
  out.insert(out.end(), bytes, bytes + sizeof header);
}

// How far on the next marker can begin, after the first byte; the last three bytes may be the beginning of one.
std::size_t next_marker(std::string_view bytes) {
  const std::size_t found = bytes.find(kMarker, 1);
  if (found != std::string_view::npos) return found;
  return bytes.size() > kMarker.size() ? bytes.size() - (kMarker.size() - 1) : 1;
}

}  // namespace

std::string segment_file_name(SegmentName name) {
  std::array<char, 48> text;
  const int length = std::snprintf(text.data(), text.size(), "%u-%016llx%s", name.priority,
                                   static_cast<unsigned long long>(name.first), kSuffix.data());
  return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<SegmentName> parse_segment_file_name(std::string_view file_name) {
  SegmentName name;
  const char* const end = file_name.data() + file_name.size();
  const auto priority = std::from_chars(file_name.data(), end, name.priority);
  if (priority.ec != std::errc{} || priority.ptr == end) return std::nullopt;
  std::from_chars(priority.ptr + 1, end, name.first, 16);
  if (segment_file_name(name) != file_name || name.first > kHighestOrdinal) return std::nullopt;  // one spelling only
  return name;
}

void append_segment_header(std::vector<char>& out, SegmentName name) {
  SegmentHeader header{{}, kSpoolVersion, name.priority, 0, 0};
  std::memcpy(header.magic.data(), kSegmentMagic.data(), header.magic.size());
  header.checksum = checksum_of(header, seed_of(name));
  append_bytes(out, header);
}

HeaderState read_segment_header(std::string_view bytes, SegmentName name) {
  SegmentHeader header;
  if (bytes.size() < sizeof header) return HeaderState::Damaged;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::string_view magic(header.magic.data(), header.magic.size());
  if (magic != kSegmentMagic || header.checksum != checksum_of(header, seed_of(name))) return HeaderState::Damaged;
  return header.version == kSpoolVersion ? HeaderState::Valid : HeaderState::OtherVersion;
}

void append_frame(std::vector<char>& out, SegmentName name, const Frame& frame) {
  const std::uint32_t seed = seed_of(name);
  FrameHeader header{{},
                     static_cast<std::uint32_t>(frame.payload.size()),
                     frame.sequence,
                     frame.ordinal,
                     frame.time_ns,
                     crc32c(frame.payload, seed),
                     0};
  std::memcpy(header.marker.data(), kMarker.data(), header.marker.size());
  header.checksum = checksum_of(header, seed);
  append_bytes(out, header);
  out.insert(out.end(), frame.payload.begin(), frame.payload.end());
}

ScannedFrame scan_frame(std::string_view bytes, SegmentName name) {
  using Kind = ScannedFrame::Kind;
  const std::size_t seen = std::min(bytes.size(), kMarker.size());
  if (bytes.substr(0, seen) != kMarker.substr(0, seen)) return {Kind::Damage, next_marker(bytes)};
  if (bytes.size() < sizeof(FrameHeader)) return {Kind::More};

  FrameHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::uint32_t seed = seed_of(name);
  if (header.checksum != checksum_of(header, seed) || header.length > kSpoolMaxPayload || header.ordinal < name.first ||
      header.ordinal > kHighestOrdinal)
    return {Kind::Damage, next_marker(bytes)};

  const std::size_t length = sizeof header + header.length;
  if (bytes.size() < length) return {Kind::More};
  const std::string_view payload = bytes.substr(sizeof header, header.length);
  if (crc32c(payload, seed) != header.payload_checksum) return {Kind::Damage, length};
  return {Kind::Frame, length, {header.sequence, header.ordinal, header.time_ns, payload}};
}

}  // namespace picket
