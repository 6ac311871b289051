// SPDX-License-Identifier: Apache-2.0
//
// picket record.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "rules/event/diagnostic.h"
#include "rules/event/outcome.h"
#include "sensor/cli/commands.h"
#include "sensor/cli/service.h"
#include "sensor/pipeline/sensor.h"

namespace picket::cli {
namespace {

std::vector<std::string_view> names_of_kinds() {
  std::vector<std::string_view> names;
#define KIND(number, name, group, doc) \
  if (kDone.contains(Kind::name)) names.push_back(#name);
#include "bpf/shared/kinds.def"
#undef KIND
  return names;
}

// Kinds that a kernel can be asked for.
Result<KindSet> parse_kinds(const std::vector<std::string>& names) {
  KindSet kinds;
  for (const std::string& name : names) {
    KindSet named;
#define KIND(number, known, group, doc) \
  if (name == #known && kDone.contains(Kind::known)) named = {Kind::known};
#include "bpf/shared/kinds.def"
#undef KIND
    if (named.empty()) {
      return Error{"there is no kind of event '" + name + "'", suggestion(name, names_of_kinds())};
    }
    kinds = kinds | named;
  }
  return kinds;
}

}  // namespace

ExitCode record(const Config& config, const RecordRequest& request) {
  Watch watch{kDone, kMadeBefore};
  Policy policy;
  if (!request.kinds.empty()) {
    const auto kinds = parse_kinds(request.kinds);
    if (!kinds) {
      say(kinds.error());
      return ExitCode::Usage;
    }
    watch = {*kinds, *kinds & kMadeBefore};
  }
  if (!request.rules.empty()) {
    LoadedPolicy loaded = load_policy(request.rules);
    if (!loaded.ok) return ExitCode::Rules;
    watch = {loaded.policy.kinds, loaded.policy.results};
    policy = std::move(loaded.policy);
  }
  return exit_code_of(
      record_events(config, std::move(policy), watch, request.output, PICKET_VERSION, handle_signals(false)));
}

}  // namespace picket::cli
