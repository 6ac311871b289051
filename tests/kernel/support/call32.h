// SPDX-License-Identifier: Apache-2.0
//
// System calls of the 32-bit ABI, as an old program makes them (int 0x80), from this 64-bit one. x86 only.
#pragma once

#if defined(__x86_64__)

#include <string_view>

namespace picket::test {

// A copy of the bytes, with a NUL byte behind them, at an address that has 32 bits. Never freed.
unsigned low(std::string_view bytes);

// What the call returned: a negative errno when it failed. Unused arguments are 0.
long call32(long number, unsigned a = 0, unsigned b = 0, unsigned c = 0, unsigned d = 0, unsigned e = 0);

}  // namespace picket::test

#endif
