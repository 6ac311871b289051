// SPDX-License-Identifier: Apache-2.0
//
// One pass over the text, word by word. What is put in the place of a list's name is passed over in the same way, for
// lists that come later than it: that is the same as one pass for each list, in their order.
#include "rules/compile/lists.h"

#include <algorithm>

#include "rules/compile/compile.h"
#include "rules/compile/report.h"

namespace picket {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kDelimiters = " \t\r\n(),=";

bool is_blank(char byte) { return kBlanks.find(byte) != kBlanks.npos; }

// An item as it stands in a condition.
void append_item(std::string& text, std::string_view item) {
  const bool quoted = !item.empty() && (item[0] == '"' || item[0] == '\'');
  const bool quotes = item.empty() || (!quoted && item.find(' ') != item.npos);
  if (!text.empty()) text += ", ";
  if (quotes) text += '"';
  text += item;
  if (quotes) text += '"';
}

}  // namespace

// ---- texts ----

const ListText::Piece& ListText::piece_at(std::size_t offset) const {
  const auto next = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                     [](std::size_t at, const Piece& piece) { return at < piece.begin; });
  return next == pieces_.begin() ? pieces_.front() : *std::prev(next);
}

language::Span ListText::written(language::Span span) const {
  if (pieces_.empty()) return {0, 0};
  const auto place = [this](std::size_t offset, bool end) {
    const Piece& piece = piece_at(offset);
    if (piece.source.length > 0) return piece.source.offset + (end ? piece.source.length : 0);
    return piece.source.offset + (offset - piece.begin) + (end ? 1 : 0);
  };
  const std::size_t begin = place(span.offset, false);
  if (span.length == 0) return {begin, 0};
  return {begin, std::max(place(span.offset + span.length - 1, true), begin) - begin};
}

bool ListText::is_replaced(std::size_t offset) const { return !pieces_.empty() && piece_at(offset).source.length > 0; }

void ListText::append(std::string_view text, language::Span source) {
  if (text.empty()) return;
  while (!pieces_.empty() && pieces_.back().begin >= text_.size()) pieces_.pop_back();
  pieces_.push_back({text_.size(), source});
  text_ += text;
}

void ListText::drop_blanks() { text_.resize(text_.find_last_not_of(kBlanks) + 1); }

bool ListText::drop_comma() {
  const std::size_t last = text_.find_last_not_of(kBlanks);
  if (last == text_.npos || text_[last] != ',') return false;
  text_.resize(last);
  return true;
}

// ---- lists ----

Lists::Lists(const policy::Items<policy::List>& lists, std::vector<Diagnostic>& diagnostics) : lists_(lists) {
  written_.resize(lists_.size());
  used_.resize(lists_.size());
  for (std::size_t index = 0; index < lists_.size(); ++index) write(index, diagnostics);
}

void Lists::write(std::size_t index, std::vector<Diagnostic>& diagnostics) {
  const policy::List& list = lists_[index];
  Items& items = written_[index];
  std::size_t count = 0;
  for (const policy::Text& item : list.items) {
    const std::size_t other = lists_.index_of(item.value);
    const bool seen = other != policy::kUndefined && other < list.visible;
    if (!seen) append_item(items.text, item.value);
    if (other != policy::kUndefined) used_[other] = true;
    count += seen ? lists_[other].items.size() : 1;
    if (count > kMaxListItems) {
      diagnostics.push_back(policy::diagnose(Severity::Error, Finding::Shape, list.name,
                                             "list " + quote(list.name.value) + " has more than 100,000 items"));
      items.broken = true;
      return;
    }
    if (!seen) continue;
    for (const policy::Text& inner : lists_[other].items) {
      append_item(items.text, inner.value);
      const std::size_t named = lists_.index_of(inner.value);
      if (named == policy::kUndefined || named > index || named == other || named == index) continue;
      diagnostics.push_back(policy::diagnose(
          Severity::Warning, Finding::OddCondition, item,
          "list " + quote(inner.value) + " in list " + quote(item.value) + " stays a text here, as in Falco",
          "name " + quote(inner.value) + " in list " + quote(list.name.value) + " as well"));
    }
  }
}

// One run of the replacement. Lists that name lists can be many, so that the texts we are in are kept in a stack of its
// own.
class Replacing {
 public:
  Replacing(const policy::Items<policy::List>& lists, std::string_view condition) : lists_(lists) {
    open_.push_back({condition});
  }

  template <class Written>
  Replacement run(const Written& written) {
    while (!open_.empty() && !result_.too_long) {
      Frame& frame = open_.back();
      if (frame.at == frame.text.size()) {
        close();
      } else if (const std::size_t list = take_word(frame); list != policy::kUndefined) {
        replace(list, written[list].text);
        if (written[list].broken) result_.broken = lists_[list].name.value;
      }
    }
    return std::move(result_);
  }

 private:
  struct Frame {
    std::string_view text;
    std::size_t at = 0;
    std::size_t first_list = 0;  // earlier ones are not replaced in this text
    language::Span word = {};    // the name in the condition that it stands in the place of; no length: the condition
    language::Span next = {};    // what was taken last
  };

  // Takes a word or a delimiter. It is written as it is, unless it is a list: then its number is returned.
  std::size_t take_word(Frame& frame) {
    const std::size_t found = std::min(frame.text.find_first_of(kDelimiters, frame.at), frame.text.size());
    const std::size_t end = std::max(found, frame.at + 1);
    const std::string_view word = frame.text.substr(frame.at, end - frame.at);
    frame.next = frame.word.length > 0 ? frame.word : language::Span{frame.at, word.size()};
    const std::size_t list = found == frame.at ? policy::kUndefined : lists_.index_of(std::string(word));
    const bool replaced = list != policy::kUndefined && list >= frame.first_list;
    if (!replaced) put(word, frame.word.length > 0 ? frame.word : language::Span{frame.at, 0});
    frame.at = end;
    while (replaced && frame.at < frame.text.size() && is_blank(frame.text[frame.at])) ++frame.at;
    return replaced ? list : policy::kUndefined;
  }

  void replace(std::size_t list, std::string_view items) {
    const language::Span word = open_.back().next;
    if (quote_ != '\0') result_.in_quotes.push_back(word);
    result_.text.drop_blanks();
    if (items.empty()) eat_comma_ = !result_.text.drop_comma();
    result_.text.append(" ", word);
    result_.lists.push_back(list);
    open_.push_back({items, 0, list + 1, word});
  }

  void close() {
    if (open_.size() > 1) result_.text.append(" ", open_.back().word);
    open_.pop_back();
    result_.too_long = result_.text.text().size() > kMaxConditionText;
  }

  void put(std::string_view bytes, language::Span source) {
    if (eat_comma_ && !is_blank(bytes[0])) {
      eat_comma_ = false;
      if (bytes == ",") return;
    }
    for (const char byte : bytes) {
      const bool escaped = std::exchange(last_, byte) == '\\';
      if (quote_ == '\0' && (byte == '"' || byte == '\'')) {
        quote_ = byte;
      } else if (byte == quote_ && !escaped) {
        quote_ = '\0';
      }
    }
    result_.text.append(bytes, source);
  }

  const policy::Items<policy::List>& lists_;
  std::vector<Frame> open_;
  Replacement result_;
  char quote_ = '\0';  // that we are in
  char last_ = '\0';
  bool eat_comma_ = false;  // behind an empty list that has no comma before it
};

Replacement Lists::replace(std::string_view condition) {
  Replacement result = Replacing(lists_, condition).run(written_);
  for (const std::size_t list : result.lists) used_[list] = true;
  return result;
}

}  // namespace picket
