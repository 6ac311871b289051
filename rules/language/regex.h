// SPDX-License-Identifier: Apache-2.0
//
// Regex: a regular expression in RE2's POSIX syntax, compiled once. The only place that knows RE2.
//
// RE2 builds its automaton as texts are matched, under a lock of its own and within a bound of memory. It is the one
// part of the evaluation of rules that may allocate and lock.
#pragma once

#include <memory>
#include <string_view>

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

 private:
  struct Compiled;
  explicit Regex(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace picket::language
