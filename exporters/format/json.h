// SPDX-License-Identifier: Apache-2.0
//
// JSON, written straight into a string: no tree is built, nothing is allocated but the string's own growth.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "exporters/format/text.h"

namespace picket {

// Appends one value after another; commas come by themselves. The caller closes what it opens.
//
//   JsonWriter json(out);
//   json.open('{').member("pid", 812).name("tags").open('[').text("a").text("b").close(']').close('}');
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out), begin_(out.size()) {}

  JsonWriter& open(char bracket) {
    separate();
    out_ += bracket;
    return *this;
  }

  JsonWriter& close(char bracket) {
    out_ += bracket;
    return *this;
  }

  // A member's name, of which every byte is itself in JSON; its value must follow.
  JsonWriter& name(std::string_view name) {
    separate();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return *this;
  }

  // A string. Bytes that are not UTF-8 become U+FFFD each.
  JsonWriter& text(std::string_view text) {
    separate();
    append_string(text);
    return *this;
  }

  // The exact bytes, as base64.
  JsonWriter& base64(std::string_view bytes);

  template <std::integral Number>
  JsonWriter& number(Number number) {
    separate();
    append_number(out_, number);
    return *this;
  }

  JsonWriter& truth(bool truth) {
    separate();
    out_ += truth ? "true" : "false";
    return *this;
  }

  JsonWriter& null() {
    separate();
    out_ += "null";
    return *this;
  }

  // "NAME":"text", and "NAME_base64" beside it when the text was not UTF-8.
  JsonWriter& member(std::string_view name, std::string_view text);

  // "NAME_base64":"..." alone.
  JsonWriter& base64_member(std::string_view name, std::string_view bytes);

  template <std::integral Number>
  JsonWriter& member(std::string_view name, Number number) {
    return this->name(name).number(number);
  }

  // A string that is put together in place: `append(std::string&)` adds only bytes that need no escape.
  template <class Append>
  JsonWriter& composed(Append append) {
    separate();
    out_ += '"';
    append(out_);
    out_ += '"';
    return *this;
  }

 private:
  void separate() {
    if (out_.size() == begin_) return;
    const char last = out_.back();
    if (last != '{' && last != '[' && last != ':') out_ += ',';
  }

  bool append_string(std::string_view text);  // false when it was not UTF-8

  std::string& out_;
  std::size_t begin_;
};

}  // namespace picket
