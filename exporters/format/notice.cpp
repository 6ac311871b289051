// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/notice.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "exporters/format/text.h"
#include "rules/event/time.h"

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

std::string_view notice_of(const Throttled& throttled, Scratch& scratch) {
  const auto offset = static_cast<std::uint64_t>(throttled.wall_clock_offset);
  char count[24], since[kRfc3339Size], until[kRfc3339Size];
  const auto count_end = std::to_chars(std::begin(count), std::end(count), throttled.count).ptr;
  put_rfc3339(since, throttled.since + offset);
  put_rfc3339(until, throttled.until + offset);
  const bool one = throttled.count == 1, key = !throttled.key.empty();
  const std::string_view parts[] = {
      {count, static_cast<std::size_t>(count_end - count)},
      one ? " alert of '" : " alerts of '",
      throttled.rule,
      key ? "' (" : "'",
      throttled.key,
      key ? ")" : "",
      one ? " was suppressed between " : " were suppressed between ",
      {since, sizeof since},
      " and ",
      {until, sizeof until},
  };
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  char* const text = scratch.room(size);
  char* end = text;
  for (const std::string_view part : parts) end = std::copy(part.begin(), part.end(), end);
  return {text, size};
}

}  // namespace picket
