// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/compat.h"

#if defined(__x86_64__)

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

namespace picket::test {

std::uint32_t low_copy(const void* bytes, std::size_t size) {
  void* low = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (low == MAP_FAILED) std::abort();
  std::memcpy(low, bytes, size);
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(low));
}

std::uint32_t low_text(const std::string& text) { return low_copy(text.c_str(), text.size() + 1); }

int compat_call(int number, std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d, std::uint32_t e) {
  long result = number;
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
               : "memory", "r8", "r9", "r10", "r11");
  return static_cast<int>(result);
}

}  // namespace picket::test

#endif
