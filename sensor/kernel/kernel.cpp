// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/kernel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>

#include "bpf/shared/counters.h"
#include "rules/event/time.h"
#include "sensor/kernel/call_ends.h"
#include "sensor/kernel/digest_canary.h"
#include "sensor/kernel/features.h"
#include "sensor/kernel/images.h"
#include "sensor/kernel/log.h"
#include "sensor/kernel/part.h"
#include "sensor/kernel/persistence.h"
#include "sensor/kernel/pieces.h"
#include "sensor/kernel/programs.h"
#include "sensor/kernel/rings.h"
#include "sensor/kernel/snapshot.h"
#include "sensor/kernel/startup.h"

namespace picket {
namespace {

struct Change final : KernelChange {
  Pieces pieces;  // to be added, or left over
  KindSet missing;
  KindSet results;
  KindSet refused;
  CallEnds ends;  // all that `results` needs, those included that are there
  std::vector<const Program*> programs;
};

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  from.clear();
}

bool contains(const std::vector<const Program*>& programs, const Program* row) {
  return std::find(programs.begin(), programs.end(), row) != programs.end();
}

class Loaded final : public KernelSide {
 public:
  Loaded(Ground ground, std::unique_ptr<Change> initial)
      : ground_(std::move(ground)),
        wanted_(std::move(initial)),
        losses_(static_cast<std::size_t>(libbpf_num_possible_cpus())) {
    if (ground_.options.counts_runs) counting_ = have_runs_counted();
  }

  // The second half of opening. Returns 0 or an errno.
  int make_rings() {
    rings_ = Rings::create(bpf_map__fd(first().maps.rings), ground_.plan);
    return rings_ ? 0 : errno;
  }

  // The third, where what is refused may outlive the process.
  Result<void> make_pins();

  Result<void> attach_lifecycle() override { return attach(Stage::Lifecycle, *wanted_); }
  Result<void> snapshot(const RecordHandler& handler) override;
  std::optional<KernelError> attach_hooks() override;
  std::variant<std::unique_ptr<KernelChange>, KernelError> prepare(const KernelWants& wanted) override;
  std::unique_ptr<KernelChange> commit(std::unique_ptr<KernelChange> prepared) override;
  std::optional<Error> observing_only() const override;
  std::optional<Error> without_digests() const override { return reason_without_digests(KernelTypes()); }
  KindSet refusable() const override { return ground_.refusable; }
  Result<std::uint32_t> decide(const pk_image& image, std::span<const ActingConjunct> acting) override;
  Result<void> keep() override;
  void settle() override { images_.wait(bpf_map__fd(first().maps.images)); }
  pk_image* image() override { return images_.image(); }
  int set_class(std::uint64_t cgroup, const pk_cgroup_class& classes) override {
    return bpf_map_update_elem(bpf_map__fd(first().maps.cgroup_classes), &cgroup, &classes, BPF_ANY) == 0 ? 0 : errno;
  }
  void forget_class(std::uint64_t cgroup) override {
    bpf_map_delete_elem(bpf_map__fd(first().maps.cgroup_classes), &cgroup);
  }
  void enforce(bool yes) override {
    __atomic_store_n(&first().bss->enforcing, yes ? 1u : 0u, __ATOMIC_SEQ_CST);
    if (persistence_) persistence_->enforce(yes);
  }
  void enforce_until(std::uint64_t monotonic) override {
    __atomic_store_n(&first().bss->enforcing_until, monotonic, __ATOMIC_RELAXED);
  }
  Result<void> exempt(const pk_file_id& file) override {
    const std::uint32_t yes = 1;
    const int code = bpf_map_update_elem(bpf_map__fd(first().maps.exempt_files), &file, &yes, BPF_ANY);
    if (code != 0) return kernel_failure("exempting a file from enforcement", -code);
    return {};
  }
  Result<void> show(std::uint32_t device, const pk_file_system* where) override {
    const int map = bpf_map__fd(first().maps.file_systems);
    const int code =
        where != nullptr ? bpf_map_update_elem(map, &device, where, BPF_ANY) : bpf_map_delete_elem(map, &device);
    if (code != 0) return kernel_failure("telling where a file system is mounted", -code);
    note_shown();
    return {};
  }
  void set_root_device(std::uint32_t device) override {
    __atomic_store_n(&first().bss->root_device, device, __ATOMIC_RELAXED);
    note_shown();
  }
  std::vector<pk_hits> hits() const override { return images_.hits(); }
  std::vector<pk_hits> former_hits() const override { return images_.former_hits(); }
  KindSet missing() const override { return wanted_->missing; }
  Result<std::size_t> drain(int timeout_ms, const RecordHandler& handler, const BatchHandler& handled) override;
  std::uint64_t reordered() const override { return rings_->reordered(); }
  Losses losses() override;
  KernelStatistics statistics() const override;

