// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/kernel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "bpf/picket.skel.h"
#include "bpf/shared/counters.h"
#include "bpf/shared/environment.h"
#include "rules/event/time.h"
#include "sensor/kernel/call_ends.h"
#include "sensor/kernel/features.h"
#include "sensor/kernel/log.h"
#include "sensor/kernel/lsm_canary.h"
#include "sensor/kernel/programs.h"
#include "sensor/kernel/rings.h"
#include "sensor/kernel/snapshot.h"
#include "sensor/kernel/startup.h"
#include "sensor/kernel/symbols.h"

namespace picket {
namespace {

constexpr const char* kOlder = "_older";                // suffix of the programs for kernels before 5.17
constexpr const char* kCallEnds = "call_ends";          // the program of call_ends.h
constexpr const char* kNewestHelper = "BPF_FUNC_loop";  // what the programs without the suffix need most

// The sensor is woken once so much has piled up in a ring; a small one must not fill up before.
constexpr std::uint32_t kWakeupBytes = 64u << 10;

struct DestroySkeleton {
  void operator()(struct picket_bpf* skeleton) const { picket_bpf__destroy(skeleton); }
};
struct DestroyLink {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

using Skeleton = std::unique_ptr<struct picket_bpf, DestroySkeleton>;
using Link = std::unique_ptr<bpf_link, DestroyLink>;

Error failure(const std::string& what, int code) {
  const std::string reason = libbpf_messages();
  return {what + ": " + (reason.empty() ? std::strerror(code) : reason),
          "'picket doctor' shows what this kernel can do"};
}

// What is loaded on this kernel.
struct Choice {
  bool older = false;  // the programs for kernels before 5.17
  Flavour flavour = Flavour::Lsm;
  std::vector<const Program*> programs;
  KindSet missing;
  int cgroup_subsystem = -1;  // whose hierarchy counts; -1: the unified one
  KindSet results;            // kinds whose calls are followed to their ends
  CallEnds ends;
};

bpf_program* find_program(const struct picket_bpf& skeleton, std::string_view base, bool older) {
  const std::string name = std::string(base) + (older ? kOlder : "");
  return bpf_object__find_program_by_name(skeleton.obj, name.c_str());
}

// How often the kernel did not call an attached program because it was under way already on that CPU. A tracing program
// has such a guard, an LSM program has not. From 7.0 on tracepoints leave preemption on (they are guarded by SRCU), so
// that a program can be put aside in the middle, and what forks, execs or exits on its CPU meanwhile is not seen. Since
// nothing runs then, only the kernel can count. Always 0 before 5.12, which does not.
class RefusedCalls {
 public:
  void watch(Kind kind, int program) { programs_.push_back({kind, program, 0}); }

  // What came since the last time, which is also all that is known of when.
  void add_to(Losses& losses, std::uint64_t now) {
    for (Watched& watched : programs_) {
      bpf_prog_info info{};
      std::uint32_t size = sizeof info;
      if (bpf_obj_get_info_by_fd(watched.program, &info, &size) != 0 || info.recursion_misses == watched.before)
        continue;
      Loss& loss = losses[static_cast<unsigned>(watched.kind)];
      loss.since = loss.count == 0 ? last_time_ : std::min(loss.since, last_time_);
      loss.until = now;
      loss.count += info.recursion_misses - watched.before;
      watched.before = info.recursion_misses;
    }
    last_time_ = now;
  }

 private:
  struct Watched {
    Kind kind;
    int program;
    std::uint64_t before;
  };
  std::vector<Watched> programs_;
  std::uint64_t last_time_ = boot_clock();
};

class Loaded final : public KernelSide {
 public:
  Loaded(Skeleton skeleton, Choice choice)
      : skeleton_(std::move(skeleton)),
        choice_(std::move(choice)),
        losses_(static_cast<std::size_t>(libbpf_num_possible_cpus())) {}

  // The second half of opening. Each returns 0 or an errno.
  int make_rings(const RingPlan& plan) {
    rings_ = Rings::create(bpf_map__fd(skeleton_->maps.rings), plan);
    return rings_ ? 0 : errno;
  }
  int load_call_ends(const KernelTypes& types) {
    if (choice_.ends.empty()) return 0;
    return call_ends_.load(*find_program(*skeleton_, kCallEnds, choice_.older), types, choice_.ends);
  }

  Result<void> attach_lifecycle() override { return attach(Stage::Lifecycle); }
  Result<void> snapshot(const RecordHandler& handler) override;
  std::optional<KernelError> attach_hooks() override;
  std::optional<Error> observing_only() const override;
  KindSet missing() const override { return choice_.missing; }
  Result<std::size_t> drain(int timeout_ms, const RecordHandler& handler) override {
    return rings_->drain(timeout_ms, handler);
  }
  std::uint64_t reordered() const override { return rings_->reordered(); }
  Losses losses() override;

 private:
  Result<void> attach(Stage stage);
  Result<void> attach_call_ends();
  Result<void> attach(std::string_view name);

