// SPDX-License-Identifier: Apache-2.0
//
// evt.arg.* and evt.args: the parameters of calls under Falco's names, from arguments.def.
//
// A number that Falco shows as a name is shown as the name alone; where Falco's text is that of the kernel's argument
// as the caller gave it (a relative path), ours is the resolved one.
#include <linux/fcntl.h>

#include <concepts>
#include <cstring>

#include "rules/event/join_path.h"
#include "rules/event/number_names.h"
#include "rules/event/rows.h"

namespace picket::rows {
namespace {

// The forms: how a member of a record is shown.
template <class Record>
struct From {
  const Event& event;
  const Record& record;
  Scratch& scratch;

  Value text(const pk_text& text) const { return known_text(event.text(text)); }
  Value strings(const pk_text& text) const { return known_text(blanks_for_nuls(event.text(text), scratch)); }
  Value comm(const pk_comm& comm) const { return known_text({comm.bytes, strnlen(comm.bytes, sizeof comm.bytes)}); }
  Value number(std::unsigned_integral auto number) const { return decimal(std::uint64_t{number}, scratch); }
  Value number(std::signed_integral auto number) const { return decimal(std::int64_t{number}, scratch); }
  Value pid(pk_key key) const { return decimal(std::uint64_t{pk_key_pid(key)}, scratch); }

  // ---- users ----

  Value user(std::uint32_t uid) const {
    return name_or_number(event.names ? event.names->user(uid) : std::string_view(), uid);
  }
  Value group(std::uint32_t gid) const {
    return name_or_number(event.names ? event.names->group(gid) : std::string_view(), gid);
  }

  // Views from Names hold only until its next call. All ones: unset, or not to be changed.
  Value name_or_number(std::string_view name, std::uint32_t id) const {
    if (!name.empty()) return scratch.keep(name);
    return id == UINT32_MAX ? decimal(std::int64_t{-1}, scratch) : decimal(std::uint64_t{id}, scratch);
  }

  // ---- names for numbers ----

  Value open_flags(std::uint32_t flags) const { return named_number(flags, names::kOpenFlags, scratch); }
  Value exe_flags(std::uint32_t flags) const {
    const std::string_view text = joined_names(flags, names::kExeFlags, '|', scratch);
    return text.empty() ? decimal(std::uint64_t{0}, scratch) : text;  // other bits are not Falco's
  }
  Value clone_flags(std::uint32_t flags) const { return named_number(flags, names::kCloneFlags, scratch); }
  Value mount_flags(std::uint64_t flags) const { return named_number(flags, names::kMountFlags, scratch); }
  Value umount_flags(std::uint32_t flags) const { return named_number(flags, names::kUmountFlags, scratch); }
  Value rename_flags(std::uint32_t flags) const { return named_number(flags, names::kRenameFlags, scratch); }
  Value memfd_flags(std::uint32_t flags) const { return named_number(flags, names::kMemfdFlags, scratch); }
  Value map_flags(std::uint32_t flags) const { return named_number(flags, names::kMapFlags, scratch); }
  Value ring_flags(std::uint32_t flags) const { return named_number(flags, names::kRingFlags, scratch); }
  Value protection(std::uint32_t flags) const { return named_number(flags, names::kProtections, scratch); }
  Value family(std::uint16_t family) const { return named_number(family, names::kFamilies, scratch); }
  Value bpf_command(std::uint32_t command) const { return named_number(command, names::kBpfCommands, scratch); }
  Value capabilities(std::uint64_t set) const { return named_number(set, names::kCapabilities, scratch); }

  // -1: another call than ptrace(2) asked.
  Value request(std::int32_t request) const {
    if (request < 0) return {};
    return named_number(static_cast<std::uint32_t>(request), names::kRequests, scratch);
  }

  Value userfault_flags(std::uint32_t flags) const {
    static constexpr NumberName kFlags[] = {
        {1, 1, "UFFD_USER_MODE_ONLY"}, {O_NONBLOCK, O_NONBLOCK, "O_NONBLOCK"}, {O_CLOEXEC, O_CLOEXEC, "O_CLOEXEC"}};
    return named_number(flags, kFlags, scratch);
  }

  Value mode(std::uint32_t mode) const { return named_number(mode & kPermissions, names::kModes, scratch); }
  Value mode_if_created(std::uint32_t permissions) const { return mode(was_created(record) ? permissions : 0); }

  // Only the first 31 signals have names.
  Value signal(std::uint32_t number) const {
    const char* name = number < 32 ? sigabbrev_np(static_cast<int>(number)) : nullptr;
    if (number == 0 || name == nullptr) return decimal(std::uint64_t{number}, scratch);
    return joined({"SIG", name}, scratch);
  }

  // ---- how a process ended ----

  Value exit_code(std::uint32_t status) const {
    return (status & kSignalBits) == 0 ? decimal(std::uint64_t{status >> 8}, scratch) : Value{};
  }
  Value fatal_signal(std::uint32_t status) const {
    return (status & kSignalBits) == 0 ? Value{} : signal(status & kSignalBits);
  }
  Value core_dump(std::uint32_t status) const { return std::string_view((status & kCoreBit) == 0 ? "0" : "1"); }

