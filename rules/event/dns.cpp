// SPDX-License-Identifier: Apache-2.0
#include "rules/event/dns.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "rules/event/text.h"

namespace picket {
namespace {

// The header: id, flags, and the numbers of records in the four sections.
constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kFlagsAt = 2, kQuestionsAt = 4, kAnswersAt = 6;
constexpr unsigned kResponse = 0x8000;

constexpr std::size_t kLongestName = 255;  // on the wire
constexpr unsigned kPointer = 0xc0;        // both bits of a length byte: the name goes on elsewhere
constexpr std::size_t kQuestionRest = 4;   // type, class
constexpr std::size_t kRecordRest = 10;    // type, class, ttl, size of the data
constexpr std::uint16_t kInternetClass = 1;

bool is_plain(unsigned char c) { return c > 0x20 && c < 0x7f && c != '.' && c != '\\'; }

struct Name {
  unsigned number;
  std::string_view text;
};

constexpr Name kTypes[] = {{1, "A"},     {2, "NS"},      {5, "CNAME"}, {6, "SOA"},    {12, "PTR"},   {15, "MX"},
                           {16, "TXT"},  {28, "AAAA"},   {33, "SRV"},  {35, "NAPTR"}, {43, "DS"},    {46, "RRSIG"},
                           {10, "NULL"}, {48, "DNSKEY"}, {64, "SVCB"}, {65, "HTTPS"}, {252, "AXFR"}, {255, "ANY"}};

constexpr Name kRcodes[] = {{0, "NOERROR"}, {1, "FORMERR"},  {2, "SERVFAIL"}, {3, "NXDOMAIN"}, {4, "NOTIMP"},
                            {5, "REFUSED"}, {6, "YXDOMAIN"}, {7, "YXRRSET"},  {8, "NXRRSET"},  {9, "NOTAUTH"}};

std::string_view name_of(std::span<const Name> names, unsigned number) {
  const auto found =
      std::find_if(names.begin(), names.end(), [number](const Name& row) { return row.number == number; });
  return found == names.end() ? std::string_view() : found->text;
}

}  // namespace

bool DnsName::add_label(std::string_view label) {
  constexpr std::size_t kEscaped = 4;
  if (size_ + label.size() * kEscaped + 1 > kLongest) return false;
  if (size_ > 0) text_[size_++] = '.';
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain(byte)) {
      text_[size_++] = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : c;
      continue;
    }
    text_[size_++] = '\\';
    for (const unsigned unit : {100u, 10u, 1u}) text_[size_++] = static_cast<char>('0' + byte / unit % 10);
  }
  return true;
}

std::optional<DnsMessage> DnsMessage::open(std::string_view bytes) {
  if (bytes.size() < kHeaderSize) return std::nullopt;
  DnsMessage message(bytes);
  if ((message.number16(kFlagsAt) & kResponse) == 0) return std::nullopt;
  message.at_ = kHeaderSize;
  message.questions_left_ = message.number16(kQuestionsAt);
  message.answers_left_ = message.number16(kAnswersAt);
  return message;
}

unsigned DnsMessage::rcode() const { return number16(kFlagsAt) & 15; }

std::uint16_t DnsMessage::number16(std::size_t at) const {
  const auto byte = [this, at](std::size_t i) { return static_cast<unsigned char>(bytes_[at + i]); };
  return static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
}

std::uint32_t DnsMessage::number32(std::size_t at) const {
  return static_cast<std::uint32_t>(number16(at)) << 16 | number16(at + 2);
}

// Moves `at` behind the name; `name` may be null. A pointer must lead to before the labels that led to it.
bool DnsMessage::read_name(std::size_t& at, DnsName* name) const {
  if (name != nullptr) name->size_ = 0;
  std::size_t place = at, start = at, size = 0;
  bool jumped = false;
  for (;;) {
    if (place >= bytes_.size()) return false;
    const auto length = static_cast<unsigned char>(bytes_[place]);
    if ((length & kPointer) == kPointer) {
      if (bytes_.size() - place < 2) return false;
      const std::size_t target = number16(place) & ~(kPointer << 8);
      if (!jumped) at = place + 2;
      if (target >= start) return false;
      jumped = true;
      place = start = target;
      continue;
    }
    if ((length & kPointer) != 0 || bytes_.size() - place <= length) return false;
    if ((size += length + 1u) > kLongestName) return false;
    if (length == 0) break;
    if (name != nullptr && !name->add_label(bytes_.substr(place + 1, length))) return false;
    place += length + 1u;
  }
  if (!jumped) at = place + 1;
  if (name != nullptr && name->size_ == 0) name->text_[name->size_++] = '.';
  return true;
}

bool DnsMessage::skip_questions(unsigned count) {
  for (; count > 0; --count, --questions_left_) {
    if (!read_name(at_, nullptr) || !has(kQuestionRest)) return false;
    at_ += kQuestionRest;
  }
  return true;
}

std::optional<DnsQuestion> DnsMessage::question() {
  DnsQuestion question;
  if (questions_left_ == 0) return std::nullopt;
  if (!read_name(at_, &question.name) || !has(kQuestionRest)) {
    answers_left_ = 0;
    return std::nullopt;
  }
  question.type = number16(at_);
  at_ += kQuestionRest;
  --questions_left_;
  return question;
}

// The data of an answer, which lies at at_. Returns whether it is one that is told.
bool DnsMessage::read_data(DnsAnswer& answer, std::size_t size) const {
  if (answer.type == kCname) {
    std::size_t place = at_;
    return read_name(place, &answer.target);
  }
  const std::size_t wanted = answer.type == kA ? 4 : answer.type == kAaaa ? 16 : 0;
  if (wanted == 0 || size != wanted) return false;
  answer.address = {};
  answer.address.family = answer.type == kA ? 4 : 6;
  std::memcpy(answer.address.bytes.data(), bytes_.data() + at_, wanted);
  return true;
}

bool DnsMessage::answer(DnsAnswer& answer) {
  if (!skip_questions(questions_left_)) return false;
  while (answers_left_ > 0) {
    --answers_left_;
    if (!read_name(at_, &answer.owner) || !has(kRecordRest)) break;
    answer.type = number16(at_);
    const bool internet = number16(at_ + 2) == kInternetClass;
    answer.ttl = number32(at_ + 4);
    const std::size_t size = number16(at_ + 8);
    at_ += kRecordRest;
    if (!has(size)) break;
    const bool told = internet && read_data(answer, size);
    at_ += size;
    if (told) return true;
  }
  answers_left_ = 0;
  return false;
}

std::string_view dns_type_name(std::uint16_t type) { return name_of(kTypes, type); }

std::string_view dns_rcode_name(unsigned rcode) { return name_of(kRcodes, rcode); }

void append_dns_type(std::string& out, std::uint16_t type) {
  const std::string_view name = dns_type_name(type);
  out += name.empty() ? "TYPE" : name;
  if (name.empty()) append_number(out, type);
}

void append_dns_rcode(std::string& out, unsigned rcode) {
  const std::string_view name = dns_rcode_name(rcode);
  out += name.empty() ? "RCODE" : name;
  if (name.empty()) append_number(out, rcode);
}

}  // namespace picket
