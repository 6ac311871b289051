// SPDX-License-Identifier: Apache-2.0
//
// One pass over the text, from one % to the next.
#include "rules/compile/output.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "rules/compile/terms.h"
#include "rules/event/unavailable.h"
#include "rules/language/parser.h"
#include "rules/language/terms.h"

namespace picket {
namespace {

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
bool is_word(char byte) {
  return is_digit(byte) || byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}
bool is_name(char byte) { return is_word(byte) || byte == '.'; }

// A function in an output. Plain fields need no such thing.
class FunctionOfFields : public Computed {
 public:
  explicit FunctionOfFields(language::Term term) : term_(std::move(term)) {}

  Value get(const Event& event, Scratch& scratch) const override { return value_of(term_, event, scratch); }
  void append(std::string& out, const Event& event, Scratch& scratch) const override {
    language::append_text(out, term_, event, scratch);
  }

 private:
  language::Term term_;
};

// `term` is bound.
void add_piece(Output& output, language::Term term, std::string text) {
  for_each_field(term, [&output](const Field& field) {
    output.needs = output.needs | field.needs;
    output.asks_outcome = output.asks_outcome || field.asks_outcome;
    output.hashes = output.hashes | field.hashes;
  });
  OutputPiece piece{std::move(text)};
  const bool plain = term.kind == language::Term::Kind::Field && !(term.has_argument && term.field->get_named);
  piece.field = term.field;
  piece.index = term.index;
  if (!plain) piece.computed = std::make_shared<FunctionOfFields>(std::move(term));
  output.pieces.push_back(std::move(piece));
}

class Template {
 public:
  explicit Template(Report& report) : report_(report), text_(report.source()) {}

  Output run() {
    if (text_.starts_with('*')) ++at_;
    while (at_ < text_.size()) {
      const std::size_t percent = std::min(text_.find('%', at_), text_.size());
      if (percent > at_) output_.pieces.push_back({std::string(text_.substr(at_, percent - at_))});
      at_ = percent;
      if (at_ < text_.size()) piece();
    }
    return std::move(output_);
  }

 private:
  // The run of bytes from `begin` on that could be a name.
  std::string_view name_at(std::size_t begin) const {
    const std::string_view rest = text_.substr(begin);
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_name);
    return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  }

  // at_ is at a %; afterwards it is behind what belongs to it.
  void piece() {
    const std::size_t percent = at_++;
    const std::size_t width = read_width();
    const std::size_t begin = at_;
    const std::string_view name = name_at(begin);
    const auto function = std::find_if(std::begin(language::kFunctions), std::end(language::kFunctions),
                                       [name](const auto& row) { return row.name == name; });
    const bool call = function != std::end(language::kFunctions) && text_.substr(begin + name.size(), 1) == "(";
    std::size_t length = name.size();
    while (!call && length > 0 && !find_field(name.substr(0, length))) --length;
    if (length == 0) {
      at_ += name.size();
      return unknown(percent, begin, name);
    }
    if (!call && length < name.size() && is_word(name[length])) warn_of_glue(percent, name.substr(0, length), name);
    at_ += length;
    if (!call && text_.substr(at_, 1) == "[" && find_field(name.substr(0, length))->argument != Argument::None) {
      at_ = std::min(text_.find(']', at_), text_.size() - 1) + 1;
    }
    add(call ? text_.substr(begin) : text_.substr(begin, at_ - begin), begin, width);
  }

  std::size_t read_width() {
    constexpr std::size_t kMost = 1024;
    const std::size_t begin = at_;
    std::size_t width = 0;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      width = std::min(width * 10 + static_cast<std::size_t>(text_[at_] - '0'), kMost + 1);
    }
    if (width > kMost) report_.error({begin, at_ - begin}, "the width is more than 1,024");
    return width;
  }

  // `text` begins with a field or call, at `begin`; the piece ends where that ends.
  void add(std::string_view text, std::size_t begin, std::size_t width) {
    auto parsed = language::parse_term(text);
    if (auto* error = std::get_if<language::SyntaxError>(&parsed)) {
      at_ = begin + std::max(std::min(text.find_first_of(" \t\n)"), text.size()), std::size_t{1});
      return report_.error({begin + error->span.offset, error->span.length}, error->message, error->hint);
    }
    auto& [term, length] = std::get<language::ParsedTerm>(parsed);
    while (length > 0 && (text[length - 1] == ' ')) --length;
    at_ = begin + length;
    move(term, begin);
    Report own = report_.begin();
    bind_term(term, Side::Left, own);
    report_.take(own);
    if (own.failed()) return;
    add_piece(output_, std::move(term), std::string(text.substr(0, length)));
    output_.pieces.back().width = width;
  }

  // Places in a term are counted from the beginning of the template.
  static void move(language::Term& term, std::size_t by) {
    term.span.offset += by;
    for (language::Term& inner : term.terms) move(inner, by);
  }

  void unknown(std::size_t percent, std::size_t begin, std::string_view name) {
    const language::Span span{percent, begin - percent + name.size()};
    if (name.empty()) {
      report_.error(span, "after '%' there must be the name of a field", "a percent sign cannot be printed");
    } else {
      const std::string_view trimmed = name.substr(0, name.find_last_not_of('.') + 1);
      const UnknownField unknown = unknown_field(trimmed);
      report_.unknown({percent, begin - percent + trimmed.size()}, unknown.message, unknown.hint);
    }
  }

  void warn_of_glue(std::size_t percent, std::string_view field, std::string_view name) {
    const std::string_view rest = name.substr(field.size());
    report_.warning({percent, at_ - percent + name.size()},
                    "field " + quote(field) + " is followed by the text " + quote(rest) + " without a blank",
                    suggestion(name, field_names()));
  }

  Report& report_;
  std::string_view text_;
  std::size_t at_ = 0;
  Output output_;
};

}  // namespace

Output parse_output(Report& report) { return Template(report).run(); }

Output parse_key(Report& report) {
  Output output;
  if (auto term = bind_alone(report)) add_piece(output, *std::move(term), report.source());
  return output;
}

}  // namespace picket
