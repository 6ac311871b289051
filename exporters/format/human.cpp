// SPDX-License-Identifier: Apache-2.0
//
//   14:03:22.123Z  CRITICAL   Read of credential file by untrusted program              T1003.008
//                             cat[812] /usr/bin/cat "cat /etc/shadow"  user=root  parent=bash[640]  -> /etc/shadow
//                             by systemd[1] > sshd[600] > bash[640]
#include "exporters/format/human.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "exporters/format/loss.h"
#include "exporters/format/text.h"
#include "rules/event/dns.h"
#include "rules/event/endpoints.h"

namespace picket {
namespace {

constexpr std::string_view kIndent = "                          ";  // as wide as time and priority
constexpr std::size_t kLabelWidth = 11;
constexpr std::size_t kRuleWidth = 54;
constexpr std::size_t kLongestText = 240;  // bytes of a command line; paths are shown whole
constexpr std::size_t kWhole = 1u << 20;
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
constexpr std::string_view kBold = "1";
constexpr std::string_view kFaint = "2";
constexpr std::string_view kRed = "1;31";

// What could steer a terminal or fool its reader: controls (C0, DEL, C1), and what reorders or hides text.
bool is_harmful(char32_t code) {
  struct Range {
    char32_t first, last;
  };
  static constexpr Range kHarmful[] = {
      {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e},   {0x200b, 0x200f},
      {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
  };
  return std::any_of(std::begin(kHarmful), std::end(kHarmful),
                     [code](const Range& range) { return code >= range.first && code <= range.last; });
}

// \x1b, \u{00202e}
void append_escape(std::string& out, char32_t code) {
  const bool byte = code <= 0xff;
  out += byte ? "\\x" : "\\u{";
  for (int shift = byte ? 4 : 20; shift >= 0; shift -= 4) out += "0123456789abcdef"[code >> shift & 15];
  if (!byte) out += '}';
}

// One alert or loss, written for a person.
class HumanRecord {
 public:
  HumanRecord(std::string& out, const Event& event, bool colour) : out_(out), event_(event), colour_(colour) {}

  void write_alert(const Alert& alert);
  void write_loss();

 private:
  void write_head(const Look& look);
  void write_techniques(std::span<const std::string> tags, std::size_t rule_width);
  void write_actor(const Process& process);
  void write_lineage(const Process& process);
  void write_object();
  void write_path(const pk_text& path);
  void write_socket(const SocketInfo& socket);
  void write_end(const Endpoint& end);
  void write_answer(std::string_view bytes);
  void write_decision();
  void write_process_name(const Process& process);

  // Returns the number of columns, taking every character for one.
  std::size_t write_text(std::string_view text, std::size_t longest = kWhole);

  template <class Write>
  void with(std::string_view attributes, Write write) {
    if (colour_) out_.append("\x1b[").append(attributes).append("m");
    write();
    if (colour_) out_ += "\x1b[0m";
  }

  std::string& out_;
  const Event& event_;
  bool colour_;
};

void HumanRecord::write_alert(const Alert& alert) {
  write_head(kLooks[static_cast<std::size_t>(alert.priority)]);
  std::size_t width = 0;
  with(kBold, [&] { width = write_text(alert.rule); });
  write_techniques(alert.tags, width);
  out_ += '\n';

  out_ += kIndent;
  write_actor(*event_.process);
  write_object();
  write_decision();
  out_ += '\n';
  if (event_.process->parent != nullptr && event_.process->parent->parent != nullptr) write_lineage(*event_.process);
}

void HumanRecord::write_loss() {
  write_head(kLossLook);
  append_loss_message(out_, event_);
  out_ += '\n';
}

void HumanRecord::write_head(const Look& look) {
  const std::uint64_t time = event_.header->time + static_cast<std::uint64_t>(event_.wall_clock_offset);
  with(kFaint, [&] { append_time_of_day(out_, time); });
  out_ += "  ";
  with(look.attributes, [&] { out_ += look.label; });
  out_.append(kLabelWidth - look.label.size(), ' ');
}

// Tags of the form T1059 or T1059.004 are ATT&CK techniques: the one kind of tag that tells a reader what to look up.
void HumanRecord::write_techniques(std::span<const std::string> tags, std::size_t rule_width) {
  std::size_t blanks = 2 + (kRuleWidth - std::min(rule_width, kRuleWidth));
  for (const std::string_view tag : tags) {
    const bool digits = tag.size() >= 5 && tag[0] == 'T' && std::all_of(tag.begin() + 1, tag.end(), [](char c) {
                          return c == '.' || (c >= '0' && c <= '9');
                        });
    if (!digits) continue;
    out_.append(blanks, ' ');
    with(kFaint, [&] { out_ += tag; });
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
    write_text(process.cmdline, kLongestText);
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
  const Kind kind = event_.kind();
  const auto socket = socket_of(event_);
  if (!socket && kind != Kind::open && kind != Kind::dup && kind != Kind::dns) return;
  out_ += "  -> ";
  with(kBold, [&] {
    if (kind == Kind::dup) append_number(out_.append("descriptor "), event_.as<pk_dup>().new_descriptor);
    if (kind == Kind::dup) out_ += " = ";
    if (socket) return write_socket(*socket);
    if (kind == Kind::dns) return write_answer(event_.text(event_.as<pk_dns>().message));
    write_path(kind == Kind::dup ? event_.as<pk_dup>().path : event_.as<pk_open>().path);
  });
}

void HumanRecord::write_path(const pk_text& path) {
  if ((event_.header->flags & PK_FLAG_path_truncated) != 0) out_ += "...";
  write_text(event_.text(path));
}

// The remote end, with its name; the local one when there is no other.
void HumanRecord::write_socket(const SocketInfo& socket) {
  const auto& end = socket.remote ? socket.remote : socket.local;
  if (!end) {
    out_ += socket.family == AF_UNIX ? "unix:" : "family ";
    if (socket.family != AF_UNIX) append_number(out_, socket.family);
    write_text(socket.path);
    return;
  }
  write_end(*end);
  if (event_.host_name.empty()) return;
  out_ += " (";
  write_text(event_.host_name);
  out_ += ')';
}

void HumanRecord::write_end(const Endpoint& end) {
  if (end.address.family == 6) out_ += '[';
  append_text(out_, end.address);
  out_ += end.address.family == 6 ? "]:" : ":";
  append_number(out_, end.port);
}

// www.example.test A NOERROR 192.0.2.1 192.0.2.2
void HumanRecord::write_answer(std::string_view bytes) {
  auto message = DnsMessage::open(bytes);
  const auto question = message ? message->question() : std::nullopt;
  if (!question) return static_cast<void>(out_ += "DNS answer that cannot be read");
  write_text(question->name.text());
  append_dns_type(out_ += ' ', question->type);
  append_dns_rcode(out_ += ' ', message->rcode());
  for (DnsAnswer answer; message->answer(answer);) {
    if (answer.type != DnsMessage::kCname) append_text(out_ += ' ', answer.address);
  }
}

void HumanRecord::write_decision() {
  const std::int64_t error = -std::int64_t{event_.header->error};
  if (error == 0) return;
  out_ += "  ";
  with(kRed, [&] {
    const char* const name = strerrorname_np(static_cast<int>(error));
    out_.append("denied ").append(name != nullptr ? name : "");
  });
}

// Columns are set apart by two blanks, and a command line by quotation marks: neither can be counterfeited, because the
// second blank of a run and every quotation mark are escaped.
std::size_t HumanRecord::write_text(std::string_view text, std::size_t longest) {
  const std::size_t begin = out_.size();
  std::size_t columns = 0;
  for (std::size_t used = 0; used < text.size(); ++columns) {
    if (used >= longest) {
      out_ += "...";
      return columns + 3;
    }
    const Character character = first_character(text.substr(used));
    const bool second_blank = character.code == ' ' && out_.size() > begin && out_.back() == ' ';
    if (!character.valid || second_blank || is_harmful(character.code)) {
      append_escape(out_, character.code);
    } else {
      if (character.code == '\\' || character.code == '"') out_ += '\\';
      out_ += text.substr(used, character.size);
    }
    used += character.size;
  }
  return columns;
}

}  // namespace

void append_human(std::string& out, const Alert& alert, bool colour, Scratch& /*scratch*/) {
  HumanRecord(out, *alert.event, colour).write_alert(alert);
}

void append_human(std::string& out, const Event& event, bool colour, Scratch& /*scratch*/) {
  HumanRecord(out, event, colour).write_loss();
}

}  // namespace picket
