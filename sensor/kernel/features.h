// SPDX-License-Identifier: Apache-2.0
//
// Questions to the running kernel: what its BTF lists, and what it lets this process do. Nothing stays loaded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct btf;

namespace picket {

// The kernel's description of its own types (BTF), which every program is fitted to. Takes some megabytes: not to be
// kept.
class KernelTypes {
 public:
  KernelTypes();                            // of the running kernel; empty when it has none or they cannot be read
  explicit KernelTypes(struct btf* types);  // of any other; owned from here on, may be null
  ~KernelTypes();
  KernelTypes(const KernelTypes&) = delete;
  KernelTypes& operator=(const KernelTypes&) = delete;

  bool available() const { return types_ != nullptr; }
  bool has_function(const std::string& name) const;       // "bpf_lsm_file_open"
  int function_id(const std::string& name) const;         // of its type, for attaching; 0 or less: none
  int argument_count(const std::string& function) const;  // -1 when there is no such function
  int tracepoint_id(const std::string& name) const;       // "sched_process_exec"; 0 or less: none
  bool has_tracepoint(const std::string& name) const { return tracepoint_id(name) > 0; }
  bool has_helper(const std::string& name) const;  // "BPF_FUNC_loop"

  // The value of an enumerator, such as "pids_cgrp_id" of cgroup_subsys_id.
  std::optional<std::int32_t> enumerator(const std::string& type, const std::string& name) const;

 private:
  std::uint32_t find(const std::string& name, std::uint32_t kind) const;  // the first; 0: none

  struct btf* types_ = nullptr;
  // Types that are asked for by name, by its hash. btf__find_by_name_kind() goes through all 130,000 of a kernel for
  // each of the hundreds of names that are looked for.
  std::vector<std::uint32_t> places_;
};

// Each does it and takes it back. 0, or the errno with which the kernel refuses this process; ENOENT: it has no place
// for such a program.
int try_tracing_program(const KernelTypes& types);   // at a tracepoint
int try_function_program(const KernelTypes& types);  // at the end of a function
int try_lsm_program(const KernelTypes& types);
int try_ring_buffer(const KernelTypes& types);

// "integrity", "confidentiality"; empty when the kernel is not locked down.
std::string lockdown_mode();

}  // namespace picket
