// SPDX-License-Identifier: Apache-2.0
//
// The list of programs against the skeleton, and the choice from it for kernels that are made up: their types are
// written here, function by function.
#include "sensor/kernel/programs.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "bpf/picket.skel.h"

namespace picket {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// ---- the list ----

std::set<std::string> skeleton_programs() {
  struct picket_bpf* skeleton = picket_bpf__open();  // reads the object; nothing reaches a kernel
  std::set<std::string> names;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj) names.insert(bpf_program__name(program));
  picket_bpf__destroy(skeleton);
  return names;
}

// What kernels of the full tier alone have.
constexpr std::string_view kLaterHelpers[] = {"BPF_FUNC_loop", "BPF_FUNC_ima_file_hash"};

bool is_for_later_kernels(const Program& program) {
  return program.name.ends_with("_7_0") ||
         std::find(std::begin(kLaterHelpers), std::end(kLaterHelpers), program.helper) != std::end(kLaterHelpers);
}

TEST(Programs, EachIsListedOnceAndTwiceInTheSkeleton) {
  std::set<std::string> expected = {"call_ends", "call_ends_older"};  // loaded once for each call: call_ends.h
  for (const Program& program : all_programs()) {
    EXPECT_TRUE(expected.insert(std::string(program.name)).second) << program.name;
    if (is_for_later_kernels(program)) continue;
    EXPECT_TRUE(expected.insert(std::string(program.name) + "_older").second) << program.name;
  }
  EXPECT_EQ(skeleton_programs(), expected);
}

// Programs for other kernels are next to their alternatives and of the same kind.
TEST(Programs, AlternativesExist) {
  for (const Program& program : all_programs()) {
    if (program.unless.empty()) continue;
    const auto all = all_programs();
    const auto other =
        std::find_if(all.begin(), all.end(), [&](const Program& each) { return each.name == program.unless; });
    ASSERT_NE(other, all.end()) << program.name;
    EXPECT_EQ(other->kind, program.kind) << program.name;
    EXPECT_TRUE(other->unless.empty()) << program.name << ": alternatives do not chain";
  }
}

TEST(Programs, EachSaysWhereItAttaches) {
  for (const Program& program : all_programs()) {
    const bool somewhere = !program.function.empty() || !program.tracepoint.empty();
    EXPECT_EQ(somewhere, program.stage != Stage::Snapshot) << program.name;
    EXPECT_TRUE(program.hook.empty() || !program.function.empty()) << program.name << ": no function calls the hook";
    EXPECT_TRUE(program.arguments < 0 || !program.function.empty()) << program.name;
  }
}

// ---- the choice ----

// A kernel with these functions, each with so many arguments, and these tracepoints.
struct Function {
  std::string name;
  int arguments;
};

KernelTypes kernel(const std::vector<Function>& functions, const std::vector<std::string>& tracepoints = {}) {
  struct btf* types = btf__new_empty();
  const int number = btf__add_int(types, "int", 4, BTF_INT_SIGNED);
  for (const Function& function : functions) {
    const int prototype = btf__add_func_proto(types, number);
    for (int i = 0; i < function.arguments; ++i) btf__add_func_param(types, "argument", number);
    btf__add_func(types, function.name.c_str(), BTF_FUNC_GLOBAL, prototype);
  }
  for (const std::string& name : tracepoints) btf__add_typedef(types, ("btf_trace_" + name).c_str(), number);
  return KernelTypes(types);
}

std::vector<std::string> chosen(const KernelTypes& types, Flavour flavour, KindSet kinds) {
  std::vector<std::string> names;
  for (const Program* program : choose_programs(types, flavour, kinds)) {
    if (program->stage == Stage::Hook) names.emplace_back(program->name);
  }
  return names;
}

const std::vector<std::string> kLifecycle = {"sched_process_fork", "sched_process_exec", "sched_process_exit"};

TEST(ChoosePrograms, OnlyTheKindsAskedForAndTheLifecycle) {
  const KernelTypes types = kernel({{"bpf_lsm_file_open", 1}, {"bpf_lsm_socket_connect", 3}}, kLifecycle);
  EXPECT_THAT(chosen(types, Flavour::Lsm, KindSet{}), IsEmpty());
  EXPECT_THAT(chosen(types, Flavour::Lsm, KindSet{Kind::open}), ElementsAre("file_open"));
  std::vector<Stage> stages;
  for (const Program* program : choose_programs(types, Flavour::Lsm, KindSet{})) stages.push_back(program->stage);
  EXPECT_THAT(stages,
              ElementsAre(Stage::Lifecycle, Stage::Lifecycle, Stage::Lifecycle, Stage::Lifecycle, Stage::Snapshot));
}

