// SPDX-License-Identifier: Apache-2.0
//
// evt.*: the event itself: which call, when, with what intent.
#include <linux/fcntl.h>

#include <limits>
#include <optional>

#include "rules/event/rows.h"
#include "rules/event/time.h"

namespace picket::rows {
namespace {

constexpr KindSet kOpen{Kind::open};
constexpr KindSet kOpening{Kind::open, Kind::open_failed};
constexpr KindSet kNamed{Kind::exec, Kind::open};  // the kinds whose path can be cut

constexpr KindSet kTyped = kDone | KindSet{Kind::container};

constexpr std::uint32_t kModeCreated = 0x100000;  // FMODE_CREATED

constexpr std::string_view kRing = "io_uring";

Value type(const Event& event, int, Scratch&) { return known_text(call_name(event)); }

// What came through a ring has the names of the kind's calls besides: a rule about openat is a rule about opening, and
// a ring must not be a way round it.
Value each_type(const Event& event, int position, Scratch& scratch) {
  if (position == 0) return type(event, -1, scratch);
  if (call_name(event) != kRing) return {};
  for (const std::string_view name : call_names(event.kind())) {
    if (name != kRing && --position == 0) return name;
  }
  return {};
}

Value is_io_uring(const Event& event, int, Scratch&) {
  return kDone.contains(event.kind()) ? Value{call_name(event) == kRing} : Value{};
}

Value path_truncated(const Event& event, int, Scratch&) {
  if (!kNamed.contains(event.kind())) return {};
  return (event.header->flags & PK_FLAG_path_truncated) != 0;
}

// ---- time ----

// Nanoseconds since 1970. Unsigned arithmetic, so that a forged record cannot overflow.
std::uint64_t wall_clock(const Event& event) {
  return event.header->time + static_cast<std::uint64_t>(event.wall_clock_offset);
}

Value raw_time(const Event& event, int, Scratch&) { return wall_clock(event); }

Value time_of_day(const Event& event, int, Scratch& scratch) {
  char* text = scratch.room(kTimeOfDaySize);
  put_time_of_day(text, wall_clock(event));
  return std::string_view(text, kTimeOfDaySize);
}

Value iso_time(const Event& event, int, Scratch& scratch) {
  char* text = scratch.room(kRfc3339Size);
  put_rfc3339(text, wall_clock(event));
  return std::string_view(text, kRfc3339Size);
}

// ---- open flags ----

// The flags of an open, whether it succeeded or failed.
std::optional<std::uint32_t> flags_of(const Event& event) {
  if (const pk_open* open = as_open(event)) return open->flags;
  const pk_open_failed* failed = as_open_failed(event);
  return failed ? std::optional<std::uint32_t>(failed->flags) : std::nullopt;
}

bool can_read(std::uint32_t flags) { return (flags & O_ACCMODE) == O_RDONLY || (flags & O_ACCMODE) == O_RDWR; }
bool can_write(std::uint32_t flags) { return (flags & O_ACCMODE) == O_WRONLY || (flags & O_ACCMODE) == O_RDWR; }

Value is_open_read(const Event& event, int, Scratch&) {
  const auto flags = flags_of(event);
  return flags ? Value{can_read(*flags)} : Value{};
}

Value is_open_write(const Event& event, int, Scratch&) {
  const auto flags = flags_of(event);
  return flags ? Value{can_write(*flags)} : Value{};
}

Value is_open_create(const Event& event, int, Scratch&) {
  const pk_open* open = as_open(event);
  return open ? Value{(open->file_mode & kModeCreated) != 0} : Value{};
}

Value is_open_truncate(const Event& event, int, Scratch&) {
  const auto flags = flags_of(event);
  return flags ? Value{(*flags & O_TRUNC) != 0} : Value{};
}

// A flag is shown when all bits of its mask have exactly this value: O_SYNC contains O_DSYNC, O_TMPFILE O_DIRECTORY.
struct FlagName {
  std::uint32_t mask, value;
  std::string_view name;
};

constexpr FlagName kFlagNames[] = {
    {O_ACCMODE, O_RDONLY, "O_RDONLY"},   {O_ACCMODE, O_WRONLY, "O_WRONLY"},
    {O_ACCMODE, O_RDWR, "O_RDWR"},       {O_CREAT, O_CREAT, "O_CREAT"},
    {O_EXCL, O_EXCL, "O_EXCL"},          {O_TRUNC, O_TRUNC, "O_TRUNC"},
    {O_APPEND, O_APPEND, "O_APPEND"},    {O_NONBLOCK, O_NONBLOCK, "O_NONBLOCK"},
    {O_SYNC, O_DSYNC, "O_DSYNC"},        {O_SYNC, O_SYNC, "O_SYNC"},
    {O_DIRECT, O_DIRECT, "O_DIRECT"},    {O_TMPFILE, O_DIRECTORY, "O_DIRECTORY"},
    {O_TMPFILE, O_TMPFILE, "O_TMPFILE"}, {O_NOFOLLOW, O_NOFOLLOW, "O_NOFOLLOW"},
    {O_NOATIME, O_NOATIME, "O_NOATIME"}, {O_NOCTTY, O_NOCTTY, "O_NOCTTY"},
    {O_CLOEXEC, O_CLOEXEC, "O_CLOEXEC"}, {O_PATH, O_PATH, "O_PATH"},
};

Value open_flags(const Event& event, int, Scratch& scratch) {
  const auto flags = flags_of(event);
  if (!flags) return {};

  constexpr std::size_t kLongest = [] {
    std::size_t size = 0;
    for (const FlagName& flag : kFlagNames) size += flag.name.size() + 1;
    return size;
  }();
  char* text = scratch.room(kLongest);
  char* at = text;
  for (const FlagName& flag : kFlagNames) {
    if ((*flags & flag.mask) != flag.value) continue;
    if (at != text) *at++ = '|';
    at += flag.name.copy(at, flag.name.size());
  }
  return known_text({text, static_cast<std::size_t>(at - text)});
}

// ---- how it ended ----

// Stands in comparisons for a number that nobody knows: what succeeded returned a descriptor, or nothing to speak of.
std::int64_t presumed(Kind kind) {
  return kGivesDescriptor.contains(kind) ? std::numeric_limits<std::int64_t>::max() : 0;
}

Value result_name(const Event& event, int, Scratch&) {
  if (!kDone.contains(event.kind())) return {};
  const Outcome outcome = outcome_of(event);
  if (outcome.is != Outcome::Is::Failure) return std::string_view("SUCCESS");
  return error_name(-*outcome.result);
}

Value result_number(const Event& event, int, Scratch&) {
  const auto result = kDone.contains(event.kind()) ? outcome_of(event).result : std::nullopt;
  return result ? Value{*result} : Value{};
}

Value each_result_number(const Event& event, int position, Scratch&) {
  if (position != 0 || !kDone.contains(event.kind())) return {};
  return outcome_of(event).result.value_or(presumed(event.kind()));
}

Value failed(const Event& event, int, Scratch&) {
  return kDone.contains(event.kind()) ? Value{outcome_of(event).is == Outcome::Is::Failure} : Value{};
}

Value descriptor(const Event& event, int, Scratch&) {
  constexpr std::int64_t kNoDescriptor = -1;
  if (!kGivesDescriptor.contains(event.kind())) return {};
  const Outcome outcome = outcome_of(event);
  if (outcome.is == Outcome::Is::Failure) return kNoDescriptor;
  return outcome.result ? Value{*outcome.result} : Value{};
}

Value each_descriptor(const Event& event, int position, Scratch& scratch) {
  if (position != 0 || !kGivesDescriptor.contains(event.kind())) return {};
  const Value known = descriptor(event, -1, scratch);
  return present(known) ? known : Value{presumed(event.kind())};
}

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"evt.type", Type::Text, kNone, kTyped,
     "The call by which it was done, in whatever ABI: openat, execve, connect, io_uring...; procexit for an exit, "
     "container for one that started or stopped. Through io_uring it equals the names of the kind's calls, too.",
     type, each_type},
    {"evt.time", Type::Text, kNone, KindSet::all(),
     "Time of day in UTC (Falco shows the sensor's local time), with nanoseconds.", time_of_day},
    {"evt.time.iso8601", Type::Text, kNone, KindSet::all(), "Date and time in UTC, ISO 8601 with nanoseconds.",
     iso_time},
    {"evt.rawtime", Type::Unsigned, kNone, KindSet::all(), "Nanoseconds since 1970.", raw_time},
    {"evt.is_io_uring", Type::Bool, kNone, kDone, "The operation came through an io_uring ring, not a call of its own.",
     is_io_uring},
    {"evt.path_truncated", Type::Bool, kNone, kNamed, "The path was too long or too deep: its front is missing.",
     path_truncated},
    {"evt.is_open_read", Type::Bool, kNone, kOpening, "The file was opened for reading.", is_open_read},
    {"evt.is_open_write", Type::Bool, kNone, kOpening, "The file was opened for writing.", is_open_write},
    {"evt.is_open_create", Type::Bool, kNone, kOpen, "The file did not exist: this call created it.", is_open_create},
    {"evt.is_open_truncate", Type::Bool, kNone, kOpening,
     "The call empties the file (O_TRUNC), which Linux does even for one opened for reading.", is_open_truncate},
    {"evt.arg.flags", Type::Text, kNone, kOpening, "The open flags by name, joined by |: O_WRONLY|O_CREAT|O_TRUNC.",
     open_flags},
    {.name = "evt.res",
     .type = Type::Text,
     .argument = kNone,
     .kinds = kDone,
     .doc = "How it ended: SUCCESS or the name of the error (EACCES). Through io_uring nobody knows: then SUCCESS.",
     .get = result_name,
     .asks_outcome = true},
    {.name = "evt.rawres",
     .type = Type::Signed,
     .argument = kNone,
     .kinds = kDone,
     .doc =
         "What the call returned, an error as a negative number. Not known through io_uring, where it compares as 0, "
         "or, for what gives a descriptor, as one above all others.",
     .get = result_number,
     .get_each = each_result_number,
     .asks_outcome = true},
    {.name = "evt.failed",
     .type = Type::Bool,
     .argument = kNone,
     .kinds = kDone,
     .doc = "It failed or was refused. Through io_uring: was refused.",
     .get = failed,
     .asks_outcome = true},
    {.name = "fd.num",
     .type = Type::Signed,
     .argument = kNone,
     .kinds = kGivesDescriptor,
     .doc = "The new descriptor; -1 after a failure. Not known through io_uring, where it compares as one above all "
            "others.",
     .get = descriptor,
     .get_each = each_descriptor,
     .asks_outcome = true},
};

}  // namespace

std::span<const Field> event() { return kFields; }

}  // namespace picket::rows
