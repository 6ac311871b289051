// SPDX-License-Identifier: Apache-2.0
//
// A part of the kernel side: one load of the skeleton with some of its programs. The first part makes the maps; when
// other rules need more programs, those come as further parts that use the first one's maps, rings and variables.
#pragma once

#include <bpf/libbpf.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "bpf/shared/wire.h"  // which the skeleton's variables need
//
#include "bpf/picket.skel.h"
#include "sensor/kernel/call_ends.h"
#include "sensor/kernel/kernel.h"
#include "sensor/kernel/programs.h"
#include "sensor/kernel/ring_plan.h"

namespace picket {

// What is the same for all parts on this kernel.
struct Ground {
  KernelOptions options;
  RingPlan plan;
  bool older = false;  // the programs for kernels before 5.17
  bool casts = false;  // bpf_rdonly_cast() is there (6.2)
  // Of rename_lock and mount_lock (bpf/lib/directories.bpf.h); 0: not asked for without casts, or not told.
  std::uint64_t rename_lock = 0, mount_lock = 0;
  Flavour flavour = Flavour::Lsm;
  int cgroup_subsystem = -1;  // whose hierarchy counts; -1: the unified one
  KindSet refusable;          // the kinds whose operations programs can refuse
};

Ground find_ground(const KernelTypes& types, const KernelOptions& options);

struct DestroyLink {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, DestroyLink>;

Error kernel_failure(const std::string& what, int code);

class Part {
 public:
  // Loads the programs, and those for the ends of calls. `first` is null for the first part itself; otherwise it must
  // outlive the call only. Nothing is attached.
  static std::variant<std::unique_ptr<Part>, KernelError> load(const KernelTypes& types, const Ground& ground,
                                                               std::span<const Program* const> programs,
                                                               const CallEnds& ends, const Part* first);

  bpf_program* program(std::string_view name) const;
  Result<Link> attach(std::string_view name) const;

  // The programs at the ends of calls, to be attached by whoever takes them, while the part is there.
  CallEndPrograms& call_ends() { return call_ends_; }

  struct picket_bpf& skeleton() const {
    return *skeleton_;
  }

 private:
  struct Destroy {
    void operator()(struct picket_bpf* skeleton) const { picket_bpf__destroy(skeleton); }
  };

  explicit Part(bool older) : skeleton_(picket_bpf__open()), older_(older) {}
  int configure(const Ground& ground, std::span<const Program* const> programs, const CallEnds& ends, bool first);
  int configure_call_ends(const CallEnds& ends);
  int share(const Part& first);

  std::unique_ptr<struct picket_bpf, Destroy> skeleton_;
  bool older_;
  CallEndPrograms call_ends_;
};

}  // namespace picket
