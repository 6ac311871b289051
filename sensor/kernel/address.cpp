// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/address.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace picket {
namespace {

constexpr std::size_t kNameBytes = 16;
constexpr std::int16_t kName = -16, kAddress = -24;  // places on the program's stack

constexpr bpf_insn instruction(unsigned code, unsigned to, unsigned from, std::int16_t offset, std::int32_t number) {
  return {.code = static_cast<__u8>(code),
          .dst_reg = static_cast<__u8>(to & 15),
          .src_reg = static_cast<__u8>(from & 15),
          .off = offset,
          .imm = number};
}

// Writes the name to the stack, asks, and leaves the address in the first 8 bytes of the context, of which the program
// gets a copy that comes back.
std::array<bpf_insn, 17> program_for(std::string_view name) {
  std::array<std::int32_t, kNameBytes / 4> words{};
  std::memcpy(words.data(), name.data(), name.size());
  const auto store = [](std::int16_t at, std::int32_t word) {
    return instruction(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, at, word);
  };
  const auto point = [](unsigned to) { return instruction(BPF_ALU64 | BPF_MOV | BPF_X, to, BPF_REG_10, 0, 0); };
  const auto add = [](unsigned to, std::int32_t number) {
    return instruction(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, number);
  };
  const auto set = [](unsigned to, std::int32_t number) {
    return instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, number);
  };
  return {instruction(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0),
          store(kName, words[0]),
          store(kName + 4, words[1]),
          store(kName + 8, words[2]),
          store(kName + 12, words[3]),
          instruction(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, kAddress, 0),
          point(BPF_REG_1),
          add(BPF_REG_1, kName),
          set(BPF_REG_2, static_cast<std::int32_t>(name.size()) + 1),
          set(BPF_REG_3, 0),
          point(BPF_REG_4),
          add(BPF_REG_4, kAddress),
          instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_kallsyms_lookup_name),
          instruction(BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_10, kAddress, 0),
          instruction(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_6, BPF_REG_1, 0, 0),
          set(BPF_REG_0, 0),
          instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)};
}

}  // namespace

std::uint64_t kernel_address(std::string_view variable) {
  if (variable.size() >= kNameBytes) return 0;
  const auto program = program_for(variable);
  LIBBPF_OPTS(bpf_prog_load_opts, how, .prog_flags = BPF_F_SLEEPABLE);
  const int loaded =
      bpf_prog_load(BPF_PROG_TYPE_SYSCALL, "kernel_address", "GPL", program.data(), program.size(), &how);
  if (loaded < 0) return 0;
  std::uint64_t address = 0;
  LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &address, .ctx_size_in = sizeof address);
  const int code = bpf_prog_test_run_opts(loaded, &run);
  ::close(loaded);
  return code == 0 ? address : 0;
}

}  // namespace picket
