// SPDX-License-Identifier: Apache-2.0
//
// Alerts. The members are described, one by one, in docs/schema/picket.alert.v1.schema.json; a test holds every kind of
// output against it.
#include "exporters/format/native.h"

#include <algorithm>
#include <cstring>

#include "exporters/format/container.h"
#include "exporters/format/envelope.h"
#include "exporters/format/fields.h"
#include "exporters/format/json.h"
#include "rules/event/outcome.h"

namespace picket {
namespace {

constexpr int kMaxAncestors = 16;

struct FlagName {
  std::uint32_t mask;
  std::string_view name;
};

constexpr FlagName kFlags[] = {
#define FLAG(bit, name, doc) {PK_FLAG_##name, #name},
#include "bpf/shared/flags.def"
#undef FLAG
};

constexpr FlagName kExeFlags[] = {
#define EXE_FLAG(bit, name, doc) {PK_EXE_##name, #name},
#include "bpf/shared/exe_flags.def"
#undef EXE_FLAG
};

// In the order of Outcome::Is. The words are those of ECS.
constexpr std::string_view kOutcomes[] = {"success", "failure", "unknown"};

// Of an open that failed nobody knows who decided it.
std::string_view decision_of(const Event& event) {
  if (event.header->decision != PK_ALLOWED) return decision_name(event.header->decision);
  if (event.header->error == 0) return "allowed";
  return event.kind() == Kind::open_failed ? "failed" : "denied";
}

// One record being written.
class NativeRecord {
 public:
  NativeRecord(std::string& out, const Event& event, const Host& host, Scratch& scratch)
      : json_(out), event_(event), host_(host), scratch_(scratch) {}

  void write_alert(const Alert& alert);

 private:
  void write_attacks(std::span<const Attack> attacks);
  void write_event();
  void write_decision();
  void write_process(const Process& process);
  void write_image(const Process& process);
  void write_hashes(std::string_view member, const FileHash& hash);
  void write_capabilities(std::string_view member, std::uint64_t set);
  void write_list(std::string_view member, std::string_view exact, std::string_view strings);
  void write_parent(const Process& process);
  void write_ancestors(const Process& process);
  void write_identity(const Process& process);
  void write_output_fields(std::span<const OutputPiece> output);
  void write_value(std::string_view name, const Value& value);
  void write_flags(std::uint32_t flags, std::span<const FlagName> names);
  void write_user(std::string_view member, std::uint32_t uid);
  void write_group(std::string_view member, std::uint32_t gid);

  std::uint64_t since_1970(std::uint64_t boot_time) const {
    return boot_time + static_cast<std::uint64_t>(event_.wall_clock_offset);
  }
  [[gnu::always_inline]] void write_time(std::string_view member, std::uint64_t boot_time) {
    write_date(json_, member, since_1970(boot_time));
  }

  // Members that nobody knows the value of are left out.
  [[gnu::always_inline]] void text_if_any(std::string_view member, std::string_view text) {
    if (!text.empty()) json_.member(member, text);
  }

