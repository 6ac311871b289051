// SPDX-License-Identifier: Apache-2.0
//
// Regex: a regular expression in RE2's POSIX syntax, compiled once. The only place that knows RE2.
//
// RE2 builds its automaton as texts are matched, under a lock of its own and within a bound of memory. It is the one
// part of the evaluation of rules that may allocate and lock.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/result.h"
#include "rules/event/value.h"

namespace picket::language {

class Regex {
 public:
  // The error says what is wrong with the pattern.
  static Result<std::shared_ptr<const Regex>> compile(std::string_view pattern);
  ~Regex();

  // Whether the whole text matches. Bytes that are no UTF-8 count as U+FFFD each. Thread-safe on separate scratch.
  bool matches(std::string_view text, Scratch& scratch) const;

  const std::string& pattern() const;

  // Texts in lower-case ASCII of at least `least` bytes: whatever matches has one of them in it, when its own ASCII
  // letters are put in lower case. None when no such texts are known. Takes some 100 microseconds.
  std::vector<std::string> required(std::size_t least) const;

 private:
  friend class RegexSet;
  struct Compiled;
  explicit Regex(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

// Many expressions, looked for in one pass over a text.
class RegexSet {
 public:
  RegexSet();
  RegexSet(RegexSet&&) noexcept;
  RegexSet& operator=(RegexSet&&) noexcept;
  ~RegexSet();

  void add(const Regex& regex);  // they are numbered from 0
  void compile();                // after the last one

  // The numbers of those that match, in no order. False when the automaton outgrew its bound of memory: any of them may
  // match. Not thread-safe.
  bool match(std::string_view text, Scratch& scratch, std::vector<int>& found) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace picket::language
