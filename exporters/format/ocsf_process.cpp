// SPDX-License-Identifier: Apache-2.0
//
// Processes, users, containers and the host in OCSF's objects. These are closed: what they lack is in `xattributes` of
// the process, and in the record's `unmapped`.
#include "exporters/format/envelope.h"
#include "exporters/format/fields.h"
#include "exporters/format/ocsf_record.h"

namespace picket::ocsf {
namespace {

// What `pod_uuid` may hold.
bool is_uuid(std::string_view text) {
  if (text.size() != kUidSize) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = (text[i] >= '0' && text[i] <= '9') || ((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'f');
    if (dash ? text[i] != '-' : !digit) return false;
  }
  return true;
}

void write_tag(JsonWriter& json, std::string_view name, std::string_view value) {
  if (!value.empty()) json.open('{').name("name").text(name).name("value").text(value).close('}');
}

void write_pod(JsonWriter& json, const Pod& pod) {
  json.member("orchestrator", "Kubernetes");
  if (is_uuid(pod.uid)) json.member("pod_uuid", pod.uid);
  json.name("tags").open('[');
  write_tag(json, "io.kubernetes.pod.name", pod.name);
  write_tag(json, "io.kubernetes.pod.namespace", pod.name_space);
  write_tag(json, "io.kubernetes.pod.uid", pod.uid);
  write_tag(json, "io.kubernetes.container.name", pod.container_name);
  json.close(']');
}

}  // namespace

void write_instant(JsonWriter& json, std::string_view member, std::string_view exact, std::uint64_t time) {
  json.member(member, milliseconds(time));
  write_date(json, exact, time);
}

void write_uid(JsonWriter& json, std::string_view member, const Uid& uid) {
  json.name(member).placed(kUidSize, [&uid](char* at) { return put_uid(at, uid); });
}

void write_device(JsonWriter& json, const Host& host) {
  json.name("device").open('{').name("hostname").text(host.name);
  write_text(json, "uid", host.machine_id);
  write_text(json, "boot_uid", host.boot_id);
  json.member("type_id", 1).member("type", "Server");
  json.name("os").open('{').member("name", "Linux").member("type_id", 200).member("type", "Linux");
  write_text(json, "kernel_release", host.kernel);
  json.close('}').close('}');
}

void write_hashes(JsonWriter& json, const FileHash& hash) {
  if (!hash.is_known()) return;
  json.name("hashes").open('[').open('{').member("algorithm", "SHA-256").member("algorithm_id", 3);
  write_hash(json, "value", hash).close('}').close(']');
}

void write_container(JsonWriter& json, const Container& container) {
  json.name("container").open('{');
  json.name("uid").text(container.full_id.empty() ? container.id : container.full_id);
  write_text(json, "name", container.name);
  json.member("runtime", runtime_name(container.runtime));
  const Image& image = container.image;
  if (!image.name.empty() || !image.id.empty()) {
    json.name("image").open('{');
    json.name("uid").text(!image.id.empty() ? image.id : !image.digest.empty() ? image.digest : image.name);
    write_text(json, "name", image.name);
    json.close('}');
  }
  if (!container.pod.name.empty() || !container.pod.uid.empty()) write_pod(json, container.pod);
  json.close('}');
}

void Record::write_time(std::string_view member, std::string_view exact, std::uint64_t boot_time) {
  write_instant(json, member, exact, since_1970(event, boot_time));
}

void Record::write_container() {
  if (event.container != nullptr) ocsf::write_container(json, *event.container);
}

void Record::write_user(std::string_view member, std::uint32_t uid) {
  json.name(member).open('{');
  write_digits(json, "uid", uid);
  if (event.names != nullptr) write_text(json, "name", event.names->user(uid));
  json.close('}');
}

void Record::write_group(std::string_view member, std::uint32_t gid) {
  json.name(member).open('{');
  write_digits(json, "uid", gid);
  if (event.names != nullptr) write_text(json, "name", event.names->group(gid));
  json.close('}');
}

void Record::write_identity(const Process& process) {
  json.member("pid", process.pid);
  write_entity_id(json.name("uid"), host.boot_id, process.key);
  write_uid(json, "cpid", process_uid(host.boot_id, process.key));
  write_text(json, "name", process.comm);
  write_text(json, "path", process.exe_path);
  write_text(json, "cmd_line", process.cmdline);
  write_time("created_time", "created_time_dt", process.start_time);
}

void Record::write_key(std::string_view member, pk_key key) {
  json.name(member).open('{').member("pid", pk_key_pid(key));
  write_entity_id(json.name("uid"), host.boot_id, key);
  write_uid(json, "cpid", process_uid(host.boot_id, key));
  json.close('}');
}

void Record::write_entity(std::string_view member, const Process& process) {
  json.name(member).open('{');
  write_identity(process);
  write_user("user", process.uid);
  json.close('}');
}

void Record::write_session(const Process& process) {
  json.name("session").open('{');
  write_digits(json, "uid", process.session);
  json.close('}');
}

void Record::write_environment(const Process& process) {
  if (process.env.empty()) return;
  json.name("environment_variables").open('[');
  for_each_string(process.env, [this](std::string_view variable) {
    const std::size_t equals = std::min(variable.find('='), variable.size());
    json.open('{').name("name").text(variable.substr(0, equals));
    json.name("value").text(variable.substr(std::min(equals + 1, variable.size()))).close('}');
  });
  json.close(']');
}

void Record::write_executable(const Process& process) {
  if (process.exe_path.empty()) return;
  json.name("file").open('{').name("name").text(base_name(process.exe_path)).name("path").text(process.exe_path);
  json.member("type_id", 8).member("type", "Executable File");
  if (process.known) {
    write_digits(json, "uid", process.inode);
    if (process.exe_mtime != 0) write_instant(json, "modified_time", "modified_time_dt", process.exe_mtime);
  }
  write_hashes(json, process.exe_hash);
  json.close('}');
}

void Record::write_parent(const Process& process) {
  json.name("parent_process").open('{');
  write_identity(process);
  write_user("user", process.uid);
  write_text(json, "working_directory", process.cwd);
  if (append_exact_texts(nullptr, process)) {
    json.name("xattributes").open('{');
    append_exact_texts(&json, process);
    json.close('}');
  }
  json.close('}');
}

void Record::write_lineage(const Process& process) {
  if (process.parent == nullptr) return;
  write_parent(*process.parent);
  json.name("ancestry").open('[');
  for_each_ancestor(process, [this](const Process& ancestor) {
    json.open('{');
    write_identity(ancestor);
    json.close('}');
  });
  json.close(']');
}

void Record::write_process(std::string_view member, const Process& process) {
  write_process(member, process, process.uid, process.gid);
}

void Record::write_process(std::string_view member, const Process& process, std::uint32_t uid, std::uint32_t gid) {
  json.name(member).open('{');
  write_identity(process);
  write_user("user", uid);
  write_group("group", gid);
  json.member("euid", uid).member("egid", gid);
  if (process.known && process.login_uid != UINT32_MAX) json.member("auid", process.login_uid);
  if (process.known) write_session(process);
  write_text(json, "working_directory", process.cwd);
  write_environment(process);
  write_executable(process);
  if (event.container != nullptr) {
    write_container();
    json.member("namespace_pid", process.vpid);
  }
  write_lineage(process);
  json.name("xattributes").open('{');
  json.name("argv").open('[');
  for_each_string(process.argv, [this](std::string_view argument) { json.text(argument); });
  json.close(']');
  append_process_rest(json, event, process);
  json.close('}').close('}');
}

}  // namespace picket::ocsf
