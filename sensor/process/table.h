// SPDX-License-Identifier: Apache-2.0
//
// The process table: who every event belongs to. Fed by fork, exec and exit events and by the start-up snapshot; read by
// key. No /proc is read here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "rules/event/event.h"
#include "rules/event/process.h"

namespace picket {

// Used from one thread. Pointers to processes stay valid until apply() or tick() is called.
class ProcessTable {
 public:
  explicit ProcessTable(std::size_t max_processes = 65536);
  ~ProcessTable();

  // Takes over what a fork, exec or exit event says (other kinds change only cgroup, user and group), and returns the
  // process the event belongs to: for exec, with its new image. An event for an unknown key gets a placeholder that is
  // not `known`. A record flagged backfilled (the snapshot) fills a process only as far as no newer event has.
  // Records that are older than the snapshot of their process change nothing.
  const Process& apply(const Event& event);

  // Snapshot records, in any order (a child may come before its parent).
  void apply_snapshot(const Event& event);

  // nullptr when unknown.
  const Process* find(pk_key key) const;

  // Forgets exited processes without children whose exit lies `kept_ns` or more before `now` (boot clock), so that
  // events of other CPUs that arrive a little later still find them.
  void tick(std::uint64_t now);

  std::size_t size() const;
  std::uint64_t evicted() const;  // forgotten early because the table was full

 private:
  struct Entry;
  Entry& entry(pk_key key);
  std::unordered_map<pk_key, std::unique_ptr<Entry>> entries_;
  std::size_t max_processes_;
  std::uint64_t evicted_ = 0;
};

}  // namespace picket
