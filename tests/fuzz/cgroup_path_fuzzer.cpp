// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a cgroup's path: what is found lies in the path and could be a file's name.
#include <cstdlib>

#include "sensor/process/cgroup_path.h"

namespace {

using namespace picket;

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view path(reinterpret_cast<const char*>(data), size);
  if (const auto found = parse_cgroup_path(path)) {
    expect(!found->id.empty() && found->id != "." && found->id != "..");
    expect(found->id.find_first_of(std::string_view("/\0", 2)) == found->id.npos);
    expect(found->pod_uid.size() <= 36);
    expect(path.starts_with(found->path));
    // The container's own cgroup is the same container.
    expect(parse_cgroup_path(found->path) == found);
  }
  for (const std::string_view id : possible_ids(path)) {
    expect(!id.empty() && id != "." && id != ".." && id.find('/') == id.npos);
  }
  const std::string real = cgroup_path_of(path);
  expect(real.empty() || real.front() == '/');
  return 0;
}
