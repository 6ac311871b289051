// SPDX-License-Identifier: Apache-2.0
//
// The process, its user, its container and the host in ECS's fields.
#include "exporters/format/ecs_document.h"
#include "exporters/format/envelope.h"
#include "exporters/format/fields.h"
#include "rules/event/number_names.h"

namespace picket::ecs {
namespace {

void write_time(JsonWriter& json, const Event& event, std::string_view member, std::uint64_t boot_time) {
  write_date(json, member, since_1970(event, boot_time));
}

void write_identity(JsonWriter& json, const Event& event, const Host& host, const Process& process) {
  write_entity_id(json.name("entity_id"), host.boot_id, process.key);
  json.member("pid", process.pid);
  write_text(json, "name", process.comm);
  write_text(json, "executable", process.exe_path);
  write_text(json, "command_line", process.cmdline);
  write_time(json, event, "start", process.start_time);
  write_text(json, "working_directory", process.cwd);
  write_user(json, event, "user", process.uid);
}

void write_arguments(JsonWriter& json, const Process& process) {
  if (process.argv.empty()) return;
  std::uint32_t count = 0;
  json.name("args").open('[');
  for_each_string(process.argv, [&](std::string_view argument) {
    json.text(argument);
    ++count;
  });
  json.close(']').member("args_count", count);
}

// ECS has them by their names.
void write_capabilities(JsonWriter& json, std::string_view member, std::uint64_t set) {
  json.name(member).open('[');
  for (const NumberName& capability : names::kCapabilities) {
    if ((set & capability.mask) == capability.value) json.text(capability.name);
  }
  json.close(']');
}

// Of capset: those that it sets.
void write_thread(JsonWriter& json, const Event& event, const Process& process) {
  const bool sets = event.kind() == Kind::capset;
  json.name("thread").open('{').member("id", event.header->tid);
  if (sets || process.known) {
    json.name("capabilities").open('{');
    write_capabilities(json, "effective", sets ? event.as<pk_capset>().effective : process.cap_effective);
    write_capabilities(json, "permitted", sets ? event.as<pk_capset>().permitted : process.cap_permitted);
    json.close('}');
  }
  json.close('}');
}

void write_leader(JsonWriter& json, std::string_view member, std::uint32_t pid) {
  if (pid != 0) json.name(member).open('{').member("pid", pid).close('}');
}

void write_image(JsonWriter& json, const Event& event, const Process& process) {
  write_user(json, event, "real_user", process.real_uid);
  write_group(json, event, "real_group", process.real_gid);
  json.name("interactive").truth(process.tty != 0);
  if (process.tty != 0) {
    constexpr std::uint32_t kMinorBits = 8;  // as /proc/PID/stat has them: more minor bits above the major ones
    json.name("tty").open('{').name("char_device").open('{').member("major", process.tty >> kMinorBits & 0xfff);
    json.member("minor", (process.tty & 0xff) | (process.tty >> 12 & 0xfff00)).close('}').close('}');
  }
  write_leader(json, "session_leader", process.session);
  write_leader(json, "group_leader", process.process_group);
  write_hash_object(json, process.exe_hash);
}

void write_lineage(JsonWriter& json, const Event& event, const Host& host, const Process& process) {
  if (process.parent == nullptr) return;
  json.name("parent").open('{');
  write_identity(json, event, host, *process.parent);
  write_arguments(json, *process.parent);
  json.close('}').name("Ext").open('{').name("ancestry").open('[');
  for_each_ancestor(process, [&](const Process& ancestor) { write_entity_id(json, host.boot_id, ancestor.key); });
  json.close(']').close('}');
}

void write_end(JsonWriter& json, const Event& event) {
  if (event.kind() != Kind::exit) return;
  const std::uint32_t status = event.as<pk_exit>().status, signal = status & 0x7f;
  constexpr std::uint32_t kKilled = 128;  // as shells show it
  json.member("exit_code", signal != 0 ? kKilled + signal : status >> 8 & 0xff);
  write_time(json, event, "end", event.header->time);
}

}  // namespace

void write_user(JsonWriter& json, const Event& event, std::string_view member, std::uint32_t uid) {
  json.name(member).open('{');
  write_digits(json, "id", uid);
  if (event.names != nullptr) write_text(json, "name", event.names->user(uid));
  json.close('}');
}

void write_group(JsonWriter& json, const Event& event, std::string_view member, std::uint32_t gid) {
  json.name(member).open('{');
  write_digits(json, "id", gid);
  if (event.names != nullptr) write_text(json, "name", event.names->group(gid));
  json.close('}');
}

void write_hash_object(JsonWriter& json, const FileHash& hash) {
  if (!hash.is_known()) return;
  json.name("hash").open('{');
  write_hash(json, "sha256", hash).close('}');
}

void write_host(JsonWriter& json, const Host& host) {
  json.name("host").open('{').name("hostname").text(host.name).name("name").text(host.name);
  write_text(json, "id", host.machine_id);
  json.name("boot").open('{').member("id", host.boot_id).close('}');
  json.name("os").open('{').member("type", "linux");
  write_text(json, "kernel", host.kernel);
  json.close('}').close('}');
}

void write_process(JsonWriter& json, const Event& event, const Host& host) {
  const Process& process = *event.process;
  json.name("process").open('{');
  write_identity(json, event, host, process);
  json.member("vpid", process.vpid);
  write_arguments(json, process);
  if (!process.env.empty()) {
    json.name("env_vars").open('[');
    for_each_string(process.env, [&json](std::string_view variable) { json.text(variable); });
    json.close(']');
  }
  write_group(json, event, "group", process.gid);
  write_thread(json, event, process);
  if (process.known) write_image(json, event, process);
  write_lineage(json, event, host, process);
  write_end(json, event);
  json.close('}');
}

// Of setuid: `changes` is who it becomes.
void write_acting_user(JsonWriter& json, const Event& event) {
  const std::uint32_t uid = event.header->uid;
  json.name("user").open('{');
  write_digits(json, "id", uid);
  write_text(json, "name", event.names->user(uid));
  if (event.kind() == Kind::setuid) write_user(json, event, "changes", event.as<pk_setuid>().effective_uid);
  json.close('}');
}

void write_container(JsonWriter& json, const Container& container) {
  json.name("container").open('{');
  write_text(json, "id", container.full_id.empty() ? container.id : container.full_id);
  write_text(json, "name", container.name);
  json.member("runtime", runtime_name(container.runtime));
  const Image& image = container.image;
  if (!image.name.empty()) {
    json.name("image").open('{').name("name").text(image.repository.empty() ? image.name : image.repository);
    if (!image.tag.empty()) json.name("tag").open('[').text(image.tag).close(']');
    if (!image.digest.empty())
      json.name("hash").open('{').name("all").open('[').text(image.digest).close(']').close('}');
    json.close('}');
  }
  if (container.privileged) {
    json.name("security_context").open('{').name("privileged").truth(*container.privileged).close('}');
  }
  json.close('}');
  const Pod& pod = container.pod;
  if (pod.name.empty() && pod.uid.empty()) return;
  json.name("orchestrator").open('{').member("type", "kubernetes");
  write_text(json, "namespace", pod.name_space);
  json.name("resource").open('{').member("type", "pod");
  write_text(json, "name", pod.name);
  write_text(json, "id", pod.uid);
  json.close('}').close('}');
}

}  // namespace picket::ecs
