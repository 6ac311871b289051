// SPDX-License-Identifier: Apache-2.0
//
// The rings of bpf/lib/emit.bpf.h: made, mapped, waited for and read in order.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "rules/event/result.h"
#include "sensor/kernel/merge.h"
#include "sensor/kernel/pins.h"
#include "sensor/kernel/ring_plan.h"
#include "sensor/kernel/statistics.h"

namespace picket {

// Used from one thread.
class Rings {
 public:
  // Makes the rings and enters them into the array of maps, lifecycle ring first. Null and errno when the kernel
  // refuses.
  static std::unique_ptr<Rings> create(int array, const RingPlan& plan);

  // The same rings, of a sensor that has ended, for what is left in them. Null when one cannot be mapped.
  static std::unique_ptr<Rings> open(std::vector<Handle> rings);

  // Their descriptors, the lifecycle ring's first.
  std::vector<int> descriptors() const;

  // As KernelSide::drain() promises.
  Result<std::size_t> drain(int timeout_ms, const RecordHandler& handler, const BatchHandler& handled);

  // How full each is, the lifecycle ring first.
  std::vector<RingState> states() const;

  std::uint64_t reordered() const { return merge_->reordered(); }

 private:
  class Mapped;

  bool add(std::unique_ptr<Mapped> mapped);
  void start_reading();
  std::size_t take(const RecordHandler& handler, const BatchHandler& handled);

 public:
  Rings();
  ~Rings();

 private:
  int waiting_ = -1;  // epoll descriptor
  std::vector<std::unique_ptr<Mapped>> mapped_;
  std::optional<Merge> merge_;
};

}  // namespace picket
