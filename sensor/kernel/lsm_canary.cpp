// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/lsm_canary.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "rules/event/descriptor.h"
#include "sensor/kernel/features.h"

namespace picket {
namespace {

// Writes 1 into the map's only element and decides nothing. Any opening anywhere will do.
int load_program(int map, int hook) {
  const std::array<bpf_insn, 5> instructions = {{
      {.code = BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_VALUE, .off = 0, .imm = map},
      {.code = 0, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},  // the second half of the one before
      {.code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = 1, .src_reg = 0, .off = 0, .imm = 1},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  }};
  if (hook <= 0) return -1;
  bpf_prog_load_opts options = {};
  options.sz = sizeof(options);
  options.expected_attach_type = BPF_LSM_MAC;
  options.attach_btf_id = static_cast<__u32>(hook);
  return bpf_prog_load(BPF_PROG_TYPE_LSM, "picket_canary", "GPL", instructions.data(), instructions.size(), &options);
}

}  // namespace

bool lsm_programs_run(const KernelTypes& types) {
  const std::uint32_t only = 0;
  std::uint32_t called = 0;
  const Descriptor map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "picket_canary", sizeof only, sizeof called, 1, nullptr));
  if (map.get() < 0) return false;
  const Descriptor program(load_program(map.get(), types.function_id("bpf_lsm_file_open")));
  if (program.get() < 0) return false;
  const Descriptor attached(bpf_raw_tracepoint_open(nullptr, program.get()));
  if (attached.get() < 0) return false;
  const Descriptor opened(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return bpf_map_lookup_elem(map.get(), &only, &called) == 0 && called != 0;
}

}  // namespace picket
