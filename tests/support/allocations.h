// SPDX-License-Identifier: Apache-2.0
//
// Counts what a test program allocates, by taking the place of operator new. Include it in one file of a program.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace picket::test {

inline std::atomic<std::size_t> allocations{0};

}  // namespace picket::test

// Not inline: a compiler that sees through one of a pair only takes them for mismatched.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++picket::test::allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  std::abort();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
[[gnu::noinline]] void* operator new[](std::size_t size) { return operator new(size); }
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
