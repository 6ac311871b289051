// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a DNS message: whatever is read of it must be whole, and reading must end.
#include <cstdlib>
#include <string>

#include "rules/event/dns.h"

namespace {

using namespace picket;

// A name as it is shown: never empty, no byte that is not printable.
void check(std::string_view name) {
  if (name.empty()) std::abort();
  for (const char c : name) {
    if (c <= 0x20 || c >= 0x7f) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of its own size, so that a sanitizer sees one byte too many being read.
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  auto message = DnsMessage::open(bytes);
  if (!message) return 0;
  std::string text;
  append_dns_rcode(text, message->rcode());
  if (const auto question = message->question()) {
    check(question->name.text());
    append_dns_type(text, question->type);
  }
  std::size_t answers = 0;
  for (DnsAnswer answer; message->answer(answer);) {
    check(answer.owner.text());
    if (answer.type == DnsMessage::kCname) check(answer.target.text());
    if (++answers > size / 11) std::abort();  // the shortest record
  }
  return 0;
}
