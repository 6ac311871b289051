// SPDX-License-Identifier: Apache-2.0
//
// One record of every kind in which no field is empty, from the lists of wire fields: what holds for all kinds is
// tested with these, so that a new kind is in the test by itself.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "tests/support/record.h"

namespace picket::test {

class AnyRecord {
 public:
  virtual ~AnyRecord() = default;
  virtual std::span<const std::byte> bytes() const = 0;
  virtual Event event(const Process& process, Names* names) = 0;
};

namespace every_kind {

inline constexpr std::string_view kText = "/x";

// x.test has the address 192.0.2.1 (RFC 1035).
inline constexpr char kAnswerBytes[] =
    "\x12\x34\x81\x80\0\1\0\1\0\0\0\0"
    "\1x\4test\0\0\1\0\1"
    "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1";
inline constexpr std::string_view kAnswer(kAnswerBytes, sizeof kAnswerBytes - 1);

template <class Struct>
class Full final : public AnyRecord {
 public:
  Full(Kind kind, std::string_view text);
  std::span<const std::byte> bytes() const override { return record_.bytes(); }
  Event event(const Process& process, Names* names) override { return record_.event(process, names); }

 private:
  // IPv4 and TCP where a field says so; some small number, one character, or a process anywhere else.
  void fill(pk_u16 Struct::*field, std::string_view name) {
    record_.operator->()->*field = name == "family" ? 2 : name == "role" ? 1 : 6;
  }
  void fill(pk_u32 Struct::*field, std::string_view) { record_.operator->()->*field = 1; }
  void fill(pk_s32 Struct::*field, std::string_view) { record_.operator->()->*field = -1; }
  void fill(pk_u64 Struct::*field, std::string_view) { record_.operator->()->*field = 7; }
  void fill(pk_address Struct::*field, std::string_view) { (record_.operator->()->*field).bytes[0] = 10; }
  void fill(pk_comm Struct::*field, std::string_view) { text_.copy((record_.operator->()->*field).bytes, 15); }
  void fill(pk_text Struct::*field, std::string_view name) {
    record_.text(field, name == "message" && text_ == kText ? kAnswer : text_);
  }

  Record<Struct> record_;
  std::string_view text_;
};

#define FIELD(type, name, doc) \
  if (std::string_view(#name) != "reserved") fill(&RecordOf::name, #name);
#define BEGIN(kind)                                                                                 \
  template <>                                                                                       \
  inline Full<pk_##kind>::Full(Kind number, std::string_view text) : record_(number), text_(text) { \
    using RecordOf = pk_##kind;
#define END(kind) }
#include "bpf/shared/records.def"
#undef BEGIN
#undef END
#undef FIELD

}  // namespace every_kind

// Every text is `text`, of which the first few bytes are names of tasks, too.
inline std::vector<std::unique_ptr<AnyRecord>> one_of_every_kind(std::string_view text = every_kind::kText) {
  std::vector<std::unique_ptr<AnyRecord>> records;
#define KIND(number, name, group, doc) \
  records.push_back(std::make_unique<every_kind::Full<pk_##name>>(Kind::name, text));
#include "bpf/shared/kinds.def"
#undef KIND
  return records;
}

}  // namespace picket::test
