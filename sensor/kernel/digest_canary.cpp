// SPDX-License-Identifier: Apache-2.0
//
// The program hangs on the LSM hook of ioctl, which comes before anybody looks at the command: of all the hooks in
// which a program may sleep and has a file that can be read, the one that takes the least to be called. Only our file
// is touched, since only we give that command: to read from others' would take from terminals what was typed.
#include "sensor/kernel/digest_canary.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>

#include "rules/event/descriptor.h"
#include "sensor/kernel/features.h"

namespace picket {
namespace {

constexpr const char* kHelper = "BPF_FUNC_ima_file_hash";
constexpr std::int64_t kSha256 = 4;  // of enum hash_algo
constexpr std::int64_t kNotCalled = INT64_MIN;

// When the command is this one, writes what bpf_ima_file_hash() says of the file into the map's only element.
int load_program(int map, int hook, int helper, std::int32_t command) {
  constexpr std::int16_t kDigest = -32;
  const std::array<bpf_insn, 12> instructions = {{
      {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = 8, .imm = 0},
      {.code = BPF_JMP32 | BPF_JNE | BPF_K, .dst_reg = 2, .src_reg = 0, .off = 8, .imm = command},
      {.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 1, .src_reg = 1, .off = 0, .imm = 0},
      {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 2, .src_reg = 10, .off = 0, .imm = 0},
      {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 2, .src_reg = 0, .off = 0, .imm = kDigest},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .src_reg = 0, .off = 0, .imm = -kDigest},
      {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = helper},
      {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_VALUE, .off = 0, .imm = map},
      {.code = 0, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},  // the second half of the one before
      {.code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = 1, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  }};
  if (hook <= 0) return -1;
  bpf_prog_load_opts options = {};
  options.sz = sizeof(options);
  options.expected_attach_type = BPF_LSM_MAC;
  options.attach_btf_id = static_cast<__u32>(hook);
  options.prog_flags = BPF_F_SLEEPABLE;
  return bpf_prog_load(BPF_PROG_TYPE_LSM, "picket_canary", "GPL", instructions.data(), instructions.size(), &options);
}

// What the helper returned of a file of ours: an algorithm or a negative errno.
std::int64_t try_helper(const KernelTypes& types, int helper) {
  const std::uint32_t only = 0;
  std::int64_t answer = kNotCalled;
  const auto command = static_cast<std::int32_t>(std::random_device()() | 1);
  const Descriptor map(bpf_map_create(BPF_MAP_TYPE_ARRAY, "picket_canary", sizeof only, sizeof answer, 1, nullptr));
  const Descriptor file(::memfd_create("picket-canary", MFD_CLOEXEC));
  if (map.get() < 0 || file.get() < 0 || ::write(file.get(), "canary", 6) != 6) return -errno;
  if (bpf_map_update_elem(map.get(), &only, &answer, BPF_ANY) != 0) return -errno;
  const Descriptor program(load_program(map.get(), types.function_id("bpf_lsm_file_ioctl"), helper, command));
  if (program.get() < 0) return -errno;
  const Descriptor attached(bpf_raw_tracepoint_open(nullptr, program.get()));
  if (attached.get() < 0) return -errno;
  ::ioctl(file.get(), static_cast<unsigned long>(static_cast<std::uint32_t>(command)), 0);
  return bpf_map_lookup_elem(map.get(), &only, &answer) == 0 ? answer : -errno;
}

}  // namespace

std::optional<Error> reason_without_digests(const KernelTypes& types) {
  const auto helper = types.enumerator("bpf_func_id", kHelper);
  if (!helper) {
    return Error{"this kernel computes no digests of files for BPF programs (bpf_ima_file_hash)",
                 "boot a kernel of 5.18 or later"};
  }
  const std::int64_t answer = try_helper(types, *helper);
  if (answer == kSha256) return std::nullopt;
  if (answer == -EOPNOTSUPP) {
    return Error{"this kernel computes no digests of files: it was built without IMA",
                 "boot a kernel built with CONFIG_IMA=y"};
  }
  if (answer >= 0) {
    return Error{"this kernel's IMA computes other digests than SHA-256", "add this boot parameter: ima_hash=sha256"};
  }
  return Error{
      "this kernel computes no digest of a file" +
          (answer == kNotCalled ? std::string() : ": " + std::string(strerrorname_np(static_cast<int>(-answer)))),
      "docs/kernels.md says what rules that decide by digests need"};
}

}  // namespace picket
