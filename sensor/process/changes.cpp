// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/changes.h"

#include <array>
#include <cstddef>

namespace picket {
namespace {

bool setuid(Process& process, const Event& event) {
  const auto& record = event.as<pk_setuid>();
  process.uid = record.effective_uid;
  process.real_uid = record.real_uid;
  process.cap_permitted = record.cap_permitted;
  process.cap_effective = record.cap_effective;
  return true;
}

bool setgid(Process& process, const Event& event) {
  const auto& record = event.as<pk_setgid>();
  process.gid = record.effective_gid;
  process.real_gid = record.real_gid;
  return true;
}

bool capset(Process& process, const Event& event) {
  const auto& record = event.as<pk_capset>();
  process.cap_permitted = record.permitted;
  process.cap_effective = record.effective;
  process.cap_inheritable = record.inheritable;
  return false;
}

// A pid namespace is its children's, not its own.
template <class Record>
bool namespaces(Process& process, const Event& event) {
  const auto& record = event.as<Record>();
  process.user_namespace = record.user_namespace;
  process.mount_namespace = record.mount_namespace;
  process.net_namespace = record.net_namespace;
  process.cgroup_namespace = record.cgroup_namespace;
  return false;
}

struct Row {
  Kind kind;
  Change change;
};

constexpr Row kRows[] = {
    {Kind::setuid, setuid},
    {Kind::setgid, setgid},
    {Kind::capset, capset},
    {Kind::setns, namespaces<pk_setns>},
    {Kind::unshare, namespaces<pk_unshare>},
};

// By kind: it is asked of every event, and nearly all say nothing.
constexpr auto kChanges = [] {
  std::array<Change, kKindEnd> changes{};
  for (const Row& row : kRows) changes[static_cast<std::size_t>(row.kind)] = row.change;
  return changes;
}();

}  // namespace

Change change_of(const Event& event) {
  const Change change = kChanges[static_cast<std::size_t>(event.kind())];
  if (change == nullptr) return nullptr;
  const pk_header& header = *event.header;
  const bool counts =
      header.error == 0 && header.tid == pk_key_pid(header.process) && (header.flags & PK_FLAG_io_worker) == 0;
  return counts ? change : nullptr;
}

}  // namespace picket