  // ---- what takes more than the member ----

  Value argv0(const pk_text& argv) const {
    const std::string_view all = event.text(argv);
    return known_text(all.substr(0, all.find('\0')));
  }

  Value arguments(const pk_text& argv) const {
    const std::string_view all = event.text(argv);
    const std::size_t end = all.find('\0');
    if (all.empty()) return {};
    return end == all.npos ? std::string_view() : blanks_for_nuls(all.substr(end + 1), scratch);
  }

  Value path_that_failed(const pk_text& name) const {
    return join_path(event.text(record.directory), event.text(name), scratch);
  }

  template <class Member>
  Value object(const Member&) const {
    return object_name(event, scratch);
  }

  template <class Member>
  Value descriptor(const Member&) const {
    return bracketed(object_letter(event), object_name(event, scratch));
  }

  Value descriptor_of_fchmod(std::uint32_t mode) const { return file_given_to("fchmod", mode); }
  Value descriptor_of_fchown(std::uint32_t mode) const { return file_given_to("fchown", mode); }

  // What was given by a path has no descriptor.
  Value file_given_to(std::string_view call, std::uint32_t mode) const {
    return call_name(event) == call ? bracketed(file_letter(mode), text(record.path)) : Value{};
  }

  // <f>/etc/passwd, <4t>10.0.0.1:22, with a letter for the protocol of IP sockets.
  Value bracketed(std::string_view letter, const Value& name) const {
    const auto* text = std::get_if<std::string_view>(&name);
    return joined({"<", letter, protocol_letter(event), ">", text ? *text : std::string_view()}, scratch);
  }

  static constexpr std::uint32_t kPermissions = 07777;
  static constexpr std::uint32_t kSignalBits = 0x7f, kCoreBit = 0x80;  // of a wait status
};

// ---- from the rows: how each argument is read, the kinds that have it, and those that have it by no other name ----

// One argument is opened, filled and closed by three macros.
// clang-format off
#define ARGUMENT(name, doc) Value read_##name(const Event& event, Scratch& scratch) { switch (event.kind()) {
#define FROM(kind, member, form)                                        \
  case Kind::kind: {                                                    \
    const auto& record = event.as<pk_##kind>();                         \
    return From<pk_##kind>{event, record, scratch}.form(record.member); \
  }
#define ALSO(kind, member, form) FROM(kind, member, form)
#define END default: return {}; } }
#include "rules/event/arguments.def"
#undef ARGUMENT
#undef FROM
#undef ALSO
#undef END

#define ARGUMENT(name, doc) constexpr KindSet kinds_of_##name{
#define FROM(kind, member, form) Kind::kind,
#define ALSO(kind, member, form) Kind::kind,
#define END };
#include "rules/event/arguments.def"
#undef ARGUMENT
#undef FROM
#undef ALSO
#undef END

struct Parameter {
  std::string_view name;
  Value (*read)(const Event& event, Scratch& scratch);
  KindSet kinds;
};

constexpr Parameter kParameters[] = {
#define ARGUMENT(name, doc) {#name, read_##name, {
#define FROM(kind, member, form) Kind::kind,
#define ALSO(kind, member, form)
#define END }},
#include "rules/event/arguments.def"
#undef ARGUMENT
#undef FROM
#undef ALSO
#undef END
};
// clang-format on

constexpr KindSet kWithParameters = [] {
  KindSet all;
  for (const Parameter& parameter : kParameters) all = all | parameter.kinds;
  return all;
}();

// name=value of each, joined by blanks; those without a value are left out.
Value all_arguments(const Event& event, int, Scratch& scratch) {
  if (!kWithParameters.contains(event.kind())) return {};
  std::string_view parts[4 * std::size(kParameters)];
  std::size_t count = 0;
  for (const Parameter& parameter : kParameters) {
    if (!parameter.kinds.contains(event.kind())) continue;
    const Value value = parameter.read(event, scratch);
    if (!present(value)) continue;
    if (count > 0) parts[count++] = " ";
    parts[count++] = parameter.name;
    parts[count++] = "=";
    parts[count++] = std::get<std::string_view>(value);
  }
  return joined({parts, count}, scratch);
}

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"evt.args", Type::Text, kNone, kWithParameters,
     "All arguments that the event has, name=value joined by blanks, in the order of this list.", all_arguments},
    {"evt.info", Type::Text, kNone, kWithParameters, "The same as evt.args.", all_arguments},
// clang-format off
#define ARGUMENT(name, doc)                                   \
  {"evt.arg." #name, Type::Text, kNone, kinds_of_##name, doc, \
   [](const Event& event, int, Scratch& scratch) { return read_##name(event, scratch); }},
// clang-format on
#define FROM(kind, member, form)
#define ALSO(kind, member, form)
#define END
#include "rules/event/arguments.def"
#undef ARGUMENT
#undef FROM
#undef ALSO
#undef END
};

}  // namespace

std::span<const Field> arguments() { return kFields; }

}  // namespace picket::rows
