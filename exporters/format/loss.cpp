// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/loss.h"

#include "exporters/format/text.h"

namespace picket {

void append_loss_message(std::string& out, const Event& event) {
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

}  // namespace picket
