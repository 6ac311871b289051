// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/dns.h"

#include "rules/event/dns.h"

namespace picket {
namespace {

void append_type(JsonWriter& json, std::uint16_t type) {
  json.name("type").composed([type](std::string& out) { append_dns_type(out, type); });
}

void append_answer(JsonWriter& json, const DnsAnswer& answer) {
  json.open('{').member("name", answer.owner.text());
  append_type(json, answer.type);
  json.member("ttl", answer.ttl);
  if (answer.type == DnsMessage::kCname) {
    json.member("data", answer.target.text());
  } else {
    json.name("data").composed([&answer](std::string& out) { append_text(out, answer.address); });
  }
  json.close('}');
}

}  // namespace

void append_dns(JsonWriter& json, std::string_view bytes) {
  auto message = DnsMessage::open(bytes);
  if (!message) return;
  json.name("rcode").composed([&message](std::string& out) { append_dns_rcode(out, message->rcode()); });
  if (const auto question = message->question()) {
    json.name("question").open('{').member("name", question->name.text());
    append_type(json, question->type);
    json.close('}');
  }
  json.name("answers").open('[');
  for (DnsAnswer answer; message->answer(answer);) append_answer(json, answer);
  json.close(']');
}

}  // namespace picket
