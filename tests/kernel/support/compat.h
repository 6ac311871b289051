// SPDX-License-Identifier: Apache-2.0
//
// System calls as 32-bit programs make them (x86: int 0x80), from this 64-bit one.
#pragma once

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>
#include <string>

namespace picket::test {

// A copy of the bytes at an address of 32 bits. Never given back: for children that end soon.
std::uint32_t low_copy(const void* bytes, std::size_t size);
std::uint32_t low_text(const std::string& text);  // with a NUL byte behind it

// The result, or a negative errno.
int compat_call(int number, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t c = 0, std::uint32_t d = 0,
                std::uint32_t e = 0);

}  // namespace picket::test

#endif
