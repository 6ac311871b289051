// SPDX-License-Identifier: Apache-2.0
//
// Formats run for every alert: once the buffer and scratch have grown, they may not allocate.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "exporters/format/human.h"
#include "exporters/format/native.h"
#include "tests/support/sample.h"

namespace {
std::atomic<std::size_t> allocations{0};
}

// Counts what the whole test program allocates.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  std::abort();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace picket {
namespace {

TEST(Allocation, NoneWhenWarm) {
  test::SampleAlert sample;
  sample.process.cwd = "/not/\xff/text";
  std::string out;
  const auto write = [&] {
    out.clear();
    sample.scratch.clear();
    append_native_json(out, sample.alert(), sample.host, sample.scratch);
    append_human(out, sample.alert(), true, sample.scratch);
  };
  write();
  const std::size_t before = allocations;
  for (int i = 0; i < 100; ++i) write();
  EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace picket
