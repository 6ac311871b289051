// SPDX-License-Identifier: Apache-2.0
//
// The names of system calls: from a record's number and ABI to what evt.type shows.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "rules/event/catalogue.h"

namespace picket {
namespace {

constexpr std::int32_t NO = -1;

struct Call {
  Kind kind;
  std::int32_t native, x32, compat;
};

// The columns of syscalls.def that the machine this is built for uses.
constexpr Call kCalls[] = {
#if defined(__x86_64__)
#define CALL(kind, name, x86_64, x32, i386, arm64, arm) {Kind::kind, x86_64, x32, i386},
#else
#define CALL(kind, name, x86_64, x32, i386, arm64, arm) {Kind::kind, arm64, NO, arm},
#endif
#include "rules/event/syscalls.def"
#undef CALL
};

constexpr std::string_view kNames[] = {
#define CALL(kind, name, x86_64, x32, i386, arm64, arm) #name,
#include "rules/event/syscalls.def"
#undef CALL
};

constexpr std::string_view kRing = "io_uring";

// How x86-64 marks calls of the x32 ABI (__X32_SYSCALL_BIT).
constexpr std::int32_t kX32Bit = 0x40000000;

constexpr bool kinds_stand_together() {
  for (std::size_t i = 1; i < std::size(kCalls); ++i) {
    if (kCalls[i].kind == kCalls[i - 1].kind) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (kCalls[j].kind == kCalls[i].kind) return false;
    }
  }
  return true;
}
static_assert(kinds_stand_together());

// Where the calls of each kind stand.
struct Range {
  std::uint16_t first = 0, count = 0;
};
constexpr auto kCallsOf = [] {
  std::array<Range, kKindEnd> ranges{};
  for (std::size_t i = 0; i < std::size(kCalls); ++i) {
    Range& range = ranges[static_cast<std::size_t>(kCalls[i].kind)];
    if (range.count++ == 0) range.first = static_cast<std::uint16_t>(i);
  }
  return ranges;
}();

// A call's number in the ABI that it was made in, and the column where such numbers stand.
struct Made {
  std::int32_t Call::*column;
  std::int32_t number;
};
Made made_as(const pk_header& header) {
  if (header.flags & PK_FLAG_compat) return {&Call::compat, header.syscall};
  if (header.syscall & kX32Bit) return {&Call::x32, header.syscall & ~kX32Bit};
  return {&Call::native, header.syscall};
}

}  // namespace

std::span<const std::string_view> call_names(Kind kind) {
  const Range& calls = kCallsOf[static_cast<std::size_t>(kind)];
  return {kNames + calls.first, calls.count};
}

std::vector<CallNumbers> calls_of(Kind kind) {
  std::vector<CallNumbers> calls;
  for (const std::string_view& name : call_names(kind)) {
    const Call& call = kCalls[&name - kNames];
    calls.push_back({name, call.native, call.compat, call.x32 == NO ? NO : call.x32 | kX32Bit});
  }
  return calls;
}

std::string_view call_name(const Event& event) {
  const std::span<const std::string_view> names = call_names(event.kind());
  if (names.empty()) return {};
  if (event.header->flags & PK_FLAG_io_worker) {
    const auto ring = std::find(names.begin(), names.end(), kRing);
    if (ring != names.end()) return *ring;
  }
  if (event.header->syscall < 0) return names.front();
  const Made made = made_as(*event.header);
  const Call* const calls = &kCalls[names.data() - kNames];
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (calls[i].*made.column == made.number) return names[i];
  }
  return names.front();
}

}  // namespace picket
