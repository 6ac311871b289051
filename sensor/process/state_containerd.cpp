// SPDX-License-Identifier: Apache-2.0
//
// containerd: a bundle for each task, written before its process is made. Under Kubernetes the CRI plugin puts all that
// is asked here into the annotations; a container made by hand (ctr, nerdctl) has its labels there.
#include "sensor/process/state_readers.h"

namespace picket::state {
namespace {

constexpr std::string_view kDocker = "moby";  // dockerd's own namespace: read_docker knows more
constexpr std::size_t kMostNamespaces = 64;

}  // namespace

Problem read_containerd(const StateFiles& files, Container& container) {
  Problem problem = StateProblem::Missing;
  for (const std::string& name_space : files.list(kTasks, kMostNamespaces)) {
    if (name_space == kDocker) continue;
    const Document config = read_json(files, kTasks, {name_space, container.full_id, "config.json"});
    problem = config.problem;
    if (problem == StateProblem::Missing) continue;
    if (!problem) problem = take_oci(config.root(), container);
    if (problem == StateProblem::OtherCgroup) continue;  // the same name in another namespace
    if (!problem && container.name.empty()) container.name = container.full_id;
    return problem;
  }
  return problem ? problem : StateProblem::Missing;
}

}  // namespace picket::state
