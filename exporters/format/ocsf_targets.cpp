// SPDX-License-Identifier: Apache-2.0
//
// What an event was done to: files, processes, memory, the kernel, containers. Sockets are in ocsf_network.cpp.
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "exporters/format/fields.h"
#include "exporters/format/ocsf_record.h"
#include "exporters/format/product.h"
#include "exporters/format/record_of.h"
#include "rules/event/catalogue.h"
#include "rules/event/outcome.h"

namespace picket::ocsf {
namespace {

constexpr int kRegular = 1, kFolder = 2, kLink = 7;  // file.type_id

int type_of(std::uint32_t mode) {
  struct Type {
    std::uint32_t format;
    int id;
  };
  constexpr Type kTypes[] = {{S_IFREG, kRegular}, {S_IFDIR, kFolder}, {S_IFCHR, 3},    {S_IFBLK, 4},
                             {S_IFSOCK, 5},       {S_IFIFO, 6},       {S_IFLNK, kLink}};
  for (const Type& type : kTypes) {
    if ((mode & S_IFMT) == type.format) return type.id;
  }
  return 0;
}

// MAJOR:MINOR/INODE
void write_file_uid(JsonWriter& json, std::uint32_t device, std::uint64_t inode) {
  constexpr std::size_t kMost = 48;
  json.name("uid").placed(kMost, [device, inode](char* at) {
    char* const end = at + kMost;
    at = std::to_chars(at, end, device >> 20).ptr;
    *at++ = ':';
    at = std::to_chars(at, end, device & ((1u << 20) - 1)).ptr;
    *at++ = '/';
    return std::to_chars(at, end, inode).ptr;
  });
}

// Opens the object; the caller closes it. A name is required, also where there is none.
JsonWriter& begin_file(JsonWriter& json, std::string_view member, std::string_view path, int type) {
  json.name(member).open('{').name("name").text(base_name(path));
  write_text(json, "path", path);
  write_text(json, "parent_folder", directory_of(path));
  return json.member("type_id", type);
}

JsonWriter& begin_facts(Record& record, std::string_view member, const FileFacts& facts) {
  begin_file(record.json, member, facts.path, type_of(facts.mode));
  if (facts.inode != 0) write_file_uid(record.json, facts.device, facts.inode);
  if (record.event.file_hash != nullptr) write_hashes(record.json, *record.event.file_hash);
  return record.json;
}

void write_permissions(JsonWriter& json, std::uint32_t mode) {
  constexpr std::uint32_t kPermissions = 07777;
  constexpr std::size_t kMost = 8;
  json.name("security_descriptor").placed(kMost, [mode](char* at) {
    *at++ = '0';
    return std::to_chars(at, at + kMost - 1, mode & kPermissions, 8).ptr;
  });
}

void write_owner(Record& record, std::uint32_t uid) {
  if (uid != UINT32_MAX) record.write_user("owner", uid);
}

void write_address_of_memory(JsonWriter& json, std::string_view member, std::uint64_t address) {
  json.name(member).placed(2 + kHexSize, [address](char* at) {
    *at++ = '0';
    *at++ = 'x';
    return put_hex(at, address);
  });
}

}  // namespace

void write_nothing(Record&) {}

// ---- processes ----

void write_itself(Record& record) { record.write_process("process", *record.event.process); }

void write_setuid(Record& record) {
  record.write_process("process", *record.event.process, record.event.as<pk_setuid>().effective_uid,
                       record.event.header->gid);
}

void write_setgid(Record& record) {
  record.write_process("process", *record.event.process, record.event.header->uid,
                       record.event.as<pk_setgid>().effective_gid);
}

void write_new_process(Record& record) {
  write_itself(record);
  if (record.is_activity()) record.json.member("launch_type_id", 2);
}

void write_new_image(Record& record) {
  write_itself(record);
  if (record.is_activity()) record.json.member("launch_type_id", 3);
}

void write_exit(Record& record) {
  write_itself(record);
  if (!record.is_activity()) return;
  const std::uint32_t status = record.event.as<pk_exit>().status, signal = status & 0x7f;
  constexpr std::uint32_t kKilled = 128;  // as shells show it
  record.json.member("exit_code", signal != 0 ? kKilled + signal : status >> 8 & 0xff);
}

void write_capabilities(Record& record) {
  write_itself(record);
  if (!record.is_activity()) return;
  const auto& capset = record.event.as<pk_capset>();
  const bool failed = outcome_of(record.event).is == Outcome::Is::Failure;
  record.json.member("requested_permissions", std::uint64_t{capset.effective});
  record.json.member("actual_permissions", std::uint64_t{failed ? capset.old_effective : capset.effective});
}

void write_traced(Record& record) {
  const auto& ptrace = record.event.as<pk_ptrace>();
  record.write_key("process", ptrace.target);
  if (record.is_activity()) record.json.member("requested_permissions", ptrace.request);
}

void write_injected(Record& record) {
  record.write_key("process", record.event.as<pk_ptrace>().target);
  if (!record.is_activity()) return;
  record.json.member("injection_type_id", 99).name("injection_type").text(call_name(record.event));
}

void write_signalled(Record& record) { record.write_key("process", record.event.as<pk_signal>().target); }

// ---- files ----

void write_file(Record& record) {
  begin_facts(record, "file", file_of(record.event)).close('}');
  if (record.event.kind() == Kind::open && record.is_activity()) {
    record.json.member("access_mask", record.event.as<pk_open>().flags);
  }
}

void write_removed_file(Record& record) {
  begin_facts(record, "file", file_of(record.event)).name("is_deleted").truth(true).close('}');
}

void write_directory(Record& record) {
  FileFacts facts = file_of(record.event);
  facts.mode = S_IFDIR;
  begin_facts(record, "file", facts).close('}');
}

void write_symlink(Record& record) {
  FileFacts facts = file_of(record.event);
  facts.mode = S_IFLNK;
  begin_facts(record, "file", facts).close('}');
}

void write_memfd(Record& record) {
  const std::string_view name = record.event.text(record.event.as<pk_memfd>().name);
  record.json.name("file").open('{').name("name").text(name).member("type_id", kRegular).close('}');
}

void write_missing_file(Record& record) {
  const auto& failed = record.event.as<pk_open_failed>();
  const std::string_view name = record.event.text(failed.name), directory = record.event.text(failed.directory);
  record.json.name("file").open('{').name("name").text(base_name(name)).name("path").text(name);
  write_text(record.json, "parent_folder", directory.empty() ? directory_of(name) : directory);
  record.json.member("type_id", 0).close('}');
  if (record.is_activity()) record.json.member("access_mask", failed.flags);
}

void write_chmod(Record& record) {
  const FileFacts facts = file_of(record.event);
  begin_facts(record, "file", facts);
  write_permissions(record.json, facts.mode);
  record.json.close('}');
  if (!record.is_activity()) return;
  begin_file(record.json, "file_result", facts.path, type_of(facts.mode));
  write_permissions(record.json, record.event.as<pk_chmod>().mode);
  record.json.close('}');
}

void write_chown(Record& record) {
  const auto& chown = record.event.as<pk_chown>();
  const FileFacts facts = file_of(record.event);
  begin_facts(record, "file", facts);
  write_owner(record, chown.old_uid);
  record.json.close('}');
  if (!record.is_activity()) return;
  begin_file(record.json, "file_result", facts.path, type_of(facts.mode));
  write_owner(record, chown.uid != UINT32_MAX ? chown.uid : chown.old_uid);
  record.json.close('}');
}

void write_mount(Record& record) {
  const auto& mount = record.event.as<pk_mount>();
  begin_file(record.json, "file", record.event.text(mount.path), kFolder);
  write_text(record.json, "volume", record.event.text(mount.source));
  record.json.close('}');
}

void write_two_files(Record& record) {
  const FileFacts facts = file_of(record.event);
  begin_facts(record, "file", facts).close('}');
  if (!record.is_activity()) return;
  begin_file(record.json, "file_result", second_path(record.event), type_of(facts.mode)).close('}');
}

void write_two_directories(Record& record) {
  begin_file(record.json, "file", file_of(record.event).path, kFolder).close('}');
  if (!record.is_activity()) return;
  begin_file(record.json, "file_result", second_path(record.event), kFolder).close('}');
}

void write_two_roots(Record& record) {
  const auto& pivot = record.event.as<pk_pivot_root>();
  begin_file(record.json, "file", record.event.text(pivot.new_root), kFolder).close('}');
  if (!record.is_activity()) return;
  begin_file(record.json, "file_result", record.event.text(pivot.old_root), kFolder).close('}');
}

// ---- memory and code ----

void write_mapped_file(Record& record) {
  constexpr int kMapped = 4;
  if (record.is_activity()) record.json.name("module").open('{').member("load_type_id", kMapped);
  FileFacts facts = file_of(record.event);
  facts.mode = S_IFREG;
  begin_facts(record, "file", facts).close('}');
  if (record.is_activity()) record.json.close('}');
}

void write_mapped_memory(Record& record) {
  write_itself(record);
  if (!record.is_activity()) return;
  const auto& mmap = record.event.as<pk_mmap>();
  record.json.member("requested_permissions", mmap.requested).member("actual_permissions", mmap.protection);
}

void write_protected_memory(Record& record) {
  write_itself(record);
  if (!record.is_activity()) return;
  const auto& mprotect = record.event.as<pk_mprotect>();
  write_address_of_memory(record.json, "base_address", mprotect.start);
  record.json.member("size", std::uint64_t{mprotect.size}).member("requested_permissions", mprotect.protection);
  record.json.member("actual_permissions", mprotect.previous);
}

// ---- the kernel ----

void write_driver(Record& record) {
  FileFacts facts = file_of(record.event);
  if (facts.path.empty()) facts.path = "(memory)";
  facts.mode = S_IFREG;
  if (record.is_activity()) record.json.name("driver").open('{');
  begin_facts(record, "file", facts).close('}');
  if (record.is_activity()) record.json.close('}');
}

namespace {

void write_kernel_object(Record& record, std::string_view name, std::string_view type, std::string_view path) {
  if (!record.is_activity()) return;
  record.json.name("kernel").open('{').name("name").text(name).member("type_id", 99).member("type", type);
  write_text(record.json, "path", path);
  write_text(record.json, "system_call", call_name(record.event));
  record.json.close('}');
}

}  // namespace

void write_kernel(Record& record) {
  const std::string_view path = file_of(record.event).path, kind = kind_name(record.event.kind());
  write_kernel_object(record, path.empty() ? kind : base_name(path), kind, path);
}

void write_bpf(Record& record) {
  const auto& bpf = record.event.as<pk_bpf>();
  const auto* const end = std::find(std::begin(bpf.name.bytes), std::end(bpf.name.bytes), '\0');
  const std::string_view name(bpf.name.bytes, static_cast<std::size_t>(end - bpf.name.bytes));
  const std::string_view type = bpf.command == 0 ? "BPF Map" : bpf.command == 5 ? "BPF Program" : "BPF";
  write_kernel_object(record, name.empty() ? "bpf" : name, type, {});
}

void write_cgroup(Record& record) {
  const std::string_view path = file_of(record.event).path;
  write_kernel_object(record, base_name(path), "Control Group", path);
}

// ---- what the sensor itself says ----

void write_loss(Record& record) {
  const auto& loss = record.event.as<pk_loss>();
  if (!record.is_activity()) return;
  record.json.member("count", std::uint64_t{loss.count});
  record.write_time("start_time", "start_time_dt", loss.since);
  record.write_time("end_time", "end_time_dt", loss.until);
}

void write_container_app(Record& record) {
  if (!record.is_activity()) return;
  const Container* const container = record.event.container;
  record.json.name("app").open('{');
  if (container == nullptr) {
    record.json.member("name", "container");
    write_digits(record.json, "uid", record.event.as<pk_container>().cgroup);
  } else {
    record.json.name("name").text(container->name.empty() ? container->id : container->name);
    write_text(record.json, "uid", container->full_id);
    write_text(record.json, "version", container->image.tag);
  }
  record.json.close('}');
}

void write_own_app(Record& record) {
  if (!record.is_activity()) return;
  record.json.name("app").open('{').member("name", kProductName).member("vendor_name", kProductName);
  record.json.member("version", kProductVersion).close('}');
}

}  // namespace picket::ocsf
