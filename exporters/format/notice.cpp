// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/notice.h"

#include "exporters/format/text.h"

namespace picket {
namespace {

void append_loss(std::string& out, const Event& event) {
  const auto& loss = event.as<pk_loss>();
  const auto offset = static_cast<std::uint64_t>(event.wall_clock_offset);
  append_number(out, loss.count);
  out += ' ';
  out += kind_name(static_cast<Kind>(loss.lost_kind));
  out += loss.count == 1 ? " event was lost between " : " events were lost between ";
  append_rfc3339(out, loss.since + offset);
  out += " and ";
  append_rfc3339(out, loss.until + offset);
}

void append_policy(std::string& out, const Event& event) {
  const auto& policy = event.as<pk_policy>();
  append_number(out, policy.rules);
  out += policy.rules == 1 ? " rule is in force, watching for " : " rules are in force, watching for ";
  append_number(out, policy.kinds);
  out += policy.kinds == 1 ? " kind of events" : " kinds of events";
  if (policy.observe_only != 0) out += "; nothing can be refused on this kernel";
}

}  // namespace

void append_notice(std::string& out, const Event& event) {
  if (event.kind() == Kind::loss) append_loss(out, event);
  if (event.kind() == Kind::policy) append_policy(out, event);
}

}  // namespace picket
