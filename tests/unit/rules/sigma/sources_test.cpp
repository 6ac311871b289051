// SPDX-License-Identifier: Apache-2.0
//
// Log sources and their fields; records of auditd.
#include <gtest/gtest.h>

#include "rules/compile/compile.h"
#include "rules/event/catalogue.h"
#include "rules/sigma/fields.h"
#include "rules/sigma/nodes.h"
#include "tests/unit/rules/sigma/convert.h"

namespace picket::sigma::test {
namespace {

struct Row {
  const char* source;
  const char* item;  // YAML, in a map
  const char* expected;
};

const Row kCategories[] = {
    {"category: process_creation", "User: root", "evt.type in (execve, execveat) and tolower(user.name) = \"root\""},
    {"category: file_event", "TargetFilename|startswith: /etc/",
     "evt.type in (create, open_trunc, mknod, mknodat, link, linkat, symlink, symlinkat, rename, renameat, renameat2) "
     "and (tolower(evt.abspath) startswith \"/etc/\" or tolower(evt.abspath.dst) startswith \"/etc/\")"},
    {"category: file_event", "TargetFilename: null",
     "evt.type in (create, open_trunc, mknod, mknodat, link, linkat, symlink, symlinkat, rename, renameat, renameat2) "
     "and not (evt.abspath exists or evt.abspath.dst exists)"},
    {"category: file_access", "FileName|endswith: /shadow",
     "open.path exists and tolower(open.path) endswith \"/shadow\""},
    {"category: file_delete", "TargetFilename: /x", "unlink.path exists and tolower(unlink.path) = \"/x\""},
    {"category: file_rename", "SourceFilename: /x", "rename.new_path exists and tolower(rename.old_path) = \"/x\""},
    {"category: network_connection", "DestinationPort: [22, 4444]",
     "evt.type in (connect, accept, accept4, sendto, sendmsg, sendmmsg) and fd.sockfamily = ip and fd.sport in (22, "
     "4444)"},
    {"category: dns_query", "QueryName|endswith: .Example", "evt.type = dns and dns.question endswith \".example\""},
    {"category: dns_query", "QueryName|cased: A",
     "5:22: 'T' is not converted: the case in which it was written is not known: the field is in lower case"},
    {"category: file_change", "TargetFilename: /x",
     "2:39: 'T' is not converted: log source 'file_change': a change of a file's times is no event"},
    {"category: proxy", "a: b",
     "2:39: 'T' is not converted: log source 'proxy': Picket sees what processes do, and reads no logs"},
    {"service: sshd", "a: b",
     "2:38: 'T' is not converted: log source 'sshd': Picket sees what processes do, and reads no logs"},
    {"category: nonsense", "a: b", "2:39: 'T' is not converted: Picket has no events of the log source 'nonsense'"},
    {"definition: x", "a: b",
     "2:12: 'T' is not converted: its log source is all logs of Linux, and Picket reads no logs"},
};

const std::string kIp = "evt.type in (connect, accept, accept4, sendto, sendmsg, sendmmsg) and fd.sockfamily = ip and ";

const Row kConnections[] = {
    {"", "Initiated: 'true'", "evt.type in (connect, sendto, sendmsg, sendmmsg)"},
    {"", "Initiated: false", "evt.type in (accept, accept4)"},
    {"", "DestinationIp: 10.0.0.1", "fd.sip = 10.0.0.1"},
    {"", "DestinationIp: ['::1', 127.0.0.1]", "fd.sip in (::1, 127.0.0.1)"},
    {"", "DestinationIp|cidr: [10.0.0.0/8, 'fe80::/10']", "fd.snet in (10.0.0.0/8, fe80::/10)"},
    {"", "DestinationIp|startswith: ['10.', 192.168.]", "fd.snet in (10.0.0.0/8, 192.168.0.0/16)"},
    {"", "DestinationIp: ['127.*', 8.8.8.8]", "(fd.sip = 8.8.8.8 or fd.snet = 127.0.0.0/8)"},
    {"", "DestinationHostname|endswith: .Ngrok.io", "fd.sip.name endswith \".ngrok.io\""},
    {"", "DestinationHostname: null", "not fd.sip.name exists"},
    {"", "DestinationIsIpv6: 'true'", "fd.type = ipv6"},
    {"", "Protocol: UDP", "fd.l4proto = \"udp\""},
};

const Row kWrongConnections[] = {
    {"", "DestinationIp|startswith: '10.1'",
     "5:32: 'T' is not converted: 'DestinationIp' takes an IPv4 or IPv6 address here"},
    {"", "DestinationIp|cidr: 10.0.0.0/40", "5:25: error: 'T': '10.0.0.0/40' is not a network"},
    {"", "Initiated: maybe", "5:16: 'T' is not converted: Picket has nothing that Initiated 'maybe' stands for"},
    {"", "Initiated|contains: 'true'", "5:5: 'T' is not converted: 'Initiated' is compared with whole values only"},
    {"", "SourcePort: 1",
     "5:5: 'T' is not converted: there is no field for 'SourcePort': a connection's own end is not known before the "
     "connection exists"},
};

std::string converted_item(const std::string& source, const std::string& item) {
  return outcome(rule(source, "  s:\n    " + item + "\n  condition: s\n"));
}

TEST(SigmaSources, Categories) {
  for (const Row& row : kCategories) EXPECT_EQ(converted_item(row.source, row.item), row.expected) << row.item;
}

TEST(SigmaSources, Connections) {
  for (const Row& row : kConnections) {
    EXPECT_EQ(converted_item("category: network_connection", row.item), kIp + row.expected) << row.item;
  }
  for (const Row& row : kWrongConnections) {
    EXPECT_EQ(converted_item("category: network_connection", row.item), row.expected) << row.item;
  }
}

TEST(SigmaSources, OtherProductsAreNotConverted) {
  EXPECT_EQ(outcome("title: T\nlogsource: {product: windows, category: process_creation}\ndetection: {s: {Image: x}, "
                    "condition: s}\n"),
            "2:22: 'T' is not converted: it is about 'windows', not about Linux");
  EXPECT_EQ(
      outcome("title: T\nlogsource: {category: process_creation}\ndetection: {s: {ProcessId: 1}, condition: s}\n"),
      "evt.type in (execve, execveat) and proc.pid = 1");
}

// Detections of auditd.
const Row kRecords[] = {
    {"", "  s: {type: EXECVE, a0: chmod, a1: 777}\n  condition: s\n",
     "evt.type in (execve, execveat) and tolower(proc.exe) = \"chmod\" and tolower(proc.args[0]) = \"777\""},
    {"", "  s: {a1|startswith: -x}\n  condition: s\n",
     "evt.type in (execve, execveat) and tolower(proc.args[0]) startswith \"-x\""},
    {"", "  s: {type: execve, a1: ''}\n  condition: s\n",
     "evt.type in (execve, execveat) and tolower(proc.args[0]) = \"\""},
    {"", "  s: {type: EXECVE, a0: a}\n  t: {type: EXECVE, a0: b}\n  condition: 1 of *\n",
     "evt.type in (execve, execveat) and (tolower(proc.exe) = \"a\" or tolower(proc.exe) = \"b\")"},
    {"", "  s: {type: EXECVE, a0: a}\n  f: {a1: b}\n  condition: s and not f\n",
     "evt.type in (execve, execveat) and tolower(proc.exe) = \"a\" and not tolower(proc.args[0]) = \"b\""},
    {"", "  s: {comm: a}\n  f: {type: EXECVE}\n  condition: s and not f\n",
     "6:14: 'T' is not converted: it is said which record is not meant; one event has records of several types"},
    {"", "  s: {type: PATH, name: /a}\n  f: {nametype: DELETE}\n  condition: s and not f\n",
     "6:14: 'T' is not converted: it is said which record is not meant; one event has records of several types"},
    {"", "  s: {nametype: CREATE, name: /a}\n  t: {name: /b}\n  condition: s or t\n",
     "6:14: 'T' is not converted: 'nametype' is not one for the whole rule; one event has paths of several such types"},
    {"", "  s: {nametype: [CREATE, DELETE], name: /a}\n  condition: s\n",
     "5:14: 'T' is not converted: 'nametype' is not one for the whole rule; one event has paths of several such types"},
    {"", "  s: [wget, 'post file']\n  condition: s\n",
     "evt.type in (execve, execveat) and tolower(proc.exeline) contains anyof (\"wget\", \"post file\")"},
    {"", "  s: {type: EXECVE}\n  k: {'|all': [grep, 'pass*word']}\n  condition: s and k\n",
     "evt.type in (execve, execveat) and tolower(proc.exeline) contains \"grep\" and tolower(proc.exeline) glob "
     "\"*pass*word*\""},
    {"", "  s: {type: PATH, name: /etc/ld.so.preload}\n  condition: s\n",
     "tolower(evt.abspath) = \"/etc/ld.so.preload\" or tolower(evt.abspath.src) = \"/etc/ld.so.preload\" or "
     "tolower(evt.abspath.dst) = \"/etc/ld.so.preload\" or tolower(exec.path) = \"/etc/ld.so.preload\""},
    {"", "  s: {type: PATH, name|startswith: /a}\n  condition: s\n",
     "tolower(evt.abspath) startswith \"/a\" or tolower(evt.abspath.src) startswith \"/a\" or "
     "tolower(evt.abspath.dst) startswith \"/a\" or tolower(exec.path) startswith \"/a\""},
    {"", "  s: {type: PATH, name|neq: /a}\n  condition: s\n",
     "(evt.abspath exists or evt.abspath.src exists or exec.path exists) and not (tolower(evt.abspath) = \"/a\" or "
     "tolower(evt.abspath.src) = \"/a\" or tolower(evt.abspath.dst) = \"/a\" or tolower(exec.path) = \"/a\")"},
    {"", "  s: {type: PATH, exe: /x}\n  condition: s\n",
     "(evt.abspath exists or evt.abspath.src exists or exec.path exists) and tolower(proc.exepath) = \"/x\""},
    {"", "  s: {type: PATH, nametype: CREATE}\n  n: {name|startswith: /a}\n  condition: s and n\n",
     "evt.type in (create, mkdir, mkdirat, mknod, mknodat, link, linkat, symlink, symlinkat, rename, renameat, "
     "renameat2) and (tolower(evt.abspath) startswith \"/a\" or tolower(evt.abspath.dst) startswith \"/a\")"},
    {"", "  s: {nametype: DELETE, name: /a}\n  condition: s\n",
     "evt.type in (unlink, unlinkat, rmdir, rename, renameat, renameat2) and (tolower(evt.abspath) = \"/a\" or "
     "tolower(evt.abspath.src) = \"/a\")"},
    {"", "  s: {type: SYSCALL, SYSCALL: [execve, execveat], euid: 33}\n  condition: s\n",
     "evt.type in (execve, execveat) and user.uid = 33"},
    {"", "  s: {type: SYSCALL, syscall: 133}\n  condition: s\n", "evt.type = mknod"},
    {"", "  s: {type: SYSCALL, SYSCALL: socket, a0: 26}\n  condition: s\n", "evt.type = socket and socket.family = 38"},
    {"", "  s: {type: SYSCALL, comm: insmod}\n  condition: s\n",
     "syscall.type exists and tolower(proc.name) = \"insmod\""},
    {"", "  s: {type: SYSCALL, SYSCALL: openat, success: 'no', exit: -13}\n  condition: s\n",
     "evt.type = openat and evt.failed = true and evt.rawres = -13"},
    {"", "  s: {type: SYSCALL, SYSCALL: connect, auid: 4294967295}\n  condition: s\n",
     "evt.type = connect and user.loginuid = -1"},
    {"", "  s: {type: SYSCALL, SYSCALL: sysinfo}\n  condition: s\n",
     "4:31: 'T' is not converted: Picket has no event of the system call 'sysinfo'"},
    {"", "  s: {type: SYSCALL, SYSCALL: open_trunc}\n  condition: s\n",
     "4:31: 'T' is not converted: Picket has no event of the system call 'open_trunc'"},
    {"", "  s: {SYSCALL|startswith: open}\n  condition: s\n",
     "4:7: 'T' is not converted: a system call is compared with whole names only"},
    {"", "  s: {type: SYSCALL, SYSCALL: kill, a1: 9}\n  condition: s\n",
     "4:37: 'T' is not converted: arguments of system calls are numbers that events do not keep, but for the family "
     "and "
     "protocol of 'socket'"},
    {"", "  s: {type: SYSCALL, comm: x}\n  t: {type: EXECVE, comm: y}\n  u: {a0: z}\n  condition: s or t and u\n",
     "6:7: 'T' is not converted: it is not said whether these are arguments of a program or of a system call"},
    {"", "  s: {type: ADD_USER}\n  condition: s\n",
     "4:13: 'T' is not converted: Picket has nothing that type 'ADD_USER' stands for"},
    {"", "  s: {key: k}\n  condition: s\n",
     "4:7: 'T' is not converted: there is no field for 'key': a key names a rule of auditd's own configuration"},
};

TEST(SigmaSources, RecordsOfAuditd) {
  for (const Row& row : kRecords) EXPECT_EQ(outcome(rule(kAuditd, row.item)), row.expected) << row.item;
}

// Every term, guard, choice and output of the tables compiles: each field alone makes a rule.
TEST(SigmaSources, EveryFieldOfTheTablesCompiles) {
  const char* const sources[][2] = {{"process_creation", ""}, {"file_event", ""},  {"file_access", ""},
                                    {"file_delete", ""},      {"file_rename", ""}, {"network_connection", ""},
                                    {"dns_query", ""},        {"", "auditd"}};
  for (const auto& [category, service] : sources) {
    const LogSource* source = find_source(category, service);
    ASSERT_NE(source, nullptr) << category << service;
    if (!source->guard.empty()) {
      EXPECT_EQ(print(*parsed(source->guard)), source->guard);
    }
    for (const ChoiceRow& choice : source->choices) EXPECT_EQ(print(*parsed(choice.condition)), choice.condition);
    for (const std::string_view name : names_of_fields(*source)) {
      const std::string where = *category ? "category: " + std::string(category) : "service: " + std::string(service);
      if (is_choice(*source, name)) continue;
      const std::string text = converted_item(where, std::string(name) + "|exists: true");
      EXPECT_NE(text.find(" exists"), std::string::npos) << where << " " << name << ": " << text;
    }
  }
}

}  // namespace
}  // namespace picket::sigma::test
