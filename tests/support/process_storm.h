// SPDX-License-Identifier: Apache-2.0
//
// A process table in a storm: forks, execs, exits, changes of users, capabilities and namespaces, snapshots, hashes and
// losses, in any order, about few processes and with any values. The same seed gives the same storm.
#pragma once

#include <cstring>
#include <random>
#include <vector>

#include "sensor/process/table.h"
#include "tests/support/record.h"

namespace picket::test {

class ProcessStorm {
 public:
  explicit ProcessStorm(unsigned seed) : random_(seed), keys_{pk_process_key(1, PK_KEY_TICK_NS)} {}

  // One thing more that happens.
  void next(ProcessTable& table) {
    time_ += below(200'000'000);
    static constexpr void (ProcessStorm::*kSorts[])(ProcessTable&) = {
        &ProcessStorm::fork,     &ProcessStorm::fork,   &ProcessStorm::exec,
        &ProcessStorm::exec,     &ProcessStorm::exit,   &ProcessStorm::snapshot,
        &ProcessStorm::open,     &ProcessStorm::open,   &ProcessStorm::change<pk_setuid, Kind::setuid>,
        &ProcessStorm::hash,     &ProcessStorm::losses, &ProcessStorm::change<pk_setgid, Kind::setgid>,
        &ProcessStorm::tick,     &ProcessStorm::open,   &ProcessStorm::change<pk_capset, Kind::capset>,
        &ProcessStorm::snapshot, &ProcessStorm::open,   &ProcessStorm::change<pk_setns, Kind::setns>,
        &ProcessStorm::open,     &ProcessStorm::open,   &ProcessStorm::change<pk_unshare, Kind::unshare>};
    (this->*kSorts[below(std::size(kSorts))])(table);
    if (keys_.size() > 60) keys_.erase(keys_.begin() + 1, keys_.begin() + 30);
  }

  std::size_t below(std::size_t end) { return random_() % end; }
  pk_key some() { return keys_[below(keys_.size())]; }
  std::uint64_t time() const { return time_; }

 private:
  // Any values in what is its own; of the header, those that are like others of the process now and then.
  template <class Struct>
  Record<Struct> record(Kind kind, pk_key key) {
    Record<Struct> made(kind);
    auto* const bytes = reinterpret_cast<std::byte*>(made.operator->());
    for (std::size_t at = sizeof(pk_header); at < sizeof(Struct); ++at) bytes[at] = static_cast<std::byte>(random_());
    pk_header& header = made->header;
    header.process = key;
    header.tid = pk_key_pid(key);
    header.time = time_ - below(3) * 100'000'000;  // some come late
    header.uid = static_cast<pk_u32>(below(2));
    header.gid = static_cast<pk_u32>(below(2));
    header.cgroup = below(2);
    return made;
  }

  static void apply(ProcessTable& table, auto& record) { table.apply(Event{&record->header, nullptr, nullptr, 0, {}}); }

  pk_key stranger() {
    keys_.push_back(pk_process_key(static_cast<std::uint32_t>(2 + below(4000)), time_));
    return keys_.back();
  }

  // Some were seen before they were forked; of some the record cannot be true.
  void fork(ProcessTable& table) {
    auto made = record<pk_fork>(Kind::fork, below(3) == 0 ? some() : stranger());
    made->creator = below(8) == 0 ? made->header.process : some();
    apply(table, made);
  }

  Record<pk_exec> image() {
    auto made = record<pk_exec>(Kind::exec, some());
    made->parent = below(2) == 0 ? 0 : some();
    for (auto text :
         {&pk_exec::path, &pk_exec::filename, &pk_exec::interpreter, &pk_exec::cwd, &pk_exec::argv, &pk_exec::env}) {
      made.text(text, "text " + std::to_string(below(1000)));
    }
    made->inode = below(4);
    made->device = 1;
    made->ctime = below(4);
    return made;
  }
  void exec(ProcessTable& table) {
    auto made = image();
    apply(table, made);
  }
  void snapshot(ProcessTable& table) {
    auto made = image();
    made->header.flags |= PK_FLAG_backfilled | PK_FLAG_cwd_truncated;
    table.apply_snapshot(Event{&made->header, nullptr, nullptr, 0, {}});
  }

  void exit(ProcessTable& table) {
    if (const pk_key key = some(); key != keys_[0]) {
      auto made = record<pk_exit>(Kind::exit, key);
      apply(table, made);
    }
  }

  void open(ProcessTable& table) {
    auto made = record<pk_open>(Kind::open, below(8) == 0 ? stranger() : some());
    apply(table, made);
  }

  template <class Struct, Kind kind>
  void change(ProcessTable& table) {
    auto made = record<Struct>(kind, some());
    apply(table, made);
  }

  void hash(ProcessTable& table) {
    FileHash hash = FileHash::missing(HashProblem::Late);
    if (below(2) == 0) hash = FileHash::known(Sha256{});
    if (const Process* process = table.find(some())) table.set_exe_hash(*process, hash);
  }

  void losses(ProcessTable& table) {
    if (below(8) != 0) return;
    table.begin_reading(time_);
    for (const pk_key key : keys_) {
      auto made = record<pk_exec>(Kind::exec, key);
      if (below(8) != 0) table.confirm(Event{&made->header, nullptr, nullptr, 0, {}});
    }
    table.retire(time_);
  }

  void tick(ProcessTable& table) { table.tick(time_); }

  std::mt19937 random_;
  std::vector<pk_key> keys_;
  std::uint64_t time_ = 100'000'000'000;
};

}  // namespace picket::test
