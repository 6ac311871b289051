// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/part.h"

#include <bpf/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

#include "bpf/shared/environment.h"
#include "sensor/kernel/address.h"
#include "sensor/kernel/log.h"
#include "sensor/kernel/lsm_canary.h"
#include "sensor/kernel/startup.h"
#include "sensor/kernel/symbols.h"

namespace picket {
namespace {

constexpr const char* kOlder = "_older";                // suffix of the programs for kernels before 5.17
constexpr const char* kCallEnds = "call_ends";          // the program of call_ends.h
constexpr const char* kNewestHelper = "BPF_FUNC_loop";  // what the programs without the suffix need most

// The sensor is woken once so much has piled up in a ring; a small one must not fill up before.
constexpr std::uint32_t kWakeupBytes = 64u << 10;

// A program for an LSM hook becomes one for the end of the function that calls it.
int turn_to_function(bpf_program* program, const Program& row) {
  bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
  bpf_program__set_expected_attach_type(program, BPF_TRACE_FEXIT);
  return bpf_program__set_attach_target(program, 0, std::string(row.function).c_str());
}

// The sizes of the rings, and from when on somebody is told of them.
void configure_rings(struct picket_bpf& skeleton, const RingPlan& plan) {
  bpf_map__set_max_entries(skeleton.maps.rings, 1 + plan.count);
  skeleton.rodata->ring_shift = plan.shift;
  skeleton.rodata->wakeup_bytes = std::min({plan.lifecycle_bytes / 4, plan.cpu_bytes / 4, kWakeupBytes});
  skeleton.rodata->refusal_bytes = plan.lifecycle_bytes / 2;
}

// The programs compare what a variable begins with: the name and its =.
void set_environment(struct picket_bpf& skeleton, std::span<const std::string> names) {
  static_assert(sizeof(*skeleton.rodata->env_text) == PK_ENV_NAME_BYTES + 1);
  const std::size_t count = std::min<std::size_t>(names.size(), PK_ENV_NAMES);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string begin = names[i].substr(0, PK_ENV_NAME_BYTES) + "=";
    std::memcpy(skeleton.rodata->env_text[i], begin.data(), begin.size());
    std::memset(skeleton.rodata->env_mask[i], 0xff, begin.size());
  }
  skeleton.rodata->env_count = static_cast<std::uint32_t>(count);
}

// What the program for DNS has to know of the kernel's memory, to look into the pages of a packet.
void configure_dns(struct picket_bpf& skeleton) {
  const KernelSymbols symbols = find_memory_symbols();
  skeleton.rodata->vmemmap_base_at = symbols.at("vmemmap_base");
  skeleton.rodata->page_offset_base_at = symbols.at("page_offset_base");
}

// The programs' file is a part of our own, and is not looked at again before a further part is loaded: six megabytes
// that need not stay in memory.
void forget_file() {
  std::size_t size = 0;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(picket_bpf__elf_bytes(&size));
  const std::uintptr_t first = (begin + page - 1) / page * page, end = (begin + size) / page * page;
  if (first < end) ::madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

}  // namespace

Ground find_ground(const KernelTypes& types, const KernelOptions& options) {
  const auto cpus = static_cast<std::uint32_t>(libbpf_num_possible_cpus());
  const Flavour flavour = lsm_programs_run(types) ? Flavour::Lsm : Flavour::Function;
  const bool casts = types.has_function("bpf_rdonly_cast");
  return {.options = options,
          .plan = plan_rings(options.ring_bytes, cpus, options.ring_cpus),
          .older = !types.has_helper(kNewestHelper),
          .casts = casts,
          .rename_lock = casts ? kernel_address("rename_lock") : 0,
          .mount_lock = casts ? kernel_address("mount_lock") : 0,
          .flavour = flavour,
          .cgroup_subsystem = types.enumerator("cgroup_subsys_id", options.cgroup_controller + "_cgrp_id").value_or(-1),
          .refusable = refusable_kinds(types, flavour)};
}

Error kernel_failure(const std::string& what, int code) {
  const std::string reason = libbpf_messages();
  return {what + ": " + (reason.empty() ? std::strerror(code) : reason),
          "'picket doctor' shows what this kernel can do"};
}

std::variant<std::unique_ptr<Part>, KernelError> Part::load(const KernelTypes& types, const Ground& ground,
                                                            std::span<const Program* const> programs,
                                                            const CallEnds& ends, const Part* first) {
  collect_libbpf_messages();
  std::unique_ptr<Part> part(new Part(ground.older));
  if (part->skeleton_ == nullptr) return load_failure(errno);
  if (const int code = part->configure(ground, programs, ends, first == nullptr); code != 0) return load_failure(-code);
  if (const int code = first != nullptr ? part->share(*first) : 0; code != 0) return load_failure(-code);
  const int loaded = picket_bpf__load(part->skeleton_.get());
  forget_file();
  if (loaded != 0) return load_failure(-loaded);
  if (ends.empty()) return part;
  const int code = part->call_ends_.load(*part->program(kCallEnds), types, ends);
  if (code != 0) return load_failure(code);
  return part;
}

bpf_program* Part::program(std::string_view name) const {
  const std::string whole = std::string(name) + (older_ ? kOlder : "");
  return bpf_object__find_program_by_name(skeleton_->obj, whole.c_str());
}

Result<Link> Part::attach(std::string_view name) const {
  collect_libbpf_messages();
  Link link(bpf_program__attach(program(name)));
  if (!link) return kernel_failure("attaching the program " + std::string(name), errno);
  return link;
}

// Sets what has to be known before loading: sizes, limits, and which of the programs are loaded at all.
int Part::configure(const Ground& ground, std::span<const Program* const> programs, const CallEnds& ends, bool first) {
  bpf_program* each = nullptr;
  bpf_object__for_each_program(each, skeleton_->obj) bpf_program__set_autoload(each, false);
  for (const Program* row : programs) {
    bpf_program* const program = this->program(row->name);
    bpf_program__set_autoload(program, true);
    if (row->hook.empty() || ground.flavour == Flavour::Lsm) continue;
    if (const int code = turn_to_function(program, *row); code != 0) return code;
  }
  const auto wanted = [programs](Kind kind) {
    return std::any_of(programs.begin(), programs.end(), [kind](const Program* row) { return row->kind == kind; });
  };
  const auto refuses = [programs](Kind kind) {
    return std::any_of(programs.begin(), programs.end(),
                       [kind](const Program* row) { return row->kind == kind && row->refuses; });
  };
  if (wanted(Kind::dns)) configure_dns(*skeleton_);
  bpf_map__set_autocreate(skeleton_->maps.connections, wanted(Kind::close));
  bpf_map__set_autocreate(skeleton_->maps.create_notes, refuses(Kind::create));
  bpf_map__set_autocreate(skeleton_->maps.exits, first);
  bpf_map__set_autocreate(skeleton_->maps.snapshot, first);
  bpf_map__set_autocreate(skeleton_->maps.noted_digests, !ground.older);
  if (!ground.older) bpf_map__set_max_entries(skeleton_->maps.path_buffers, 1);  // nobody's
  skeleton_->rodata->argv_limit = std::min<std::uint32_t>(ground.options.argv_limit, PK_ARGV_MAX);
  set_environment(*skeleton_, ground.options.env);
  skeleton_->rodata->observe_only = ground.flavour == Flavour::Function;
  skeleton_->rodata->has_casts = ground.casts;
  skeleton_->rodata->rename_lock_at = ground.rename_lock;
  skeleton_->rodata->mount_lock_at = ground.mount_lock;
  skeleton_->rodata->cgroup_subsystem = ground.cgroup_subsystem;
  configure_rings(*skeleton_, ground.plan);
  return configure_call_ends(ends);
}

int Part::configure_call_ends(const CallEnds& ends) {
  if (ends.empty()) return 0;
  bpf_program* program = this->program(kCallEnds);
  bpf_program__set_autoload(program, true);
  return bpf_program__set_attach_target(program, 0, ends.functions.front().c_str());
}

// What all programs write to is the first part's: rings, counters, marks, variables, and what decisions are made of.
int Part::share(const Part& first) {
  const auto shared = [](const struct picket_bpf& skeleton) {
    return std::to_array<bpf_map*>({skeleton.maps.rings, skeleton.maps.counters, skeleton.maps.awaited,
                                    skeleton.maps.bss, skeleton.maps.images, skeleton.maps.subjects,
                                    skeleton.maps.more_subjects, skeleton.maps.scratches, skeleton.maps.path_buffers,
                                    skeleton.maps.exempt_files, skeleton.maps.file_systems, skeleton.maps.directories,
                                    skeleton.maps.cgroup_classes, skeleton.maps.noted_digests});
  };
  const auto mine = shared(*skeleton_), theirs = shared(*first.skeleton_);
  for (std::size_t i = 0; i < mine.size(); ++i) {
    if (!bpf_map__autocreate(mine[i])) continue;  // nor has the first part it
    if (const int code = bpf_map__reuse_fd(mine[i], bpf_map__fd(theirs[i])); code != 0) return code;
  }
  return 0;
}

}  // namespace picket
