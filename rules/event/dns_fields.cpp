// SPDX-License-Identifier: Apache-2.0
//
// dns.*: what a DNS answer says, read from the message when a rule or an output asks for it.
#include <charconv>

#include "rules/event/dns.h"
#include "rules/event/rows.h"

namespace picket::rows {
namespace {

constexpr KindSet kDns{Kind::dns};

std::optional<DnsMessage> message(const Event& event) {
  if (event.kind() != Kind::dns) return std::nullopt;
  return DnsMessage::open(event.text(event.as<pk_dns>().message));
}

// The name of a number, or the number behind a word: TYPE731.
Value named(std::string_view name, std::string_view word, unsigned number, Scratch& scratch) {
  if (!name.empty()) return name;
  constexpr std::size_t kDigits = 5;
  char* const text = scratch.room(word.size() + kDigits);
  char* const digits = text + word.copy(text, word.size());
  const char* const end = std::to_chars(digits, digits + kDigits, number).ptr;
  return std::string_view(text, static_cast<std::size_t>(end - text));
}

Value question(const Event& event, int, Scratch& scratch) {
  auto answer = message(event);
  const auto question = answer ? answer->question() : std::nullopt;
  return question ? Value{scratch.keep(question->name.text())} : Value{};
}

Value type(const Event& event, int, Scratch& scratch) {
  auto answer = message(event);
  const auto question = answer ? answer->question() : std::nullopt;
  return question ? named(dns_type_name(question->type), "TYPE", question->type, scratch) : Value{};
}

Value rcode(const Event& event, int, Scratch& scratch) {
  const auto answer = message(event);
  return answer ? named(dns_rcode_name(answer->rcode()), "RCODE", answer->rcode(), scratch) : Value{};
}

Value each_address(const Event& event, int position, Scratch&) {
  auto message_ = message(event);
  if (!message_) return {};
  message_->question();
  for (DnsAnswer answer; message_->answer(answer);) {
    if (answer.type != DnsMessage::kCname && position-- == 0) return answer.address;
  }
  return {};
}

Value first_address(const Event& event, int, Scratch& scratch) { return each_address(event, 0, scratch); }

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"dns.question", Type::Text, kNone, kDns,
     "The name that was asked for, in lower case and without a dot at the end; bytes that are not printable as \\DDD.",
     question},
    {"dns.type", Type::Text, kNone, kDns, "What was asked for: A, AAAA, CNAME, TXT, HTTPS...; TYPE731 without a name.",
     type},
    {"dns.rcode", Type::Text, kNone, kDns, "How the server answered: NOERROR, NXDOMAIN, SERVFAIL, REFUSED...", rcode},
    {"dns.answers", Type::Address, kNone, kDns,
     "The addresses in the answer: a comparison holds when it holds for any of them. Outputs show the first.",
     first_address, each_address},
};

}  // namespace

std::span<const Field> dns() { return kFields; }

}  // namespace picket::rows
