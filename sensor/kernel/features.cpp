// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/features.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <functional>
#include <string_view>

#include "rules/event/read_file.h"

namespace picket {
namespace {

// Loads a program that does nothing at a place where Picket's are attached, and attaches it nowhere. Some hosts allow
// programs of a type and refuse every place for them, so nothing less tells.
int try_program(enum bpf_prog_type type, enum bpf_attach_type attach_type, int place) {
  const std::array<bpf_insn, 2> instructions = {{
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  }};
  if (place <= 0) return ENOENT;
  bpf_prog_load_opts options = {};
  options.sz = sizeof(options);
  options.expected_attach_type = attach_type;
  options.attach_btf_id = static_cast<__u32>(place);
  const int descriptor = bpf_prog_load(type, "picket_probe", "GPL", instructions.data(), instructions.size(), &options);
  if (descriptor < 0) return errno;
  close(descriptor);
  return 0;
}

struct btf* running_kernel_types() {
  struct btf* const types = btf__load_vmlinux_btf();
  return libbpf_get_error(types) ? nullptr : types;
}

// What names are asked for of.
bool is_looked_for(const struct btf_type& type) {
  const auto kind = btf_kind(&type);
  return kind == BTF_KIND_FUNC || kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_ENUM;
}

std::size_t hash_of(std::string_view name) { return std::hash<std::string_view>()(name); }

}  // namespace

KernelTypes::KernelTypes() : KernelTypes(running_kernel_types()) {}

KernelTypes::KernelTypes(struct btf* types) : types_(types) {
  if (types_ == nullptr) return;
  const std::uint32_t count = btf__type_cnt(types_);
  places_.resize(std::bit_ceil(std::size_t{count} * 2));
  for (std::uint32_t id = 1; id < count; ++id) {
    const struct btf_type& type = *btf__type_by_id(types_, id);
    if (!is_looked_for(type)) continue;
    std::size_t place = hash_of(btf__name_by_offset(types_, type.name_off));
    while (places_[place & (places_.size() - 1)] != 0) ++place;
    places_[place & (places_.size() - 1)] = id;
  }
}

KernelTypes::~KernelTypes() { btf__free(types_); }

std::uint32_t KernelTypes::find(const std::string& name, std::uint32_t kind) const {
  if (types_ == nullptr) return 0;
  for (std::size_t place = hash_of(name);; ++place) {
    const std::uint32_t id = places_[place & (places_.size() - 1)];
    if (id == 0) return 0;
    const struct btf_type* const type = btf__type_by_id(types_, id);
    if (btf_kind(type) == kind && name == btf__name_by_offset(types_, type->name_off)) return id;
  }
}

bool KernelTypes::has_function(const std::string& name) const { return function_id(name) > 0; }

int KernelTypes::function_id(const std::string& name) const { return static_cast<int>(find(name, BTF_KIND_FUNC)); }

int KernelTypes::argument_count(const std::string& function) const {
  const std::uint32_t id = find(function, BTF_KIND_FUNC);
  if (id == 0) return -1;
  return btf_vlen(btf__type_by_id(types_, btf__type_by_id(types_, id)->type));
}

int KernelTypes::tracepoint_id(const std::string& name) const {
  return static_cast<int>(find("btf_trace_" + name, BTF_KIND_TYPEDEF));
}

bool KernelTypes::has_helper(const std::string& name) const { return enumerator("bpf_func_id", name).has_value(); }

std::optional<std::int32_t> KernelTypes::enumerator(const std::string& type_name, const std::string& name) const {
  const std::uint32_t id = find(type_name, BTF_KIND_ENUM);
  if (id == 0) return std::nullopt;
  const struct btf_type* type = btf__type_by_id(types_, id);
  const struct btf_enum* row = btf_enum(type);
  for (int i = 0; i < btf_vlen(type); ++i) {
    if (name == btf__name_by_offset(types_, row[i].name_off)) return row[i].val;
  }
  return std::nullopt;
}

int try_tracing_program(const KernelTypes& types) {
  return try_program(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, types.tracepoint_id("sched_process_fork"));
}

int try_function_program(const KernelTypes& types) {
  return try_program(BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, types.function_id("security_file_open"));
}

int try_lsm_program(const KernelTypes& types) {
  return try_program(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, types.function_id("bpf_lsm_file_open"));
}

int try_ring_buffer(const KernelTypes&) {
  const auto page = static_cast<__u32>(sysconf(_SC_PAGESIZE));
  const int descriptor = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "picket_probe", 0, 0, page, nullptr);
  if (descriptor < 0) return errno;
  close(descriptor);
  return 0;
}

std::string lockdown_mode() {
  const auto modes = read_file("/sys/kernel/security/lockdown", 4096);  // "none [integrity] confidentiality"
  if (!modes) return {};
  const auto open = modes->find('[');
  const auto close = modes->find(']');
  if (open == std::string::npos || close == std::string::npos) return {};
  const std::string mode = modes->substr(open + 1, close - open - 1);
  return mode == "none" ? std::string{} : mode;
}

}  // namespace picket
