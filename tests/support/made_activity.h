// SPDX-License-Identifier: Apache-2.0
//
// Random rules and random events about the same few things, of all kinds that the kernel decides: paths and names of
// few letters, small numbers. About as much matches as does not. Paths are as the kernel writes them.
#pragma once

#include <array>
#include <cstring>
#include <random>
#include <string>

#include "rules/event/catalogue.h"
#include "rules/event/made_event.h"
#include "rules/plan/lane.h"
#include "tests/support/random_condition.h"

namespace picket::test {

class MadeActivity {
 public:
  explicit MadeActivity(unsigned seed) : random_(seed) {
    for (Container& container : containers_) make(container);
  }

  // Some of them may never match: a kind has not what they ask for.
  std::string rules(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += "- rule: R" + std::to_string(i) + "\n  desc: d\n  output: x\n  priority: INFO\n  condition: >\n    " +
              calls() + " and " + condition(3) + "\n" + action();
    }
    return text;
  }

  MadeEvent event() {
    static const std::vector<Kind> kKinds = [] {
      std::vector<Kind> kinds;
      for (unsigned number = 0; number < kKindEnd; ++number) {
        if (planning::kDecidedKinds.contains(static_cast<Kind>(number))) kinds.push_back(static_cast<Kind>(number));
      }
      // What rules are most about comes more often.
      for (int i = 0; i < 10; ++i) kinds.insert(kinds.end(), {Kind::open, Kind::connect, Kind::exec, Kind::rename});
      return kinds;
    }();
    return event(kKinds[one_of(kKinds.size())]);
  }

  MadeEvent event(Kind kind) {
    MadeEvent event(kind);
    for (const Member& member : layout_of(static_cast<unsigned>(event.kind())).members) fill(event, member);
    Process& process = event.process();
    process.exe_path = event_path();
    process.comm = one_of(20) == 0 ? "" : word();
    process.uid = static_cast<std::uint32_t>(one_of(4));
    process.exe_flags = static_cast<std::uint32_t>(random_() & 0x1ff);
    process.flags = one_of(30) == 0 ? PK_FLAG_path_truncated : 0;
    process.argv = "x";
    process.exe_hash = FileHash::known(*read_digits(digest()));
    if (one_of(2) == 0) event.add_ancestor().comm = word();
    if (one_of(2) == 0) event.container() = containers_[one_of(containers_.size())];
    event.complete();
    if (event.kind() == Kind::exec) {
      process.comm = word();
      set(event, "comm", process.comm);
      set(event, "path", process.exe_path);
      set(event, "exe_flags", process.exe_flags);
    }
    choose_call(event);
    return event;
  }

