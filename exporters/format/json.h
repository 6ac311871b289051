// SPDX-License-Identifier: Apache-2.0
//
// JSON, written straight into a buffer: no tree is built, nothing is allocated but the buffer's own growth.
//
// An alert has a hundred members, and most of what it costs is here. So what is written for a member whose name is
// known to the compiler is a few stores: everything about names is inlined, and goes past the buffer's own size, which
// is set when the writer is done.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "exporters/format/text.h"
#include "exporters/format/text_buffer.h"

namespace picket {

// Appends one value after another; commas come by themselves. The caller closes what it opens. While the writer is
// there, nobody else touches the buffer, which is only whole once it is gone, or has finished.
//
//   JsonWriter(out).open('{').member("pid", 812).name("tags").open('[').text("a").text("b").close(']').close('}');
class JsonWriter {
 public:
  explicit JsonWriter(TextBuffer& out) : out_(out), at_(out.begin() + out.size()), end_(out.begin() + out.capacity()) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  ~JsonWriter() { finish(); }

  // The buffer has all that was written. More may follow.
  void finish() { out_.set_size(size()); }
  // Of the buffer, once finished.
  std::size_t size() const { return static_cast<std::size_t>(at_ - out_.begin()); }
  // What was written behind the first `size` bytes of it. Good until more is written.
  std::string_view since(std::size_t size) const { return {out_.begin() + size, at_}; }

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

  // What was written is a line; the next value begins another one.
  JsonWriter& end_line() {
    room(1);
    *at_++ = '\n';
    comma_ = false;
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

  // The same of a name that may be any text.
  JsonWriter& any_name(std::string_view name) {
    append_string(name);
    room(1);
    *at_++ = ':';
    comma_ = false;
    return *this;
  }

  // member() of a name that may be any text.
  JsonWriter& any_member(std::string_view name, std::string_view text);

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

  // Members or values just as since() gave them at such a place: with a comma at the front if there has to be one.
  JsonWriter& again(std::string_view written) {
    room(written.size());
    at_ = std::copy(written.begin(), written.end(), at_);
    comma_ = true;
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

  // A string that is put together in place, of at most `most` bytes that need no escape: `put(char*)` writes them and
  // returns the place behind them.
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

  void grow(std::size_t bytes);
  void append_signed(long long number);
  void append_unsigned(unsigned long long number);
  bool append_string(std::string_view text);  // false when it was not UTF-8
  bool append_characters(std::string_view text);

  TextBuffer& out_;
  char* at_;            // behind what was written
  char* end_;           // of the buffer's room
  bool comma_ = false;  // before the next value
};

}  // namespace picket
