// SPDX-License-Identifier: Apache-2.0
//
//   14:03:22.123Z  CRITICAL   Read of credential file by untrusted program              T1003.008
//                             cat[812] /usr/bin/cat "cat /etc/shadow"  user=root  parent=bash[640]  -> /etc/shadow
//                             by systemd[1] > sshd[600] > bash[640]
#include "exporters/format/human.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "exporters/format/notice.h"
#include "exporters/format/object.h"
#include "exporters/format/terminal.h"
#include "exporters/format/text.h"
#include "rules/event/outcome.h"

namespace picket {
namespace {

constexpr std::string_view kIndent = "                          ";  // as wide as time and priority
constexpr std::size_t kLabelWidth = 11;
constexpr std::size_t kRuleWidth = 54;
constexpr std::size_t kLongestText = 240;  // bytes of a command line; paths are shown whole
constexpr int kMaxLineage = 8;

// How each priority looks, in the order of Priority: the label, and its ANSI attributes.
struct Look {
  std::string_view label, attributes;
};
constexpr Look kLooks[] = {
    {"EMERGENCY", "1;97;41"}, {"ALERT", "1;97;41"}, {"CRITICAL", "1;31"}, {"ERROR", "31"},
    {"WARNING", "33"},        {"NOTICE", "36"},     {"INFO", "32"},       {"DEBUG", "2"},
};
static_assert(std::size(kLooks) == static_cast<std::size_t>(Priority::Debug) + 1);
constexpr Look kLossLook = {"LOSS", "1;35"};
constexpr Look kPolicyLook = {"POLICY", "36"};
constexpr Look kThrottledLook = {"THROTTLED", "33"};
constexpr Look kEnforcementLook = {"ENFORCING", "1;35"};
constexpr std::string_view kBold = "1";
constexpr std::string_view kFaint = "2";
constexpr std::string_view kRed = "1;31";

template <class Write>
void with(std::string& out, bool colour, std::string_view attributes, Write write) {
  if (colour) out.append("\x1b[").append(attributes).append("m");
  write();
  if (colour) out += "\x1b[0m";
}

// `time`: nanoseconds since 1970.
void append_head(std::string& out, bool colour, std::uint64_t time, const Look& look) {
  with(out, colour, kFaint, [&] { append_time_of_day(out, time); });
  out += "  ";
  with(out, colour, look.attributes, [&] { out += look.label; });
  out.append(kLabelWidth - look.label.size(), ' ');
}

// One alert or notice of the sensor, written for a person.
class HumanRecord {
 public:
  HumanRecord(std::string& out, const Event& event, bool colour) : out_(out), event_(event), colour_(colour) {}

  void write_alert(const Alert& alert);
  void write_notice();

 private:
  void write_head(const Look& look);
  void write_techniques(std::span<const Attack> attacks, std::size_t rule_width);
  void write_actor(const Process& process);
  void write_container(const Container& container);
  void write_lineage(const Process& process);
  void write_object();
  void write_decision();
  void write_process_name(const Process& process);

  void write_text(std::string_view text) { append_terminal_text(out_, text, kWholeText); }

  template <class Write>
  void with(std::string_view attributes, Write write) {
    picket::with(out_, colour_, attributes, write);
  }

