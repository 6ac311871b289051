// SPDX-License-Identifier: Apache-2.0
#include "exporters/spool/frame.h"

#include <gtest/gtest.h>

#include "exporters/spool/crc32c.h"
#include "exporters/spool/window.h"

namespace picket {
namespace {

TEST(Crc32c, KnownValues) {
  // RFC 3720, appendix B.4, and the customary check value.
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, GoesOnWhereItStopped) {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(crc32c(text.substr(cut), crc32c(text.substr(0, cut))), crc32c(text)) << cut;
}

TEST(SegmentFileName, ThereAndBack) {
  const struct {
    const char* text;
    bool is_segment;
  } rows[] = {
      {"2-00000000000004d2.segment", true},
      {"2-4d2.segment", false},                  // another spelling of it
      {"02-00000000000004d2.segment", false},    //
      {"2-00000000000004D2.segment", false},     //
      {"2-00000000000004d2.segment.gz", false},  //
      {"2-00000000000004d2", false},             //
      {"-00000000000004d2.segment", false},      //
      {"2", false},                              //
      {"", false},                               //
      {"2-ffffffffffffffff.segment", false},     // no ordinal comes so far
      {"99999999999-0000000000000000.segment", false},
  };
  for (const auto& row : rows) {
    const auto name = parse_segment_file_name(row.text);
    EXPECT_EQ(name.has_value(), row.is_segment) << row.text;
    if (name) {
      EXPECT_EQ(segment_file_name(*name), row.text);
    }
  }
}

TEST(ScanFrame, GivesBackWhatWasWritten) {
  std::vector<char> bytes;
  append_frame(bytes, {3, 7}, {11, 9, 13, "payload"});
  const ScannedFrame scanned = scan_frame({bytes.data(), bytes.size()}, {3, 7});
  ASSERT_EQ(scanned.kind, ScannedFrame::Kind::Frame);
  EXPECT_EQ(scanned.length, bytes.size());
  EXPECT_EQ(scanned.frame.sequence, 11U);
  EXPECT_EQ(scanned.frame.ordinal, 9U);
  EXPECT_EQ(scanned.frame.time_ns, 13U);
  EXPECT_EQ(scanned.frame.payload, "payload");
}

TEST(ScanFrame, OfAnotherSegmentIsDamage) {
  std::vector<char> bytes;
  append_frame(bytes, {3, 7}, {11, 9, 13, "payload"});
  for (const SegmentName other : {SegmentName{2, 7}, SegmentName{3, 8}, SegmentName{3, 0}})
    EXPECT_EQ(scan_frame({bytes.data(), bytes.size()}, other).kind, ScannedFrame::Kind::Damage);
}

TEST(ScanFrame, EveryBeginningNeedsMore) {
  std::vector<char> bytes;
  append_frame(bytes, {3, 7}, {11, 9, 13, "payload"});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(scan_frame({bytes.data(), size}, {3, 7}).kind, ScannedFrame::Kind::More) << size;
}

TEST(SegmentHeader, VersionAndDamage) {
  std::vector<char> bytes;
  append_segment_header(bytes, {3, 7});
  const std::string_view header(bytes.data(), bytes.size());
  EXPECT_EQ(read_segment_header(header, {3, 7}), HeaderState::Valid);
  EXPECT_EQ(read_segment_header(header, {3, 8}), HeaderState::Damaged);
  for (std::size_t size = 0; size < header.size(); ++size)
    EXPECT_EQ(read_segment_header(header.substr(0, size), {3, 7}), HeaderState::Damaged);
}

TEST(SettledWindow, OnlyASettledBeginningLeaves) {
  SettledWindow window;
  window.restart(100);
  for (int i = 0; i < 200; ++i) window.push(false);
  EXPECT_TRUE(window.settle(101));
  EXPECT_FALSE(window.settle(101));
  EXPECT_EQ(window.begin(), 100U);
  EXPECT_TRUE(window.settle(100));
  EXPECT_EQ(window.begin(), 102U);
  EXPECT_FALSE(window.settle(99));
  EXPECT_FALSE(window.settle(300));
  for (std::uint64_t i = 299; i >= 102; --i) EXPECT_TRUE(window.settle(i));
  EXPECT_TRUE(window.empty());
  EXPECT_EQ(window.begin(), 300U);
}

}  // namespace
}  // namespace picket
