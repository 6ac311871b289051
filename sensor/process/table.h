// SPDX-License-Identifier: Apache-2.0
//
// The process table: who every event belongs to. Fed by fork, exec and exit events and by the start-up snapshot; read
// by key. No /proc is read here.
//
// Lineage. `parent` is the process that made this one (under CLONE_PARENT, too, which would make it a sibling), and
// stays so when that one exits: it is who is behind a process, not its current ppid. A process that ran before the
// sensor did has the parent it had when it was read.
//
// Time. Records of one process may come out of order (the snapshot is read while events queue up). The image (what an
// exec sets) and the credentials (user, group, cgroup) each remember when they were seen; an older record does not
// change them. An exit is final and counts whatever its time: a zombie can be read by the snapshot after it ended.
//
// Memory. An exited process is kept for kKeptNs, because events of other CPUs may come a little later, and as long as a
// descendant lives. At `max_processes` one is forgotten for each one that comes: the dead before the living, and
//   1. of those without children that exited (or were never reported), the one that did so first;
//   2. of those with children that exited, the one that did so first: its children go to its parent;
//   3. of the living without children, the oldest.
// Because of 2, a program that forks and exits for ever grows a chain of dead ancestors but displaces nobody. The bytes
// of one process are bounded by the records: PK_PATH_MAX for a path, the configured limit for arguments, held twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "rules/event/event.h"
#include "rules/event/process.h"
#include "sensor/process/indexed_heap.h"

namespace picket {

// Used from one thread. Pointers to processes stay valid until apply() or tick() is called. Allocates only for a fork,
// an exec or a process that is new to it.
class ProcessTable {
 public:
  static constexpr std::uint64_t kKeptNs = 10'000'000'000;

  explicit ProcessTable(std::size_t max_processes = 65536);
  ~ProcessTable();

  // Takes over what a fork, exec or exit event says (other kinds change only cgroup, user and group; some
  // tell of what else changes in their process, see changes.h), and returns the
  // process the event belongs to: for exec, with its new image. An event for an unknown key gets a placeholder that is
  // not `known`. A record flagged backfilled (the snapshot) fills a process only as far as no newer event has.
  // Records that are older than the snapshot of their process change nothing.
  const Process& apply(const Event& event);

  // Snapshot records, in any order (a child may come before its parent).
  void apply_snapshot(const Event& event);

  // After losses all processes are read again. The reading began at `time` (boot clock); for each of its records comes
  // confirm(), which tells whether the process is known and has the image that the record says. If not, the caller has
  // the record completed and hands it to apply_snapshot(). At the end, retire() takes those living processes for exited
  // that were there before and are not any more, and returns how many they are.
  void begin_reading(std::uint64_t time);
  bool confirm(const Event& event);
  std::size_t retire(std::uint64_t now);

  // nullptr when unknown.
  const Process* find(pk_key key) const;

  // What became known of the executable that `image` has: of its process as well, if that still executes it.
  void set_exe_hash(const Process& image, const FileHash& hash);

  // Forgets exited processes without children whose exit lies kKeptNs or more before `now` (boot clock).
  void tick(std::uint64_t now);

  std::size_t size() const;
  std::uint64_t evicted() const;  // forgotten early because the table was full

 private:
  struct Entry;

  Entry& on_fork(const Event& event);
  Entry& on_exec(const Event& event);

  Entry* lookup(pk_key key) const;
  Entry& entry(pk_key key, std::uint64_t time);
  Entry& entry_below(pk_key parent, pk_key key, std::uint64_t time);
  void adopt(Entry& parent, Entry& child);
  void forget(Entry& entry);
  void requeue(Entry& entry);

  std::unordered_map<pk_key, std::unique_ptr<Entry>> entries_;
  IndexedHeap<Entry> forgettable_;  // in the order in which they would be forgotten
  std::size_t max_processes_;
  std::uint64_t evicted_ = 0;
  std::uint64_t reading_ = 0;  // when the last one began
};

}  // namespace picket
