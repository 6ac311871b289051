// SPDX-License-Identifier: Apache-2.0
//
// verifier_cost OBJECT [older] [PREFIX...]: loads the BPF programs of an object one by one, those for kernels before
// 5.17 or the others, and prints what the running kernel's verifier says of each: name, instructions, instructions that
// it went through (its limit is 1,000,000), milliseconds. Only for virtual machines: run by verifier-cost.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view kOlder = "_older";
constexpr int kOnlyStatistics = 4;  // BPF_LOG_STATS

int be_quiet(enum libbpf_print_level /*level*/, const char* /*format*/, va_list /*arguments*/) { return 0; }

struct Selection {
  bool older = false;
  std::vector<std::string_view> prefixes;

  bool contains(std::string_view name) const {
    if (name.ends_with(kOlder) != older) return false;
    return prefixes.empty() || std::any_of(prefixes.begin(), prefixes.end(),
                                           [name](std::string_view prefix) { return name.starts_with(prefix); });
  }
};

std::vector<std::string> names(const char* path, const Selection& selection) {
  std::vector<std::string> all;
  bpf_object* object = bpf_object__open_file(path, nullptr);
  bpf_program* program = nullptr;
  if (object) bpf_object__for_each_program(program, object) {
      const char* name = bpf_program__name(program);
      if (selection.contains(name)) all.emplace_back(name);
    }
  bpf_object__close(object);
  return all;
}

// "processed N insns (limit ...": the verifier's own count.
long processed(const char* log) {
  const char* found = std::strstr(log, "processed ");
  return found ? std::atol(found + std::strlen("processed ")) : -1;
}

void measure(const char* path, const std::string& name) {
  static std::array<char, 1 << 16> log;
  log[0] = '\0';
  bpf_object* object = bpf_object__open_file(path, nullptr);
  if (!object) return;
  bpf_program* program = nullptr;
  bpf_program* chosen = nullptr;
  bpf_object__for_each_program(program, object) {
    const bool is = name == bpf_program__name(program);
    bpf_program__set_autoload(program, is);
    if (is) chosen = program;
  }
  bpf_program__set_log_level(chosen, kOnlyStatistics);
  bpf_program__set_log_buf(chosen, log.data(), log.size());
  if (bpf_map* rings = bpf_object__find_map_by_name(object, "rings")) bpf_map__set_max_entries(rings, 2);
  const auto began = std::chrono::steady_clock::now();
  const int code = bpf_object__load(object);
  const auto took = std::chrono::steady_clock::now() - began;
  std::printf("%s\t%zu\t%ld\t%ld%s%s\n", name.c_str(), bpf_program__insn_cnt(chosen), processed(log.data()),
              static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()),
              code == 0 ? "" : "\t", code == 0 ? "" : std::strerror(-code));
  std::fflush(stdout);
  bpf_object__close(object);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  Selection selection;
  for (int i = 2; i < count; ++i) {
    if (arguments[i] == kOlder.substr(1)) {
      selection.older = true;
    } else {
      selection.prefixes.emplace_back(arguments[i]);
    }
  }
  libbpf_set_print(be_quiet);
  for (const std::string& name : names(arguments[1], selection)) measure(arguments[1], name);
}
