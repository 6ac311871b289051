// SPDX-License-Identifier: Apache-2.0
//
// evt.*: the event itself: which call, when, with what intent.
#include <linux/fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "rules/event/rows.h"
#include "rules/event/time.h"

namespace picket::rows {
namespace {

constexpr KindSet kOpen{Kind::open};
constexpr KindSet kOpening{Kind::open, Kind::open_failed};
constexpr KindSet kNamed{Kind::exec, Kind::open};  // the kinds whose path can be cut

// The kinds whose paths can be other names.
constexpr KindSet kRenamed{Kind::open,       Kind::create,     Kind::unlink,      Kind::rmdir,  Kind::rename,
                           Kind::link,       Kind::symlink,    Kind::mkdir,       Kind::mknod,  Kind::chmod,
                           Kind::chown,      Kind::truncate,   Kind::setxattr,    Kind::chroot, Kind::mount,
                           Kind::umount,     Kind::mmap,       Kind::mprotect,    Kind::module, Kind::kexec,
                           Kind::move_mount, Kind::pivot_root, Kind::unix_connect};

constexpr KindSet kTyped = kDone | KindSet{Kind::container};

// Without a system call of that name: what evt.type shows is our own word.
constexpr KindSet kCalls = kDone & ~KindSet{Kind::exit,         Kind::userns,       Kind::create,   Kind::dns,
                                            Kind::cgroup_mkdir, Kind::cgroup_rmdir, Kind::lockdown, Kind::unix_connect};

constexpr std::string_view kRing = "io_uring";
constexpr std::string_view kOpenTrunc = "open_trunc";

// ---- which call ----

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

// open_trunc is our own word as well.
bool is_call(const Event& event) { return kCalls.contains(event.kind()) && call_name(event) != kOpenTrunc; }

Value syscall(const Event& event, int, Scratch& scratch) { return is_call(event) ? type(event, -1, scratch) : Value{}; }

Value each_syscall(const Event& event, int position, Scratch& scratch) {
  return is_call(event) ? each_type(event, position, scratch) : Value{};
}

Value is_io_uring(const Event& event, int, Scratch&) {
  return kDone.contains(event.kind()) ? Value{call_name(event) == kRing} : Value{};
}

Value path_truncated(const Event& event, int, Scratch&) {
  if (!kNamed.contains(event.kind())) return {};
  return (event.header->flags & PK_FLAG_path_truncated) != 0;
}

Value number(const Event& event, int, Scratch&) {
  return kTyped.contains(event.kind()) ? known_number(event.number) : Value{};
}

Value cpu(const Event& event, int, Scratch&) {
  return kDone.contains(event.kind()) ? Value{std::uint64_t{event.header->cpu}} : Value{};
}

// The same text for all events of these kinds.
struct Word {
  std::string_view text;
  KindSet kinds;
};

// Falco's categories of the calls that our kinds stand for.
constexpr Word kCategories[] = {
    {"process",
     {Kind::fork, Kind::exec, Kind::exit, Kind::capset, Kind::ptrace, Kind::setns, Kind::unshare, Kind::userns,
      Kind::chroot}},
    {"user", {Kind::setuid, Kind::setgid}},
    {"signal", {Kind::signal}},
    {"memory", {Kind::mmap, Kind::mprotect, Kind::memfd}},
    {"file",
     {Kind::open, Kind::open_failed, Kind::create, Kind::unlink, Kind::rmdir, Kind::rename, Kind::link, Kind::symlink,
      Kind::mkdir, Kind::mknod, Kind::chmod, Kind::chown, Kind::truncate, Kind::setxattr, Kind::mount, Kind::move_mount,
      Kind::umount, Kind::pivot_root, Kind::userfaultfd}},
    {"net",
     {Kind::socket, Kind::bind, Kind::listen, Kind::connect, Kind::accept, Kind::send, Kind::close, Kind::dns,
      Kind::unix_connect}},
    {"container", {Kind::container, Kind::cgroup_mkdir, Kind::cgroup_rmdir}},
};

constexpr std::string_view kOtherCategory = "other";

Value category(const Event& event, int, Scratch&) {
  if (!kTyped.contains(event.kind())) return {};
  const auto found = std::find_if(std::begin(kCategories), std::end(kCategories),
                                  [&event](const Word& row) { return row.kinds.contains(event.kind()); });
  return found == std::end(kCategories) ? kOtherCategory : found->text;
}

Value source(const Event& event, int, Scratch&) {
  return kTyped.contains(event.kind()) ? Value{std::string_view("syscall")} : Value{};
}

// Entering a call is no event: all are shown as Falco shows the end of one.
Value direction(const Event& event, int, Scratch&) {
  return kTyped.contains(event.kind()) ? Value{std::string_view("<")} : Value{};
}

Value is_async(const Event& event, int, Scratch&) {
  return kTyped.contains(event.kind()) ? Value{event.kind() == Kind::container} : Value{};
}

Value async_type(const Event& event, int, Scratch&) {
  return event.kind() == Kind::container ? Value{std::string_view("container")} : Value{};
}

// ---- input and output ----

template <Kind... kinds>
Value is_one_of(const Event& event, int, Scratch&) {
  return kDone.contains(event.kind()) ? Value{KindSet{kinds...}.contains(event.kind())} : Value{};
}

Value io_direction(const Event& event, int, Scratch&) {
  if (event.kind() == Kind::send) return std::string_view("w");
  return event.kind() == Kind::dns ? Value{std::string_view("r")} : Value{};
}

Value buffer_size(const Event& event, int, Scratch&) {
  if (event.kind() == Kind::send) return std::uint64_t{event.as<pk_send>().size};
  return event.kind() == Kind::dns ? Value{std::uint64_t{event.as<pk_dns>().message.size}} : Value{};
}

// ---- time ----

constexpr std::uint64_t kSecond = 1'000'000'000;

// Nanoseconds since 1970. Unsigned arithmetic, so that a forged record cannot overflow.
std::uint64_t wall_clock(const Event& event) {
  return event.header->time + static_cast<std::uint64_t>(event.wall_clock_offset);
}

Value raw_time(const Event& event, int, Scratch&) { return wall_clock(event); }
Value raw_seconds(const Event& event, int, Scratch&) { return wall_clock(event) / kSecond; }
Value raw_nanoseconds(const Event& event, int, Scratch&) { return wall_clock(event) % kSecond; }

constexpr std::size_t kFraction = sizeof(".123456789") - 1;

// `cut` bytes of the end are not shown.
template <std::size_t cut>
Value time_of_day(const Event& event, int, Scratch& scratch) {
  char* text = scratch.room(kTimeOfDaySize);
  put_time_of_day(text, wall_clock(event));
  return std::string_view(text, kTimeOfDaySize - cut);
}

Value iso_time(const Event& event, int, Scratch& scratch) {
  char* text = scratch.room(kRfc3339Size);
  put_rfc3339(text, wall_clock(event));
  return std::string_view(text, kRfc3339Size);
}

// "2026-08-07 14:03:22.123456789": ISO 8601 with a blank for the T and without the Z.
template <std::size_t cut>
Value date_time(const Event& event, int, Scratch& scratch) {
  char* text = scratch.room(kRfc3339Size);
  put_rfc3339(text, wall_clock(event));
  std::replace(text, text + kRfc3339Size, 'T', ' ');
  return std::string_view(text, kRfc3339Size - 1 - cut);
}

Value reached_by(const Event& event, int, Scratch&) {
  return kRenamed.contains(event.kind()) ? known_text(event.reached_by) : Value{};
}

// ---- what a file is opened for ----

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
  return open ? Value{was_created(*open)} : Value{};
}

// A file without a name (O_TMPFILE) is always a new one.
Value is_open_exec(const Event& event, int, Scratch&) {
  const pk_open* open = as_open(event);
  if (!open) return {};
  const bool made = was_created(*open) || (open->flags & O_TMPFILE) == O_TMPFILE;
  return made && (open->mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

Value is_open_truncate(const Event& event, int, Scratch&) {
  const auto flags = flags_of(event);
  return flags ? Value{(*flags & O_TRUNC) != 0} : Value{};
}

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"evt.type", Type::Text, kNone, kTyped,
     "The call by which it was done, in whatever ABI: openat, execve, connect, io_uring...; procexit for an exit, "
     "container for one that started or stopped. Through io_uring it equals the names of the kind's calls, too.",
     type, each_type},
    {"syscall.type", Type::Text, kNone, kCalls,
     "The same as evt.type; missing where no call has that name (procexit, dns, open_trunc...).", syscall,
     each_syscall},
    {"evt.category", Type::Text, kNone, kTyped,
     "What it is about: file, net, process, user, memory, signal, container or other.", category},
    {"evt.source", Type::Text, kNone, kTyped, "Always syscall: there is no other source.", source},
    {"evt.dir", Type::Text, kNone, kTyped, "Always <, as Falco shows the end of a call.", direction},
    {"evt.num", Type::Unsigned, kNone, kTyped, "Counts the events that the sensor looked at, from 1.", number},
    {"evt.cpu", Type::Unsigned, kNone, kDone, "Number of the CPU on which it happened.", cpu},
    {"evt.time", Type::Text, kNone, KindSet::all(),
     "Time of day in UTC (Falco shows the sensor's local time), with nanoseconds.", time_of_day<0>},
    {"evt.time.s", Type::Text, kNone, KindSet::all(), "The same without a fraction: 14:03:22.", time_of_day<kFraction>},
    {"evt.time.iso8601", Type::Text, kNone, KindSet::all(), "Date and time in UTC, ISO 8601 with nanoseconds.",
     iso_time},
    {"evt.datetime", Type::Text, kNone, KindSet::all(), "Date and time in UTC: 2026-08-07 14:03:22.123456789.",
     date_time<0>},
    {"evt.datetime.s", Type::Text, kNone, KindSet::all(), "The same without a fraction.", date_time<kFraction>},
    {"evt.rawtime", Type::Unsigned, kNone, KindSet::all(), "Nanoseconds since 1970.", raw_time},
    {"evt.rawtime.s", Type::Unsigned, kNone, KindSet::all(), "Whole seconds since 1970.", raw_seconds},
    {"evt.rawtime.ns", Type::Unsigned, kNone, KindSet::all(), "Nanoseconds since the last whole second.",
     raw_nanoseconds},
    {"evt.is_async", Type::Bool, kNone, kTyped, "Made by the sensor itself: a container started or stopped.", is_async},
    {"evt.asynctype", Type::Text, kNone, {Kind::container}, "Always container.", async_type},
    {"evt.is_io_uring", Type::Bool, kNone, kDone, "The operation came through an io_uring ring, not a call of its own.",
     is_io_uring},
    {"evt.path_truncated", Type::Bool, kNone, kNamed, "The path was too long or too deep: its front is missing.",
     path_truncated},
    {"evt.reached_by", Type::Text, kNone, kRenamed,
     "The path by which the process came to the file, when the event is shown under another name of it that a rule "
     "names: a bind mount's, one seen from a root of the process's own, a hard link.",
     reached_by},
    {"evt.is_open_read", Type::Bool, kNone, kOpening, "The file was opened for reading.", is_open_read},
    {"evt.is_open_write", Type::Bool, kNone, kOpening, "The file was opened for writing.", is_open_write},
    {"evt.is_open_create", Type::Bool, kNone, kOpen, "The file did not exist: this call created it.", is_open_create},
    {"evt.is_open_exec", Type::Bool, kNone, kOpen,
     "This call created the file, and somebody has permission to execute it.", is_open_exec},
    {"evt.is_open_truncate", Type::Bool, kNone, kOpening,
     "The call empties the file (O_TRUNC), which Linux does even for one opened for reading.", is_open_truncate},
    {"evt.is_io", Type::Bool, kNone, kDone, "A message was sent or received (send, dns).",
     is_one_of<Kind::send, Kind::dns>},
    {"evt.is_io_read", Type::Bool, kNone, kDone, "A message was received (dns).", is_one_of<Kind::dns>},
    {"evt.is_io_write", Type::Bool, kNone, kDone, "A message was sent (send).", is_one_of<Kind::send>},
    {"evt.io_dir",
     Type::Text,
     kNone,
     {Kind::send, Kind::dns},
     "w for a message sent, r for one received.",
     io_direction},
    {"evt.buflen", Type::Unsigned, kNone, {Kind::send, Kind::dns}, "Bytes of the message.", buffer_size},
};

}  // namespace

std::span<const Field> event() { return kFields; }

}  // namespace picket::rows
