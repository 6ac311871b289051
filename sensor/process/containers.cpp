// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/containers.h"

#include <algorithm>
#include <vector>

namespace picket {
namespace {

constexpr std::size_t kCgroupsPerContainer = 16;  // on average, that the table has room for
constexpr std::size_t kMostNotices = 65536;       // nobody listens any more

}  // namespace

struct ContainerTable::Entry {
  std::uint64_t serial = 0;
  Container container;
  std::vector<std::uint64_t> cgroups;  // its own and those below that were seen
  ContainerAction first = ContainerAction::Started;
  std::uint64_t made = 0;
  std::uint64_t removed = 0;  // boot clock; 0: its cgroup is there
  std::optional<StateProblem> problem;
  bool is_container = false;  // false: a cgroup of which only the state can tell
  bool pending = true;
};

ContainerTable::ContainerTable(const ContainerSettings& settings)
    : settings_(settings),
      resolver_(settings.reads_state ? std::make_unique<Resolver>(RuntimeState(settings.host_root, settings.owner))
                                     : nullptr) {}

ContainerTable::~ContainerTable() = default;

const Container* ContainerTable::find(std::uint64_t cgroup) const {
  const auto found = by_cgroup_.find(cgroup);
  return found == by_cgroup_.end() || !found->second->is_container ? nullptr : &found->second->container;
}

const Container* ContainerTable::around(std::uint64_t cgroup) const {
  const Container* inner = find(cgroup);
  const std::size_t slash = inner == nullptr ? std::string::npos : inner->cgroup_path.rfind('/');
  if (slash == std::string::npos) return nullptr;
  const Entry* entry = enclosing(std::string_view(inner->cgroup_path).substr(0, slash), false);
  return entry == nullptr ? nullptr : &entry->container;
}

bool ContainerTable::pending(std::uint64_t cgroup) const {
  const auto found = by_cgroup_.find(cgroup);
  return found != by_cgroup_.end() && found->second->pending;
}

void ContainerTable::on_cgroup(const Event& event) {
  if (event.kind() == Kind::cgroup_mkdir) {
    const auto& made = event.as<pk_cgroup_mkdir>();
    if (made.hierarchy != settings_.hierarchy) return;
    add(made.id, event.text(made.path), event.header->time, ContainerAction::Started);
  } else if (event.kind() == Kind::cgroup_rmdir) {
    const auto& gone = event.as<pk_cgroup_rmdir>();
    if (gone.hierarchy == settings_.hierarchy) remove(gone.id, event.header->time);
  }
}

void ContainerTable::add_running(std::uint64_t cgroup, std::string_view path, std::uint64_t now) {
  add(cgroup, path, now, ContainerAction::WasRunning);
}

// The innermost entry in whose cgroup the path is. Of a cgroup that may yet turn out to be a container's, only when
// asked for.
ContainerTable::Entry* ContainerTable::enclosing(std::string_view path, bool undecided_too) const {
  for (;;) {
    const auto found = by_path_.find(std::string(path));
    if (found != by_path_.end() && (found->second->is_container || undecided_too)) return found->second;
    const std::size_t slash = path.rfind('/');
    if (slash == path.npos || slash == 0) return nullptr;
    path = path.substr(0, slash);
  }
}

void ContainerTable::add(std::uint64_t cgroup, std::string_view path, std::uint64_t now, ContainerAction action) {
  if (by_cgroup_.contains(cgroup)) return;
  const auto named = parse_cgroup_path(path);
  Entry* around = enclosing(path, false);
  if (around != nullptr && (!named || around->container.cgroup_path.size() >= named->path.size())) {
    map(cgroup, *around);
    return;
  }

  make_room();
  const std::uint64_t serial = next_serial_++;
  Entry& entry = *(entries_[serial] = std::make_unique<Entry>());
  entry.serial = serial;
  entry.first = action;
  entry.made = now;
  entry.is_container = named.has_value();
  Container& container = entry.container;
  container.cgroup = cgroup;
  container.cgroup_path = named ? named->path : path;
  container.start_time = action == ContainerAction::Started ? now : 0;
  if (named) {
    container.full_id = named->id;
    container.id = short_id(named->id);
    container.runtime = named->runtime;
    container.pod.uid = named->pod_uid;
  }
  map(cgroup, entry);
  by_path_[container.cgroup_path] = &entry;
  if (deadlines_.size() >= 2 * settings_.max_containers) {
    std::erase_if(deadlines_, [this](const Time& each) { return !entries_.contains(each.number); });
  }
  deadlines_.push_back({now + settings_.wait_ns, serial});
  if (resolver_) {
    resolver_->ask({serial, container, entry.is_container, std::chrono::nanoseconds(settings_.wait_ns)});
  }
}

void ContainerTable::map(std::uint64_t cgroup, Entry& entry) {
  if (by_cgroup_.size() >= settings_.max_containers * kCgroupsPerContainer) {
    ++counters_.unplaced;
    return;
  }
  by_cgroup_[cgroup] = &entry;
  entry.cgroups.push_back(cgroup);
  tell(cgroup, CgroupNews::Came);
}

void ContainerTable::make_room() {
  if (entries_.size() < settings_.max_containers) return;
  ++counters_.evicted;
  while (!removed_.empty()) {
    const auto gone = by_cgroup_.find(removed_.front().number);
    removed_.pop_front();
    if (gone == by_cgroup_.end() || gone->second->removed == 0) continue;
    return forget(*gone->second);
  }
  forget(*entries_.begin()->second);
}

void ContainerTable::remove(std::uint64_t cgroup, std::uint64_t now) {
  tell(cgroup, CgroupNews::Gone);
  const auto found = by_cgroup_.find(cgroup);
  if (found == by_cgroup_.end()) return;
  Entry& entry = *found->second;
  if (entry.container.cgroup == cgroup && entry.removed != 0) return;
  if (removed_.size() >= settings_.max_containers * kCgroupsPerContainer) {
    forget_first_removed();
    return remove(cgroup, now);
  }
  removed_.push_back({now, cgroup});
  if (entry.container.cgroup != cgroup) return;
  entry.removed = std::max<std::uint64_t>(now, 1);
  // The same path may come again, for the same container started anew.
  const auto path = by_path_.find(entry.container.cgroup_path);
  if (path != by_path_.end() && path->second == &entry) by_path_.erase(path);
  if (!entry.pending && entry.is_container) {
    notices_.push_back({ContainerAction::Stopped, entry.removed, cgroup, std::nullopt});
  }
}

bool ContainerTable::poll(std::uint64_t now) {
  if (resolver_ && resolver_->has_answers()) given_ = resolver_->take();
  bool changed = !given_.empty();
  for (Resolver::Answer& answer : std::exchange(given_, {})) {
    if (settings_.on_answer) settings_.on_answer(answer);
    take_over(std::move(answer));
  }
  while (!deadlines_.empty() && deadlines_.front().time <= now) {
    const auto late = entries_.find(deadlines_.front().number);
    // The resolver gives up at the same moment; its reason is the better one and comes shortly, or never.
    constexpr std::uint64_t kGrace = 100'000'000;
    const bool is_late = late != entries_.end() && late->second->pending;
    if (is_late && deadlines_.front().time + kGrace > now) break;
    deadlines_.pop_front();
    if (!is_late) continue;
    ++counters_.waited_out;
    changed = true;
    if (late->second->is_container) {
      late->second->container.metadata = Metadata::Unavailable;
      tell_all(*late->second);
      settle(*late->second);
    } else {
      give_back(*late->second);
    }
  }
  while (!removed_.empty() && removed_.front().time + kKeptNs <= now) forget_first_removed();
  return changed;
}

void ContainerTable::forget_first_removed() {
  const std::uint64_t cgroup = removed_.front().number;
  removed_.pop_front();
  const auto gone = by_cgroup_.find(cgroup);
  if (gone == by_cgroup_.end()) return;
  Entry& entry = *gone->second;
  if (entry.container.cgroup == cgroup) {
    forget(entry);
  } else {
    std::erase(entry.cgroups, cgroup);
    by_cgroup_.erase(gone);
  }
}

void ContainerTable::take_over(Resolver::Answer answer) {
  const auto found = entries_.find(answer.serial);
  if (found == entries_.end()) return;
  Entry& entry = *found->second;
  if (!answer.is_container) return give_back(entry);
  // What the table itself knows stays: it finds the entry by it.
  answer.container.cgroup = entry.container.cgroup;
  answer.container.start_time = entry.container.start_time;
  answer.container.cgroup_path = std::move(entry.container.cgroup_path);
  entry.container = std::move(answer.container);
  entry.is_container = true;
  entry.problem = answer.problem;
  if (answer.problem) {
    ++counters_.unavailable[static_cast<std::size_t>(*answer.problem)];
  } else {
    ++counters_.resolved;
  }
  tell_all(entry);
  settle(entry);
}

// It is no container of its own: its cgroup belongs to what is around it, if that is one.
void ContainerTable::give_back(Entry& entry) {
  const std::uint64_t cgroup = entry.container.cgroup;
  const std::string path = entry.container.cgroup_path;
  const bool gone = entry.removed != 0;
  forget(entry);
  if (Entry* around = enclosing(path, true)) map(cgroup, *around);
  tell(cgroup, gone ? CgroupNews::Gone : CgroupNews::Changed);
}

// Those in containers within it as well, of which it is the one around.
void ContainerTable::tell_all(const Entry& entry) const {
  const std::string below = entry.container.cgroup_path + "/";
  for (const auto& [serial, other] : entries_) {
    if (other.get() != &entry && !other->container.cgroup_path.starts_with(below)) continue;
    for (const std::uint64_t cgroup : other->cgroups) tell(cgroup, CgroupNews::Changed);
  }
}

// All is known about it that will be in time: tells so, once.
void ContainerTable::settle(Entry& entry) {
  if (!entry.pending) return;
  entry.pending = false;
  if (notices_.size() >= kMostNotices) return;
  notices_.push_back({entry.first, entry.made, entry.container.cgroup, entry.problem});
  if (entry.removed != 0) {
    notices_.push_back({ContainerAction::Stopped, entry.removed, entry.container.cgroup, std::nullopt});
  }
}

std::optional<ContainerNotice> ContainerTable::next_notice() {
  if (notices_.empty()) return std::nullopt;
  const ContainerNotice notice = notices_.front();
  notices_.pop_front();
  return notice;
}

void ContainerTable::forget(Entry& entry) {
  for (const std::uint64_t cgroup : entry.cgroups) by_cgroup_.erase(cgroup);
  const auto path = by_path_.find(entry.container.cgroup_path);
  if (path != by_path_.end() && path->second == &entry) by_path_.erase(path);
  entries_.erase(entry.serial);
}

}  // namespace picket
