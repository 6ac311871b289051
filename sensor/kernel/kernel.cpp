// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/kernel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "bpf/picket.skel.h"
#include "bpf/shared/counters.h"
#include "sensor/kernel/features.h"
#include "sensor/kernel/hook_check.h"
#include "sensor/kernel/log.h"
#include "sensor/kernel/snapshot.h"
#include "sensor/kernel/startup.h"

namespace picket {
namespace {

// The programs. Each exists a second time for kernels before 5.17, with the suffix kOlder.
enum class Stage { Lifecycle, Snapshot, Hook };

struct Program {
  const char* name;
  Stage stage;
  Kind kind;
};

constexpr Program kPrograms[] = {
    {"process_fork", Stage::Lifecycle, Kind::fork},
    {"process_exec", Stage::Lifecycle, Kind::exec},
    {"process_exit", Stage::Lifecycle, Kind::exit},
    {"processes", Stage::Snapshot, Kind::exec},
    {"file_open", Stage::Hook, Kind::open},
    {"socket_connect", Stage::Hook, Kind::connect},
    {"cgroup_mkdir", Stage::Lifecycle, Kind::cgroup_mkdir},
    {"cgroup_rmdir", Stage::Lifecycle, Kind::cgroup_rmdir},
};

constexpr const char* kOlder = "_older";
constexpr const char* kNewestHelper = "BPF_FUNC_loop";  // what the programs without the suffix need most

// The sensor is woken once so much has piled up; a small ring must not fill up before.
constexpr std::uint64_t kWakeupBytes = 64u << 10;

bool is_wanted(const Program& program, KindSet kinds) {
  return program.stage != Stage::Hook || kinds.contains(program.kind);
}

struct DestroySkeleton {
  void operator()(struct picket_bpf* skeleton) const { picket_bpf__destroy(skeleton); }
};
struct DestroyLink {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
struct FreeRing {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

using Skeleton = std::unique_ptr<struct picket_bpf, DestroySkeleton>;
using Link = std::unique_ptr<bpf_link, DestroyLink>;
using Ring = std::unique_ptr<ring_buffer, FreeRing>;

Error failure(const std::string& what, int code) {
  const std::string reason = libbpf_messages();
  return {what + ": " + (reason.empty() ? std::strerror(code) : reason),
          "'picket doctor' shows what this kernel can do"};
}

class Loaded final : public KernelSide {
 public:
  Loaded(Skeleton skeleton, KindSet kinds, bool older)
      : skeleton_(std::move(skeleton)), kinds_(kinds), older_(older), counters_(libbpf_num_possible_cpus()) {}

  // The second half of opening: the ring's reader.
  bool read_ring() {
    ring_.reset(ring_buffer__new(bpf_map__fd(skeleton_->maps.events), &Loaded::take, this, nullptr));
    return ring_ != nullptr;
  }

  Result<void> attach_lifecycle() override { return attach(Stage::Lifecycle).first; }
  Result<void> snapshot(const RecordHandler& handler) override;
  std::optional<KernelError> attach_hooks() override;
  Result<std::size_t> drain(int timeout_ms, const RecordHandler& handler) override;
  std::array<std::uint64_t, kKindEnd> lost() const override;

 private:
  // Attaches the wanted programs of a stage; the second is the set of their kinds.
  std::pair<Result<void>, KindSet> attach(Stage stage);
  bpf_program* program(const Program& row) const;
  static int take(void* self, void* data, std::size_t size);

