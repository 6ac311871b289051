// SPDX-License-Identifier: Apache-2.0
//
// Values as text, and the memory for text that accessors compute.
#include "rules/event/value.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace picket {
namespace {

// One overload for each alternative of Value.
struct TextOf {
  char* room;
  std::string_view operator()(std::monostate) const { return "<NA>"; }
  std::string_view operator()(std::string_view text) const { return text; }
  std::string_view operator()(std::int64_t number) const { return {room, put_decimal(room, number)}; }
  std::string_view operator()(std::uint64_t number) const { return {room, put_decimal(room, number)}; }
  std::string_view operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string_view operator()(const Address& address) const { return {room, put_text(room, address)}; }
};

}  // namespace

std::string_view type_name(Type type) {
  switch (type) {
    case Type::Text:
      return "text";
    case Type::Signed:
      return "signed number";
    case Type::Unsigned:
      return "unsigned number";
    case Type::Bool:
      return "true or false";
    case Type::Address:
      return "IP address";
    case Type::Network:
      return "IP address in a network";
  }
  std::abort();
}

std::string_view text_of(const Value& value, std::span<char, kLongestMadeText> room) {
  return std::visit(TextOf{room.data()}, value);
}

void append_text(std::string& out, const Value& value) {
  char room[kLongestMadeText];
  out += text_of(value, room);
}

void append_text(std::string& out, const Address& address) {
  char text[kLongestAddress];
  out.append(text, put_text(text, address));
}

char* put_text(char* at, const Address& address) {
  if (address.family != 4) {
    char text[INET6_ADDRSTRLEN];
    const std::string_view whole = inet_ntop(AF_INET6, address.bytes.data(), text, sizeof text);
    return std::copy(whole.begin(), whole.end(), at);
  }
  // inet_ntop() makes these of a format: a thousand instructions.
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != 0) *at++ = '.';
    at = put_decimal(at, address.bytes[i]);
  }
  return at;
}

char* Scratch::room(std::size_t size) {
  if (size > kBlock) return large_.emplace_back(new char[size]).get();
  if (block_ < blocks_.size() && used_ + size > kBlock) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) blocks_.emplace_back(new char[kBlock]);
  char* place = blocks_[block_].get() + used_;
  used_ += size;
  return place;
}

std::string_view Scratch::keep(std::string_view text) {
  if (text.empty()) return {};
  char* copy = room(text.size());
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

void Scratch::clear() {
  large_.clear();
  block_ = 0;
  used_ = 0;
}

}  // namespace picket
