// SPDX-License-Identifier: Apache-2.0
//
// empty_hook HOOK: attaches a BPF program that does nothing to an LSM hook, says "attached", and detaches it when
// standard input ends. What a hook costs by itself is the floor for every sensor. Only for virtual machines.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const bpf_insn program[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  };
  LIBBPF_OPTS(bpf_prog_load_opts, options);
  options.expected_attach_type = BPF_LSM_MAC;
  const int target = libbpf_find_vmlinux_btf_id(arguments[1], BPF_LSM_MAC);
  options.attach_btf_id = target > 0 ? static_cast<unsigned>(target) : 0;
  const int loaded = bpf_prog_load(BPF_PROG_TYPE_LSM, "empty", "GPL", program, 2, &options);
  const int attached = loaded < 0 ? -1 : bpf_raw_tracepoint_open(nullptr, loaded);
  if (attached < 0) {
    std::perror("empty_hook");
    return 1;
  }
  std::puts("attached");
  std::fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  close(attached);
  return 0;
}