 private:
  std::size_t one_of(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

  template <class Choices>
  std::string any(const Choices& choices) {
    return std::string(choices[one_of(std::size(choices))]);
  }

  static void set(MadeEvent& event, std::string_view name, std::uint64_t number) {
    event.set(*event.member(name), number);
  }
  static void set(MadeEvent& event, std::string_view name, const std::string& text) {
    event.set(*event.member(name), std::string_view(text));
  }

  // ---- events ----

  void fill(MadeEvent& event, const Member& member) {
    if (member.type == "text") {
      event.set(member, std::string_view(event_path()));
    } else if (member.type == "comm") {
      event.set(member, std::string_view(word()));
    } else if (member.type == "address") {
      if (one_of(3) == 0) return;
      event.set(member, address());
    } else if (member.name == "family") {
      static constexpr std::uint64_t kFamilies[] = {1, 2, 10, 16, 17, 300, 40000};
      event.set(member, kFamilies[one_of(std::size(kFamilies))]);
      if (const Member* port = event.member("port")) event.set(*port, ip(event) ? number() : 0);
    } else if (member.name != "reserved" && member.name != "port") {
      event.set(member, number());
    } else if (member.name == "port" && ip(event)) {
      event.set(member, number());
    }
  }

  // Of either family: 10.x.x.x, a00:1::, ::ffff:10.x.x.x.
  Address address() {
    Address address;
    const std::size_t begin = one_of(3) == 0 ? 12 : 0;
    if (begin != 0) address.bytes[10] = address.bytes[11] = 0xff;
    address.bytes[begin] = 10;
    for (std::size_t at = 1; at < 4; ++at) address.bytes[begin + at] = static_cast<std::uint8_t>(one_of(2));
    return address;
  }

  static bool ip(const MadeEvent& event) {
    std::uint16_t family = 0;
    std::memcpy(&family, reinterpret_cast<const char*>(event.event().header) + event.member("family")->offset, 2);
    return family == 2 || family == 10;
  }

  void choose_call(MadeEvent& event) {
    const auto calls = calls_of(event.kind());
    pk_header& header = event.header();
    header.flags = 0;
    if (one_of(25) == 0) header.flags |= PK_FLAG_path_truncated;
    if (one_of(25) == 0) header.flags |= PK_FLAG_old_path_truncated;
    if (calls.empty() || one_of(8) == 0) return;
    const CallNumbers& call = calls[one_of(calls.size())];
    header.syscall = call.native;
    if (call.name == "io_uring") header.flags |= PK_FLAG_io_worker;
    if (one_of(4) == 0 && call.compat >= 0) {
      header.syscall = call.compat;
      header.flags |= PK_FLAG_compat;
    } else if (one_of(6) == 0 && call.x32 >= 0) {
      header.syscall = call.x32;
    }
  }

  std::uint64_t number() {
    static constexpr std::uint64_t kNumbers[] = {0,     1,      2,      3,      4,      5,        6,      17,
                                                 64,    512,    513,    1000,   0x8000, 0x81a4,   0x41ed, 0x2190,
                                                 0xfff, 0xffff, 0x1000, 070000, 040000, 0x100001, 0x241,  04755};
    return one_of(12) == 0 ? ~std::uint64_t{0} - one_of(3) : kNumbers[one_of(std::size(kNumbers))];
  }

  std::string word() {
    static constexpr const char* kWords[] = {"a", "b", "c", "ab", "abcdefghijklmno", "etc", "bin", "x.so"};
    return any(kWords);
  }

  std::string digest() {
    static constexpr char kDigits[] = {'0', '1', 'a', 'f'};
    return std::string(kSha256Digits, kDigits[one_of(std::size(kDigits))]);
  }

  std::string path() {
    std::string path;
    for (std::size_t names = one_of(5); names > 0; --names) path += "/" + word();
    return path.empty() ? "/" : path;
  }

  std::string event_path() {
    static constexpr const char* kUnnamed[] = {"", "memfd:a", "pipe:[7]"};
    if (one_of(12) == 0) return any(kUnnamed);
    if (one_of(40) == 0) {
      std::string deep = "/a";
      for (std::size_t names = 12 + one_of(12); names > 0; --names) deep += "/" + word();
      return deep;
    }
    if (one_of(60) == 0) return "/etc/" + std::string(32 * (1 + one_of(6)), 'n');
    return path();
  }

  // All that is known of it.
  void make(Container& container) {
    container.full_id = container.id = word();
    container.runtime = static_cast<Runtime>(one_of(4));
    container.metadata = Metadata::Complete;
    container.name = one_of(4) == 0 ? "" : word();
    container.image = {word(), word(), word(), one_of(2) == 0 ? "" : word(), word()};
    container.labels = {{"a", word()}, {"b", word()}};
    container.mounts = {{path(), path(), word(), word(), one_of(2) == 0}};
    if (one_of(3) != 0) container.privileged = one_of(2) == 0;
    container.cgroup = 1 + one_of(5);
    container.cgroup_path = path();
    container.pod = {word(), word(), word(), word(), word(), {{"a", word()}}};
  }

  // ---- rules ----

  std::string calls() {
    static constexpr const char* kCalls[] = {
        "evt.type in (open, openat, openat2, creat, open_by_handle_at, io_uring)",
        "evt.type in (open, openat)",
        "evt.type in (connect, io_uring)",
        "evt.type = connect",
        "evt.type in (execve, execveat)",
        "evt.type in (rename, renameat, renameat2)",
        "evt.type in (rename, renameat, renameat2, io_uring)",
        "evt.type in (chmod, fchmod, fchmodat, fchmodat2)",
        "evt.type in (bind, listen)",
        "not evt.type in (execve, setuid)",
        "evt.type != connect",
        "evt.is_io_uring = false",
        "evt.category = file",
        "evt.category = net",
        "user.uid exists",
    };
    return any(kCalls);
  }

  std::string action() {
    static constexpr const char* kActions[] = {"", "", "  action: deny\n", "  action: deny\n  mode: audit\n",
                                               "  action: kill\n  mode: enforce\n"};
    return any(kActions);
  }

  std::string path_field() {
    static constexpr const char* kFields[] = {"fd.name",      "fs.path.name",   "fs.path.source", "fs.path.target",
                                              "proc.exepath", "evt.abspath",    "evt.arg.path",   "evt.arg.oldpath",
                                              "open.path",    "rename.new_path"};
    return any(kFields);
  }

  std::string name_field() {
    static constexpr const char* kFields[] = {"proc.name", "fd.filename", "proc.name"};
    return any(kFields);
  }

  std::string number_field() {
    static constexpr const char* kFields[] = {"user.uid",     "fd.sport",      "fd.rport",        "fd.port",
                                              "open.flags",   "open.mode",     "chmod.mode",      "chown.uid",
                                              "connect.type", "rename.flags",  "signal.code",     "ptrace.request",
                                              "bind.port",    "truncate.size", "setuid.real_uid", "connect.family"};
    return any(kFields);
  }

  template <class Make>
  std::string several(Make make) {
    std::string list = "(";
    const std::size_t count = 1 + one_of(3);
    for (std::size_t i = 0; i < count; ++i) list += (i != 0 ? ", " : "") + make();
    return list + ")";
  }

  std::string quoted(const std::string& text) { return "\"" + text + "\""; }

  // A part of a path, with a whole name in it.
  std::string inner_path() {
    return (one_of(3) == 0 ? word() : "") + "/" + word() + "/" + (one_of(2) == 0 ? word() : "");
  }

  std::string path_check() {
    const auto one = [this] { return quoted(path()); };
    const std::string field = path_field();
    switch (one_of(13)) {
      case 12:
        return field + " contains " +
               (one_of(3) == 0 ? several([this] { return quoted(inner_path()); }) : quoted(inner_path()));
      case 0:
        return field + " = " + one();
      case 1:
        return field + " != " + one();
      case 2:
        return field + " in " + several(one);
      case 3:
      case 4:
        return field + " pmatch " + several(one);
      case 5:
        return field + " startswith " + quoted(path() + "/");
      case 6:
        return field + " startswith " + one();
      case 7:
        return field + " endswith " + quoted("/" + word());
      case 8:
        return field + " endswith " + (one_of(2) == 0 ? quoted(path()) : quoted(word()));
      case 9:
        return field + " glob " + quoted("/" + word() + "/*/" + word());
      case 10:
        return field + " exists";
      default:
        return one_of(2) == 0 ? "fd.directory " + std::string(one_of(2) == 0 ? "in " : "pmatch ") + several(one)
                              : field + " contains " + quoted(word());
    }
  }

  std::string number_check() {
    static constexpr const char* kOrders[] = {"<", "<=", ">", ">="};
    const auto one = [this] { return std::to_string(one_of(5) == 0 ? one_of(70000) : number() & 0xffff); };
    const std::string field = number_field();
    switch (one_of(4)) {
      case 0:
        return field + " in " + several(one);
      case 1:
        return field + " " + any(kOrders) + " " + one();
      case 2:
        return field + " != " + one();
      default:
        return field + " = " + one();
    }
  }

  std::string fixed_check() {
    static constexpr const char* kChecks[] = {
        "evt.is_open_write = true",
        "evt.is_open_read = false",
        "evt.is_open_create = true",
        "evt.is_open_exec = true",
        "fd.typechar = 'f'",
        "fd.type in (directory, file)",
        "fd.typechar in (4, 6)",
        "fd.type = unix",
        "fd.type = ipv4",
        "fd.sockfamily = ip",
        "fd.l4proto = tcp",
        "evt.arg.domain = AF_INET",
        "evt.arg.mode contains S_ISUID",
        "evt.arg.sig = SIGKILL",
        "proc.is_exe_from_memfd = true",
        "proc.is_exe_writable = false",
        "user.name = root",
        "proc.pname = a",
        "proc.pname in (a, b, etc)",
        "not proc.pname in (ab, c)",
        "proc.pname exists",
        "container.id = host",
        "container.id != host",
        "container.id in (a, b, host)",
        "container.image.repository = a",
        "container.image.repository contains a",
        "tolower(container.name) startswith a",
        "container.name = val(container.image)",
        "container.privileged = true",
        "container.label[a] = b",
        "container.labels glob 'b:*'",
        "container.mount.dest[0] pmatch (/a)",
        "container.duration > 5",
        "k8s.ns.name in (a, b, c)",
        "k8s.pod.name != a",
        "fd.num >= 0",
        "evt.type = open",
        "evt.is_io_uring = true",
        "signal.code < 0",
        "ptrace.request = -1",
        "proc.name startswith a",
        "proc.cmdline contains a",
        "evt.arg.cmd = BPF_PROG_LOAD",
    };
    return any(kChecks);
  }

  std::string address_check() {
    static constexpr const char* kSides[] = {"", "r", "l", "s", "c"};
    static constexpr const char* kAddresses[] = {"10.0.0.0",        "10.0.0.1", "10.1.0.1", "10.1.1.1",
                                                 "::ffff:10.0.1.0", "a00::",    "a00:1::",  "a01:101::"};
    static constexpr const char* kNetworks[] = {"10.0.0.0/8", "10.0.0.0/15", "10.0.1.0/24", "10.1.1.0/31", "10.0.0.1",
                                                "0.0.0.0/0",  "::/0",        "a00::/8",     "a00::/16",    "a01::/32"};
    const bool network = one_of(2) == 0;
    const auto one = [&] { return quoted(network ? any(kNetworks) : any(kAddresses)); };
    const std::string field = "fd." + any(kSides) + (network ? "net" : "ip");
    switch (one_of(6)) {
      case 0:
        return field + " exists";
      case 1:
        return field + " != " + one();
      case 2:
        return field + " = " + one();
      default:
        return (one_of(3) == 0 ? "not " : "") + field + " in " + several(one);
    }
  }

  std::string digest_check() {
    const auto one = [this] { return digest(); };
    const std::string field = "proc.exe_hash.sha256";
    if (one_of(3) == 0) return field + (one_of(2) == 0 ? " = " : " != ") + one();
    return (one_of(2) == 0 ? "not " : "") + field + " in " + several(one);
  }

  std::string check() {
    const auto one = [this] { return quoted(word()); };
    if (one_of(20) == 0) return digest_check();
    if (one_of(8) == 0) return address_check();
    switch (one_of(8)) {
      case 0:
        return number_check();
      case 1:
      case 2:
        return fixed_check();
      case 3:
        return name_field() + " in " + several(one);
      case 4:
        return name_field() + (one_of(2) == 0 ? " = " : " != ") + one();
      default:
        return path_check();
    }
  }

  std::string condition(std::size_t depth) {
    return random_condition(
        depth, [this](std::size_t count) { return one_of(count); }, [this] { return check(); });
  }

  std::mt19937 random_;
  std::array<Container, 12> containers_;
};

}  // namespace picket::test
