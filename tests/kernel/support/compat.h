// SPDX-License-Identifier: Apache-2.0
//
// 32-bit system calls, as an old program makes them, from the 64-bit test program. x86 only.
#pragma once

#if defined(__x86_64__)

#include <sys/mman.h>

#include <cstring>
#include <string_view>

namespace picket::test {

// The result, a negative errno when it failed. Further arguments are 0.
inline long compat_call(long number, long first = 0, long second = 0, long third = 0) {
  long result = number;
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(first), "c"(second), "d"(third), "S"(0L), "D"(0L)
               : "memory", "r8", "r9", "r10", "r11");
  return static_cast<int>(result);
}

// A copy of these bytes where a pointer of 32 bits reaches; never freed.
inline long low_copy(const void* bytes, std::size_t size) {
  void* low = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  std::memcpy(low, bytes, size);
  return reinterpret_cast<long>(low);
}
inline long low_copy(std::string_view text) { return low_copy(text.data(), text.size()); }

}  // namespace picket::test

#endif
