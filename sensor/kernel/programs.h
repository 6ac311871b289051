// SPDX-License-Identifier: Apache-2.0
//
// The BPF programs by name: what each is for, where it attaches, and on which kernels.
//
// Each exists twice in the skeleton, the second time with the suffix _older for kernels before 5.17 (bpf/lib).
//
// A program for an LSM hook serves two flavours. Where the kernel runs BPF LSM programs it is one. Where it does not
// (no `bpf` in its list of security modules) the same program is loaded as a tracing program for the end of the
// function that calls the hook, security_<hook>(): arguments and the position of the decision behind them are the same,
// only that then it observes what all modules together decided and cannot decide itself.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/event.h"
#include "sensor/kernel/features.h"

namespace picket {

enum class Stage { Lifecycle, Snapshot, Hook };

// How a program gets to the events of this kernel.
enum class Flavour { Lsm, Function };

struct Program {
  std::string_view name;
  Kind kind;
  Stage stage = Stage::Hook;

  // What has to be in the kernel: a hook of the LSM ("file_open") with the function that calls it, or a tracepoint or
  // function that the program's section names already.
  std::string_view hook = {};
  std::string_view function = {};
  std::string_view tracepoint = {};

  int arguments = -1;            // of that hook or function, when a later kernel has another number of them
  std::string_view helper = {};  // a BPF helper that came with what the program needs and BTF does not show
  std::string_view unless = {};  // not needed where this other program fits
  bool after = false;            // it is a hook's, but what it is about has been done
  bool refuses = false;          // there for what is refused alone: nothing for kernels without BPF LSM programs
  bool digests = false;          // it finds the digests that rules of its kind decide by
};

// All of them, in the order in which they are attached.
std::span<const Program> all_programs();

// What is always seen, whatever is asked for: processes and cgroups.
KindSet lifecycle_kinds();

// Whether this kernel has what the program attaches to.
bool fits(const Program& program, const KernelTypes& types, Flavour flavour);

// What to load on this kernel for these kinds, the lifecycle included.
std::vector<const Program*> choose_programs(const KernelTypes& types, Flavour flavour, KindSet kinds);

// The kinds that are seen on this kernel by hooks that can refuse, and by nothing else.
KindSet refusable_kinds(const KernelTypes& types, Flavour flavour);

// The kinds of `kinds` for which this kernel has no hook at all.
KindSet without_hook(const KernelTypes& types, Flavour flavour, KindSet kinds);

}  // namespace picket
