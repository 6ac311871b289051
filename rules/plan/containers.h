// SPDX-License-Identifier: Apache-2.0
//
// Classes of containers: what the conditions say of a container, as rows of a policy image.
//
// The kernel knows a container by its cgroup and nothing of its image, labels or pod. So what conjuncts ask of
// containers (the container lane) is answered here, once for each container, by evaluating the conditions themselves;
// any operator will do. Containers of which all conjuncts say the same are one class, and the kernel is told the class
// of each cgroup.
//
// Of a container whose runtime's state has not been read (Metadata other than Complete) only what its cgroup tells is
// known: its id. What depends on more is unknown then: it may be met, so that the events reach user space, and refuses
// nothing, unless UnknownContainer says that it refuses as though it were met. The same holds for all that is asked
// about the container of a cgroup of which nothing is known, PK_CLASS_UNKNOWN.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "bpf/shared/policy.h"
#include "rules/event/container.h"
#include "rules/plan/predicate.h"

namespace picket {

enum class UnknownContainer { Allow, Deny };

// Not thread-safe. The conditions of the policy must outlive it.
class ContainerClasses {
 public:
  struct Asked {
    Kind kind;
    std::uint32_t bit;  // of the conjunct in the policy
    planning::PredicateId predicate;
  };

  // Words of the image that are left to rows of classes: at least 80 classes, however many conjuncts there are.
  static constexpr std::size_t kRoom = PK_BITS / 8;

  // `rest`: the bits that conjuncts have which ask nothing of containers; as many words as the policy has.
  ContainerClasses(planning::Predicates predicates, std::vector<Asked> asked, std::vector<std::uint64_t> rest,
                   UnknownContainer unknown);

  // Some conjunct asks about containers. Else there are no classes, and nobody need look for them.
  bool any() const { return !asked_.empty(); }

  // Writes the classes that every image has: the unknown one and the host's. Once, before the others.
  void begin(pk_image& image);

  // The class of a container, or (nullptr) of the host, for as long as `image` is in force. A new one is added to the
  // image behind what is there, so that it may be in use meanwhile. The image is always the same one, or a copy that
  // took its place. PK_CLASS_UNKNOWN when it has no more room.
  std::uint32_t class_of(const Container* container, pk_image& image);

 private:
  using Words = std::vector<std::uint64_t>;
  struct Said {
    Words row, unsure;
    auto operator<=>(const Said&) const = default;
  };

  Said ask(const Container* container) const;
  std::uint32_t place(const Words& words, pk_image& image);
  std::uint32_t add(const Said& said, pk_image& image);

  planning::Predicates predicates_;
  std::vector<Asked> asked_;  // by kind
  Words bits_;                // of all of them
  Words rest_;
  UnknownContainer unknown_;
  std::map<Words, std::uint32_t> rows_;    // where they are
  std::map<Said, std::uint32_t> classes_;  // their numbers
};

}  // namespace picket