  Skeleton skeleton_;
  Choice choice_;
  std::vector<Link> links_;
  CallEndPrograms call_ends_;
  std::unique_ptr<Rings> rings_;
  LossReader losses_;
  RefusedCalls refused_;
};

Result<void> Loaded::attach(Stage stage) {
  for (const Program* row : choice_.programs) {
    if (row->stage != stage) continue;
    if (auto attached = attach(row->name); !attached) return attached;
    refused_.watch(row->kind, bpf_program__fd(find_program(*skeleton_, row->name, choice_.older)));
  }
  return {};
}

Result<void> Loaded::attach(std::string_view name) {
  collect_libbpf_messages();
  Link link(bpf_program__attach(find_program(*skeleton_, name, choice_.older)));
  if (!link) return failure("attaching the program " + std::string(name), errno);
  links_.push_back(std::move(link));
  return {};
}

// Before the hooks: no thread may be marked in a call whose end is not watched yet.
Result<void> Loaded::attach_call_ends() {
  if (choice_.ends.empty()) return {};
  if (auto attached = attach(kCallEnds); !attached) return attached;
  if (const int code = call_ends_.attach(); code != 0) return failure("watching the ends of system calls", code);
  return {};
}

Result<void> Loaded::snapshot(const RecordHandler& handler) {
  const auto row = std::find_if(choice_.programs.begin(), choice_.programs.end(),
                                [](const Program* each) { return each->stage == Stage::Snapshot; });
  collect_libbpf_messages();
  const Link link(bpf_program__attach_iter(find_program(*skeleton_, (*row)->name, choice_.older), nullptr));
  if (!link) return failure("starting the list of processes", errno);
  const Descriptor iterator{bpf_iter_create(bpf_link__fd(link.get()))};
  if (iterator.number < 0) return failure("starting the list of processes", errno);
  return read_snapshot(iterator.number, handler);
}

std::optional<KernelError> Loaded::attach_hooks() {
  Result<void> attached = attach_call_ends();
  if (attached) attached = attach(Stage::Hook);
  if (attached) return std::nullopt;
  return KernelError{KernelError::Cause::Failed, attached.error()};
}

std::optional<Error> Loaded::observing_only() const {
  if (choice_.flavour == Flavour::Lsm) return std::nullopt;
  return picket::observing_only();
}

Losses Loaded::losses() {
  const std::uint32_t only = 0;
  if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.counters), &only, losses_.counters().data()) != 0) return {};
  Losses losses = losses_.next(skeleton_->bss->loss_epoch++);
  refused_.add_to(losses, boot_clock());
  return losses;
}

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

int configure_call_ends(struct picket_bpf& skeleton, const Choice& choice) {
  if (choice.ends.empty()) {
    bpf_map__set_max_entries(skeleton.maps.awaited, 1);
    return 0;
  }
  for (unsigned kind = 0; kind < kKindEnd; ++kind) {
    if (choice.results.contains(static_cast<Kind>(kind))) skeleton.rodata->result_kinds |= std::uint64_t{1} << kind;
  }
  std::copy(choice.ends.calls.begin(), choice.ends.calls.end(), skeleton.rodata->result_calls);
  bpf_program* program = find_program(skeleton, kCallEnds, choice.older);
  bpf_program__set_autoload(program, true);
  return bpf_program__set_attach_target(program, 0, choice.ends.functions.front().c_str());
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

// Sets what has to be known before loading: sizes, limits, and which of the programs are loaded at all.
int configure(struct picket_bpf& skeleton, const KernelOptions& options, const RingPlan& plan, const Choice& choice) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton.obj) bpf_program__set_autoload(program, false);
  for (const Program* row : choice.programs) {
    program = find_program(skeleton, row->name, choice.older);
    bpf_program__set_autoload(program, true);
    if (row->hook.empty() || choice.flavour == Flavour::Lsm) continue;
    if (const int code = turn_to_function(program, *row); code != 0) return code;
  }
  const auto wanted = [&choice](Kind kind) {
    return std::any_of(choice.programs.begin(), choice.programs.end(),
                       [kind](const Program* row) { return row->kind == kind; });
  };
  if (wanted(Kind::dns)) configure_dns(skeleton);
  bpf_map__set_autocreate(skeleton.maps.connections, wanted(Kind::close));
  skeleton.rodata->argv_limit = std::min<std::uint32_t>(options.argv_limit, PK_ARGV_MAX);
  set_environment(skeleton, options.env);
  skeleton.rodata->observe_only = choice.flavour == Flavour::Function;
  skeleton.rodata->cgroup_subsystem = choice.cgroup_subsystem;
  configure_rings(skeleton, plan);
  return configure_call_ends(skeleton, choice);
}

Choice choose(const KernelTypes& types, const KernelOptions& options, KindSet kinds, KindSet results) {
  Choice choice;
  choice.older = !types.has_helper(kNewestHelper);
  choice.flavour = lsm_programs_run(types) ? Flavour::Lsm : Flavour::Function;
  choice.programs = choose_programs(types, choice.flavour, kinds);
  choice.missing = without_hook(types, choice.flavour, kinds);
  choice.cgroup_subsystem = types.enumerator("cgroup_subsys_id", options.cgroup_controller + "_cgrp_id").value_or(-1);
  choice.results = results;
  choice.ends = find_call_ends(types, results);
  return choice;
}

}  // namespace

std::variant<std::unique_ptr<KernelSide>, KernelError> KernelSide::open(const KernelOptions& options, KindSet kinds,
                                                                        KindSet results) {
  collect_libbpf_messages();
  const KernelTypes types;
  if (auto reason = reason_not_to_load(types)) return *std::move(reason);

  const auto cpus = static_cast<std::uint32_t>(libbpf_num_possible_cpus());
  const RingPlan plan = plan_rings(options.ring_bytes, cpus, options.ring_cpus);
  Choice choice = choose(types, options, kinds, results);
  collect_libbpf_messages();
  Skeleton skeleton(picket_bpf__open());
  if (!skeleton) return load_failure(errno);
  if (const int code = configure(*skeleton, options, plan, choice); code != 0) return load_failure(-code);
  if (const int code = picket_bpf__load(skeleton.get()); code != 0) return load_failure(-code);

  auto loaded = std::make_unique<Loaded>(std::move(skeleton), std::move(choice));
  if (const int code = loaded->make_rings(plan); code != 0) return load_failure(code);
  if (const int code = loaded->load_call_ends(types); code != 0) return load_failure(code);
  return loaded;
}

}  // namespace picket
