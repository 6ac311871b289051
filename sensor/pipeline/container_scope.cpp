// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/container_scope.h"

#include <spdlog/spdlog.h>

#include <cstring>
#include <utility>

namespace picket {

void ContainerScope::on_cgroup(std::uint64_t cgroup, CgroupNews news) {
  if (news == CgroupNews::Gone) {
    if (cgroups_.erase(cgroup) != 0) kernel_.forget_class(cgroup);
    return;
  }
  if (news == CgroupNews::Came) cgroups_.try_emplace(cgroup, false);
  if (cgroups_.contains(cgroup)) tell(cgroup);
}

void ContainerScope::prepare(Plan& next) {
  next_ = {next.containers.get(), next.image.get(), current_.generation + 1};
  said_ = false;
  tell_all();
}

void ContainerScope::change(std::uint32_t generation) {
  current_ = std::exchange(next_, {});
  current_.image = kernel_.image();
  current_.generation = generation;
}

void ContainerScope::give_up() {
  next_ = {};
  tell_all();
}

// A container that the table has forgotten, though its cgroup is there, is not taken for the host. Within a container
// everybody may call cgroups what they like: one that is named for another container counts as the one around it until
// a runtime's state says that it is right.
std::uint32_t ContainerScope::class_of(std::uint64_t cgroup, const Rules& rules) {
  const Container* container = containers_.find(cgroup);
  bool& was_container = cgroups_[cgroup];
  if (container == nullptr && was_container) return PK_CLASS_UNKNOWN;
  was_container = container != nullptr;
  if (container == nullptr) return PK_CLASS_HOST | (containers_.pending(cgroup) ? PK_SUPPOSED : 0);
  std::uint32_t supposed = 0;
  while (container->metadata != Metadata::Complete) {
    const Container* around = containers_.around(container->cgroup);
    if (around == nullptr) break;
    container = around;
    supposed = PK_SUPPOSED;
  }
  const std::uint32_t number = rules.classes->class_of(container, *rules.image);
  if (number == PK_CLASS_UNKNOWN && !std::exchange(said_, true)) {
    spdlog::warn("rules tell more containers apart than the kernel has room for: some are as unknown as new ones");
  }
  return number == PK_CLASS_UNKNOWN ? number : number | supposed;
}

void ContainerScope::tell(std::uint64_t cgroup) {
  pk_cgroup_class classes{};
  for (const Rules* rules : {&current_, &next_}) {
    if (rules->any()) classes.of[rules->generation & 1] = {rules->generation, class_of(cgroup, *rules)};
  }
  if (!current_.any() && !next_.any()) return;
  const int code = kernel_.set_class(cgroup, classes);
  if (code != 0 && !std::exchange(said_, true)) {
    spdlog::warn("the kernel could not be told of a container: {}", std::strerror(code));
  }
}

void ContainerScope::tell_all() {
  for (const auto& [cgroup, was_container] : cgroups_) tell(cgroup);
}

}  // namespace picket
