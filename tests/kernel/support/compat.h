// SPDX-License-Identifier: Apache-2.0
//
// 32-bit system calls out of a 64-bit program, as old programs make them: int 0x80, which x86-64 kernels take from
// anybody. Their pointers have 32 bits.
#pragma once

#if defined(__x86_64__)
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace picket::test {

// A text that a 32-bit call can be pointed at. Stays until the process ends.
inline std::uint32_t low_text(const std::string& text) {
  void* low = mmap(nullptr, text.size() + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (low == MAP_FAILED) return 0;
  std::memcpy(low, text.c_str(), text.size() + 1);
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(low));
}

// The call's result: a negative errno when it failed.
inline int call_32(long number, std::uint32_t first, std::uint32_t second = 0, std::uint32_t third = 0,
                   std::uint32_t fourth = 0, std::uint32_t fifth = 0) {
  long result = number;
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(first), "c"(second), "d"(third), "S"(fourth), "D"(fifth)
               : "memory", "r8", "r9", "r10", "r11");
  return static_cast<int>(result);
}

}  // namespace picket::test
#endif
