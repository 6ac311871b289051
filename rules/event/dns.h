// SPDX-License-Identifier: Apache-2.0
//
// DNS messages as they come from the network (RFC 1035): what was asked, and what of the answer names addresses.
//
// The bytes are an attacker's. Every read is within the message; a name's pointers must each lead further to the front
// than everything read of it before, so that there is no loop; what cannot be read ends the message there, and what was
// read before it stands. Allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/event/value.h"

namespace picket {

// A name as text: labels joined by dots, without one at the end; the root is ".". ASCII letters are lower case (names
// are compared without regard to case). Bytes that are not printable ASCII, dots within a label, and backslashes are
// written \DDD, as in zone files.
class DnsName {
 public:
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  friend class DnsMessage;
  bool add_label(std::string_view label);

  static constexpr std::size_t kLongest = 1024;  // 255 bytes on the wire, all of them escaped
  std::array<char, kLongest> text_;
  std::size_t size_ = 0;
};

struct DnsQuestion {
  DnsName name;
  std::uint16_t type = 0;
};

struct DnsAnswer {
  DnsName owner;
  std::uint16_t type = 0;  // kA, kAaaa or kCname; others are passed over
  std::uint32_t ttl = 0;   // seconds
  Address address;         // of kA, kAaaa
  DnsName target;          // of kCname
};

// A cursor over one message, which must outlive it: the question first, then each answer.
class DnsMessage {
 public:
  static constexpr std::uint16_t kA = 1, kCname = 5, kAaaa = 28;

  // Anything that has a header of a response; nothing for other bytes.
  static std::optional<DnsMessage> open(std::string_view bytes);

  unsigned rcode() const;  // 0 no error, 3 no such name...

  // The first question; nothing when there is none or it cannot be read. Must be called before answer().
  std::optional<DnsQuestion> question();

  // The next answer of the types above; false at the end of what can be read.
  bool answer(DnsAnswer& answer);

 private:
  explicit DnsMessage(std::string_view bytes) : bytes_(bytes) {}

  std::uint16_t number16(std::size_t at) const;
  std::uint32_t number32(std::size_t at) const;
  bool has(std::size_t bytes) const { return bytes <= bytes_.size() - at_; }
  bool read_name(std::size_t& at, DnsName* name) const;
  bool skip_questions(unsigned count);
  bool read_data(DnsAnswer& answer, std::size_t size) const;

  std::string_view bytes_;
  std::size_t at_ = 0;  // never behind the end
  unsigned questions_left_ = 0;
  unsigned answers_left_ = 0;
};

// "A", "AAAA", "CNAME", "HTTPS"...; empty for types without a name here, which are shown as TYPE731.
std::string_view dns_type_name(std::uint16_t type);

// "NOERROR", "NXDOMAIN"...; empty for codes without a name here, which are shown as RCODE11.
std::string_view dns_rcode_name(unsigned rcode);

// Both as they are shown. Nothing in them needs an escape anywhere.
void append_dns_type(std::string& out, std::uint16_t type);
void append_dns_rcode(std::string& out, unsigned rcode);

}  // namespace picket
