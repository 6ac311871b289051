// SPDX-License-Identifier: Apache-2.0
//
// The container table: which container a cgroup id belongs to. Fed by cgroup_mkdir and cgroup_rmdir events and by a
// walk through the cgroups that were there before.
//
// A container is known, by its id, from the moment its cgroup is made, which is before its first process runs in it.
// What the runtime has written about it is read by another thread (Resolver) and taken over by poll(). Until then the
// container is Pending; after `wait_ns` it is Unavailable, and what comes later still is taken over.
//
// Memory. A container is kept for kKeptNs after its cgroup is gone, since events may come late. At `max_containers` one
// is forgotten for each that comes: of those whose cgroup is gone the one that has been so for longest, then the
// oldest.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/event/container.h"
#include "rules/event/event.h"
#include "sensor/process/resolver.h"

namespace picket {

// What became of a cgroup: it is there (again), find() may say something else of it than before, it is gone.
enum class CgroupNews { Came, Changed, Gone };

struct ContainerSettings {
  std::string host_root = "/";            // where the host's root directory is seen from here
  std::uint64_t wait_ns = 2'000'000'000;  // for metadata
  std::size_t max_containers = 16384;
  std::uint32_t hierarchy = 0;  // whose cgroups count: pk_cgroup_mkdir::hierarchy
  uid_t owner = 0;              // whose state files are trusted
  bool reads_state = true;      // false: no file is read and no thread is started; give() brings the answers
  std::function<void(const Resolver::Answer&)> on_answer = {};  // called in poll() for each answer before it counts
  // Called for each cgroup of the hierarchy, the host's too, as soon as the table has the news.
  std::function<void(std::uint64_t cgroup, CgroupNews news)> on_cgroup = {};
};

struct ContainerCounters {
  std::uint64_t resolved = 0;                                  // metadata complete
  std::array<std::uint64_t, kStateProblems> unavailable = {};  // by StateProblem
  std::uint64_t waited_out = 0;                                // no answer in time
  std::uint64_t evicted = 0;                                   // forgotten early because the table was full
  std::uint64_t unplaced = 0;                                  // cgroups that the table had no room for
};

// The values of pk_container::action.
enum class ContainerAction : std::uint32_t { Started = 1, Stopped = 2, WasRunning = 3 };

struct ContainerNotice {
  ContainerAction action = ContainerAction::Started;
  std::uint64_t time = 0;               // boot clock: when its cgroup was made or removed, or was found
  std::uint64_t cgroup = 0;             // find() gives the container until poll() is called next
  std::optional<StateProblem> problem;  // why it has no metadata; at its start only
};

// Used from one thread. Pointers to containers stay valid until on_cgroup(), add_running() or poll() is called.
// find() and pending() allocate nothing and take no lock.
class ContainerTable {
 public:
  static constexpr std::uint64_t kKeptNs = 10'000'000'000;

  explicit ContainerTable(const ContainerSettings& settings = {});
  ~ContainerTable();

  // The container that the cgroup is, or is below; nullptr: the host.
  const Container* find(std::uint64_t cgroup) const;

  // The container in whose cgroup that of find()'s lies; nullptr: the host's.
  const Container* around(std::uint64_t cgroup) const;

  // Metadata is still being read, or whether the cgroup is a container's at all. Ends at the next poll() after the
  // answer, at the latest after wait_ns.
  bool pending(std::uint64_t cgroup) const;

  // Events of kind cgroup_mkdir and cgroup_rmdir; others are passed over. An event that says nothing new changes
  // nothing, so that those of the time of the walk may come again.
  void on_cgroup(const Event& event);

  // A cgroup that was there already.
  void add_running(std::uint64_t cgroup, std::string_view path, std::uint64_t now);

  // Takes over what was read meanwhile and forgets what is over; `now` is the boot clock. True when a container became
  // complete or unavailable, or a cgroup turned out to be the host's. Cheap when nothing happened.
  bool poll(std::uint64_t now);

  // An answer that was recorded; the next poll() takes it over. Any answer is safe; more than there can be containers
  // are passed over.
  void give(Resolver::Answer answer) {
    if (given_.size() < settings_.max_containers) given_.push_back(std::move(answer));
  }

  // Containers that started and stopped, in that order, one for each call; nothing when all have been told.
  std::optional<ContainerNotice> next_notice();

  const ContainerCounters& counters() const { return counters_; }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry;

  void add(std::uint64_t cgroup, std::string_view path, std::uint64_t now, ContainerAction action);
  void remove(std::uint64_t cgroup, std::uint64_t now);
  Entry* enclosing(std::string_view path, bool undecided_too) const;
  void make_room();
  void map(std::uint64_t cgroup, Entry& entry);
  void tell(std::uint64_t cgroup, CgroupNews news) const {
    if (settings_.on_cgroup) settings_.on_cgroup(cgroup, news);
  }
  void tell_all(const Entry& entry) const;
  void take_over(Resolver::Answer answer);
  void give_back(Entry& entry);
  void settle(Entry& entry);
  void forget(Entry& entry);
  void forget_first_removed();

  ContainerSettings settings_;
  ContainerCounters counters_;
  std::uint64_t next_serial_ = 1;
  std::map<std::uint64_t, std::unique_ptr<Entry>> entries_;  // by serial number: oldest first
  std::unordered_map<std::uint64_t, Entry*> by_cgroup_;
  std::unordered_map<std::string, Entry*> by_path_;  // whose cgroup is there
  struct Time {
    std::uint64_t time, number;
  };
  std::deque<Time> deadlines_;  // serial numbers of those that are pending, and of some that are not any more
  std::deque<Time> removed_;    // cgroups that are gone
  std::deque<ContainerNotice> notices_;
  std::vector<Resolver::Answer> given_;
  std::unique_ptr<Resolver> resolver_;  // nullptr: answers are given
};

}  // namespace picket
