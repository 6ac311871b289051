// SPDX-License-Identifier: Apache-2.0
#include "sensor/central/lineage_reader.h"

#include <algorithm>

#include "exporters/format/lineage.h"

namespace picket::central {
namespace {

constexpr std::size_t kMostProcesses = 1 + kShownAncestors;

// One process being read.
struct Target {
  Scratch& scratch;
  Process& process;
  MessageNames& names;
  std::int64_t offset;
  bool has_id = false, has_vpid = false, has_namespace = false, has_cmdline = false;
  bool start_left_out = false;  // with what it was started is not told
};

template <auto member>
bool number(json::value& value, Target& target) {
  return read_number(value, target.process.*member);
}

template <auto member>
bool mask(json::value& value, Target& target) {
  return read_mask(value, target.process.*member);
}

template <auto member>
void text(std::string_view text, Target& target) {
  target.process.*member = text;
}

template <auto member, bool exact>
bool strings(json::value& value, Target& target) {
  return read_strings(value, exact, target.process.*member, target.scratch);
}

// On the boot clock.
template <auto member>
bool time(json::value& value, Target& target) {
  std::uint64_t since_1970 = 0;
  if (!read_date(value, since_1970)) return false;
  target.process.*member = since_1970 - static_cast<std::uint64_t>(target.offset);
  return true;
}

template <auto member>
bool date(json::value& value, Target& target) {
  return read_date(value, target.process.*member);
}

template <auto member>
bool user(json::value& value, Target& target) {
  return read_user(value, target.scratch, target.names, target.process.*member);
}

template <auto member>
bool group(json::value& value, Target& target) {
  return read_group(value, target.scratch, target.names, target.process.*member);
}

constexpr Row<Target> kCapabilities[] = {
    {"inheritable", mask<&Process::cap_inheritable>},
    {"permitted", mask<&Process::cap_permitted>},
    {"effective", mask<&Process::cap_effective>},
};

constexpr Row<Target> kNamespaces[] = {
    {"pid", number<&Process::pid_namespace>},       {"mount", number<&Process::mount_namespace>},
    {"net", number<&Process::net_namespace>},       {"user", number<&Process::user_namespace>},
    {"cgroup", number<&Process::cgroup_namespace>},
};

constexpr Row<Target> kExecutable[] = {
    {"inode", number<&Process::inode>},
    {"device", number<&Process::device>},
    {"mode", number<&Process::exe_mode>},
    {"flags",
     [](json::value& value, Target& target) { return read_flags(value, kExeFlags, target.process.exe_flags); }},
    {"mtime", date<&Process::exe_mtime>},
    {"ctime", date<&Process::exe_ctime>},
    {"hashes", [](json::value& value, Target& target) { return read_hashes(value, target.process.exe_hash); }},
};

constexpr Row<Target> kStdio[] = {
    {"stdin", number<&Process::stdin_mode>},
    {"stdout", number<&Process::stdout_mode>},
    {"stderr", number<&Process::stderr_mode>},
};

template <const auto& rows>
bool object(json::value& value, Target& target) {
  return read_members(value, rows, target);
}

// Of a process, of its parent and of each ancestor: all have some of these, with the same meaning.
constexpr Row<Target> kProcess[] = {
    {"entity_id",
     [](json::value& value, Target& target) {
       target.has_id = true;
       return read_entity_id(value, target.process.key);
     }},
    {"pid", number<&Process::pid>},
    {"known", [](json::value& value, Target& target) { return read_truth(value, target.process.known); }},
    {"start_time", time<&Process::start_time>},
    {.name = "name", .text = text<&Process::comm>},
    {.name = "exe", .text = text<&Process::exe_path>},
    {.name = "cmdline",
     .text =
         [](std::string_view line, Target& target) {
           target.process.cmdline = line;
           target.has_cmdline = true;
         }},
    {"vpid",
     [](json::value& value, Target& target) {
       target.has_vpid = true;
       return read_number(value, target.process.vpid);
     }},
    {"argv", strings<&Process::argv, false>},
    {"argv_base64", strings<&Process::argv, true>},
    {.name = "filename", .text = text<&Process::filename>},
    {.name = "interpreter", .text = text<&Process::interpreter>},
    {"env", strings<&Process::env, false>},
    {"env_base64", strings<&Process::env, true>},
    {.name = "cwd", .text = text<&Process::cwd>},
    {"exec_time", time<&Process::exec_time>},
    {"user", user<&Process::uid>},
    {"group", group<&Process::gid>},
    {"real_user", user<&Process::real_uid>},
    {"real_group", group<&Process::real_gid>},
    {"login_user", user<&Process::login_uid>},
    {"tty", number<&Process::tty>},
    {"session", number<&Process::session>},
    {"process_group", number<&Process::process_group>},
    {"pid_namespace",
     [](json::value& value, Target& target) {
       target.has_namespace = true;
       return read_number(value, target.process.pid_namespace);
     }},
    {"start_left_out", [](json::value& value, Target& target) { return read_truth(value, target.start_left_out); }},
    {"capabilities", object<kCapabilities>},
    {"namespaces", object<kNamespaces>},
    {"executable", object<kExecutable>},
    {"stdio", object<kStdio>},
    {"cgroup", number<&Process::cgroup>},
    {"flags", [](json::value& value, Target& target) { return read_flags(value, kFlags, target.process.flags); }},
};

// Of the process and its parent a command line that is left out is empty; of others it follows from the rest.
enum class NoCmdline { Empty, Follows };

bool read_process(json::value& value, std::int64_t offset, Scratch& scratch, KnownLineage& lineage, Process& process,
                  NoCmdline none = NoCmdline::Empty) {
  Target target{scratch, process, lineage.names, offset};
  if (!read_members(value, kProcess, target) || !target.has_id) return false;
  if (!target.has_vpid) process.vpid = process.pid;
  if (!target.has_namespace && &process != &lineage.process()) process.pid_namespace = lineage.process().pid_namespace;
  if (!target.has_cmdline && !target.start_left_out && none == NoCmdline::Follows) {
    process.cmdline = joined_cmdline(process.comm, process.argv);
  }
  return true;
}

// use(value) for the text's value; nothing is done for an empty one.
template <class Use>
bool with_value(json::parser& parser, std::string_view text, Use use) {
  if (text.empty()) return true;
  json::document document;
  json::value value;
  const simdjson::padded_string_view padded(text.data(), text.size(), text.size() + kPadding);
  return parser.iterate(padded).get(document) == simdjson::SUCCESS &&
         document.get_value().get(value) == simdjson::SUCCESS && use(value);
}

// The first ancestor is the parent, of whom the member "parent" has told more.
bool read_ancestor(json::value& value, std::size_t level, std::int64_t offset, Scratch& scratch,
                   KnownLineage& lineage) {
  if (level == 0 && lineage.processes.size() == 2) return true;
  if (lineage.processes.size() >= kMostProcesses) return true;
  Process& below = lineage.processes.back();
  Process& ancestor = lineage.processes.emplace_back();
  below.parent = &ancestor;
  return read_process(value, offset, scratch, lineage, ancestor, NoCmdline::Follows);
}

struct AccountTarget {
  Scratch& scratch;
  MessageNames::User user;
};
constexpr Row<AccountTarget> kAccount[] = {
    {"uid", [](json::value& value, AccountTarget& target) { return read_number(value, target.user.uid); }},
    {.name = "name", .text = [](std::string_view text, AccountTarget& target) { target.user.name = text; }},
    {.name = "home", .text = [](std::string_view text, AccountTarget& target) { target.user.home = text; }},
    {.name = "shell", .text = [](std::string_view text, AccountTarget& target) { target.user.shell = text; }},
};

struct GroupTarget {
  Scratch& scratch;
  MessageNames::Group group;
};
constexpr Row<GroupTarget> kGroup[] = {
    {"gid", [](json::value& value, GroupTarget& target) { return read_number(value, target.group.gid); }},
    {.name = "name", .text = [](std::string_view text, GroupTarget& target) { target.group.name = text; }},
};

}  // namespace

bool read_user(json::value& value, Scratch& scratch, MessageNames& names, std::uint32_t& uid) {
  AccountTarget target{scratch, {}};
  if (!read_members(value, kAccount, target)) return false;
  uid = target.user.uid;
  names.add(std::move(target.user));
  return true;
}

bool read_group(json::value& value, Scratch& scratch, MessageNames& names, std::uint32_t& gid) {
  GroupTarget target{scratch, {}};
  if (!read_members(value, kGroup, target)) return false;
  gid = target.group.gid;
  names.add(std::move(target.group));
  return true;
}

bool read_lineage(json::parser& parser, const LineageTexts& texts, std::int64_t offset, Scratch& scratch,
                  KnownLineage& lineage) {
  lineage.processes.clear();
  lineage.processes.emplace_back();
  lineage.names.begin();
  const auto read_first = [&](json::value& value) {
    return read_process(value, offset, scratch, lineage, lineage.processes.front());
  };
  const auto read_parent = [&](json::value& value) {
    Process& parent = lineage.processes.emplace_back();
    lineage.processes.front().parent = &parent;
    return read_process(value, offset, scratch, lineage, parent);
  };
  std::size_t level = 0;
  const auto read_ancestors = [&](json::value& value) {
    return read_elements(
        value, [&](json::value& element) { return read_ancestor(element, level++, offset, scratch, lineage); });
  };
  const bool read = with_value(parser, texts.process, read_first) && with_value(parser, texts.parent, read_parent) &&
                    with_value(parser, texts.ancestors, read_ancestors);
  for (Process& process : lineage.processes) process.revision.renew();
  return read;
}

}  // namespace picket::central
