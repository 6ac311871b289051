// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/lineage.h"

#include <algorithm>

#include "exporters/format/envelope.h"
#include "exporters/format/fields.h"
#include "exporters/format/members.h"

namespace picket {
namespace {

// What processes were started with is as long as they like. An alert that is larger than what is between it and its
// reader takes (Kafka's brokers: 1 MB) would be kept out by that.
constexpr std::size_t kMostBytes = 128 * 1024;

class LineageRecord {
 public:
  LineageRecord(JsonWriter& json, const Lineage& lineage, std::string_view boot_id)
      : json_(json), lineage_(lineage), boot_id_(boot_id), begin_(json.size()) {}

  void write();

 private:
  void write_process(const Process& process);
  void write_image(const Process& process);
  void write_capabilities(std::string_view member, std::uint64_t set);
  void write_list(std::string_view member, std::string_view exact, std::string_view strings);
  void write_parent(const Process& process);
  void write_ancestors(const Process& process);
  void write_identity(const Process& process);
  void write_further(const Process& ancestor, bool with_start);

  [[gnu::always_inline]] void write_time(std::string_view member, std::uint64_t boot_time) {
    write_date(json_, member, boot_time + static_cast<std::uint64_t>(lineage_.wall_clock_offset));
  }

  JsonWriter& json_;
  const Lineage& lineage_;
  const std::string_view boot_id_;
  const std::size_t begin_;
};

void LineageRecord::write() {
  const Process& process = lineage_.process;
  json_.name("process");
  write_process(process);
  if (process.parent != nullptr) {
    json_.name("parent");
    write_parent(*process.parent);
  }
  write_ancestors(process);
}

void LineageRecord::write_process(const Process& process) {
  json_.open('{');
  write_identity(process);
  json_.member("vpid", process.vpid);
  text_if_any(json_, "args", process.args());
  write_list("argv", "argv_base64", process.argv);
  text_if_any(json_, "filename", process.filename);
  text_if_any(json_, "interpreter", process.interpreter);
  write_list("env", "env_base64", process.env);
  text_if_any(json_, "cwd", process.cwd);
  if (process.exec_time != 0) write_time("exec_time", process.exec_time);
  write_account(json_, "user", process.uid, lineage_.names);
  write_group(json_, "group", process.gid, lineage_.names);
  if (process.known) write_image(process);
  json_.member("cgroup", process.cgroup);
  write_flags(json_, "flags", process.flags, kFlags);
  json_.close('}');
}

// What only a report of the process itself can tell.
void LineageRecord::write_image(const Process& process) {
  write_user(json_, "real_user", process.real_uid, lineage_.names);
  write_group(json_, "real_group", process.real_gid, lineage_.names);
  if (process.login_uid != UINT32_MAX) write_user(json_, "login_user", process.login_uid, lineage_.names);
  json_.member("tty", process.tty).member("session", process.session).member("process_group", process.process_group);
  json_.name("capabilities").open('{');
  write_capabilities("inheritable", process.cap_inheritable);
  write_capabilities("permitted", process.cap_permitted);
  write_capabilities("effective", process.cap_effective);
  json_.close('}');
  json_.name("namespaces").open('{');
  json_.member("pid", process.pid_namespace).member("mount", process.mount_namespace);
  json_.member("net", process.net_namespace).member("user", process.user_namespace);
  json_.member("cgroup", process.cgroup_namespace).close('}');
  json_.name("executable").open('{');
  json_.member("inode", process.inode).member("device", process.device).member("mode", process.exe_mode);
  write_flags(json_, "flags", process.exe_flags, kExeFlags);
  if (process.exe_mtime != 0) write_date(json_, "mtime", process.exe_mtime);
  if (process.exe_ctime != 0) write_date(json_, "ctime", process.exe_ctime);
  write_hashes(json_, "hashes", process.exe_hash);
  json_.close('}').name("stdio").open('{');
  json_.member("stdin", process.stdin_mode).member("stdout", process.stdout_mode);
  json_.member("stderr", process.stderr_mode).close('}');
}

// As /proc/PID/status shows them.
void LineageRecord::write_capabilities(std::string_view member, std::uint64_t set) {
  json_.name(member).placed(kHexSize, [set](char* at) { return put_hex(at, set); });
}

// One element for each of the strings. When any of them is not UTF-8, all are given again, exactly.
void LineageRecord::write_list(std::string_view member, std::string_view exact, std::string_view strings) {
  if (strings.empty()) return;
  const auto for_each = [strings](auto&& write) {
    std::string_view rest = strings;
    while (!rest.empty()) {
      const std::string_view argument = rest.substr(0, rest.find('\0'));
      write(argument);
      rest.remove_prefix(std::min(argument.size() + 1, rest.size()));
    }
  };
  json_.name(member).open('[');
  bool exactly = true;
  for_each([this, &exactly](std::string_view argument) { exactly &= json_.text_exactly(argument); });
  json_.close(']');
  if (exactly) return;
  json_.name(exact).open('[');
  for_each([this](std::string_view argument) { json_.base64(argument); });
  json_.close(']');
}

void LineageRecord::write_parent(const Process& process) {
  json_.open('{');
  write_identity(process);
  write_further(process, true);
  text_if_any(json_, "cwd", process.cwd);
  write_user(json_, "user", process.uid, lineage_.names);
  json_.close('}');
}

// What rules can ask of those further up. What is as with most of them is left out.
void LineageRecord::write_further(const Process& ancestor, bool with_start) {
  if (ancestor.vpid != ancestor.pid) json_.member("vpid", ancestor.vpid);
  if (with_start) {
    write_list("argv", "argv_base64", ancestor.argv);
    write_list("env", "env_base64", ancestor.env);
  } else {
    json_.name("start_left_out").truth(true);
  }
  if (ancestor.session != 0) json_.member("session", ancestor.session);
  if (ancestor.process_group != 0) json_.member("process_group", ancestor.process_group);
  if (ancestor.pid_namespace != lineage_.process.pid_namespace) {
    json_.member("pid_namespace", ancestor.pid_namespace);
  }
}

void LineageRecord::write_ancestors(const Process& process) {
  json_.name("ancestors").open('[');
  const Process* ancestor = process.parent;
  for (std::size_t level = 0; ancestor != nullptr && level < kShownAncestors; ++level, ancestor = ancestor->parent) {
    json_.open('{');
    write_entity_id(json_.name("entity_id"), boot_id_, ancestor->key);
    json_.member("pid", ancestor->pid);
    text_if_any(json_, "name", ancestor->comm);
    text_if_any(json_, "exe", ancestor->exe_path);
    if (level > 0) {  // the parent has been told of
      const bool with_start = json_.size() - begin_ <= kMostBytes;
      if (with_start && !ancestor->cmdline_follows()) json_.member("cmdline", ancestor->cmdline);
      write_further(*ancestor, with_start);
    }
    json_.close('}');
  }
  json_.close(']');
}

void LineageRecord::write_identity(const Process& process) {
  write_entity_id(json_.name("entity_id"), boot_id_, process.key);
  json_.member("pid", process.pid).name("known").truth(process.known);
  write_time("start_time", process.start_time);
  text_if_any(json_, "name", process.comm);
  text_if_any(json_, "exe", process.exe_path);
  text_if_any(json_, "cmdline", process.cmdline);
}

}  // namespace

void append_lineage(JsonWriter& json, const Lineage& lineage, std::string_view boot_id) {
  LineageRecord(json, lineage, boot_id).write();
}

}  // namespace picket