 private:
  struct picket_bpf& first() const {
    return wanted_->pieces.parts.front()->skeleton();
  }
  // What the programs remember of directories was found before.
  void note_shown() { __atomic_fetch_add(&first().bss->shown_changes, 1, __ATOMIC_SEQ_CST); }
  static Result<void> attach(Stage stage, Change& change);
  static Result<void> attach_call_ends(Change& change);
  void mark_results(const Change& change);
  void add_refused(Losses& losses, std::uint64_t now);
  std::vector<const Program*> not_there(const std::vector<const Program*>& programs) const;
  CallEnds not_there(const CallEnds& ends) const;

  const Ground ground_;
  std::unique_ptr<Change> wanted_;  // what is in force; its first part is the one that has the maps
  std::unique_ptr<Rings> rings_;
  std::unique_ptr<Persistence> persistence_;  // nullptr: all ends with the process
  LossReader losses_;
  Images images_;
  Handle counting_;  // of the runs of programs; none: it was not asked for, or is not permitted
  std::uint64_t last_refused_ = boot_clock();  // when add_refused() was called
};

// The programs of that stage of what the change brings, which are all in its last part.
Result<void> Loaded::attach(Stage stage, Change& change) {
  if (change.pieces.parts.empty()) return {};
  const Part& part = *change.pieces.parts.back();
  for (const Program* row : change.programs) {
    const int program = bpf_program__fd(part.program(row->name));
    if (row->stage != stage || program < 0) continue;
    auto link = part.attach(row->name);
    if (!link) return link.error();
    change.pieces.attached.push_back({row, &part, program, *std::move(link)});
  }
  return {};
}

Result<void> Loaded::attach_call_ends(Change& change) {
  if (change.pieces.parts.empty() || change.pieces.parts.back()->call_ends().empty()) return {};
  CallEndPrograms& ends = change.pieces.ends.emplace_back(std::move(change.pieces.parts.back()->call_ends()));
  if (const int code = ends.attach(); code != 0) return kernel_failure("watching the ends of system calls", code);
  return {};
}

// From here on threads are marked, in calls whose ends are watched.
void Loaded::mark_results(const Change& change) {
  std::uint64_t kinds = 0;
  for (unsigned kind = 0; kind < kKindEnd; ++kind) {
    if (change.results.contains(static_cast<Kind>(kind))) kinds |= std::uint64_t{1} << kind;
  }
  if (change.ends.empty()) kinds = 0;
  auto& variables = *first().bss;
  static_assert(sizeof variables.result_calls == sizeof change.ends.calls);
  __atomic_and_fetch(&variables.result_kinds, kinds, __ATOMIC_SEQ_CST);
  for (std::size_t i = 0; i < change.ends.calls.size(); ++i) {
    __atomic_store_n(&variables.result_calls[i], change.ends.calls[i], __ATOMIC_SEQ_CST);
  }
  __atomic_store_n(&variables.result_kinds, kinds, __ATOMIC_SEQ_CST);
}

Result<void> Loaded::snapshot(const RecordHandler& handler) {
  const Part& part = *wanted_->pieces.parts.front();
  const auto& programs = wanted_->programs;
  const auto row = std::find_if(programs.begin(), programs.end(),
                                [](const Program* each) { return each->stage == Stage::Snapshot; });
  collect_libbpf_messages();
  const Link link(bpf_program__attach_iter(part.program((*row)->name), nullptr));
  if (!link) return kernel_failure("starting the list of processes", errno);
  const Handle iterator(bpf_iter_create(bpf_link__fd(link.get())));
  if (!iterator) return kernel_failure("starting the list of processes", errno);
  return read_snapshot(iterator.get(), handler);
}

// Ends of calls before the hooks: no thread may be marked in a call whose end is not watched yet.
std::optional<KernelError> Loaded::attach_hooks() {
  Result<void> attached = attach_call_ends(*wanted_);
  if (attached) mark_results(*wanted_);
  if (attached) attached = attach(Stage::Hook, *wanted_);
  if (attached) return std::nullopt;
  return KernelError{KernelError::Cause::Failed, attached.error()};
}

// ---- other rules ----

std::vector<const Program*> Loaded::not_there(const std::vector<const Program*>& programs) const {
  std::vector<const Program*> left;
  for (const Program* row : programs) {
    const auto& attached = wanted_->pieces.attached;
    const bool there =
        std::any_of(attached.begin(), attached.end(), [row](const auto& each) { return each.row == row; });
    if (row->stage == Stage::Hook && !there) left.push_back(row);
  }
  return left;
}

CallEnds Loaded::not_there(const CallEnds& ends) const {
  CallEnds left;
  for (const std::string& function : ends.functions) {
    const auto& watched = wanted_->pieces.ends;
    const bool there =
        std::any_of(watched.begin(), watched.end(), [&](const CallEndPrograms& each) { return each.has(function); });
    if (!there) left.functions.push_back(function);
  }
  return left;
}

std::unique_ptr<Change> choose(const KernelTypes& types, const Ground& ground, const KernelWants& wanted) {
  auto change = std::make_unique<Change>();
  change->programs = choose_programs(types, ground.flavour, wanted.kinds);
  std::erase_if(change->programs, [&wanted](const Program* row) {
    return row->digests ? !wanted.digests : row->refuses && !wanted.refused.contains(row->kind);
  });
  change->missing = without_hook(types, ground.flavour, wanted.kinds);
  change->results = wanted.results;
  change->refused = wanted.refused;
  change->ends = find_call_ends(types, wanted.results);
  return change;
}

std::variant<std::unique_ptr<KernelChange>, KernelError> Loaded::prepare(const KernelWants& wanted) {
  const KernelTypes types;
  auto change = choose(types, ground_, wanted);
  const auto programs = not_there(change->programs);
  const CallEnds ends = not_there(change->ends);
  if (programs.empty() && ends.empty()) return change;

  auto part = Part::load(types, ground_, programs, ends, wanted_->pieces.parts.front().get());
  if (auto* error = std::get_if<KernelError>(&part)) return std::move(*error);
  change->pieces.parts.push_back(std::move(std::get<std::unique_ptr<Part>>(part)));
  Result<void> attached = attach_call_ends(*change);
  if (attached) attached = attach(Stage::Hook, *change);
  if (!attached) return KernelError{KernelError::Cause::Failed, attached.error()};
  return change;
}

std::unique_ptr<KernelChange> Loaded::commit(std::unique_ptr<KernelChange> prepared) {
  std::unique_ptr<Change> next(static_cast<Change*>(prepared.release()));
  auto left = std::make_unique<Change>();
  Pieces& now = next->pieces;
  Pieces& before = wanted_->pieces;
  mark_results(*next);
  append(before.parts, now.parts);
  append(before.ends, now.ends);
  append(before.attached, now.attached);

  for (CallEndPrograms& ends : before.ends) {
    CallEndPrograms others = ends.take_all_but(next->ends.functions);
    if (!others.empty()) left->pieces.ends.push_back(std::move(others));
  }
  const auto needless = std::stable_partition(
      before.attached.begin(), before.attached.end(),
      [&](const Attached& each) { return each.row->stage == Stage::Lifecycle || contains(next->programs, each.row); });
  left->pieces.attached.assign(std::make_move_iterator(needless), std::make_move_iterator(before.attached.end()));
  before.attached.erase(needless, before.attached.end());

  // The first part has the maps. Programs at the ends of calls live without theirs.
  const auto idle = std::stable_partition(before.parts.begin() + 1, before.parts.end(), [&](const auto& part) {
    return std::any_of(before.attached.begin(), before.attached.end(),
                       [&](const Attached& each) { return each.part == part.get(); });
  });
  left->pieces.parts.assign(std::make_move_iterator(idle), std::make_move_iterator(before.parts.end()));
  before.parts.erase(idle, before.parts.end());
  std::erase_if(before.ends, [](const CallEndPrograms& ends) { return ends.empty(); });
  now = std::move(before);
  wanted_ = std::move(next);
  return left;
}

Result<std::uint32_t> Loaded::decide(const pk_image& image, std::span<const ActingConjunct> acting) {
  collect_libbpf_messages();
  if (persistence_) {
    if (auto prepared = persistence_->prepare(images_.generation() + 1, acting); !prepared) return prepared.error();
  }
  if (const int code = images_.put(bpf_map__fd(first().maps.images), image); code != 0) {
    return kernel_failure("putting the rules into the kernel", code);
  }
  if (persistence_) persistence_->change(images_.map(), images_.image());
  return images_.generation();
}

// ---- what outlives the process ----

Result<void> Loaded::make_pins() {
  auto made = Persistence::create();
  if (!made) return made.error();
  persistence_ = std::move(*made);
  const std::vector<int> rings = rings_->descriptors();
  for (std::size_t i = 0; i < rings.size(); ++i) {
    if (auto kept = persistence_->keep_map(rings[i], "ring-" + std::to_string(i)); !kept) return kept;
  }
  return persistence_->keep_map(bpf_map__fd(first().maps.images), "images");
}

// The programs that refuse, and the lifecycle's, which keep what those need of processes and cgroups.
Result<void> Loaded::keep() {
  if (!persistence_) return {};
  std::vector<Persistence::KeptLink> links;
  for (const Attached& each : wanted_->pieces.attached) {
    const bool refuses = (each.row->refuses || !each.row->hook.empty()) && wanted_->refused.contains(each.row->kind);
    if (wanted_->refused.empty() || (!refuses && each.row->stage != Stage::Lifecycle)) continue;
    links.push_back({std::string(each.row->name), bpf_link__fd(each.link.get())});
  }
  auto kept = persistence_->keep_links(links);
  if (kept) persistence_->forget_former();
  return kept;
}

Result<std::size_t> Loaded::drain(int timeout_ms, const RecordHandler& handler, const BatchHandler& handled) {
  if (!persistence_) return rings_->drain(timeout_ms, handler, handled);
  const auto note = [this, &handler](std::span<const std::byte> record) {
    handler(record);
    persistence_->note(record);
  };
  auto count = rings_->drain(timeout_ms, note, handled);
  persistence_->is_alive(boot_clock());
  return count;
}

std::optional<Error> Loaded::observing_only() const {
  if (ground_.flavour == Flavour::Lsm) return std::nullopt;
  return picket::observing_only();
}

// How often the kernel did not call an attached program because it was under way already on that CPU. A tracing program
// has such a guard, an LSM program has not. From 7.0 on tracepoints leave preemption on (they are guarded by SRCU), so
// that a program can be put aside in the middle, and what forks, execs or exits on its CPU meanwhile is not seen. Since
// nothing runs then, only the kernel can count. Always 0 before 5.12, which does not. What came since the last time is
// also all that is known of when.
void Loaded::add_refused(Losses& losses, std::uint64_t now) {
  for (Attached& each : wanted_->pieces.attached) {
    bpf_prog_info info{};
    std::uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(each.program, &info, &size) != 0 || info.recursion_misses == each.refused) continue;
    Loss& loss = losses[static_cast<unsigned>(each.row->kind)];
    loss.since = loss.count == 0 ? last_refused_ : std::min(loss.since, last_refused_);
    loss.until = now;
    loss.count += info.recursion_misses - each.refused;
    each.refused = info.recursion_misses;
  }
  last_refused_ = now;
}