  std::string& out_;
  const Event& event_;
  bool colour_;
};

void HumanRecord::write_alert(const Alert& alert) {
  write_head(kLooks[static_cast<std::size_t>(alert.priority)]);
  std::size_t width = 0;
  with(kBold, [&] { width = append_terminal_text(out_, alert.rule, kWholeText); });
  write_techniques(alert.attacks, width);
  out_ += '\n';

  out_ += kIndent;
  write_actor(*event_.process);
  if (event_.container != nullptr) write_container(*event_.container);
  write_object();
  write_decision();
  if (alert.throttled != 0) {
    out_ += "  (";
    append_number(out_, alert.throttled);
    out_ += alert.throttled == 1 ? " more like it was suppressed before)" : " more like it were suppressed before)";
  }
  out_ += '\n';
  if (event_.process->parent != nullptr && event_.process->parent->parent != nullptr) write_lineage(*event_.process);
}

void HumanRecord::write_notice() {
  write_head(event_.kind() == Kind::loss ? kLossLook : kPolicyLook);
  append_notice(out_, event_);
  out_ += '\n';
}

void HumanRecord::write_head(const Look& look) {
  append_head(out_, colour_, event_.header->time + static_cast<std::uint64_t>(event_.wall_clock_offset), look);
}

// ATT&CK techniques: the one kind of tag that tells a reader what to look up.
void HumanRecord::write_techniques(std::span<const Attack> attacks, std::size_t rule_width) {
  std::size_t blanks = 2 + (kRuleWidth - std::min(rule_width, kRuleWidth));
  for (const Attack& attack : attacks) {
    if (attack.finest().empty()) continue;
    out_.append(blanks, ' ');
    with(kFaint, [&] { out_ += attack.finest(); });
    blanks = 1;
  }
}

void HumanRecord::write_actor(const Process& process) {
  with(kBold, [&] { write_process_name(process); });
  if (!process.exe_path.empty()) {
    out_ += ' ';
    write_text(process.exe_path);
  }
  if (!process.cmdline.empty()) {
    out_ += " \"";
    append_terminal_text(out_, process.cmdline, kLongestText);
    out_ += '"';
  }
  out_ += "  user=";
  const std::string_view user = event_.names->user(event_.header->uid);
  if (user.empty()) {
    append_number(out_, event_.header->uid);
  } else {
    write_text(user);
  }
  if (process.parent == nullptr) return;
  out_ += "  parent=";
  write_process_name(*process.parent);
}

void HumanRecord::write_process_name(const Process& process) {
  write_text(process.comm.empty() ? std::string_view("?") : process.comm);
  out_ += '[';
  append_number(out_, process.pid);
  out_ += ']';
}

// container=NAME (IMAGE)  pod=NAMESPACE/NAME
void HumanRecord::write_container(const Container& container) {
  out_ += "  container=";
  write_text(container.name.empty() ? container.id : container.name);
  if (!container.image.name.empty()) {
    out_ += " (";
    write_text(container.image.name);
    out_ += ')';
  }
  if (container.pod.name.empty()) return;
  out_ += "  pod=";
  write_text(container.pod.name_space);
  out_ += '/';
  write_text(container.pod.name);
}

// From the oldest that is shown to the parent.
void HumanRecord::write_lineage(const Process& process) {
  std::array<const Process*, kMaxLineage> ancestors{};
  std::size_t count = 0;
  const Process* next = process.parent;
  for (; next != nullptr && count < ancestors.size(); next = next->parent) ancestors[count++] = next;
  out_ += kIndent;
  with(kFaint, [&] {
    out_ += next != nullptr ? "by ... > " : "by ";
    for (std::size_t i = count; i-- > 0;) {
      write_process_name(*ancestors[i]);
      if (i != 0) out_ += " > ";
    }
  });
  out_ += '\n';
}

// What it was done to. For fork, exec and exit that is the process itself.
void HumanRecord::write_object() {
  const std::size_t begin = out_.size();
  bool is_there = false;
  out_ += "  -> ";
  with(kBold, [&] { is_there = append_object(out_, event_); });
  if (!is_there) out_.resize(begin);
}

void HumanRecord::write_decision() {
  const unsigned decision = event_.header->decision;
  if (decision != PK_ALLOWED && decision != PK_DENIED) {
    out_ += "  ";
    return with(kRed, [&] { out_ += decision_name(decision); });
  }
  const Outcome outcome = outcome_of(event_);
  if (outcome.is != Outcome::Is::Failure) return;
  const bool denied = event_.header->error != 0 && event_.kind() != Kind::open_failed;
  out_ += "  ";
  with(kRed, [&] { out_.append(denied ? "denied " : "failed ").append(error_name(-*outcome.result)); });
}

}  // namespace

void append_human(std::string& out, const Alert& alert, bool colour, Scratch& /*scratch*/) {
  HumanRecord(out, *alert.event, colour).write_alert(alert);
}

void append_human(std::string& out, const Event& event, bool colour, Scratch& /*scratch*/) {
  HumanRecord(out, event, colour).write_notice();
}

void append_human(std::string& out, const Throttled& throttled, bool colour, Scratch& scratch) {
  append_head(out, colour, throttled.until + static_cast<std::uint64_t>(throttled.wall_clock_offset), kThrottledLook);
  std::string_view text = notice_of(throttled, scratch);
  append_terminal_text(out, text, kWholeText);
  out += '\n';
}

void append_human(std::string& out, const EnforcementChange& change, bool colour, Scratch& scratch) {
  append_head(out, colour, change.time + static_cast<std::uint64_t>(change.wall_clock_offset), kEnforcementLook);
  append_terminal_text(out, notice_of(change, scratch), kWholeText);
  out += '\n';
}

void append_human(std::string& out, const Undelivered& undelivered, bool colour, Scratch& scratch) {
  append_head(out, colour, undelivered.until + static_cast<std::uint64_t>(undelivered.wall_clock_offset), kLossLook);
  append_terminal_text(out, notice_of(undelivered, scratch), kWholeText);
  out += '\n';
}

}  // namespace picket
