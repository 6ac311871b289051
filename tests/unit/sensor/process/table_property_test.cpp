// SPDX-License-Identifier: Apache-2.0
//
// The process table against a model that is too simple to be wrong: a map that is searched from end to end. Random
// storms of forks, execs, exits and other events, in a table so small that it is nearly always full.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include "sensor/process/table.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using test::Record;

struct Model {
  struct Entry {
    pk_key parent = 0;
    bool known = false, exited = false;
    std::uint64_t image_time = 0, last_seen = 0, start = 0;
    std::string comm;
  };

  std::map<pk_key, Entry> entries;
  std::size_t limit;
  std::uint64_t evicted = 0;

  bool has_children(pk_key key) const {
    return std::any_of(entries.begin(), entries.end(), [key](const auto& e) { return e.second.parent == key; });
  }

  void forget(pk_key key) {
    const pk_key parent = entries[key].parent;
    entries.erase(key);
    for (auto& [other, entry] : entries) {
      if (entry.parent == key) entry.parent = parent;
    }
  }

  void make_room(const std::set<pk_key>& needed) {
    if (entries.size() < limit) return;
    std::tuple<int, std::uint64_t, pk_key> first{4, 0, 0};
    for (const auto& [key, entry] : entries) {
      const bool gone = entry.exited || !entry.known;
      const bool leaf = !has_children(key);
      if (needed.contains(key) || (!gone && !leaf)) continue;
      first = std::min(first, {!gone ? 3 : leaf ? 1 : 2, gone ? entry.last_seen : entry.start, key});
    }
    if (std::get<0>(first) == 4) return;
    forget(std::get<2>(first));
    ++evicted;
  }

  Entry& get(pk_key key, std::uint64_t time, const std::set<pk_key>& needed) {
    if (!entries.contains(key)) {
      make_room(needed);
      entries[key].start = (key >> PK_KEY_PID_BITS) * PK_KEY_TICK_NS;
      entries[key].last_seen = time;
    }
    return entries[key];
  }

  Entry& get_below(pk_key parent, pk_key key, std::uint64_t time) {
    if (get(key, time, {parent, key}).parent == 0) {
      get(parent, time, {parent, key});
      entries[key].parent = parent;
    }
    return entries[key];
  }

  void fork(pk_key key, pk_key parent, std::uint64_t time) {
    Entry& child = get_below(parent, key, time);
    if (child.known) return;
    child.comm = child.parent == 0 ? "" : entries[child.parent].comm;
    child.known = true;
    child.image_time = child.start = time;
  }

  void exec(pk_key key, pk_key parent, std::string comm, std::uint64_t time) {
    Entry& process = get_below(parent, key, time);
    if (time < process.image_time) return;
    process.comm = std::move(comm);
    process.known = true;
    process.image_time = time;
    process.start = 1;
  }

  void other(pk_key key, std::uint64_t time, bool ends) {
    Entry& process = get(key, time, {});
    ends = ends && !process.exited;
    if (ends || (!process.known && !process.exited)) process.last_seen = std::max(process.last_seen, time);
    process.exited |= ends;
  }

  void tick(std::uint64_t now) {
    for (bool again = true; again;) {
      again = false;
      for (const auto& [key, entry] : entries) {
        const bool gone = entry.exited || !entry.known;
        if (!gone || has_children(key) || entry.last_seen + ProcessTable::kKeptNs > now) continue;
        forget(key);
        again = true;
        break;
      }
    }
  }
};

void expect_equal(const ProcessTable& table, const Model& model) {
  ASSERT_EQ(table.size(), model.entries.size());
  ASSERT_EQ(table.evicted(), model.evicted);
  for (const auto& [key, entry] : model.entries) {
    const Process* process = table.find(key);
    ASSERT_NE(process, nullptr) << pk_key_pid(key);
    ASSERT_EQ(process->parent == nullptr ? 0 : process->parent->key, entry.parent) << pk_key_pid(key);
    ASSERT_EQ(process->comm, entry.comm) << pk_key_pid(key);
    ASSERT_EQ(process->known, entry.known) << pk_key_pid(key);
    ASSERT_EQ(process->exited, entry.exited) << pk_key_pid(key);
  }
}

