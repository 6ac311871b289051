// SPDX-License-Identifier: Apache-2.0
//
// What operations.cpp executes: a program that ends with its first instructions, so that what is measured is the
// kernel.
extern "C" [[noreturn]] void _start() {
  asm volatile("mov $60, %eax\n\txor %edi, %edi\n\tsyscall");  // exit(0)
  __builtin_unreachable();
}
