// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/runtime_state.h"

#include "sensor/process/state_readers.h"

namespace picket {
namespace {

struct Reader {
  Runtime runtime;
  state::Problem (*read)(const StateFiles& files, Container& container);
  bool known_by_id;  // asked when only the id tells that it is a container
};

// CRI-O's and podman's containers lie in one directory: what one of them would take for its own, the other refuses.
constexpr Reader kReaders[] = {
    {Runtime::Containerd, state::read_containerd, true},
    {Runtime::Docker, state::read_docker, true},
    {Runtime::CriO, state::read_crio, true},
    {Runtime::Podman, state::read_podman, true},
    {Runtime::Runc, state::read_runc, true},
    {Runtime::Crun, state::read_crun, true},
    {Runtime::Lxc, state::read_lxc, false},
    {Runtime::Nspawn, state::read_nspawn, false},
};

// Where runtimes that put containers anywhere have a directory for each.
struct Place {
  Runtime runtime;
  std::string_view base;
};
constexpr Place kPlaces[] = {{Runtime::Runc, "/run/runc"}, {Runtime::Crun, "/run/crun"}};

}  // namespace

std::optional<CgroupContainer> RuntimeState::recognize(std::string_view path) const {
  for (const std::string_view id : possible_ids(path)) {
    for (const Place& place : kPlaces) {
      if (files_.has_directory(place.base, {id})) return CgroupContainer{place.runtime, std::string(id), {}, path};
    }
  }
  // ctr: /NAMESPACE/ID
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos || slash == 0) return std::nullopt;
  const std::string_view front = path.substr(0, slash), id = path.substr(slash + 1);
  const std::string_view name_space = front.substr(front.rfind('/') + 1);
  if (!files_.has_directory(state::kTasks, {name_space, id})) return std::nullopt;
  return CgroupContainer{Runtime::Containerd, std::string(id), {}, path};
}

std::optional<StateProblem> RuntimeState::read(Container& container) const {
  std::optional<StateProblem> problem = StateProblem::Missing;
  for (const Reader& reader : kReaders) {
    const bool wanted =
        container.runtime == Runtime::Unknown ? reader.known_by_id : container.runtime == reader.runtime;
    if (!wanted) continue;
    Container filled = container;
    filled.runtime = reader.runtime;
    const auto problem_here = reader.read(files_, filled);
    if (!problem_here) {
      container = std::move(filled);
      container.metadata = Metadata::Complete;
      return std::nullopt;
    }
    if (*problem_here != StateProblem::Missing) problem = problem_here;  // the more telling one
  }
  return problem;
}

}  // namespace picket
