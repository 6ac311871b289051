// SPDX-License-Identifier: Apache-2.0
//
// Sequences: rules that match after others did, for the same subject: a process, a line of processes, a container, or
// whatever agrees in some fields.
//
// For each subject and each step is kept when the first step of the latest way to it was. A step that matches
// lengthens the way to the step before it, if that is not older than the window; the last one ends it. The latest
// beginning is always the best, so that one way for each step is enough, and nothing within the window is missed. One
// event is one step: it never lengthens a way that it made itself.
//
// Time is that of the events. The table is fixed in size: the subject that was longest without a step gives way, and is
// counted when its way was still open.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rules/language/rule.h"
#include "rules/match/key_table.h"

namespace picket {

// Subjects of all sequences together.
inline constexpr std::size_t kSequenceSubjects = 16'384;

// Used from one thread. Allocates nothing per event once warm. The policy must outlive it.
//
//   if (sequences.concern(rule) && ...rule matches event...) sequences.matched(rule);   for each rule
//   sequences.conclude(event, scratch, [](const Rule& rule) { ... });                   once for each event
class Sequences {
 public:
  explicit Sequences(const Policy& policy, std::size_t subjects = kSequenceSubjects);

  // Whether there are any: then all rules that match an event count, not only the first.
  bool any() const { return !sequences_.empty(); }

  // Whether the rule is a step of any, or the last.
  bool concern(const Rule& rule) const { return any() && roles_.contains(&rule); }

  void matched(const Rule& rule);

  // Calls fire(rule) for each sequence that this event ends, in policy order.
  template <class Fire>
  void conclude(const Event& event, Scratch& scratch, Fire fire) {
    if (now_.empty()) return;
    take_steps(event, scratch);
    for (const Rule* rule : fired_) fire(*rule);
  }

  std::uint64_t evicted() const { return evicted_; }
  void go_on(std::uint64_t evicted_before) { evicted_ = evicted_before; }

 private:
  // A rule that is step number `stage` of a sequence; the last step is behind all others.
  struct Role {
    std::size_t sequence;
    std::size_t stage;
  };
  struct Stage {
    bool reached = false;
    std::uint64_t begin = 0;  // time of the first step of the way
    std::uint64_t at = 0;     // time of this step
  };
  struct Ways {
    std::size_t sequence = 0;
    std::array<Stage, kMaxSteps> stages{};
  };
  using Table = KeyTable<Ways>;

  void take_steps(const Event& event, Scratch& scratch);
  void take(const Role& role, const Event& event, Scratch& scratch);
  // Where the latest way to that stage is that the event can lengthen; kNone: nowhere.
  Table::Slot find_way(const Role& role, std::size_t stage, const Event& event, Scratch& scratch);
  std::optional<Key128> subject(std::size_t sequence, const Event& event, Scratch& scratch);
  Key128 process_key(std::size_t sequence, const Event& event, const Process& process);
  bool open(const Stage& stage, std::size_t sequence, std::uint64_t time) const;
  void mark(const Role& role, const Key128& key, Stage stage);

  Key128 secret_ = random_secret();
  std::vector<const Rule*> sequences_;
  std::unordered_map<const Rule*, std::vector<Role>> roles_;
  std::optional<Table> ways_;
  std::vector<Role> now_;           // that rules have for the event at hand
  std::vector<const Rule*> fired_;  // by it
  std::string bytes_;
  std::uint64_t evicted_ = 0;
};

}  // namespace picket
