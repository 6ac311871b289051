// SPDX-License-Identifier: Apache-2.0
//
// DNS messages: what is read from good ones, and that bad ones end where they are bad.
#include "rules/event/dns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rules/event/catalogue.h"
#include "tests/support/fields.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using namespace std::string_literals;

std::string number16(unsigned number) { return {static_cast<char>(number >> 8), static_cast<char>(number)}; }

std::string head(unsigned flags, unsigned questions, unsigned answers) {
  return number16(7) + number16(flags) + number16(questions) + number16(answers) + number16(0) + number16(0);
}

std::string record(const std::string& owner, unsigned type, const std::string& data, unsigned ttl = 60) {
  return owner + number16(type) + number16(1) + number16(0) + number16(ttl) +
         number16(static_cast<unsigned>(data.size())) + data;
}

const std::string kName = "\3WwW\7example\3org\0"s;
const std::string kQuestion = kName + number16(1) + number16(1);
const std::string kHere = "\xc0\x0c"s;
constexpr unsigned kResponse = 0x8180;

// "question type rcode: owner type ttl data; ..."
std::string read(const std::string& bytes) {
  auto message = DnsMessage::open(bytes);
  if (!message) return "no response";
  std::string text;
  if (const auto question = message->question()) {
    append_dns_type(text.append(question->name.text()) += ' ', question->type);
  }
  append_dns_rcode(text += ' ', message->rcode());
  text += ':';
  for (DnsAnswer answer; message->answer(answer);) {
    append_dns_type(text.append(" ").append(answer.owner.text()) += ' ', answer.type);
    text += ' ' + std::to_string(answer.ttl) + ' ';
    if (answer.type == DnsMessage::kCname) {
      text += answer.target.text();
    } else {
      append_text(text, answer.address);
    }
    text += ';';
  }
  return text;
}

TEST(Dns, Messages) {
  const std::string ipv6 = "\x20\1\x0d\xb8"s + std::string(11, '\0') + "\1";
  struct Row {
    std::string bytes, text;
  };
  const Row rows[] = {
      {head(kResponse, 1, 1) + kQuestion + record(kHere, 1, "\1\2\3\4"),
       "www.example.org A NOERROR: www.example.org A 60 1.2.3.4;"},
      {head(kResponse, 1, 1) + kName + number16(28) + number16(1) + record(kHere, 28, ipv6, 5),
       "www.example.org AAAA NOERROR: www.example.org AAAA 5 2001:db8::1;"},
      {head(kResponse, 1, 2) + kQuestion + record(kHere, 5, "\5alias\xc0\x10"s) +
           record("\5alias\xc0\x10"s, 1, "\1\1\1\1"),
       "www.example.org A NOERROR: www.example.org CNAME 60 alias.example.org; alias.example.org A 60 1.1.1.1;"},
      // Records of other types, classes and sizes are passed over.
      {head(kResponse, 1, 4) + kQuestion + record(kHere, 16, "\3txt"s) + record(kHere, 1, "\1\2\3") + kHere +
           number16(1) + number16(3) + number16(0) + number16(1) + number16(4) + "\1\1\1\1" +
           record(kHere, 1, "\4\4\4\4"),
       "www.example.org A NOERROR: www.example.org A 60 4.4.4.4;"},
      {head(0x8183, 1, 0) + kQuestion, "www.example.org A NXDOMAIN:"},
      {head(0x818b, 1, 0) + "\0"s + number16(731) + number16(1), ". TYPE731 RCODE11:"},
      {head(kResponse, 0, 1) + record(kName, 1, "\1\2\3\4"), " NOERROR: www.example.org A 60 1.2.3.4;"},
      {head(kResponse, 2, 1) + kQuestion + kQuestion + record(kHere, 1, "\1\2\3\4"),
       "www.example.org A NOERROR: www.example.org A 60 1.2.3.4;"},
      {head(kResponse, 1, 0) + "\4a.\\\x01\0"s + number16(1) + number16(1), "a\\046\\092\\001 A NOERROR:"},
      {head(0x0100, 1, 0) + kQuestion, "no response"},
      {"", "no response"},
      {head(kResponse, 1, 0).substr(0, 11), "no response"},
  };
  for (const Row& row : rows) EXPECT_EQ(read(row.bytes), row.text);
}

TEST(Dns, HostileNames) {
  const auto question = [](const std::string& name) {
    return read(head(kResponse, 1, 0) + name + number16(1) + number16(1));
  };
  EXPECT_EQ(question("\xc0\x0c"s), " NOERROR:") << "a pointer to itself";
  EXPECT_EQ(question("\1a\xc0\x0c"s), " NOERROR:") << "to the label before it";
  EXPECT_EQ(question("\xc0\xff"s), " NOERROR:") << "to behind the end";
  EXPECT_EQ(question("\xc0\x0e\xc0\x0c"s), " NOERROR:") << "forwards";
  EXPECT_EQ(question("\x40"s + "a"), " NOERROR:") << "a kind of label that there is none of";
  std::string longest, too_long;
  for (int i = 0; i < 127; ++i) longest += "\1x";
  EXPECT_NE(question(longest + '\0'), " NOERROR:");
  EXPECT_EQ(question(longest + "\1x\0"s), " NOERROR:");
  std::string escaped;
  for (int i = 0; i < 3; ++i) escaped += '\x3f' + std::string(63, '\1');
  EXPECT_NE(question(escaped + "\x3d" + std::string(61, '\1') + '\0'), " NOERROR:") << "each byte escaped";
}

// However it is cut, and whichever byte of it is changed, no byte beyond is read (a sanitizer looks) and an end is
// found.
TEST(Dns, EveryCutAndEveryChange) {
  const std::string whole = head(kResponse, 1, 3) + kQuestion + record(kHere, 5, "\5alias\xc0\x10"s) +
                            record("\5alias\xc0\x10"s, 1, "\1\1\1\1") + record(kHere, 28, std::string(16, '\1'));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_LE(read(std::string(cut.begin(), cut.end())).size(), read(whole).size());
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char byte : {'\0', '\x3f', '\xc0', '\xff'}) {
      std::string changed = whole;
      changed[i] = byte;
      EXPECT_FALSE(read(changed).empty());
    }
  }
}

TEST(Dns, Fields) {
  Process process;
  test::Record<pk_dns> dns(Kind::dns);
  dns.text(&pk_dns::message,
           head(kResponse, 1, 2) + kQuestion + record(kHere, 1, "\1\2\3\4") + record(kHere, 1, "\5\6\7\x08"));
  const Event event = dns.event(process);
  test::expect(
      event,
      {{"dns.question", "www.example.org"}, {"dns.type", "A"}, {"dns.rcode", "NOERROR"}, {"dns.answers", "1.2.3.4"}});
  EXPECT_EQ(test::show_each("dns.answers", event), "1.2.3.4 5.6.7.8 ");
}

}  // namespace
}  // namespace picket
