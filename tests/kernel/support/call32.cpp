// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/call32.h"

#if defined(__x86_64__)

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>

namespace picket::test {

unsigned low(std::string_view bytes) {
  void* room = mmap(nullptr, bytes.size() + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (room == MAP_FAILED) {
    ADD_FAILURE() << "no memory below 4 GiB";
    return 0;
  }
  std::memcpy(room, bytes.data(), bytes.size());
  return static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(room));
}

long call32(long number, unsigned a, unsigned b, unsigned c, unsigned d, unsigned e) {
  long result = number;
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
               : "memory", "r8", "r9", "r10", "r11");
  return result;
}

}  // namespace picket::test

#endif
