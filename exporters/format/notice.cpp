// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/notice.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>

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
  return join(parts, scratch);
}

namespace {

// A number as text, in place.
struct Digits {
  explicit Digits(std::uint64_t number) : end(std::to_chars(std::begin(text), std::end(text), number).ptr) {}
  std::string_view view() const { return {text, static_cast<std::size_t>(end - text)}; }

  char text[24];
  char* end;
};

std::string_view notice_of(const EnforcementChange& change, const Meanwhile& meanwhile, Scratch& scratch) {
  char since[kRfc3339Size];
  put_rfc3339(since, meanwhile.since + static_cast<std::uint64_t>(change.wall_clock_offset));
  const Digits refused(meanwhile.refused), recorded(meanwhile.recorded);
  const std::string_view parts[] = {
      "enforcement changed from ",
      change.from,
      " to ",
      change.to,
      " (",
      change.cause,
      "): ",
      meanwhile.counted ? refused.view() : "an unknown number of",
      meanwhile.counted && meanwhile.refused == 1 ? " operation was" : " operations were",
      " refused without a sensor",
      meanwhile.since == 0 ? "" : " since ",
      meanwhile.since == 0 ? "" : std::string_view(since, sizeof since),
      ", ",
      recorded.view(),
      " of them recorded",
  };
  return join(parts, scratch);
}

}  // namespace

std::string_view notice_of(const EnforcementChange& change, Scratch& scratch) {
  if (change.meanwhile != nullptr) return notice_of(change, *change.meanwhile, scratch);
  char until[kRfc3339Size], pid[12], uid[12];
  put_rfc3339(until, change.until + static_cast<std::uint64_t>(change.wall_clock_offset));
  const auto pid_end = std::to_chars(std::begin(pid), std::end(pid), change.pid).ptr;
  const auto uid_end = std::to_chars(std::begin(uid), std::end(uid), change.uid).ptr;
  const std::size_t timed = change.until != 0 ? 1 : 0, asked = change.pid != 0 ? 1 : 0;
  const std::size_t ordered = change.key.empty() ? 0 : 1;
  const auto only_if = [](std::size_t wanted, std::string_view text) { return text.substr(0, wanted * text.size()); };
  const std::string_view parts[] = {
      "enforcement changed from ",
      change.from,
      " to ",
      change.to,
      only_if(timed, " until "),
      only_if(timed, {until, sizeof until}),
      " (",
      change.cause,
      only_if(asked, " of "),
      only_if(asked, change.process),
      only_if(asked, ", pid "),
      only_if(asked, {pid, static_cast<std::size_t>(pid_end - pid)}),
      only_if(asked, ", uid "),
      only_if(asked, {uid, static_cast<std::size_t>(uid_end - uid)}),
      only_if(ordered, ", by an order of the key "),
      only_if(ordered, change.key),
      ")",
  };
  return join(parts, scratch);
}

// It comes once a minute at most: nobody minds what it allocates.
std::string_view notice_of(const Undelivered& undelivered, Scratch& scratch) {
  const auto offset = static_cast<std::uint64_t>(undelivered.wall_clock_offset);
  const bool one = undelivered.count == 1;
  std::string text;
  append_number(text, undelivered.count);
  text += one ? " message for '" : " messages for '";
  text.append(undelivered.output).append(one ? "' was dropped between " : "' were dropped between ");
  append_rfc3339(text, undelivered.since + offset);
  text += " and ";
  append_rfc3339(text, undelivered.until + offset);
  std::string_view before = ": ";
  for (const Undelivered::Cause& cause : undelivered.causes) {
    text.append(before).append(cause.text).append(" (");
    append_number(text, cause.count);
    text += ')';
    before = ", ";
  }
  return scratch.keep(text);
}

}  // namespace picket