  JsonWriter json_;
  const Event& event_;
  const Host& host_;
  Scratch& scratch_;
};

void NativeRecord::write_alert(const Alert& alert) {
  const Process& process = *event_.process;
  json_.open('{');
  write_envelope(json_, "picket.alert.v1", since_1970(event_.header->time), host_);
  json_.member("rule", alert.rule).member("priority", priority_name(alert.priority));
  json_.member("severity", severity_name(alert.severity)).member("severity_id", static_cast<int>(alert.severity));
  text_if_any("description", alert.description);
  json_.name("tags").open('[');
  for (const std::string& tag : alert.tags) json_.text(tag);
  json_.close(']');
  write_attacks(alert.attacks);
  json_.member("message", alert.message);
  if (alert.throttled != 0) json_.member("throttled", alert.throttled);
  write_event();
  json_.name("process");
  write_process(process);
  if (process.parent != nullptr) {
    json_.name("parent");
    write_parent(*process.parent);
  }
  write_ancestors(process);
  if (event_.container != nullptr) {
    json_.name("container");
    append_container(json_, *event_.container, event_.wall_clock_offset);
  }
  write_output_fields(alert.output);
  json_.close('}');
}

// In OCSF's shape.
void NativeRecord::write_attacks(std::span<const Attack> attacks) {
  if (attacks.empty()) return;
  const auto write_uid = [this](std::string_view member, std::string_view uid) {
    if (!uid.empty()) json_.name(member).open('{').member("uid", uid).close('}');
  };
  json_.name("attacks").open('[');
  for (const Attack& attack : attacks) {
    json_.open('{');
    if (attack.tactic != nullptr) {
      json_.name("tactic").open('{').member("uid", attack.tactic->uid).member("name", attack.tactic->name).close('}');
    }
    write_uid("technique", attack.technique);
    write_uid("sub_technique", attack.sub_technique);
    json_.close('}');
  }
  json_.close(']');
}

void NativeRecord::write_event() {
  const pk_header& header = *event_.header;
  json_.name("event").open('{');
  json_.member("kind", kind_name(event_.kind())).member("type", call_name(event_));
  json_.member("tid", header.tid).member("uid", header.uid).member("gid", header.gid);
  json_.member("cpu", header.cpu).member("sequence", header.sequence);
  json_.name("flags");
  write_flags(header.flags, kFlags);
  write_decision();
  text_if_any("reached_by", event_.reached_by);
  text_if_any("remote_name", event_.host_name);
  if (event_.file_hash != nullptr) write_hashes("file_hashes", *event_.file_hash);
  append_fields(json_, event_, host_.boot_id);
  json_.close('}');
}

void NativeRecord::write_decision() {
  const Outcome outcome = outcome_of(event_);
  json_.member("decision", decision_of(event_)).member("outcome", kOutcomes[static_cast<std::size_t>(outcome.is)]);
  if (event_.result) json_.member("result", *event_.result);
  if (outcome.is != Outcome::Is::Failure) return;
  json_.member("error", error_name(-*outcome.result)).member("errno", -*outcome.result);
}

void NativeRecord::write_process(const Process& process) {
  json_.open('{');
  write_identity(process);
  json_.member("vpid", process.vpid);
  text_if_any("args", process.args());
  write_list("argv", "argv_base64", process.argv);
  text_if_any("filename", process.filename);
  text_if_any("interpreter", process.interpreter);
  write_list("env", "env_base64", process.env);
  text_if_any("cwd", process.cwd);
  if (process.exec_time != 0) write_time("exec_time", process.exec_time);
  write_user("user", process.uid);
  write_group("group", process.gid);
  if (process.known) write_image(process);
  json_.member("cgroup", process.cgroup);
  json_.name("flags");
  write_flags(process.flags, kFlags);
  json_.close('}');
}

// What only a report of the process itself can tell.
void NativeRecord::write_image(const Process& process) {
  write_user("real_user", process.real_uid);
  write_group("real_group", process.real_gid);
  if (process.login_uid != UINT32_MAX) write_user("login_user", process.login_uid);
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
  json_.name("flags");
  write_flags(process.exe_flags, kExeFlags);
  if (process.exe_mtime != 0) write_date(json_, "mtime", process.exe_mtime);
  if (process.exe_ctime != 0) write_date(json_, "ctime", process.exe_ctime);
  write_hashes("hashes", process.exe_hash);
  json_.close('}').name("stdio").open('{');
  json_.member("stdin", process.stdin_mode).member("stdout", process.stdout_mode);
  json_.member("stderr", process.stderr_mode).close('}');
}

// In OCSF's shape (fingerprint), where SHA-256 has the number 3; nothing when it is not known.
void NativeRecord::write_hashes(std::string_view member, const FileHash& hash) {
  if (!hash.is_known()) return;
  char digits[kSha256Digits];
  write_digits(hash.sha256, digits);
  json_.name(member).open('[').open('{').member("algorithm", "SHA-256").member("algorithm_id", 3);
  json_.member("value", std::string_view(digits, sizeof digits)).close('}').close(']');
}

// As /proc/PID/status shows them.
void NativeRecord::write_capabilities(std::string_view member, std::uint64_t set) {
  json_.name(member).placed(kHexSize, [set](char* at) { return put_hex(at, set); });
}

// One element for each of the strings. When any of them is not UTF-8, all are given again, exactly.
void NativeRecord::write_list(std::string_view member, std::string_view exact, std::string_view strings) {
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

void NativeRecord::write_parent(const Process& process) {
  json_.open('{');
  write_identity(process);
  text_if_any("cwd", process.cwd);
  write_user("user", process.uid);
  json_.close('}');
}

void NativeRecord::write_ancestors(const Process& process) {
  json_.name("ancestors").open('[');
  const Process* ancestor = process.parent;
  for (int level = 0; ancestor != nullptr && level < kMaxAncestors; ++level, ancestor = ancestor->parent) {
    json_.open('{');
    write_entity_id(json_.name("entity_id"), host_.boot_id, ancestor->key);
    json_.member("pid", ancestor->pid);
    text_if_any("name", ancestor->comm);
    text_if_any("exe", ancestor->exe_path);
    json_.close('}');
  }
  json_.close(']');
}

void NativeRecord::write_identity(const Process& process) {
  write_entity_id(json_.name("entity_id"), host_.boot_id, process.key);
  json_.member("pid", process.pid).name("known").truth(process.known);
  write_time("start_time", process.start_time);
  text_if_any("name", process.comm);
  text_if_any("exe", process.exe_path);
  text_if_any("cmdline", process.cmdline);
}

// The fields that the rule's output names; what is missing is null. A field that stands there twice is written once.
void NativeRecord::write_output_fields(std::span<const OutputPiece> output) {
  json_.name("output_fields").open('{');
  for (std::size_t i = 0; i < output.size(); ++i) {
    const OutputPiece& piece = output[i];
    const auto same = [&piece](const OutputPiece& other) { return !other.literal() && other.text == piece.text; };
    if (piece.literal() || std::any_of(output.begin(), output.begin() + static_cast<std::ptrdiff_t>(i), same)) {
      continue;
    }
    write_value(piece.text, piece.value(event_, scratch_));
  }
  json_.close('}');
}

void NativeRecord::write_value(std::string_view name, const Value& value) {
  struct Write {
    JsonWriter& json;
    std::string_view name;
    void operator()(std::monostate) const { json.name(name).null(); }
    void operator()(std::string_view text) const { json.member(name, text); }
    void operator()(std::int64_t number) const { json.member(name, number); }
    void operator()(std::uint64_t number) const { json.member(name, number); }
    void operator()(bool truth) const { json.name(name).truth(truth); }
    void operator()(const Address& address) const {
      json.name(name).composed([&address](std::string& out) { append_text(out, address); });
    }
  };
  std::visit(Write{json_, name}, value);
}

void NativeRecord::write_flags(std::uint32_t flags, std::span<const FlagName> names) {
  json_.open('[');
  for (const FlagName& flag : names) {
    if ((flags & flag.mask) != 0) json_.text(flag.name);
  }
  json_.close(']');
}

void NativeRecord::write_user(std::string_view member, std::uint32_t uid) {
  json_.name(member).open('{').member("uid", uid);
  text_if_any("name", event_.names->user(uid));
  json_.close('}');
}

void NativeRecord::write_group(std::string_view member, std::uint32_t gid) {
  json_.name(member).open('{').member("gid", gid);
  text_if_any("name", event_.names->group(gid));
  json_.close('}');
}

}  // namespace

void append_native_json(std::string& out, const Alert& alert, const Host& host, Scratch& scratch) {
  NativeRecord(out, *alert.event, host, scratch).write_alert(alert);
  out += '\n';
}

}  // namespace picket
