// SPDX-License-Identifier: Apache-2.0
//
// verifier_cost: loads the BPF programs that the sensor would load on this kernel for every kind of event, attaches
// none of them, and prints with which compiler they were made ("# clang 14") and what the kernel's verifier said of
// each: name, a tab, how many instructions it went through (it refuses a program after 1,000,000). Settings are those
// with which it has most to do. Only for virtual machines: run by run-cases.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "bpf/shared/environment.h"
#include "sensor/kernel/call_ends.h"
#include "sensor/kernel/part.h"
#include "sensor/kernel/programs.h"
#include "sensor/kernel/symbols.h"

namespace {

using namespace picket;

constexpr int kOnlyStatistics = 4;  // BPF_LOG_STATS
constexpr std::string_view kOlder = "_older";

struct Verified {
  std::string name;  // without the suffix of the older tier
  std::vector<char> log = std::vector<char>(4096);

  // "processed N insns (limit ...": the verifier's own count.
  long instructions() const {
    const char* found = std::strstr(log.data(), "processed ");
    return found ? std::atol(found + std::strlen("processed ")) : -1;
  }
};

struct Destroy {
  void operator()(struct picket_bpf* skeleton) const { picket_bpf__destroy(skeleton); }
};

void have_much_to_do(struct picket_bpf& skeleton, const Ground& ground) {
  const KernelSymbols symbols = find_memory_symbols();
  skeleton.rodata->vmemmap_base_at = symbols.at("vmemmap_base");
  skeleton.rodata->page_offset_base_at = symbols.at("page_offset_base");
  skeleton.rodata->env_count = PK_ENV_NAMES;
  skeleton.rodata->cgroup_subsystem = ground.cgroup_subsystem;
  skeleton.rodata->has_casts = ground.casts;
  skeleton.rodata->rename_lock_at = ground.rename_lock;
  skeleton.rodata->mount_lock_at = ground.mount_lock;
  bpf_map__set_max_entries(skeleton.maps.rings, 1 + ground.plan.count);
  bpf_map__set_autocreate(skeleton.maps.noted_digests, !ground.older);
}

Verified& choose(bpf_program& program, std::deque<Verified>& all) {
  std::string name = bpf_program__name(&program);
  if (name.ends_with(kOlder)) name.resize(name.size() - kOlder.size());
  Verified& verified = all.emplace_back(Verified{name});
  bpf_program__set_autoload(&program, true);
  bpf_program__set_log_level(&program, kOnlyStatistics);
  bpf_program__set_log_buf(&program, verified.log.data(), verified.log.size());
  return verified;
}

int fail(const char* what, int code) {
  std::fprintf(stderr, "verifier_cost: %s: %s\n", what, std::strerror(code));
  return 1;
}

}  // namespace

int main() {
  const KernelTypes types;
  if (!types.available()) return fail("the kernel does not describe its types", ENOTSUP);
  KernelOptions options;
  options.cgroup_controller = "pids";
  const Ground ground = find_ground(types, options);
  if (ground.flavour != Flavour::Lsm) return fail("the kernel does not run BPF LSM programs", ENOTSUP);

  const std::unique_ptr<struct picket_bpf, Destroy> skeleton(picket_bpf__open());
  if (skeleton == nullptr) return fail("opening the programs", errno);
  bpf_program* each = nullptr;
  bpf_object__for_each_program(each, skeleton->obj) bpf_program__set_autoload(each, false);
  have_much_to_do(*skeleton, ground);

  std::deque<Verified> all;  // libbpf keeps the addresses of the logs
  const auto find = [&](std::string_view name) {
    const std::string whole = std::string(name) + std::string(ground.older ? kOlder : "");
    return bpf_object__find_program_by_name(skeleton->obj, whole.c_str());
  };
  for (const Program* row : choose_programs(types, ground.flavour, KindSet::all())) choose(*find(row->name), all);
  const CallEnds ends = find_call_ends(types, KindSet::all());
  choose(*find("call_ends"), all);
  bpf_program__set_attach_target(find("call_ends"), 0, ends.functions.front().c_str());

  const auto began = std::chrono::steady_clock::now();
  const int code = picket_bpf__load(skeleton.get());
  const auto took = std::chrono::steady_clock::now() - began;
  if (code != 0) {
    for (const Verified& verified : all) {  // what was refused says why before it says how long it took
      const std::string_view log = verified.log.data();
      if (!log.empty() && !log.starts_with("verification"))
        std::fprintf(stderr, "%s: %s\n", verified.name.c_str(), log.data());
    }
    return fail("loading the programs", -code);
  }
  std::printf("# %s\n", PICKET_BPF_COMPILER);
  for (const Verified& verified : all) std::printf("%s\t%ld\n", verified.name.c_str(), verified.instructions());
  std::fprintf(stderr, "verifier_cost: %zu programs in %.1f s\n", all.size(),
               std::chrono::duration<double>(took).count());
}