// A hook that the kernel has no BPF LSM for is observed where it is called.
TEST(ChoosePrograms, FlavourDecidesWhatHasToBeThere) {
  const KernelTypes hook = kernel({{"bpf_lsm_file_open", 1}}), function = kernel({{"security_file_open", 1}});
  EXPECT_THAT(chosen(hook, Flavour::Lsm, KindSet{Kind::open}), ElementsAre("file_open"));
  EXPECT_THAT(chosen(hook, Flavour::Function, KindSet{Kind::open}), IsEmpty());
  EXPECT_THAT(chosen(function, Flavour::Lsm, KindSet{Kind::open}), IsEmpty());
  EXPECT_THAT(chosen(function, Flavour::Function, KindSet{Kind::open}), ElementsAre("file_open"));
}

// 6.15 gave the hook one argument more.
TEST(ChoosePrograms, ByTheNumberOfArguments) {
  const KindSet kinds{Kind::bpf};
  for (const auto& [flavour, name] :
       {std::pair(Flavour::Lsm, "bpf_lsm_bpf"), std::pair(Flavour::Function, "security_bpf")}) {
    EXPECT_THAT(chosen(kernel({{name, 3}}), flavour, kinds), ElementsAre("bpf_command"));
    EXPECT_THAT(chosen(kernel({{name, 4}}), flavour, kinds), ElementsAre("bpf_command_of"));
    EXPECT_THAT(chosen(kernel({{name, 5}}), flavour, kinds), IsEmpty());
  }
}

TEST(ChoosePrograms, UnlessTheBetterOneFits) {
  const std::vector<Function> old = {{"__x64_sys_userfaultfd", 1}, {"__ia32_sys_userfaultfd", 1}};
  std::vector<Function> later = old;
  later.push_back({"new_userfaultfd", 1});
  const KindSet kinds{Kind::userfaultfd};
  EXPECT_THAT(chosen(kernel(old), Flavour::Lsm, kinds), ElementsAre("faults_call", "faults_compat"));
  EXPECT_THAT(chosen(kernel(later), Flavour::Lsm, kinds), ElementsAre("faults_new"));
}

// ---- what can be refused ----

// An open that would make a file is refused at one place and told at another: one alone will not do.
TEST(RefusableKinds, CreateNeedsItsHookAndTheEndOfTheOpen) {
  const std::vector<Function> seen = {{"bpf_lsm_file_open", 1}};
  for (const char* end : {"do_filp_open", "do_file_open"}) {
    std::vector<Function> functions = seen;
    EXPECT_EQ(refusable_kinds(kernel(functions), Flavour::Lsm), KindSet{Kind::open});
    functions.push_back({"bpf_lsm_path_mknod", 4});
    EXPECT_EQ(refusable_kinds(kernel(functions), Flavour::Lsm), (KindSet{Kind::open, Kind::mknod}));
    functions.push_back({end, 3});
    EXPECT_EQ(refusable_kinds(kernel(functions), Flavour::Lsm), (KindSet{Kind::open, Kind::mknod, Kind::create}));
    EXPECT_EQ(refusable_kinds(kernel(functions), Flavour::Function), KindSet{});
  }
}

// ---- what is missing ----

TEST(WithoutHook, IsWhatNoProgramFits) {
  const KernelTypes types = kernel({{"bpf_lsm_file_open", 1}}, {"io_uring_create"});
  const KindSet asked{Kind::open, Kind::io_uring, Kind::bpf, Kind::exec, Kind::loss};
  const KindSet missing = without_hook(types, Flavour::Lsm, asked);
  EXPECT_TRUE(missing.contains(Kind::bpf));
  for (const Kind kind : {Kind::open, Kind::io_uring, Kind::exec, Kind::loss}) EXPECT_FALSE(missing.contains(kind));
}

TEST(KernelTypes, WithoutTypesNothingFits) {
  const KernelTypes none(nullptr);
  EXPECT_FALSE(none.available());
  EXPECT_THAT(chosen(none, Flavour::Lsm, KindSet::all()), IsEmpty());
}

TEST(Programs, ProcessesAndCgroupsAreAlwaysSeen) {
  EXPECT_EQ(lifecycle_kinds(), (KindSet{Kind::fork, Kind::exec, Kind::exit, Kind::cgroup_mkdir, Kind::cgroup_rmdir}));
}

// Every kind has a program, or is one that the sensor makes itself.
TEST(Programs, EveryKindHasOne) {
  const KindSet made_by_sensor{Kind::loss, Kind::container, Kind::policy, Kind::result, Kind::other_name};
  KindSet programmed;
  for (const Program& program : all_programs()) programmed = programmed | KindSet{program.kind};
#define KIND(number, name, group, doc) \
  EXPECT_NE(programmed.contains(Kind::name), made_by_sensor.contains(Kind::name)) << #name;
#include "bpf/shared/kinds.def"
#undef KIND
}

}  // namespace
}  // namespace picket
