// SPDX-License-Identifier: Apache-2.0
//
// The keys of events, processes and containers, one row each.
#include "rules/compile/made_events.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <string_view>

#include "rules/compile/literals.h"
#include "rules/compile/made_words.h"
#include "rules/event/catalogue.h"
#include "rules/event/hashed_file.h"

namespace picket {
namespace {

using policy::Written;

// ---- processes ----

struct FileType {
  std::string_view name;
  std::uint16_t mode;
};
constexpr FileType kStreams[] = {
    {"file", S_IFREG | 0644},
    {"directory", S_IFDIR | 0755},
    {"socket", S_IFSOCK | 0777},
    {"pipe", S_IFIFO | 0600},
    {"char", S_IFCHR | 0620},
    {"block", S_IFBLK | 0660},
    {"closed", 0},
};

constexpr NumberName kExeFlags[] = {
#define EXE_FLAG(bit, name, doc) {PK_EXE_##name, PK_EXE_##name, #name},
#include "bpf/shared/exe_flags.def"
#undef EXE_FLAG
};

std::uint16_t stream_mode(Reader& reader, const Written& written) {
  std::vector<std::string_view> names;
  for (const FileType& type : kStreams) {
    if (type.name == written.text.value) return type.mode;
    names.push_back(type.name);
  }
  reader.unknown("type of stream", written.text, names);
  return 0;
}

struct MadeProcess {
  Process& process;
  MadeEvent& event;
};

template <auto member>
constexpr auto kText =
    [](Reader& reader, const Written& value, MadeProcess& made) { made.process.*member = reader.word(value); };
template <auto member>
constexpr auto kNumber =
    [](Reader& reader, const Written& value, MadeProcess& made) { made.process.*member = reader.number(value); };
template <auto member>
constexpr auto kStream =
    [](Reader& reader, const Written& value, MadeProcess& made) { made.process.*member = stream_mode(reader, value); };

void read_exe_flags(Reader& reader, const Written& value, MadeProcess& made) {
  reader.each(value, [&](const Written& item) {
    std::vector<std::string_view> names;
    for (const NumberName& row : kExeFlags) {
      names.push_back(row.name);
      if (row.name != item.text.value) continue;
      made.process.exe_flags |= static_cast<std::uint32_t>(row.value);
      return;
    }
    reader.unknown("flag of executables", item.text, names);
  });
}

// The arguments behind argv[0], which is the name unless `exe` says otherwise.
void read_args(Reader& reader, const Written& value, MadeProcess& made) {
  std::string& argv = made.process.argv;
  if (argv.empty()) argv.push_back('\0');
  argv += reader.strings(value);
}
void read_exe(Reader& reader, const Written& value, MadeProcess& made) {
  std::string& argv = made.process.argv;
  if (argv.empty()) argv.push_back('\0');
  argv.insert(0, reader.word(value));
}

constexpr Row<MadeProcess> kProcessKeys[] = {
    {"name", kText<&Process::comm>},
    {"exepath", kText<&Process::exe_path>},
    {"exe", read_exe},
    {"args", read_args},
    {"exe_flags", read_exe_flags},
    {"sha256",
     [](Reader& reader, const Written& value, MadeProcess& made) { made.process.exe_hash = reader.hash(value); }},
    {"filename", kText<&Process::filename>},
    {"cwd", kText<&Process::cwd>},
    {"env", [](Reader& reader, const Written& value, MadeProcess& made) { made.process.env = reader.strings(value); }},
    {"pid",
     [](Reader& reader, const Written& value, MadeProcess& made) {
       made.process.pid = made.process.vpid = static_cast<std::uint32_t>(reader.number(value, (1u << 22) - 1));
     }},
    {"uid",
     [](Reader& reader, const Written& value, MadeProcess& made) {
       made.process.uid = made.process.real_uid = made.event.names().uid = reader.number(value);
     }},
    {"gid",
     [](Reader& reader, const Written& value, MadeProcess& made) {
       made.process.gid = made.process.real_gid = made.event.names().gid = reader.number(value);
     }},
    {"user", [](Reader& reader, const Written& value,
                MadeProcess& made) { made.event.names().user_name = reader.word(value); }},
    {"group", [](Reader& reader, const Written& value,
                 MadeProcess& made) { made.event.names().group_name = reader.word(value); }},
    {"loginuid", kNumber<&Process::login_uid>},
    {"session", kNumber<&Process::session>},
    {"tty", kNumber<&Process::tty>},
    {"stdin", kStream<&Process::stdin_mode>},
    {"stdout", kStream<&Process::stdout_mode>},
    {"stderr", kStream<&Process::stderr_mode>},
};

// A path alone is the executable's.
void read_process(Reader& reader, const Written& written, Process& process, MadeEvent& event) {
  if (written.kind == Written::Kind::Word) {
    process.exe_path = written.text.value;
    return;
  }
  MadeProcess made{process, event};
  read_map<MadeProcess>(reader, written, "processes", kProcessKeys, made);
}

// ---- containers ----

constexpr Row<Container> kContainerKeys[] = {
    {"id",
     [](Reader& reader, const Written& value, Container& container) {
       container.full_id = reader.word(value);
       container.id = short_id(container.full_id);
     }},
    {"name", [](Reader& reader, const Written& value, Container& container) { container.name = reader.word(value); }},
    {"image", [](Reader& reader, const Written& value,
                 Container& container) { container.image = parse_image(reader.word(value)); }},
    {"privileged",
     [](Reader& reader, const Written& value, Container& container) { container.privileged = reader.truth(value); }},
    {"pod",
     [](Reader& reader, const Written& value, Container& container) { container.pod.name = reader.word(value); }},
    {"namespace",
     [](Reader& reader, const Written& value, Container& container) { container.pod.name_space = reader.word(value); }},
};

// A word alone is its image.
void read_container(Reader& reader, const Written& written, Container& container) {
  container.full_id = "0123456789ab";
  container.id = container.full_id;
  container.metadata = Metadata::Complete;
  if (written.kind == Written::Kind::Word) {
    container.image = parse_image(written.text.value);
  } else {
    read_map<Container>(reader, written, "containers", kContainerKeys, container);
  }
}

// ---- events ----

void read_call(Reader& reader, const Written& value, WrittenEvent& event) {
  std::vector<std::string_view> names;
  const auto calls = calls_of(event.made.kind());
  for (const CallNumbers& call : calls) {
    names.push_back(call.name);
    if (call.name != value.text.value) continue;
    event.made.header().syscall = call.native;
    return;
  }
  reader.unknown("call for this kind of event", value.text, names);
}

void read_created(Reader& reader, const Written& value, WrittenEvent& event) {
  constexpr std::uint64_t kModeCreated = 0x100000;  // FMODE_CREATED
  const Member* mode = event.made.kind() == Kind::open ? event.made.member("file_mode") : nullptr;
  if (mode == nullptr) return reader.error(value.text, "only an open can create");
  if (reader.truth(value)) event.made.set(*mode, kModeCreated);
}

void read_file_hash(Reader& reader, const Written& value, WrittenEvent& event) {
  if (!kHashedKinds.contains(event.made.kind())) return reader.error(value.text, "no file is hashed for these events");
  event.made.file_hash() = reader.hash(value);
}

constexpr Row<WrittenEvent> kEventKeys[] = {
    {"kind", [](Reader&, const Written&, WrittenEvent&) {}},  // read before all others
    {"by", [](Reader& reader, const Written& value,
              WrittenEvent& event) { read_process(reader, value, event.made.process(), event.made); }},
    {"under",
     [](Reader& reader, const Written& value, WrittenEvent& event) {
       reader.each(value,
                   [&](const Written& item) { read_process(reader, item, event.made.add_ancestor(), event.made); });
     }},
    {"container", [](Reader& reader, const Written& value,
                     WrittenEvent& event) { read_container(reader, value, event.made.container()); }},
    {"call", read_call},
    {"created", read_created},
    {"sha256", read_file_hash},
    {"at", [](Reader& reader, const Written& value, WrittenEvent& event) { event.at = reader.duration(value); }},
    {"times",
     [](Reader& reader, const Written& value, WrittenEvent& event) {
       event.times = reader.number(value, 1000);
       if (event.times == 0) reader.error(value.text, "expected a number from 1 to 1000");
     }},
    {"error",
     [](Reader& reader, const Written& value, WrittenEvent& event) {
       event.made.header().error = static_cast<pk_s32>(-reader.error_number(value));
     }},
    {"result",
     [](Reader& reader, const Written& value, WrittenEvent& event) {
       const auto number = number_of(reader.word(value));
       event.made.result() = number ? static_cast<std::int64_t>(*number) : -reader.error_number(value);
     }},
};

void read_signed(Reader& reader, const Written& value, const Member& member, MadeEvent& event) {
  const std::string_view text = reader.word(value);
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return reader.error(value.text, "expected a number, got " + quote(text));
  }
  event.set(member, static_cast<std::uint32_t>(number));
}

// The family of a socket follows from its address, when it is not said.
void read_address(Reader& reader, const Written& value, const Member& member, MadeEvent& event) {
  const auto parsed = parse_value(Type::Address, reader.word(value));
  if (!parsed) return reader.error(value.text, "expected " + std::string(value_notation(Type::Address)));
  const auto& address = std::get<Address>(*parsed);
  event.set(member, address);
  if (const Member* family = event.member("family")) {
    event.set(*family, std::uint64_t{address.family == 4 ? unsigned{AF_INET} : unsigned{AF_INET6}});
  }
}

void read_field(Reader& reader, const Written& value, const Member& member, MadeEvent& event) {
  if (member.is_text || member.type == "comm") {
    event.set(member, reader.word(value));
  } else if (member.type == "address") {
    read_address(reader, value, member, event);
  } else if (member.type == "s32") {
    read_signed(reader, value, member, event);
  } else {
    const std::uint64_t most = member.size == 8 ? UINT64_MAX : (std::uint64_t{1} << (8 * member.size)) - 1;
    event.set(member, reader.number(value, most));
  }
}

void read_member(Reader& reader, const policy::WrittenMember& written, WrittenEvent& event) {
  const std::string_view key = key_of(written.name.value);
  const auto* row =
      std::find_if(std::begin(kEventKeys), std::end(kEventKeys), [key](const auto& one) { return one.name == key; });
  if (row != std::end(kEventKeys)) return row->read(reader, written.value, event);
  const Member* member = key == "reserved" ? nullptr : event.made.member(key);
  if (member != nullptr) return read_field(reader, written.value, *member, event.made);
  std::vector<std::string_view> names;
  for (const auto& one : kEventKeys) names.push_back(one.name);
  for (const Member& one : layout_of(static_cast<unsigned>(event.made.kind())).members) names.push_back(one.name);
  reader.unknown("key of " + std::string(kind_name(event.made.kind())) + " events", written.name, names);
}

std::optional<Kind> find_kind(Reader& reader, const Written& written) {
  const auto kind = std::find_if(written.members.begin(), written.members.end(),
                                 [](const auto& member) { return member.name.value == "kind"; });
  if (kind == written.members.end()) {
    reader.error(written.text, "an event without 'kind'", "write {kind: open, path: /etc/shadow, by: /usr/bin/cat}");
    return std::nullopt;
  }
  std::vector<std::string_view> names;
#define KIND(number, name, group, doc)                    \
  if (kind->value.text.value == #name) return Kind::name; \
  names.push_back(#name);
#include "bpf/shared/kinds.def"
#undef KIND
  reader.unknown("kind of events", kind->value.text, names);
  return std::nullopt;
}

// What a socket is when nothing is said: TCP, or a unix stream when it has a path.
void complete_socket(MadeEvent& event) {
  const auto read = [&event](std::string_view name) {
    const Member* member = event.member(name);
    std::uint16_t value = 0;
    if (member != nullptr) std::memcpy(&value, reinterpret_cast<const char*>(&event.header()) + member->offset, 2);
    return value;
  };
  const Member* type = event.member("type");
  const Member* protocol = event.member("protocol");
  const Member* path = event.member("path");
  if (event.member("family") == nullptr || path == nullptr || type == nullptr || protocol == nullptr) return;
  pk_text text;
  std::memcpy(&text, reinterpret_cast<const char*>(&event.header()) + path->offset, sizeof text);
  if (read("family") == 0 && text.size > 0) event.set(*event.member("family"), std::uint64_t{AF_UNIX});
  if (read("family") == 0 || read("type") != 0) return;
  event.set(*type, std::uint64_t{SOCK_STREAM});
  if (read("family") != AF_UNIX) event.set(*protocol, std::uint64_t{6});
}

}  // namespace

std::optional<WrittenEvent> read_event(const Written& written, std::vector<Diagnostic>& diagnostics) {
  Reader reader(diagnostics);
  if (written.kind != Written::Kind::Map) {
    reader.error(written.text, "an event must be a map", "write {kind: open, path: /etc/shadow, by: /usr/bin/cat}");
    return std::nullopt;
  }
  const auto kind = find_kind(reader, written);
  if (!kind) return std::nullopt;
  WrittenEvent event{MadeEvent(*kind), {}, 1};
  for (const auto& member : written.members) read_member(reader, member, event);
  if (reader.failed()) return std::nullopt;
  complete_socket(event.made);
  event.made.complete();
  return event;
}

}  // namespace picket
