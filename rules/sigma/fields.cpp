// SPDX-License-Identifier: Apache-2.0
//
// The tables. A row is right when the field says of every event what Sysmon for Linux (categories) or auditd says of
// it; what is only similar is not here.
#include "rules/sigma/fields.h"

#include <algorithm>
#include <iterator>

#include "rules/sigma/pattern.h"

namespace picket::sigma {
namespace {

// The process that acted.
constexpr FieldRow kProcess[] = {
    {"Image", {"proc.exepath"}},
    {"CommandLine", {"proc.exeline"}},
    {"CurrentDirectory", {"proc.cwd"}},
    {"ProcessId", {"proc.pid"}},
    {"User", {"user.name"}},
    {"ParentImage", {"proc.pexepath"}},
    {"ParentCommandLine", {"proc.pexeline"}},
    {"ParentProcessId", {"proc.ppid"}},
    {"GrandParentImage", {"proc.aexepath[2]"}},
};

constexpr FieldRow kNewFile[] = {{"TargetFilename", {"evt.abspath", "evt.abspath.dst"}}};
constexpr FieldRow kOpenedFile[] = {{"TargetFilename", {"open.path"}}, {"FileName", {"open.path"}}};
constexpr FieldRow kRemovedFile[] = {{"TargetFilename", {"unlink.path"}}};
constexpr FieldRow kRenamedFile[] = {{"TargetFilename", {"rename.new_path"}}, {"SourceFilename", {"rename.old_path"}}};

// Of an accepted connection this host is the destination.
constexpr FieldRow kConnection[] = {
    {"DestinationIp", {"fd.sip"}, Empty::Missing, "fd.snet"},
    {"DestinationPort", {"fd.sport"}},
    {"DestinationHostname", {"fd.sip.name"}, Empty::Missing, {}, true},
    {"Protocol", {"fd.l4proto"}, Empty::Missing, {}, true},
};

constexpr ChoiceRow kConnectionChoices[] = {
    {"Initiated", "true", "evt.type in (connect, sendto, sendmsg, sendmmsg)"},
    {"Initiated", "false", "evt.type in (accept, accept4)"},
    {"DestinationIsIpv6", "true", "fd.type = ipv6"},
    {"DestinationIsIpv6", "false", "fd.type = ipv4"},
};

constexpr FieldRow kQuery[] = {{"QueryName", {"dns.question"}, Empty::Missing, {}, true}};

// Records of auditd. Arguments (a0...) are not here: what they are depends on the record.
constexpr FieldRow kRecords[] = {
    {"exe", {"proc.exepath"}},
    {"comm", {"proc.name"}},
    {"pid", {"proc.pid"}},
    {"ppid", {"proc.ppid"}},
    {"euid", {"user.uid"}},
    {"egid", {"group.gid"}},
    {"auid", {"user.loginuid"}, Empty::Missing, {}, false, "4294967295"},
    {"exit", {"evt.rawres"}},
    {"name", {"evt.abspath", "evt.abspath.src", "evt.abspath.dst", "exec.path"}},
};

constexpr ChoiceRow kRecordChoices[] = {
    {"type", "EXECVE", kExecuted},
    {"type", "SYSCALL", "syscall.type exists"},
    {"type", "PATH", "evt.abspath exists or evt.abspath.src exists or exec.path exists"},
    {"nametype", "CREATE",
     "evt.type in (create, mkdir, mkdirat, mknod, mknodat, link, linkat, symlink, symlinkat, rename, renameat, "
     "renameat2)"},
    {"nametype", "DELETE", "evt.type in (unlink, unlinkat, rmdir, rename, renameat, renameat2)"},
    {"success", "yes", "evt.failed = false"},
    {"success", "no", "evt.failed = true"},
};

constexpr LogSource kSources[] = {
    {"process_creation",
     "",
     kExecuted,
     {kProcess},
     {},
     "(user=%user.name command=%proc.exeline exe=%proc.exepath parent=%proc.pexeline "
     "container=%container.id)"},
    {"file_event",
     "",
     "evt.type in (create, open_trunc, mknod, mknodat, link, linkat, symlink, symlinkat, rename, renameat, renameat2)",
     {kProcess, kNewFile},
     {},
     "(user=%user.name file=%evt.abspath new_name=%evt.abspath.dst command=%proc.exeline exe=%proc.exepath "
     "container=%container.id)"},
    {"file_access",
     "",
     "open.path exists",
     {kProcess, kOpenedFile},
     {},
     "(user=%user.name file=%fd.name command=%proc.exeline exe=%proc.exepath container=%container.id)"},
    {"file_delete",
     "",
     "unlink.path exists",
     {kProcess, kRemovedFile},
     {},
     "(user=%user.name file=%unlink.path command=%proc.exeline exe=%proc.exepath container=%container.id)"},
    {"file_rename",
     "",
     "rename.new_path exists",
     {kProcess, kRenamedFile},
     {},
     "(user=%user.name old_name=%rename.old_path new_name=%rename.new_path command=%proc.exeline exe=%proc.exepath "
     "container=%container.id)"},
    {"network_connection",
     "",
     "evt.type in (connect, accept, accept4, sendto, sendmsg, sendmmsg) and fd.sockfamily = ip",
     {kProcess, kConnection},
     kConnectionChoices,
     "(user=%user.name connection=%fd.name host=%fd.sip.name command=%proc.exeline exe=%proc.exepath "
     "container=%container.id)"},
    {"dns_query",
     "",
     "evt.type = dns",
     {kProcess, kQuery},
     {},
     "(user=%user.name question=%dns.question command=%proc.exeline exe=%proc.exepath container=%container.id)"},
    {"",
     kAuditd,
     "",
     {kRecords},
     kRecordChoices,
     "(event=%evt.type user=%user.name command=%proc.exeline exe=%proc.exepath file=%fs.path.name "
     "container=%container.id)"},
};

constexpr const char* kNoHash = "hashes are not converted";
constexpr const char* kSha256 = "the SHA-256 of a program is proc.exe_hash.sha256, in lower case";
constexpr const char* kNoVersion = "programs of Linux have no such data";
constexpr const char* kNoSource = "a connection's own end is not known before the connection exists";
constexpr const char* kNoGuid = "Picket's own identity of a process is no GUID of Sysmon";

constexpr MissingRow kMissing[] = {
    {"Hashes", kNoHash, kSha256},
    {"md5", kNoHash, ""},
    {"sha1", kNoHash, ""},
    {"sha256", kNoHash, kSha256},
    {"Imphash", kNoHash, ""},
    {"OriginalFileName", kNoVersion, "Image is the path that was executed"},
    {"Product", kNoVersion, ""},
    {"Company", kNoVersion, ""},
    {"Description", kNoVersion, ""},
    {"FileVersion", kNoVersion, ""},
    {"IntegrityLevel", kNoVersion, ""},
    {"LogonId", "there are no log-on sessions; who logged in is user.loginuid, which is no number of a session", ""},
    {"LogonGuid", "there are no log-on sessions", ""},
    {"ProcessGuid", kNoGuid, ""},
    {"ParentProcessGuid", kNoGuid, ""},
    {"ParentUser", "the user of a parent is not a field", ""},
    {"SourceIp", kNoSource, ""},
    {"SourcePort", kNoSource, ""},
    {"SourceHostname", kNoSource, ""},
    {"QueryResults", "the addresses in an answer are dns.answers, no text", ""},
    {"QueryStatus", "the status of an answer is a name (dns.rcode), no number", ""},
    {"CreationUtcTime", "times of events are not compared", ""},
    {"UtcTime", "times of events are not compared", ""},
    {"EventID", "events have no numbers of Sysmon", ""},
    {"key", "a key names a rule of auditd's own configuration", ""},
    {"uid", "the real user of a thread is not a field", "euid is the effective one"},
    {"gid", "the real group of a thread is not a field", "egid is the effective one"},
    {"ses", "the number of an audit session is not recorded", ""},
    {"tty", "the name of a terminal is not a field; proc.tty is its number", ""},
    {"cwd", "records of type CWD have no counterpart", ""},
    {"proctitle", "records of type PROCTITLE have no counterpart", ""},
    {"argc", "records count all arguments, proc.cmdnargs those after the first", ""},
    {"unit", "services are not events", ""},
    {"data", "what is typed at a terminal is not recorded", ""},
    {"acct", "log-ins are not events", ""},
};

constexpr const char* kLogs = "Picket sees what processes do, and reads no logs";

constexpr MissingRow kMissingSources[] = {
    {"auth", kLogs, ""},
    {"clamav", kLogs, ""},
    {"cron", kLogs, ""},
    {"guacamole", kLogs, ""},
    {"sudo", kLogs, ""},
    {"sshd", kLogs, ""},
    {"syslog", kLogs, ""},
    {"vsftpd", kLogs, ""},
    {"modsecurity", kLogs, ""},
    {"antivirus", kLogs, ""},
    {"webserver", kLogs, ""},
    {"proxy", kLogs, ""},
    {"application", kLogs, ""},
    {"database", kLogs, ""},
    {"firewall", kLogs, ""},
    {"dns", kLogs, "category dns_query is converted"},
    {"file_change", "a change of a file's times is no event", ""},
    {"process_termination", "ends of processes are not converted: Sigma has no field of them that matters on Linux",
     ""},
    {"image_load", "mapped libraries are not converted", ""},
    {"driver_load", "modules are events (module.*), but drivers of Windows have other fields", ""},
    {"process_access", "ptrace is an event (ptrace.*), but access rights of Windows have no counterpart", ""},
    {"create_remote_thread", "Linux has no such operation", ""},
    {"raw_access_thread", "Linux has no such operation", ""},
    {"pipe_created", "Linux has no such operation", ""},
};

template <class Rows, class Same>
auto find_in(const Rows& rows, Same same) {
  const auto row = std::find_if(std::begin(rows), std::end(rows), same);
  return row == std::end(rows) ? nullptr : &*row;
}

}  // namespace

const LogSource* find_source(std::string_view category, std::string_view service) {
  const std::string wanted = lowered(category), serving = lowered(service);
  return find_in(kSources, [&](const LogSource& row) {
    return row.category.empty() ? row.service == serving && wanted.empty() : row.category == wanted;
  });
}

const FieldRow* find_field_row(const LogSource& source, std::string_view name) {
  for (const auto& rows : source.fields) {
    if (const auto* row = find_in(rows, [name](const FieldRow& one) { return one.name == name; })) return row;
  }
  return nullptr;
}

bool is_choice(const LogSource& source, std::string_view field) {
  return find_in(source.choices, [field](const ChoiceRow& row) { return row.field == field; }) != nullptr;
}

const ChoiceRow* find_choice(const LogSource& source, std::string_view field, std::string_view value) {
  return find_in(source.choices,
                 [&](const ChoiceRow& row) { return row.field == field && lowered(row.value) == lowered(value); });
}

const MissingRow* find_missing(std::string_view name) {
  return find_in(kMissing, [name](const MissingRow& row) { return row.name == name; });
}

const MissingRow* find_missing_source(std::string_view name) {
  return find_in(kMissingSources, [low = lowered(name)](const MissingRow& row) { return row.name == low; });
}

std::vector<std::string_view> names_of_fields(const LogSource& source) {
  std::vector<std::string_view> names;
  for (const auto& rows : source.fields) {
    for (const FieldRow& row : rows) names.push_back(row.name);
  }
  for (const ChoiceRow& row : source.choices) names.push_back(row.field);
  return names;
}

}  // namespace picket::sigma
