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
#include "sensor/kernel/log.h"
#include "sensor/kernel/lsm_canary.h"
#include "sensor/kernel/programs.h"
#include "sensor/kernel/snapshot.h"
#include "sensor/kernel/startup.h"
#include "sensor/kernel/symbols.h"

namespace picket {
namespace {

constexpr const char* kOlder = "_older";                // suffix of the programs for kernels before 5.17
constexpr const char* kNewestHelper = "BPF_FUNC_loop";  // what the programs without the suffix need most

// The sensor is woken once so much has piled up; a small ring must not fill up before.
constexpr std::uint64_t kWakeupBytes = 64u << 10;

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

// What is loaded on this kernel.
struct Choice {
  bool older = false;  // the programs for kernels before 5.17
  Flavour flavour = Flavour::Lsm;
  std::vector<const Program*> programs;
  KindSet missing;
};

bpf_program* find_program(const struct picket_bpf& skeleton, const Program& row, bool older) {
  const std::string name = std::string(row.name) + (older ? kOlder : "");
  return bpf_object__find_program_by_name(skeleton.obj, name.c_str());
}

class Loaded final : public KernelSide {
 public:
  Loaded(Skeleton skeleton, Choice choice)
      : skeleton_(std::move(skeleton)), choice_(std::move(choice)), counters_(libbpf_num_possible_cpus()) {}

  // The second half of opening: the ring's reader.
  bool read_ring() {
    ring_.reset(ring_buffer__new(bpf_map__fd(skeleton_->maps.events), &Loaded::take, this, nullptr));
    return ring_ != nullptr;
  }

  Result<void> attach_lifecycle() override { return attach(Stage::Lifecycle); }
  Result<void> snapshot(const RecordHandler& handler) override;
  std::optional<KernelError> attach_hooks() override;
  std::optional<Error> observing_only() const override;
  KindSet missing() const override { return choice_.missing; }
  Result<std::size_t> drain(int timeout_ms, const RecordHandler& handler) override;
  std::array<std::uint64_t, kKindEnd> lost() const override;

 private:
  Result<void> attach(Stage stage);
  static int take(void* self, void* data, std::size_t size);

  Skeleton skeleton_;
  Choice choice_;
  std::vector<Link> links_;
  Ring ring_;
  const RecordHandler* handler_ = nullptr;     // while drain() runs
  mutable std::vector<pk_counters> counters_;  // one for each CPU, kept so that lost() allocates nothing
};

Result<void> Loaded::attach(Stage stage) {
  for (const Program* row : choice_.programs) {
    if (row->stage != stage) continue;
    collect_libbpf_messages();
    Link link(bpf_program__attach(find_program(*skeleton_, *row, choice_.older)));
    if (!link) return failure("attaching the program " + std::string(row->name), errno);
    links_.push_back(std::move(link));
  }
  return {};
}

Result<void> Loaded::snapshot(const RecordHandler& handler) {
  const auto row = std::find_if(choice_.programs.begin(), choice_.programs.end(),
                                [](const Program* each) { return each->stage == Stage::Snapshot; });
  collect_libbpf_messages();
  const Link link(bpf_program__attach_iter(find_program(*skeleton_, **row, choice_.older), nullptr));
  if (!link) return failure("starting the list of processes", errno);
  const Descriptor iterator{bpf_iter_create(bpf_link__fd(link.get()))};
  if (iterator.number < 0) return failure("starting the list of processes", errno);
  return read_snapshot(iterator.number, handler);
}

std::optional<KernelError> Loaded::attach_hooks() {
  const Result<void> attached = attach(Stage::Hook);
  if (attached) return std::nullopt;
  return KernelError{KernelError::Cause::Failed, attached.error()};
}

std::optional<Error> Loaded::observing_only() const {
  if (choice_.flavour == Flavour::Lsm) return std::nullopt;
  return picket::observing_only();
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

// A program for an LSM hook becomes one for the end of the function that calls it.
int turn_to_function(bpf_program* program, const Program& row) {
  bpf_program__set_type(program, BPF_PROG_TYPE_TRACING);
  bpf_program__set_expected_attach_type(program, BPF_TRACE_FEXIT);
  return bpf_program__set_attach_target(program, 0, std::string(row.function).c_str());
}

// What the program for DNS has to know of the kernel's memory, to look into the pages of a packet.
void configure_dns(struct picket_bpf& skeleton) {
  const KernelSymbols symbols = find_memory_symbols();
  skeleton.rodata->vmemmap_base_at = symbols.at("vmemmap_base");
  skeleton.rodata->page_offset_base_at = symbols.at("page_offset_base");
}

// Sets what has to be known before loading: sizes, limits, and which of the programs are loaded at all.
int configure(struct picket_bpf& skeleton, const KernelOptions& options, const Choice& choice) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton.obj) bpf_program__set_autoload(program, false);
  for (const Program* row : choice.programs) {
    program = find_program(skeleton, *row, choice.older);
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
  bpf_map__set_max_entries(skeleton.maps.events, options.ring_bytes);
  skeleton.rodata->argv_limit = std::min<std::uint32_t>(options.argv_limit, PK_ARGV_MAX);
  skeleton.rodata->wakeup_bytes = std::min<std::uint64_t>(options.ring_bytes / 4, kWakeupBytes);
  skeleton.rodata->observe_only = choice.flavour == Flavour::Function;
  return 0;
}

Choice choose(const KernelTypes& types, KindSet kinds) {
  Choice choice;
  choice.older = !types.has_helper(kNewestHelper);
  choice.flavour = lsm_programs_run() ? Flavour::Lsm : Flavour::Function;
  choice.programs = choose_programs(types, choice.flavour, kinds);
  choice.missing = without_hook(types, choice.flavour, kinds);
  return choice;
}

}  // namespace

std::variant<std::unique_ptr<KernelSide>, KernelError> KernelSide::open(const KernelOptions& options, KindSet kinds) {
  collect_libbpf_messages();
  const KernelTypes types;
  if (auto reason = reason_not_to_load(types)) return *std::move(reason);

  Choice choice = choose(types, kinds);
  collect_libbpf_messages();
  Skeleton skeleton(picket_bpf__open());
  if (!skeleton) return load_failure(errno);
  if (const int code = configure(*skeleton, options, choice); code != 0) return load_failure(-code);
  if (const int code = picket_bpf__load(skeleton.get()); code != 0) return load_failure(-code);

  auto loaded = std::make_unique<Loaded>(std::move(skeleton), std::move(choice));
  if (!loaded->read_ring()) return load_failure(errno);
  return loaded;
}

}  // namespace picket
