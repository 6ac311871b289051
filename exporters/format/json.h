// SPDX-License-Identifier: Apache-2.0
//
// JSON, written straight into a string: no tree is built, nothing is allocated but the string's own growth.
//
// An alert has a hundred members, and most of what it costs is here. So what is written for a member whose name is
// known to the compiler is a few stores: everything about names is inlined, and goes past the string's own size, which
// is set when the writer is done.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "exporters/format/text.h"

namespace picket {

// Appends one value after another; commas come by themselves. The caller closes what it opens. While the writer is
// there, nobody else touches the string, which is only whole once it is gone, or has finished.
//
//   JsonWriter(out).open('{').member("pid", 812).name("tags").open('[').text("a").text("b").close(']').close('}');
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out), begin_(out.size()) { go_on(); }
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  ~JsonWriter() { finish(); }

  // The string has all that was written. More may follow.
  void finish() { out_.resize(size()); }
  // Of the string, once finished.
  std::size_t size() const { return static_cast<std::size_t>(at_ - out_.data()); }

  JsonWriter& open(char bracket) {
    separate(1);
    *at_++ = bracket;
    comma_ = false;
    return *this;
  }

  JsonWriter& close(char bracket) {
    room(1);
    *at_++ = bracket;
    comma_ = true;
    return *this;
  }

  // A member's name, of which every byte is itself in JSON; its value must follow.
  [[gnu::always_inline]] JsonWriter& name(std::string_view name) {
    separate(name.size() + 3);
    *at_++ = '"';
    std::memcpy(at_, name.data(), name.size());
    std::memcpy(at_ + name.size(), "\":", 2);
    at_ += name.size() + 2;
    comma_ = false;
    return *this;
  }

  // A string. Bytes that are not UTF-8 become U+FFFD each.
  JsonWriter& text(std::string_view text) {
    append_string(text);
    return *this;
  }
  // The same; false when it was not UTF-8.
  bool text_exactly(std::string_view text) { return append_string(text); }

  // The exact bytes, as base64.
  JsonWriter& base64(std::string_view bytes);

  template <std::integral Number>
  JsonWriter& number(Number number) {
    if constexpr (std::is_signed_v<Number>) {
      append_signed(number);
    } else {
      append_unsigned(number);
    }
    return *this;
  }

  JsonWriter& truth(bool truth) { return word(truth ? std::string_view("true") : std::string_view("false")); }
  JsonWriter& null() { return word("null"); }

  // "NAME":"text", and "NAME_base64" beside it when the text was not UTF-8.
  [[gnu::always_inline]] JsonWriter& member(std::string_view name, std::string_view text) {
    this->name(name);
    return append_string(text) ? *this : base64_member(name, text);
  }

  // "NAME_base64":"..." alone.
  JsonWriter& base64_member(std::string_view name, std::string_view bytes);

  template <std::integral Number>
  [[gnu::always_inline]] JsonWriter& member(std::string_view name, Number number) {
    return this->name(name).number(number);
  }

  // A string that is put together in place: `append(std::string&)` adds only bytes that need no escape.
  template <class Append>
  JsonWriter& composed(Append append) {
    separate(1);
    *at_++ = '"';
    finish();
    append(out_);
    out_ += '"';
    go_on();
    comma_ = true;
    return *this;
  }

  // The same of at most `most` bytes: `put(char*)` writes them and returns the place behind them.
  template <class Put>
  JsonWriter& placed(std::size_t most, Put put) {
    separate(most + 2);
    *at_++ = '"';
    at_ = put(at_);
    *at_++ = '"';
    comma_ = true;
    return *this;
  }

 private:
  // Room for so many bytes from at_ on.
  [[gnu::always_inline]] void room(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) [[unlikely]]
      grow(bytes);
  }

  // Room for a value of so many bytes, behind a comma if there has to be one.
  [[gnu::always_inline]] void separate(std::size_t bytes) {
    room(bytes + 1);
    *at_ = ',';
    at_ += comma_ ? 1 : 0;
  }

  JsonWriter& word(std::string_view word) {
    separate(word.size());
    at_ = std::copy(word.begin(), word.end(), at_);
    comma_ = true;
    return *this;
  }

  void go_on() { end_ = at_ = out_.data() + out_.size(); }
  void grow(std::size_t bytes);
  void append_signed(long long number);
  void append_unsigned(unsigned long long number);
  bool append_string(std::string_view text);  // false when it was not UTF-8
  bool append_characters(std::string_view text);

  std::string& out_;
  std::size_t begin_;    // size of the string before anything was written
  char* at_ = nullptr;   // behind what was written
  char* end_ = nullptr;  // of the string as it is now
  bool comma_ = false;   // before the next value
};

}  // namespace picket