Losses Loaded::losses() {
  const std::uint32_t only = 0;
  if (bpf_map_lookup_elem(bpf_map__fd(first().maps.counters), &only, losses_.counters().data()) != 0) return {};
  if (persistence_) persistence_->tick();
  Losses losses = losses_.next(first().bss->loss_epoch++);
  add_refused(losses, boot_clock());
  return losses;
}

// ---- what it costs ----

KernelStatistics Loaded::statistics() const {
  StatisticsReader reader;
  add(reader, wanted_->pieces);
  reader.add_map("image", images_.map());
  for (const int ring : rings_->descriptors()) reader.add_map("ring", ring);
  KernelStatistics statistics = reader.take();
  statistics.counts_runs = counting_ || kernel_counts_runs();
  statistics.rings = rings_->states();
  return statistics;
}

}  // namespace

std::variant<std::unique_ptr<KernelSide>, KernelError> KernelSide::open(const KernelOptions& options,
                                                                        const KernelWants& wanted) {
  collect_libbpf_messages();
  const KernelTypes types;
  if (auto reason = reason_not_to_load(types)) return *std::move(reason);

  Ground ground = find_ground(types, options);
  auto initial = choose(types, ground, wanted);
  auto part = Part::load(types, ground, initial->programs, initial->ends, nullptr);
  if (auto* error = std::get_if<KernelError>(&part)) return std::move(*error);
  initial->pieces.parts.push_back(std::move(std::get<std::unique_ptr<Part>>(part)));

  auto loaded = std::make_unique<Loaded>(std::move(ground), std::move(initial));
  if (const int code = loaded->make_rings(); code != 0) return load_failure(code);
  if (!options.persistent) return loaded;
  if (auto made = loaded->make_pins(); !made) {
    return KernelError{KernelError::Cause::Unsupported,
                       {"what is refused cannot outlive the sensor: " + made.error().message, made.error().hint}};
  }
  return loaded;
}

}  // namespace picket
