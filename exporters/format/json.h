// SPDX-License-Identifier: Apache-2.0
//
// JSON, written straight into a buffer: no tree is built, nothing is allocated but the buffer's own growth.
//
// An alert has a hundred members, and most of what it costs is here. So what is written for a member whose name is
// known to the compiler is a few stores: everything about names is inlined, and goes past the buffer's own size, which
// is set when the writer is done.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "exporters/format/text.h"
#include "exporters/format/text_buffer.h"
#include "rules/event/decimal.h"

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
    char* const at = separate(1);
    *at = bracket;
    return put_until(at + 1, false);
  }

  JsonWriter& close(char bracket) {
    char* const at = room(1);
    *at = bracket;
    return put_until(at + 1, true);
  }

  // What was written is a line; the next value begins another one.
  JsonWriter& end_line() {
    char* const at = room(1);
    *at = '\n';
    return put_until(at + 1, false);
  }

  // A member's name, of which every byte is itself in JSON; its value must follow.
  [[gnu::always_inline]] JsonWriter& name(std::string_view name) {
    return put_until(put_name(separate(name.size() + kAroundName), name), false);
  }

  // The same of a name that may be any text.
  JsonWriter& any_name(std::string_view name) {
    append_string(name);
    char* const at = room(1);
    *at = ':';
    return put_until(at + 1, false);
  }

  // "NAME_base64":"..." of a name that may be any text.
  JsonWriter& any_base64_member(std::string_view name, std::string_view bytes);

  // The same as any_name(), given what that wrote where no comma was.
  JsonWriter& name_again(std::string_view written) { return put_until(put(separate(written.size()), written), false); }

  // A string. Bytes that are not UTF-8 become U+FFFD each.
  JsonWriter& text(std::string_view text) {
    append_string(text);
    return *this;
  }
  // The same; false when it was not UTF-8.
  bool text_exactly(std::string_view text) { return append_string(text); }

  // The exact bytes, as base64.
  JsonWriter& base64(std::string_view bytes);

  // A string of which every byte is itself in JSON.
  [[gnu::always_inline]] JsonWriter& word(std::string_view word) {
    return put_until(put_word(separate(word.size() + 2), word), true);
  }

  template <std::integral Number>
  JsonWriter& number(Number number) {
    return put_until(put_decimal(separate(kLongestDecimal), number), true);
  }

  // Members or values just as since() gave them at such a place: with a comma at the front if there has to be one.
  JsonWriter& again(std::string_view written) { return put_until(put(room(written.size()), written), true); }

  JsonWriter& truth(bool truth) { return value(truth ? std::string_view("true") : std::string_view("false")); }
  JsonWriter& null() { return value("null"); }

  // "NAME":"text", and "NAME_base64" beside it when the text was not UTF-8.
  [[gnu::always_inline]] JsonWriter& member(std::string_view name, std::string_view text) {
    this->name(name);
    return append_string(text) ? *this : base64_member(name, text);
  }

  // "NAME_base64":"..." alone.
  JsonWriter& base64_member(std::string_view name, std::string_view bytes);

  // The same of a text of which every byte is itself in JSON.
  [[gnu::always_inline]] JsonWriter& word_member(std::string_view name, std::string_view word) {
    char* const at = separate(name.size() + kAroundName + word.size() + 2);
    return put_until(put_word(put_name(at, name), word), true);
  }

  template <std::integral Number>
  [[gnu::always_inline]] JsonWriter& member(std::string_view name, Number number) {
    char* const at = separate(name.size() + kAroundName + kLongestDecimal);
    return put_until(put_decimal(put_name(at, name), number), true);
  }

  // A string that is put together in place, of at most `most` bytes that need no escape: `put(char*)` writes them and
  // returns the place behind them.
  template <class Put>
  JsonWriter& placed(std::size_t most, Put put) {
    char* at = separate(most + 2);
    *at = '"';
    at = put(at + 1);
    *at = '"';
    return put_until(at + 1, true);
  }

 private:
  static constexpr std::size_t kAroundName = sizeof("\"\":") - 1;

  // Each writes at a place where there is room, and returns the place behind. They know nothing of the writer: what
  // they write to could be any of its members, for all that the compiler knows, which would read these again each time.
  [[gnu::always_inline]] static char* put(char* at, std::string_view text) {
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    return at + text.size();
  }
  [[gnu::always_inline]] static char* put_name(char* at, std::string_view name) {
    *at = '"';
    return put(put(at + 1, name), "\":");
  }
  [[gnu::always_inline]] static char* put_word(char* at, std::string_view word) {
    *at = '"';
    at = put(at + 1, word);
    *at = '"';
    return at + 1;
  }

  // What was put up to there is written; whether a comma comes before the next value.
  [[gnu::always_inline]] JsonWriter& put_until(char* at, bool comma) {
    at_ = at;
    comma_ = comma;
    return *this;
  }

  // The place behind what was written, with room for so many bytes.
  [[gnu::always_inline]] char* room(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) [[unlikely]]
      grow(bytes);
    return at_;
  }

  // The same for a value of so many bytes, behind a comma if there has to be one.
  [[gnu::always_inline]] char* separate(std::size_t bytes) {
    char* const at = room(bytes + 1);
    *at = ',';
    return at + (comma_ ? 1 : 0);
  }

  JsonWriter& value(std::string_view value) { return put_until(put(separate(value.size()), value), true); }

  void grow(std::size_t bytes);
  bool append_string(std::string_view text);  // false when it was not UTF-8, as with those below
  bool append_with_more_room(std::string_view text);
  bool append_rest(char* at, std::string_view text);
  bool append_characters(std::string_view text);

  TextBuffer& out_;
  char* at_;            // behind what was written
  char* end_;           // of the buffer's room
  bool comma_ = false;  // before the next value
};

}  // namespace picket
