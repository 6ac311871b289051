// SPDX-License-Identifier: Apache-2.0
//
// Event: one record of the kernel side, checked, with the process it belongs to. A view: it owns nothing.
//
// sensor/decode makes events from bytes and is the only one to do so for records that come from outside. Everybody else
// may rely on what it checked: the kind is known, the record is as long as its kind's struct, and every text field lies
// within the record.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "bpf/shared/wire.h"
#include "rules/event/container.h"
#include "rules/event/file_hash.h"
#include "rules/event/process.h"

namespace picket {

// Event kinds as C++ sees them; the numbers are those of kinds.def.
enum class Kind : std::uint8_t {
#define KIND(number, name, group, doc) name = number,
#include "bpf/shared/kinds.def"
#undef KIND
};

inline constexpr unsigned kKindEnd = PK_KIND_END;

std::string_view kind_name(Kind kind);  // "exec"

// A set of kinds.
class KindSet {
 public:
  constexpr KindSet() = default;
  constexpr KindSet(std::initializer_list<Kind> kinds) {
    for (Kind kind : kinds) bits_ |= bit(kind);
  }
  static constexpr KindSet all() {
    KindSet set;
#define KIND(number, name, group, doc) set.bits_ |= bit(Kind::name);
#include "bpf/shared/kinds.def"
#undef KIND
    return set;
  }
  constexpr bool contains(Kind kind) const { return bits_ & bit(kind); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::size_t size() const { return static_cast<std::size_t>(std::popcount(bits_)); }
  constexpr KindSet operator|(KindSet other) const { return from(bits_ | other.bits_); }
  constexpr KindSet operator&(KindSet other) const { return from(bits_ & other.bits_); }
  constexpr KindSet operator~() const { return from(~bits_ & all().bits_); }
  constexpr bool operator==(const KindSet&) const = default;

 private:
  static constexpr std::uint64_t bit(Kind kind) { return std::uint64_t{1} << static_cast<unsigned>(kind); }
  static constexpr KindSet from(std::uint64_t bits) {
    KindSet set;
    set.bits_ = bits;
    return set;
  }
  std::uint64_t bits_ = 0;
};

struct Event {
  const pk_header* header = nullptr;     // start of the record
  const Process* process = nullptr;      // never null once the process table has joined it
  Names* names = nullptr;                // never null once joined
  std::int64_t wall_clock_offset = 0;    // nanoseconds to add to boot-clock times for the time since 1970
  const Container* container = nullptr;  // that the process is in; nullptr: none, the host
  std::optional<std::int64_t> result{};  // what the call returned; nothing when nobody asked or knows (outcome.h)
  std::string_view host_name = {};       // of the remote end of a socket, when it is known from a DNS answer
  std::string_view local_name = {};      // the same of the local end
  const FileHash* file_hash = nullptr;   // of the file that it is about; nullptr: not asked for
  Hashes* lacking = nullptr;             // where fields note that they need a hash; nullptr: nobody would bring it
  std::string_view reached_by = {};      // where a path is another name of the file's: the one it was come by
  std::uint64_t number = 0;              // counts what rules looked at, from 1; 0: they do not
  std::uint64_t origin = 0;              // where events of several machines are looked at: which one's; else 0

  Kind kind() const { return static_cast<Kind>(header->kind); }

  // When it was, for what is remembered of events: by the boot clock, and where machines have different ones by the
  // time since 1970. Nanoseconds.
  std::uint64_t time() const {
    return origin == 0 ? header->time : header->time + static_cast<std::uint64_t>(wall_clock_offset);
  }

  // The record as its kind's struct: event.as<pk_open>(). The caller has checked the kind.
  template <class Record>
  const Record& as() const {
    return *reinterpret_cast<const Record*>(header);
  }

  std::string_view text(const pk_text& field) const {
    return {reinterpret_cast<const char*>(header) + field.offset, field.size};
  }
};

}  // namespace picket
