// SPDX-License-Identifier: Apache-2.0
//
// Which rules are about which container, for the kernel: it is told for each cgroup the class that its container has in
// the policy image (rules/plan/containers.h), as soon as the container table knows it, and for other rules before they
// are in force, so that no container is in no class for a moment.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "rules/plan/plan.h"
#include "sensor/kernel/kernel.h"
#include "sensor/process/containers.h"

namespace picket {

// Used from one thread, that of the container table. Before the first rules are in force it only takes notes.
class ContainerScope {
 public:
  // Both must outlive it.
  ContainerScope(KernelSide& kernel, const ContainerTable& containers) : kernel_(kernel), containers_(containers) {}

  // What the container table has to say.
  void on_cgroup(std::uint64_t cgroup, CgroupNews news);

  // The plan's image is going to be in force: all that is known is told for it, too, and what becomes known from here
  // on. The classes are added to the plan's own image, of which a copy is to be put in force.
  void prepare(Plan& next);

  // It is in force; it must stay where it is until another one is.
  void change(std::uint32_t generation);

  // It is not going to be.
  void give_up();

 private:
  struct Rules {
    ContainerClasses* classes = nullptr;
    pk_image* image = nullptr;
    std::uint32_t generation = 0;

    bool any() const { return classes != nullptr && classes->any(); }
  };

  std::uint32_t class_of(std::uint64_t cgroup, const Rules& rules);
  void tell(std::uint64_t cgroup);
  void tell_all();

  KernelSide& kernel_;
  const ContainerTable& containers_;
  Rules current_, next_;
  std::unordered_map<std::uint64_t, bool> cgroups_;  // that are there, and whether they were ever a container's
  bool said_ = false;                                // that there is no more room
};

}  // namespace picket
