// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/dns.h"

#include "rules/event/dns.h"

namespace picket {
namespace {

void append_answer(JsonWriter& json, const DnsAnswer& answer) {
  json.open('{').member("name", answer.owner.text());
  write_dns_type(json, answer.type);
  json.member("ttl", answer.ttl);
  if (answer.type == DnsMessage::kCname) {
    json.member("data", answer.target.text());
  } else {
    json.name("data").placed(kLongestAddress, [&answer](char* at) { return put_text(at, answer.address); });
  }
  json.close('}');
}

}  // namespace

// These texts are short: nothing is allocated.
void write_dns_type(JsonWriter& json, std::uint16_t type) {
  std::string text;
  append_dns_type(text, type);
  json.member("type", text);
}

void write_dns_rcode(JsonWriter& json, std::string_view member, unsigned rcode) {
  std::string text;
  append_dns_rcode(text, rcode);
  json.member(member, text);
}

void append_dns(JsonWriter& json, std::string_view bytes) {
  auto message = DnsMessage::open(bytes);
  if (!message) return;
  write_dns_rcode(json, "rcode", message->rcode());
  if (const auto question = message->question()) {
    json.name("question").open('{').member("name", question->name.text());
    write_dns_type(json, question->type);
    json.close('}');
  }
  json.name("answers").open('[');
  for (DnsAnswer answer; message->answer(answer);) append_answer(json, answer);
  json.close(']');
}

}  // namespace picket
