// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/draft.h"

#include <algorithm>
#include <tuple>

namespace picket::planning {
namespace {

class Drafter {
 public:
  Drafter(const Policy& policy, const std::vector<bool>& exclusive, Draft& draft)
      : policy_(policy), exclusive_(exclusive), draft_(draft) {
    draft_.decider = std::make_unique<Decider>(draft_.predicates);
  }

  void run() {
    for (const Rule& rule : policy_.rules) conditions_.push_back(draft_.shared.add(*rule.condition));
    for (unsigned kind = 0; kind < kKindEnd; ++kind) {
      if (kDecidedKinds.contains(static_cast<Kind>(kind))) take_kind(static_cast<Kind>(kind));
    }
    ask();
    drop_what_is_settled();
    number();
  }

 private:
  // ---- conjuncts ----

  void collect(NodeId id) {
    if (seen_[id]) return;
    seen_[id] = true;
    const SharedConditions::Node& node = draft_.shared.nodes()[id];
    if (node.check != nullptr) return checks_.push_back(node.check);
    for (const NodeId child : draft_.shared.children(node)) collect(child);
  }

  void take_kind(Kind kind) {
    seen_.assign(draft_.shared.nodes().size(), false);
    checks_.clear();
    for (std::size_t rule = 0; rule < policy_.rules.size(); ++rule) {
      if (policy_.rules[rule].kinds.contains(kind)) collect(conditions_[rule]);
    }
    Decider& decider = *draft_.decider;
    decider.begin(kind, checks_);
    ConjunctMaker maker(draft_.shared, draft_.predicates, decider);
    for (std::uint32_t rule = 0; rule < policy_.rules.size(); ++rule) {
      if (!policy_.rules[rule].kinds.contains(kind)) continue;
      for (const Conjunct& one : maker.of(conditions_[rule])) {
        draft_.conjuncts.push_back({kind, rule, one, exclusive_[rule]});
      }
    }
    const auto keys = [&](Lane lane) -> LaneKeys& {
      return draft_.keys.try_emplace({static_cast<unsigned>(kind), lane}, lane).first->second;
    };
    for (Lane lane = 0; lane <= kCallLane; ++lane) {
      if (decider.numbers(lane).mask() != 0) keys(lane).set(decider.numbers(lane));
    }
    if (!decider.networks().keys().empty()) keys(kAddressLane).set(decider.networks());
    flags_ |= decider.numbers(kFlagsLane).mask();
  }

  // ---- what predicates say ----

  void ask() {
    if (flags_ != 0) draft_.keys.try_emplace({0, kFlagsLane}, kFlagsLane).first->second.set(NumberKeys(flags_));
    Scratch scratch;
    std::unique_ptr<Sample> sample;
    Kind of = Kind::open;
    for (const Drafted& one : draft_.conjuncts) {
      if (!sample || of != one.kind) sample = std::make_unique<Sample>(of = one.kind);
      for (const auto& [lane, predicate] : one.conjunct.asks) {
        if (lane == kContainerLane || draft_.truths.contains(predicate)) continue;
        LaneKeys& keys = draft_.keys.try_emplace(Draft::lane_id(one.kind, lane), lane).first->second;
        draft_.truths.emplace(predicate, keys.ask(draft_.predicates, predicate, *sample, scratch));
      }
    }
  }

  // Conjuncts that can never hold, and what of others always does.
  void drop_what_is_settled() {
    std::erase_if(draft_.conjuncts, [this](const Drafted& one) {
      return std::any_of(one.conjunct.asks.begin(), one.conjunct.asks.end(), [this](const auto& ask) {
        return ask.first != kContainerLane && draft_.truths.at(ask.second).never();
      });
    });
    for (Drafted& one : draft_.conjuncts) {
      std::erase_if(one.conjunct.asks, [this](const auto& ask) {
        return ask.first != kContainerLane && draft_.truths.at(ask.second).always(ask.first);
      });
    }
  }

  // ---- bits ----

  void number() {
    std::array<std::vector<Drafted*>, kKindEnd> by_kind;
    for (Drafted& one : draft_.conjuncts) by_kind[static_cast<std::size_t>(one.kind)].push_back(&one);
    std::array<std::uint32_t, kKindEnd> words{};
    for (std::size_t kind = 0; kind < kKindEnd; ++kind) {
      words[kind] = static_cast<std::uint32_t>(std::min<std::size_t>(PK_KIND_WORDS, (by_kind[kind].size() + 63) / 64));
    }
    shrink(words);
    std::uint32_t first = 0;
    for (std::size_t kind = 0; kind < kKindEnd; ++kind) {
      draft_.blocks[kind] = {first, words[kind]};
      if (words[kind] > 0) number(kind, by_kind[kind]);
      first += words[kind];
    }
    std::stable_sort(draft_.conjuncts.begin(), draft_.conjuncts.end(),
                     [](const Drafted& a, const Drafted& b) { return a.bit < b.bit; });
  }

  // The kinds with the most give way.
  static void shrink(std::array<std::uint32_t, kKindEnd>& words) {
    std::uint32_t sum = 0;
    for (const std::uint32_t each : words) sum += each;
    for (; sum > PK_POLICY_WORDS; --sum) --*std::max_element(words.begin(), words.end());
  }

  // In the order of the rules when they have one word. Else those of rules that deny come first, in that order, and of
  // the others those that ask the same lanes are together: for most events a lane then rules out whole words, which
  // nobody looks at. When there are too many, those of rules that deny have bits of their own; the others share what is
  // left.
  void number(std::size_t kind, std::vector<Drafted*>& all) {
    const Block& block = draft_.blocks[kind];
    const std::size_t room = block.words * std::size_t{64};
    const auto begin = static_cast<std::uint32_t>(block.first * 64);
    std::size_t own = all.size();
    if (all.size() > 64) {
      const auto others =
          std::stable_partition(all.begin(), all.end(), [](const Drafted* one) { return one->exclusive; });
      std::stable_sort(others, all.end(), ask_less);
      if (all.size() > room) own = std::min(static_cast<std::size_t>(others - all.begin()), room - 1);
    }
    for (std::size_t i = 0; i < own; ++i) all[i]->bit = begin + static_cast<std::uint32_t>(i);
    const std::size_t others = all.size() - own, places = room - own;
    draft_.crowded[kind] = others;
    for (std::size_t i = 0; i < others; ++i) {
      all[own + i]->bit = begin + static_cast<std::uint32_t>(own + i * places / others);
      all[own + i]->shared = true;
    }
  }

  // By the lanes, then by what is asked of them.
  static bool ask_less(const Drafted* a, const Drafted* b) {
    const auto &of_a = a->conjunct.asks, &of_b = b->conjunct.asks;
    const auto lane_less = [](const auto& one, const auto& other) { return one.first < other.first; };
    if (std::lexicographical_compare(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), lane_less)) return true;
    if (std::lexicographical_compare(of_b.begin(), of_b.end(), of_a.begin(), of_a.end(), lane_less)) return false;
    return of_a < of_b;
  }

  const Policy& policy_;
  const std::vector<bool>& exclusive_;
  Draft& draft_;
  std::vector<NodeId> conditions_;  // of the rules
  std::vector<bool> seen_;
  std::vector<const language::Node*> checks_;
  std::uint64_t flags_ = 0;  // of executables, that any kind asks about
};

}  // namespace

std::unique_ptr<Draft> draft(const Policy& policy, const std::vector<bool>& exclusive) {
  auto made = std::make_unique<Draft>();
  Drafter(policy, exclusive, *made).run();
  return made;
}

}  // namespace picket::planning
