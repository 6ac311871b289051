// SPDX-License-Identifier: Apache-2.0
//
// One OCSF record being written: what its parts share. ocsf.cpp writes the whole, ocsf_process.cpp processes,
// containers and the host, ocsf_targets.cpp what an event was done to.
#pragma once

#include <cstdint>
#include <string_view>

#include "exporters/format/json.h"
#include "exporters/format/ocsf_kinds.h"
#include "exporters/format/rest.h"
#include "exporters/format/uid.h"

namespace picket::ocsf {

inline constexpr std::string_view kVersion = "1.8.0";

// Where an event is told. An evidence of a finding has fewer members than the class of the event: what it lacks is in
// its `data`.
enum class Place { Activity, Evidence };

struct Record {
  JsonWriter& json;
  const Event& event;
  const Host& host;
  const Place place;

  bool is_activity() const { return place == Place::Activity; }

  // "MEMBER":ms,"MEMBER_dt":"...": a time of the boot clock.
  void write_time(std::string_view member, std::string_view exact, std::uint64_t boot_time);

  // The members "actor" and, by the row's function, whatever the event is about.
  void write_subjects(const Row& row);

  void write_process(std::string_view member, const Process& process);
  // The same with another effective user and group.
  void write_process(std::string_view member, const Process& process, std::uint32_t uid, std::uint32_t gid);
  void write_entity(std::string_view member, const Process& process);  // what process_entity has, and its user
  void write_key(std::string_view member, pk_key key);                 // of a process of which no more is known
  void write_user(std::string_view member, std::uint32_t uid);
  void write_group(std::string_view member, std::uint32_t gid);
  void write_container();

 private:
  void write_identity(const Process& process);
  void write_session(const Process& process);
  void write_environment(const Process& process);
  void write_executable(const Process& process);
  void write_lineage(const Process& process);
  void write_parent(const Process& process);
  void write_actor(Actor actor);
};

inline std::uint64_t milliseconds(std::uint64_t nanoseconds) { return nanoseconds / 1'000'000; }

// "MEMBER":ms,"EXACT":"...", from nanoseconds since 1970.
void write_instant(JsonWriter& json, std::string_view member, std::string_view exact, std::uint64_t time);
void write_uid(JsonWriter& json, std::string_view member, const Uid& uid);
void write_device(JsonWriter& json, const Host& host);
void write_hashes(JsonWriter& json, const FileHash& hash);
void write_container(JsonWriter& json, const Container& container);

// What rows write (ocsf_kinds.cpp).
void write_nothing(Record& record);
void write_itself(Record& record);
void write_setuid(Record& record);
void write_setgid(Record& record);
void write_new_process(Record& record);
void write_new_image(Record& record);
void write_exit(Record& record);
void write_capabilities(Record& record);
void write_traced(Record& record);
void write_injected(Record& record);
void write_signalled(Record& record);
void write_file(Record& record);
void write_removed_file(Record& record);
void write_directory(Record& record);
void write_symlink(Record& record);
void write_memfd(Record& record);
void write_missing_file(Record& record);
void write_chmod(Record& record);
void write_chown(Record& record);
void write_mount(Record& record);
void write_two_files(Record& record);
void write_two_directories(Record& record);
void write_two_roots(Record& record);
void write_mapped_file(Record& record);
void write_mapped_memory(Record& record);
void write_protected_memory(Record& record);
void write_new_socket(Record& record);
void write_own_address(Record& record);
void write_outbound(Record& record);
void write_inbound(Record& record);
void write_either_way(Record& record);
void write_sent(Record& record);
void write_closed(Record& record);
void write_dns(Record& record);
void write_driver(Record& record);
void write_kernel(Record& record);
void write_bpf(Record& record);
void write_cgroup(Record& record);
void write_loss(Record& record);
void write_container_app(Record& record);
void write_own_app(Record& record);

}  // namespace picket::ocsf
