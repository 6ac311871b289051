// SPDX-License-Identifier: Apache-2.0
//
// The ends of system calls, for kinds of event whose outcome a rule asks for (bpf/lib/await.bpf.h): which functions of
// this kernel end the calls that such events come from, and one program at the end of each.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rules/event/event.h"
#include "sensor/kernel/features.h"

struct bpf_program;

namespace picket {

struct CallEnds {
  static constexpr std::size_t kCalls = 512;  // numbers of one ABI that there is room for, as RESULT_CALLS

  std::vector<std::string> functions;                     // no repeats
  std::array<std::uint64_t, 2 * kCalls / 64> calls = {};  // the system calls that they end, as result_calls has them

  bool empty() const { return functions.empty(); }
};

// For events of these kinds. Calls that this kernel does not have, or has under a name that is not known here, are left
// out: the outcome of what they do stays unknown.
CallEnds find_call_ends(const KernelTypes& types, KindSet kinds);

// The program at the end of every function. libbpf has loaded the one for the first; once attached, they go on without
// what that is a part of.
class CallEndPrograms {
 public:
  CallEndPrograms() = default;
  CallEndPrograms(const CallEndPrograms&) = delete;
  CallEndPrograms& operator=(const CallEndPrograms&) = delete;
  ~CallEndPrograms();

  CallEndPrograms(CallEndPrograms&& other) noexcept : ends_(std::exchange(other.ends_, {})) {}
  CallEndPrograms& operator=(CallEndPrograms&& other) noexcept {
    std::swap(ends_, other.ends_);
    return *this;
  }

  // `loaded` is the program for the first function, and the model of the others. Returns 0 or an errno.
  int load(const bpf_program& loaded, const KernelTypes& types, const CallEnds& ends);
  int attach();

  bool empty() const { return ends_.empty(); }
  bool has(const std::string& function) const;

  // Calls show(function, descriptor of its program) for each.
  template <class Show>
  void each(Show show) const {
    for (const End& end : ends_) show(end.function, end.program);
  }

  // Those at the ends of other functions: still attached, and out of this one.
  CallEndPrograms take_all_but(const std::vector<std::string>& functions);

 private:
  struct End {
    std::string function;
    int program = -1;  // descriptors, of its own; -1: none
    int link = -1;
  };
  std::vector<End> ends_;
};

}  // namespace picket
