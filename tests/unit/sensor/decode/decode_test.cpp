// SPDX-License-Identifier: Apache-2.0
//
// What decode takes and what it refuses.
#include "sensor/decode/decode.h"

#include <gtest/gtest.h>

#include <cstring>

#include "rules/event/layout.h"
#include "tests/support/every_kind.h"
#include "tests/support/record.h"

namespace picket {
namespace {

// The bytes of a record, on an 8-byte boundary, to be broken.
class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> bytes) : words_(bytes.size() / 8 + 2), size_(bytes.size()) {
    std::memcpy(words_.data(), bytes.data(), bytes.size());
  }
  std::byte* data() { return reinterpret_cast<std::byte*>(words_.data()); }
  std::size_t size() const { return size_; }
  pk_header& header() { return *reinterpret_cast<pk_header*>(data()); }
  pk_text& text(std::size_t offset) { return *reinterpret_cast<pk_text*>(data() + offset); }
  auto decoded() { return decode({data(), size_}); }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_;
};

// A good record of each kind: every text is there.
std::vector<Bytes> good_records() {
  std::vector<Bytes> records;
  for (unsigned kind = 1; kind < kKindEnd; ++kind) {
    const Layout& layout = layout_of(kind);
    if (layout.size == 0) continue;
    const std::vector<std::byte> zeros(layout.size + 64);
    Bytes& record = records.emplace_back(zeros);
    record.header().kind = static_cast<pk_u16>(kind);
    record.header().size = static_cast<pk_u32>(zeros.size());
    for (const Member& member : layout.members) {
      if (member.is_text) record.text(member.offset) = {static_cast<pk_u32>(layout.size), 64};
    }
  }
  return records;
}

std::string outcome(const std::variant<Event, DecodeError>& result) {
  const auto* error = std::get_if<DecodeError>(&result);
  return error ? std::string(describe(*error)) : "good";
}

const std::string kMisaligned(describe(DecodeError::Misaligned));
const std::string kTooShort(describe(DecodeError::TooShort));
const std::string kWrongSize(describe(DecodeError::WrongSize));
const std::string kUnknownKind(describe(DecodeError::UnknownKind));
const std::string kTextOutside(describe(DecodeError::TextOutside));

TEST(Decode, TakesEveryKind) {
  for (const auto& record : test::one_of_every_kind()) {
    const auto result = decode(record->bytes());
    ASSERT_EQ(outcome(result), "good");
    const Event& event = std::get<Event>(result);
    EXPECT_EQ(static_cast<const void*>(event.header), record->bytes().data());
    EXPECT_EQ(event.process, nullptr);
  }
}

TEST(Decode, TakesWhatTestsMake) {
  test::Record<pk_open> open(Kind::open);
  open.text(&pk_open::path, "/etc/shadow");
  const auto result = decode(open.bytes());
  ASSERT_EQ(outcome(result), "good");
  const Event& event = std::get<Event>(result);
  EXPECT_EQ(event.text(event.as<pk_open>().path), "/etc/shadow");
}

TEST(Decode, RefusesRecordsCutAnywhere) {
  for (Bytes& record : good_records()) {
    for (std::size_t size = 0; size < record.size(); ++size) {
      const bool no_header = size < sizeof(pk_header);
      EXPECT_EQ(outcome(decode({record.data(), size})), no_header ? kTooShort : kWrongSize) << size;
    }
  }
}

// The same, when the header says the shorter size.
TEST(Decode, RefusesTextsBehindTheEnd) {
  for (Bytes& record : good_records()) {
    const Layout& layout = layout_of(record.header().kind);
    const bool has_text = std::any_of(layout.members.begin(), layout.members.end(), std::mem_fn(&Member::is_text));
    for (std::size_t size = sizeof(pk_header); size < record.size(); ++size) {
      record.header().size = static_cast<pk_u32>(size);
      const std::string expected = size < layout.size ? kTooShort : has_text ? kTextOutside : "good";
      EXPECT_EQ(outcome(decode({record.data(), size})), expected) << size;
    }
  }
}

TEST(Decode, RefusesImpossibleTexts) {
  for (Bytes& good : good_records()) {
    const Layout& layout = layout_of(good.header().kind);
    const auto fixed = static_cast<pk_u32>(layout.size), whole = static_cast<pk_u32>(good.size());
    const struct {
      const char* name;
      pk_text text;
      std::string expected;
    } rows[] = {
        {"empty", {0, 0}, "good"},
        {"empty at the end", {whole, 0}, "good"},
        {"empty behind the end", {whole + 1, 0}, kTextOutside},
        {"last byte", {whole - 1, 1}, "good"},
        {"one byte too long", {fixed, whole - fixed + 1}, kTextOutside},
        {"begins behind the end", {whole, 1}, kTextOutside},
        {"begins in the fixed part", {fixed - 1, 2}, kTextOutside},
        {"begins in the header", {0, whole}, kTextOutside},
        {"sum wraps to 0", {0x80000000u, 0x80000000u}, kTextOutside},
        {"sum wraps into the record", {0xffffffffu, fixed + 1}, kTextOutside},
        {"all ones", {0xffffffffu, 0xffffffffu}, kTextOutside},
    };
    for (const Member& member : layout.members) {
      if (!member.is_text) continue;
      for (const auto& row : rows) {
        Bytes record = good;
        record.text(member.offset) = row.text;
        EXPECT_EQ(outcome(record.decoded()), row.expected) << member.name << ": " << row.name;
      }
    }
  }
}

TEST(Decode, RefusesUnknownKinds) {
  for (unsigned kind : {0u, kKindEnd, 255u, 65535u}) {
    Bytes record = good_records().front();
    record.header().kind = static_cast<pk_u16>(kind);
    EXPECT_EQ(outcome(record.decoded()), kUnknownKind) << kind;
  }
}

TEST(Decode, RefusesWrongSizes) {
  Bytes record = good_records().front();
  for (pk_u32 size : {0u, static_cast<pk_u32>(record.size()) - 1, static_cast<pk_u32>(record.size()) + 1, UINT32_MAX}) {
    record.header().size = size;
    EXPECT_EQ(outcome(record.decoded()), kWrongSize) << size;
  }
}

TEST(Decode, RefusesMisalignedRecords) {
  Bytes record = good_records().front();
  for (std::size_t shift = 1; shift < 8; ++shift) {
    EXPECT_EQ(outcome(decode({record.data() + shift, record.size() - shift})), kMisaligned) << shift;
  }
}

TEST(Decode, RefusesNothing) { EXPECT_EQ(outcome(decode({})), kTooShort); }

}  // namespace
}  // namespace picket
