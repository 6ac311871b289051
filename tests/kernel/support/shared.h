// SPDX-License-Identifier: Apache-2.0
//
// A number that a test shares with its children: how they tell a pid or a thread id.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <new>

#include "tests/kernel/support/wait.h"

namespace picket::test {

class Shared {
 public:
  Shared()
      : number_(new (mmap(nullptr, sizeof(std::atomic<long>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                          0)) std::atomic<long>(0)) {}
  ~Shared() { munmap(number_, sizeof(std::atomic<long>)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  void set(long number) { *number_ = number; }

  // Waits until somebody has set it; 0 when nobody does.
  long get() const {
    wait_until([this] { return *number_ != 0; });
    return *number_;
  }

 private:
  std::atomic<long>* number_;
};

}  // namespace picket::test
