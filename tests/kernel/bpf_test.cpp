// SPDX-License-Identifier: Apache-2.0
//
// bpf: commands with every wire field; and whose commands are events.
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/system_events.h"

namespace picket::test {
namespace {

int bpf(bpf_cmd command, bpf_attr attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

bpf_attr array_map(const char* name) {
  bpf_attr map{};
  map.map_type = BPF_MAP_TYPE_ARRAY;
  map.key_size = map.value_size = 4;
  map.max_entries = 1;
  std::string_view(name).copy(map.map_name, sizeof map.map_name);
  return map;
}

template <std::size_t N>
bpf_attr program(bpf_prog_type type, const char* name, const std::array<bpf_insn, N>& instructions) {
  bpf_attr program{};
  program.prog_type = type;
  program.insns = reinterpret_cast<std::uintptr_t>(instructions.data());
  program.insn_cnt = N;
  program.license = reinterpret_cast<std::uintptr_t>("GPL");
  std::string_view(name).copy(program.prog_name, sizeof program.prog_name);
  return program;
}

template <unsigned char kTo>
constexpr bpf_insn move(int value) {
  return {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = kTo, .src_reg = 0, .off = 0, .imm = value};
}

// A number of 4 (BPF_W) or 8 bytes (BPF_DW) onto the stack.
constexpr bpf_insn store(unsigned char size, short place, int value) {
  return {.code = static_cast<unsigned char>(BPF_ST | BPF_MEM | size),
          .dst_reg = BPF_REG_10,
          .src_reg = 0,
          .off = place,
          .imm = value};
}

constexpr bpf_insn kEnd = {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0};

constexpr std::array<bpf_insn, 2> kNothing = {move<BPF_REG_0>(0), kEnd};

// Before 5.11 maps and programs count as locked memory of their user, who has spent it all on the sensor's.
void allow_locked_memory() {
  const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
  EXPECT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &none));
}

Fields command(int number, int type = 0, const std::string& name = "<NA>") {
  return {{"bpf.command", std::to_string(number)}, {"bpf.type", std::to_string(type)}, {"bpf.name", name}};
}

TEST_F(SystemEvents, EveryWayAndWireFieldOfBpf) {
  allow_locked_memory();
  expect_ways("bpf", {
    {"a map",
     "bpf",
     SYS_bpf,
     [] { return bpf(BPF_MAP_CREATE, array_map("map_of_bpf_test")) < 0; },
     {command(0, BPF_MAP_TYPE_ARRAY, "map_of_bpf_test")}},
        {"a program",
         "bpf",
         SYS_bpf,
         [] { return bpf(BPF_PROG_LOAD, program(BPF_PROG_TYPE_SOCKET_FILTER, "filter", kNothing)) < 0; },
         {command(5, BPF_PROG_TYPE_SOCKET_FILTER, "filter")}},
        {"a name that does not end",
         "bpf",
         SYS_bpf,
         [] { return bpf(BPF_PROG_LOAD, program(BPF_PROG_TYPE_SOCKET_FILTER, "0123456789abcdef", kNothing)) >= 0; },
         {command(5, BPF_PROG_TYPE_SOCKET_FILTER, "0123456789abcde")}},
        {"neither", "bpf", SYS_bpf, [] { return bpf(BPF_MAP_LOOKUP_ELEM, {}) >= 0; }, {command(1)}},
#if defined(__x86_64__)
        {"32 bits",
         "bpf",
         357,
         [] {
           const bpf_attr map = array_map("low");
           return compat_call(357, BPF_MAP_CREATE, low_copy(&map, sizeof map), sizeof map) < 0;
         },
         {command(0, BPF_MAP_TYPE_ARRAY, "low")},
         true},
#endif
  });
}

// What a light skeleton does: a program of type syscall makes a map. For the kernel that command is its own.
int make_map_by_program() {
  constexpr short kArguments = -72;
  const std::array<bpf_insn, 17> instructions = {
      store(BPF_W, kArguments, BPF_MAP_TYPE_ARRAY),
      store(BPF_W, -68, 4),  // size of its keys
      store(BPF_W, -64, 4),  // and values
      store(BPF_W, -60, 1),  // how many there are
      store(BPF_DW, -56, 0),
      store(BPF_DW, -48, 0),
      store(BPF_DW, -40, 0),
      store(BPF_DW, -32, 0),
      store(BPF_DW, -24, 0),
      store(BPF_DW, -16, 0),
      store(BPF_DW, -8, 0),
      move<BPF_REG_1>(BPF_MAP_CREATE),
      {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10, .off = 0, .imm = 0},
      {.code = BPF_ALU64 | BPF_ADD, .dst_reg = BPF_REG_2, .src_reg = 0, .off = 0, .imm = kArguments},
      move<BPF_REG_3>(-kArguments),
      {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = BPF_FUNC_sys_bpf},
      kEnd,
  };
  bpf_attr load = program(BPF_PROG_TYPE_SYSCALL, "maker", instructions);
  load.prog_flags = BPF_F_SLEEPABLE;
  const int loaded = bpf(BPF_PROG_LOAD, load);
  if (loaded < 0) return errno;
  bpf_attr run{};
  run.test.prog_fd = static_cast<unsigned>(loaded);
  return bpf(BPF_PROG_TEST_RUN, run) == 0 ? 0 : errno;
}

TEST_F(SystemEvents, CommandsOfABpfProgram) {
  allow_locked_memory();
  Child child(make_map_by_program);
  child.go();
  std::vector<Fields> expected = {command(BPF_PROG_LOAD, BPF_PROG_TYPE_SYSCALL, "maker")};
  const int result = child.wait();
  if (result == 0) {  // before 5.14 there are no such programs
    expected.push_back(command(BPF_PROG_TEST_RUN));
    expected.push_back(command(BPF_MAP_CREATE, BPF_MAP_TYPE_ARRAY));
  } else {
    EXPECT_EQ(EINVAL << 8, result);
  }
  for (const Fields& event : expected) {
    const Fields actual = wire_fields(sensor().next_alert("bpf", child.pid()));
    for (const auto& [name, value] : event) EXPECT_EQ(value, actual.at(name)) << name;
  }
}

// A sensor reads its counters every second: that is news to others, never to itself.
TEST(Bpf, SensorDoesNotReportItself) {
  allow_locked_memory();
  Sensor first({.rules = wire_rule("bpf", "bpf", "bpf.command exists")});
  Sensor second({.rules = wire_rule("bpf", "bpf", "bpf.command = 1")});
  first.next_alert("bpf", second.pid());
  second.next_alert("bpf", first.pid());
  EXPECT_EQ(0, second.stop());
  EXPECT_EQ(0, first.stop());
  for (const Json& alert : first.alerts()) EXPECT_NE(first.pid(), pid_of(alert)) << alert;
  for (const Json& alert : second.alerts()) EXPECT_NE(second.pid(), pid_of(alert)) << alert;
}

}  // namespace
}  // namespace picket::test