  Skeleton skeleton_;
  KindSet kinds_;
  bool older_;
  std::vector<Link> links_;
  Ring ring_;
  const RecordHandler* handler_ = nullptr;     // while drain() runs
  mutable std::vector<pk_counters> counters_;  // one for each CPU, kept so that lost() allocates nothing
};

bpf_program* find_program(const struct picket_bpf& skeleton, const Program& row, bool older) {
  const std::string name = std::string(row.name) + (older ? kOlder : "");
  return bpf_object__find_program_by_name(skeleton.obj, name.c_str());
}

bpf_program* Loaded::program(const Program& row) const { return find_program(*skeleton_, row, older_); }

std::pair<Result<void>, KindSet> Loaded::attach(Stage stage) {
  KindSet attached;
  for (const Program& row : kPrograms) {
    if (row.stage != stage || !is_wanted(row, kinds_)) continue;
    collect_libbpf_messages();
    Link link(bpf_program__attach(program(row)));
    if (!link) return {failure(std::string("attaching the program ") + row.name, errno), attached};
    links_.push_back(std::move(link));
    attached = attached | KindSet{row.kind};
  }
  return {Result<void>{}, attached};
}

Result<void> Loaded::snapshot(const RecordHandler& handler) {
  const auto row = std::find_if(std::begin(kPrograms), std::end(kPrograms),
                                [](const Program& each) { return each.stage == Stage::Snapshot; });
  collect_libbpf_messages();
  const Link link(bpf_program__attach_iter(program(*row), nullptr));
  if (!link) return failure("starting the list of processes", errno);
  const Descriptor iterator{bpf_iter_create(bpf_link__fd(link.get()))};
  if (iterator.number < 0) return failure("starting the list of processes", errno);
  return read_snapshot(iterator.number, handler);
}

std::optional<KernelError> Loaded::attach_hooks() {
  const auto [result, attached] = attach(Stage::Hook);
  if (!result) return KernelError{KernelError::Cause::Failed, result.error()};

  auto* state = skeleton_->bss;
  state->hooks_called = 0;
  __atomic_store_n(&state->checking_thread, static_cast<std::uint32_t>(::gettid()), __ATOMIC_SEQ_CST);
  provoke_hooks(attached);
  __atomic_store_n(&state->checking_thread, 0u, __ATOMIC_SEQ_CST);

  KindSet silent;
  for (const Program& row : kPrograms) {
    const bool called = state->hooks_called >> static_cast<unsigned>(row.kind) & 1;
    if (attached.contains(row.kind) && !called) silent = silent | KindSet{row.kind};
  }
  if (!silent.empty()) return KernelError{KernelError::Cause::Unsupported, silent_hooks(silent)};
  return std::nullopt;
}

// Records lie in the ring with the room that was reserved for them; their header says how much of it they use.
int Loaded::take(void* self, void* data, std::size_t size) {
  const auto* record = static_cast<const std::byte*>(data);
  std::uint32_t used = 0;
  if (size >= sizeof(pk_header)) std::memcpy(&used, record + offsetof(pk_header, size), sizeof(used));
  (*static_cast<Loaded*>(self)->handler_)({record, std::min<std::size_t>(used, size)});
  return 0;
}

Result<std::size_t> Loaded::drain(int timeout_ms, const RecordHandler& handler) {
  handler_ = &handler;
  int count = ring_buffer__consume(ring_.get());
  if (count == 0 && timeout_ms > 0) {
    // Most records come without a wake-up, so the ring is looked at however the wait ended.
    epoll_event event;
    if (::epoll_wait(ring_buffer__epoll_fd(ring_.get()), &event, 1, timeout_ms) < 0 && errno != EINTR) {
      return Error{std::string("waiting for events: ") + std::strerror(errno), ""};
    }
    count = ring_buffer__consume(ring_.get());
  }
  handler_ = nullptr;
  if (count < 0) return Error{std::string("reading the event ring: ") + std::strerror(-count), ""};
  return static_cast<std::size_t>(count);
}

std::array<std::uint64_t, kKindEnd> Loaded::lost() const {
  std::array<std::uint64_t, kKindEnd> total = {};
  const std::uint32_t only = 0;
  if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.counters), &only, counters_.data()) != 0) return total;
  for (const pk_counters& cpu : counters_) {
    for (unsigned kind = 0; kind < kKindEnd; ++kind) total[kind] += cpu.lost[kind];
  }
  return total;
}

// Sets what has to be known before loading: sizes, limits, and which of the programs are loaded at all.
void configure(struct picket_bpf& skeleton, const KernelOptions& options, const KernelTypes& types, KindSet kinds,
               bool older) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton.obj) bpf_program__set_autoload(program, false);
  for (const Program& row : kPrograms) {
    bpf_program__set_autoload(find_program(skeleton, row, older), is_wanted(row, kinds));
  }
  bpf_map__set_max_entries(skeleton.maps.events, options.ring_bytes);
  skeleton.rodata->argv_limit = std::min<std::uint32_t>(options.argv_limit, PK_ARGV_MAX);
  skeleton.rodata->wakeup_bytes = std::min<std::uint64_t>(options.ring_bytes / 4, kWakeupBytes);
  skeleton.rodata->cgroup_subsystem =
      types.enumerator("cgroup_subsys_id", options.cgroup_controller + "_cgrp_id").value_or(-1);
}

}  // namespace

std::variant<std::unique_ptr<KernelSide>, KernelError> KernelSide::open(const KernelOptions& options, KindSet kinds) {
  collect_libbpf_messages();
  const KernelTypes types;
  if (auto reason = reason_not_to_load(types, kinds)) return *std::move(reason);

  const bool older = !types.has_helper(kNewestHelper);
  collect_libbpf_messages();
  Skeleton skeleton(picket_bpf__open());
  if (!skeleton) return load_failure(errno);
  configure(*skeleton, options, types, kinds, older);
  if (const int code = picket_bpf__load(skeleton.get()); code != 0) return load_failure(-code);

  auto loaded = std::make_unique<Loaded>(std::move(skeleton), kinds, older);
  if (!loaded->read_ring()) return load_failure(errno);
  return loaded;
}

}  // namespace picket
