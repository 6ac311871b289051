// SPDX-License-Identifier: Apache-2.0
#include "rules/match/sequences.h"

#include <algorithm>

#include "rules/match/keys.h"

namespace picket {
namespace {

// How far up ancestors are looked at, as everywhere.
constexpr int kMaxAncestors = 256;

}  // namespace

Sequences::Sequences(const Policy& policy, std::size_t subjects) {
  for (const Rule& rule : policy.rules) {
    if (rule.sequence.after.empty()) continue;
    const std::size_t number = sequences_.size();
    sequences_.push_back(&rule);
    for (std::size_t stage = 0; stage < rule.sequence.steps.size(); ++stage) {
      roles_[&policy.rules[rule.sequence.steps[stage]]].push_back({number, stage});
    }
    roles_[&rule].push_back({number, rule.sequence.steps.size()});
  }
  if (any()) ways_.emplace(subjects);
  std::size_t roles = 0;
  for (const auto& [rule, mine] : roles_) roles += mine.size();
  now_.reserve(roles);
  fired_.reserve(sequences_.size());
}

void Sequences::matched(const Rule& rule) {
  const auto& roles = roles_.at(&rule);
  now_.insert(now_.end(), roles.begin(), roles.end());
}

// Later stages first, so that no event lengthens its own way.
void Sequences::take_steps(const Event& event, Scratch& scratch) {
  fired_.clear();
  std::sort(now_.begin(), now_.end(), [](const Role& a, const Role& b) {
    return a.sequence != b.sequence ? a.sequence < b.sequence : a.stage > b.stage;
  });
  for (const Role& role : now_) take(role, event, scratch);
  now_.clear();
}

void Sequences::take(const Role& role, const Event& event, Scratch& scratch) {
  const std::uint64_t time = event.time();
  const auto key = subject(role.sequence, event, scratch);
  if (!key) return;
  if (role.stage == 0) return mark(role, *key, {true, time, time});
  const auto slot = find_way(role, role.stage - 1, event, scratch);
  if (slot == Table::kNone) return;
  if (role.stage == sequences_[role.sequence]->sequence.after.size()) {
    ways_->erase(slot);
    fired_.push_back(sequences_[role.sequence]);
  } else {
    mark(role, *key, {true, (*ways_)[slot].stages[role.stage - 1].begin, time});
  }
}

bool Sequences::open(const Stage& stage, std::size_t sequence, std::uint64_t time) const {
  return stage.reached && time >= stage.at && time - stage.begin <= sequences_[sequence]->sequence.within;
}

Sequences::Table::Slot Sequences::find_way(const Role& role, std::size_t stage, const Event& event, Scratch& scratch) {
  const std::uint64_t time = event.time();
  const auto usable = [&](Table::Slot slot) {
    return slot != Table::kNone && open((*ways_)[slot].stages[stage], role.sequence, time);
  };
  if (sequences_[role.sequence]->sequence.by != Sequence::By::Ancestor) {
    const auto slot = ways_->find(*subject(role.sequence, event, scratch));
    return usable(slot) ? slot : Table::kNone;
  }
  Table::Slot best = Table::kNone;
  const Process* process = event.process;
  for (int level = 0; process != nullptr && level <= kMaxAncestors; ++level, process = process->parent) {
    const auto slot = ways_->find(process_key(role.sequence, event, *process));
    if (!usable(slot)) continue;
    if (best == Table::kNone || (*ways_)[slot].stages[stage].begin > (*ways_)[best].stages[stage].begin) best = slot;
  }
  return best;
}

// The way to a stage that began last is kept.
void Sequences::mark(const Role& role, const Key128& key, Stage stage) {
  auto slot = ways_->find(key);
  if (slot == Table::kNone) {
    slot = ways_->add(key, [&](Table::Slot oldest) {
      const Ways& ways = (*ways_)[oldest];
      const bool waited = std::any_of(ways.stages.begin(), ways.stages.end(), [&](const Stage& each) {
        return each.reached && stage.at <= each.begin + sequences_[ways.sequence]->sequence.within;
      });
      evicted_ += waited ? 1 : 0;
    });
    (*ways_)[slot].sequence = role.sequence;
  } else {
    ways_->renew(slot);
  }
  Stage& there = (*ways_)[slot].stages[role.stage];
  if (!there.reached || stage.begin >= there.begin) there = stage;
}

// ---- subjects ----

Key128 Sequences::process_key(std::size_t sequence, const Event& event, const Process& process) {
  bytes_.clear();
  append_bytes(bytes_, sequence);
  append_bytes(bytes_, event.origin);
  append_bytes(bytes_, process.key);
  return siphash(bytes_, secret_);
}

std::optional<Key128> Sequences::subject(std::size_t sequence, const Event& event, Scratch& scratch) {
  const Sequence& rule = sequences_[sequence]->sequence;
  switch (rule.by) {
    case Sequence::By::Process:
    case Sequence::By::Ancestor:
      return process_key(sequence, event, *event.process);
    case Sequence::By::Container:
      if (event.container == nullptr) return std::nullopt;
      break;
    case Sequence::By::Fields:
      break;
  }
  bytes_.clear();
  append_bytes(bytes_, sequence);
  append_bytes(bytes_, event.origin);
  if (rule.by == Sequence::By::Container) {
    bytes_ += event.container->full_id;
  } else {
    append_distinct(bytes_, rule.fields, event, scratch);
  }
  return siphash(bytes_, secret_);
}

}  // namespace picket
