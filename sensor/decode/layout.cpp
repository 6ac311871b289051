// SPDX-License-Identifier: Apache-2.0
#include "sensor/decode/layout.h"

#include <array>
#include <cstddef>

namespace picket {
namespace {

#define FIELD(type, name, doc) \
  {#type, #name, offsetof(RECORD, name), sizeof(pk_##type), std::string_view(#type) == "text"},

#define RECORD pk_header
constexpr Member kHeader[] = {
#include "bpf/shared/fields/header.def"
};
#undef RECORD

#define RECORD pk_fork
constexpr Member kMembersOf_fork[] = {
#include "bpf/shared/fields/fork.def"
};
#undef RECORD

#define RECORD pk_exec
constexpr Member kMembersOf_exec[] = {
#include "bpf/shared/fields/exec.def"
};
#undef RECORD

#define RECORD pk_exit
constexpr Member kMembersOf_exit[] = {
#include "bpf/shared/fields/exit.def"
};
#undef RECORD

#define RECORD pk_open
constexpr Member kMembersOf_open[] = {
#include "bpf/shared/fields/open.def"
};
#undef RECORD

#define RECORD pk_connect
constexpr Member kMembersOf_connect[] = {
#include "bpf/shared/fields/connect.def"
};
#undef RECORD

#define RECORD pk_loss
constexpr Member kMembersOf_loss[] = {
#include "bpf/shared/fields/loss.def"
};
#undef RECORD

#define RECORD pk_cgroup_mkdir
constexpr Member kMembersOf_cgroup_mkdir[] = {
#include "bpf/shared/fields/cgroup_mkdir.def"
};
#undef RECORD

#define RECORD pk_cgroup_rmdir
constexpr Member kMembersOf_cgroup_rmdir[] = {
#include "bpf/shared/fields/cgroup_rmdir.def"
};
#undef RECORD

#define RECORD pk_container
constexpr Member kMembersOf_container[] = {
#include "bpf/shared/fields/container.def"
};
#undef RECORD
#undef FIELD

constexpr Layout kHeaderLayout = {sizeof(pk_header), kHeader};

// Indexed by kind. A kind without its list above does not compile.
constexpr auto kLayouts = [] {
  std::array<Layout, kKindEnd> layouts{};
#define KIND(number, name, group, doc) layouts[number] = {sizeof(pk_##name), kMembersOf_##name};
#include "bpf/shared/kinds.def"
#undef KIND
  return layouts;
}();

constexpr Layout kNone;

// Each member begins where the one before it ended, and the last ends the struct: bytes that no row names would carry
// whatever the kernel's memory held.
constexpr bool has_no_padding(const Layout& layout, std::size_t begin) {
  for (const Member& member : layout.members) {
    if (member.offset != begin) return false;
    begin += member.size;
  }
  return begin == layout.size;
}

static_assert(has_no_padding(kHeaderLayout, 0));
#define KIND(number, name, group, doc) static_assert(has_no_padding(kLayouts[number], sizeof(pk_header)), #name);
#include "bpf/shared/kinds.def"
#undef KIND

}  // namespace

const Layout& header_layout() { return kHeaderLayout; }

const Layout& layout_of(unsigned kind) { return kind < kLayouts.size() ? kLayouts[kind] : kNone; }

}  // namespace picket
