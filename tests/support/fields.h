// SPDX-License-Identifier: Apache-2.0
//
// Fields by example: what each shows for an event.
//
//   EXPECT_EQ(show("proc.aname[2]", event), "sshd");
//   expect(event, {{"fd.name", "/etc/passwd"}, {"fd.ip", "<NA>"}});
#pragma once

#include <gtest/gtest.h>

#include <charconv>
#include <initializer_list>
#include <string>
#include <string_view>

#include "rules/event/catalogue.h"

namespace picket::test {

// What an output shows for the field, which is spelt as in rules: with its brackets, if any.
inline std::string show(std::string_view spelling, const Event& event) {
  static Scratch scratch;
  const std::string_view name = spelling.substr(0, spelling.find('['));
  const Field* field = find_field(name);
  if (!field) return "no such field";
  Value value;
  if (name.size() == spelling.size()) {
    value = field->get(event, -1, scratch);
  } else {
    const std::string_view argument = spelling.substr(name.size() + 1, spelling.size() - name.size() - 2);
    int index = -1;
    std::from_chars(argument.data(), argument.data() + argument.size(), index);
    value = field->get_named ? field->get_named(event, argument, scratch) : field->get(event, index, scratch);
  }
  std::string text;
  append_text(text, value);
  return text;
}

// All values of a field that has several, each shown and followed by a blank.
inline std::string show_each(std::string_view name, const Event& event) {
  static Scratch scratch;
  const Field* field = find_field(name);
  if (!field || !field->get_each) return "no such field";
  std::string text;
  for (int position = 0;; ++position) {
    const Value value = field->get_each(event, position, scratch);
    if (!present(value)) return text;
    append_text(text, value);
    text += ' ';
  }
}

struct Shown {
  std::string_view field;
  std::string_view expected;
};

inline void expect(const Event& event, std::initializer_list<Shown> rows) {
  for (const Shown& row : rows) EXPECT_EQ(show(row.field, event), row.expected) << row.field;
}

}  // namespace picket::test
