// SPDX-License-Identifier: Apache-2.0
//
// Lists are replaced in the text of conditions, before it is parsed, as in Falco: a name of a list that stands between
// blanks, parentheses, commas, `=` or the ends of the text becomes the items of the list, with commas between. So a
// name is replaced wherever it stands so, also inside quotes; of that there is a warning.
//
// One list is replaced after the other, in the order of definition: the items of a list may name later lists. A list
// sees the earlier ones (List::visible) and takes over their items as they are written; what those name in turn is
// replaced only if it is later than the list itself, and otherwise stays a text. Of that, too, there is a warning.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "rules/language/ast.h"
#include "rules/policy/documents.h"

namespace picket {

// A text with its lists replaced, and where its bytes come from.
class ListText {
 public:
  ListText() = default;
  // A text as it is.
  explicit ListText(std::string_view text) { append(text, {0, 0}); }

  const std::string& text() const { return text_; }

  // Where a stretch of text() was written: the name of the list, for what was put in its place.
  language::Span written(language::Span span) const;

  bool is_replaced(std::size_t offset) const;

  // Puts text at the end: bytes that stand from source.offset on, or, when source has a length, in the place of source.
  void append(std::string_view text, language::Span source);
  void drop_blanks();  // at the end
  bool drop_comma();   // at the end, if there is one

 private:
  struct Piece {
    std::size_t begin;
    language::Span source;
  };
  const Piece& piece_at(std::size_t offset) const;

  std::string text_;
  std::vector<Piece> pieces_;
};

struct Replacement {
  ListText text;
  std::vector<language::Span> in_quotes;  // names that were replaced inside quotes, as written
  std::string_view broken;                // a list among them that has an error of its own
  bool too_long = false;
  std::vector<std::size_t> lists;  // that were replaced, as often as they were
};

class Lists {
 public:
  Lists(const policy::Items<policy::List>& lists, std::vector<Diagnostic>& diagnostics);

  Replacement replace(std::string_view condition);

  // Whether replace() has met it, or another list names it.
  bool is_used(std::size_t list) const { return used_[list]; }

  bool has(std::string_view name) const { return lists_.index_of(std::string(name)) != policy::kUndefined; }
  std::vector<std::string_view> names() const { return lists_.names(); }

 private:
  struct Items {
    std::string text;     // with commas between
    bool broken = false;  // too many of them
  };
  void write(std::size_t index, std::vector<Diagnostic>& diagnostics);

  const policy::Items<policy::List>& lists_;
  std::vector<Items> written_;
  std::vector<bool> used_;
};

}  // namespace picket
