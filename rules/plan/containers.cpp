// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/containers.h"

#include <algorithm>
#include <memory>

#include "rules/match/check.h"
#include "rules/plan/dependence.h"
#include "rules/plan/sample.h"

namespace picket {
namespace {

using planning::Predicate;
using planning::PredicateId;
using planning::Predicates;

// In the order of what an OR makes of two of them.
enum class Holds { No, Unknown, Yes };

Holds opposite(Holds one) { return static_cast<Holds>(static_cast<int>(Holds::Yes) - static_cast<int>(one)); }

bool follows_from_cgroup(const language::Node& check, Kind kind) {
  bool all = true;
  language::for_each_field(check, [&](const Field& field) {
    all = all && planning::dependence(field, kind)->shape == planning::Shape::Cgroup;
  });
  return all;
}

// What a predicate says of the container in an event.
class Question {
 public:
  Question(const Predicates& predicates, const Event& event)
      : predicates_(predicates),
        event_(event),
        all_known_(event.container == nullptr || event.container->metadata == Metadata::Complete) {}

  Holds ask(PredicateId id) {
    const Predicate& one = predicates_[id];
    if (one.op == Predicate::Op::Check) return ask(*one.check, one.kind);
    if (one.op == Predicate::Op::Not) return opposite(ask(one.parts.front()));
    const bool all = one.op == Predicate::Op::And;
    Holds found = all ? Holds::Yes : Holds::No;
    for (const PredicateId part : one.parts) found = all ? std::min(found, ask(part)) : std::max(found, ask(part));
    return found;
  }

 private:
  Holds ask(const language::Node& check, Kind kind) {
    if (!all_known_ && !follows_from_cgroup(check, kind)) return Holds::Unknown;
    scratch_.clear();
    return check_holds(check, event_, scratch_) ? Holds::Yes : Holds::No;
  }

  const Predicates& predicates_;
  const Event& event_;
  const bool all_known_;
  Scratch scratch_;
};

bool is_zero(const std::vector<std::uint64_t>& words) {
  return std::all_of(words.begin(), words.end(), [](std::uint64_t word) { return word == 0; });
}

}  // namespace

ContainerClasses::ContainerClasses(Predicates predicates, std::vector<Asked> asked, std::vector<std::uint64_t> rest,
                                   UnknownContainer unknown)
    : predicates_(std::move(predicates)),
      asked_(std::move(asked)),
      bits_(rest.size()),
      rest_(std::move(rest)),
      unknown_(unknown) {
  for (const Asked& one : asked_) bits_[one.bit / 64] |= 1ull << one.bit % 64;
}

void ContainerClasses::begin(pk_image& image) {
  if (!any()) return;
  image.subject.by_container = 1;
  Said nothing{Words(rest_.size()), Words(rest_.size())};
  for (std::size_t word = 0; word < rest_.size(); ++word) {
    nothing.row[word] = rest_[word] | bits_[word];
    if (unknown_ == UnknownContainer::Allow) nothing.unsure[word] = bits_[word];
  }
  add(nothing, image);
  add(ask(nullptr), image);  // neither has a place among the others: they are nobody else's
}

std::uint32_t ContainerClasses::class_of(const Container* container, pk_image& image) {
  if (!any()) return PK_CLASS_UNKNOWN;
  if (container == nullptr) return PK_CLASS_HOST;
  Said said = ask(container);
  if (const auto found = classes_.find(said); found != classes_.end()) return found->second;
  const std::uint32_t number = add(said, image);
  if (number != PK_CLASS_UNKNOWN) classes_.emplace(std::move(said), number);
  return number;
}

ContainerClasses::Said ContainerClasses::ask(const Container* container) const {
  Said said{rest_, Words(rest_.size())};
  std::unique_ptr<planning::Sample> sample;
  for (const Asked& one : asked_) {
    if (!sample || sample->event().kind() != one.kind) {
      sample = std::make_unique<planning::Sample>(one.kind);
      sample->set_container(container);
    }
    const Holds holds = Question(predicates_, sample->event()).ask(one.predicate);
    const std::uint64_t bit = 1ull << one.bit % 64;
    if (holds != Holds::No) said.row[one.bit / 64] |= bit;
    if (holds == Holds::Unknown && unknown_ == UnknownContainer::Allow) said.unsure[one.bit / 64] |= bit;
  }
  return said;
}

// The room was looked at.
std::uint32_t ContainerClasses::place(const Words& words, pk_image& image) {
  if (is_zero(words)) return PK_NONE;
  const auto [found, added] = rows_.try_emplace(words, static_cast<std::uint32_t>(image.used));
  if (added) {
    std::copy(words.begin(), words.end(), image.bits + image.used);
    image.used += words.size();
  }
  return found->second;
}

std::uint32_t ContainerClasses::add(const Said& said, pk_image& image) {
  pk_subject_plan& subject = image.subject;
  if (subject.classes == PK_CONTAINERS || image.used + 3 * rest_.size() > PK_BITS) return PK_CLASS_UNKNOWN;
  std::uint64_t live = 0;
  Words doubt(rest_.size());
  for (std::size_t word = 0; word < doubt.size(); ++word) {
    live |= std::uint64_t{said.row[word] != 0} << word;
    doubt[word] = bits_[word] & (~said.row[word] | said.unsure[word]);
  }
  const std::uint32_t number = subject.classes;
  image.containers[number] = {.live = live,
                              .row = place(said.row, image),
                              .unsure = place(said.unsure, image),
                              .doubt = place(doubt, image),
                              .unused = 0};
  __atomic_store_n(&subject.classes, number + 1, __ATOMIC_RELEASE);
  return number;
}

}  // namespace picket