template <class Struct>
Record<Struct> record_of(Kind kind, pk_key key, std::uint64_t time) {
  Record<Struct> record(kind);
  record->header.process = key;
  record->header.time = time;
  return record;
}

template <class Struct>
void apply(ProcessTable& table, Record<Struct>& record) {
  table.apply(Event{&record->header, nullptr, nullptr, 0, {}});
}

void storm(unsigned seed, std::size_t limit, int steps) {
  std::mt19937 random(seed);
  const auto below = [&random](std::size_t end) { return random() % end; };
  ProcessTable table(limit);
  Model model{{}, limit};
  std::vector<pk_key> keys = {pk_process_key(1, PK_KEY_TICK_NS)};
  std::uint64_t time = 10'000'000'000;

  for (int step = 0; step < steps; ++step) {
    time += below(400'000'000);
    const pk_key some = keys[below(keys.size())];
    const std::uint64_t event_time = time - below(3) * 300'000'000;  // some come late
    switch (below(8)) {
      case 0:
      case 1:
      case 2: {
        const pk_key child = pk_process_key(static_cast<std::uint32_t>(2 + below(4000)), event_time);
        keys.push_back(child);
        auto record = record_of<pk_fork>(Kind::fork, child, event_time);
        record->creator = some;
        record->start_time = event_time;
        apply(table, record);
        model.fork(child, some, event_time);
        break;
      }
      case 3: {
        const pk_key parent = keys[0];
        if (some == parent) break;
        auto record = record_of<pk_exec>(Kind::exec, some, event_time);
        record->parent = parent;
        record->start_time = 1;
        const std::string comm = std::to_string(step);
        comm.copy(record->comm.bytes, 15);
        apply(table, record);
        model.exec(some, parent, comm, event_time);
        break;
      }
      case 4:
      case 5: {
        if (some == keys[0]) break;
        auto record = record_of<pk_exit>(Kind::exit, some, event_time);
        apply(table, record);
        model.other(some, event_time, true);
        break;
      }
      case 6: {
        auto record = record_of<pk_open>(Kind::open, some, event_time);
        apply(table, record);
        model.other(some, event_time, false);
        break;
      }
      default:
        table.tick(time);
        model.tick(time);
    }
    if (keys.size() > 200) keys.erase(keys.begin() + 1, keys.begin() + 50);  // forks below, events of, the forgotten
    ASSERT_NO_FATAL_FAILURE(expect_equal(table, model)) << "seed " << seed << " step " << step;
  }
}

TEST(ProcessTableProperty, AgreesWithTheModel) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    ASSERT_NO_FATAL_FAILURE(storm(seed, 24, 400));
    ASSERT_NO_FATAL_FAILURE(storm(seed, 500, 400));
  }
}

// 200,000 processes come and go: what they took is given back.
TEST(ProcessTableProperty, StormLeavesMemoryFlat) {
  ProcessTable table(4096);
  const auto run = [&table](std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t number = first; number < last; ++number) {
      const std::uint64_t time = number * 10'000'000ULL;
      const pk_key key = pk_process_key(number % 4'000'000, time);
      auto forked = record_of<pk_fork>(Kind::fork, key, time);
      forked->creator = pk_process_key(1, PK_KEY_TICK_NS);
      apply(table, forked);
      auto executed = record_of<pk_exec>(Kind::exec, key, time);
      executed.text(&pk_exec::path, "/usr/bin/a/program/with/a/rather/long/path");
      executed.text(&pk_exec::argv, std::string(300, 'x'));
      apply(table, executed);
      auto exited = record_of<pk_exit>(Kind::exit, key, time);
      apply(table, exited);
      if (number % 100 == 0) table.tick(time);
    }
  };
  run(1000, 20'000);
  const std::size_t size = table.size();
  const std::size_t used = mallinfo2().uordblks;
  run(20'000, 220'000);
  EXPECT_NEAR(static_cast<double>(table.size()), static_cast<double>(size), 110);
  EXPECT_LE(mallinfo2().uordblks, used + used / 2);
  EXPECT_EQ(table.evicted(), 0u);
}

}  // namespace
}  // namespace picket
