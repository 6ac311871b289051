// SPDX-License-Identifier: Apache-2.0
//
// The lines of a text that a program wrote and nobody is to edit: all is as it must be, or the first thing that is not
// is said with its place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rules/event/diagnostic.h"

namespace picket::trust {

// What it is made of must outlive it.
class Lines {
 public:
  // `first`: the number of the text's first line in its file.
  Lines(const std::string& path, std::string_view text, std::size_t first = 1)
      : path_(path), rest_(text), number_(first - 1) {}

  // Goes to the next line; false behind the last. What follows the last line end is a line, too.
  bool next();

  std::string_view line() const { return line_; }
  std::size_t number() const { return number_; }
  // The line's beginning up to a blank, if that is `word` and more follows; moves behind it.
  bool take(std::string_view word);
  // What take() has left of the line.
  std::string_view left() const { return left_; }

  // That the line was to be something else.
  Diagnostic expected(const std::string& what) const;
  Diagnostic wrong(std::string message, std::string hint = {}) const;

 private:
  const std::string& path_;
  std::string_view rest_, line_, left_;
  std::size_t number_;
};

// About the file as a whole.
Diagnostic about(const std::string& path, std::string message, std::string hint = {});

}  // namespace picket::trust
