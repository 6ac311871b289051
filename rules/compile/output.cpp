// SPDX-License-Identifier: Apache-2.0
//
// One pass over the text, from one % to the next.
#include "rules/compile/output.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "rules/compile/bind.h"
#include "rules/event/unavailable.h"

namespace picket {
namespace {

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
bool is_word(char byte) {
  return is_digit(byte) || byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}
bool is_name(char byte) { return is_word(byte) || byte == '.'; }

class Template {
 public:
  explicit Template(Report& report) : report_(report), text_(report.text().value) {}

  std::vector<OutputPiece> run() {
    if (text_.starts_with('*')) ++at_;
    while (at_ < text_.size()) {
      const std::size_t percent = std::min(text_.find('%', at_), text_.size());
      if (percent > at_) pieces_.push_back({std::string(text_.substr(at_, percent - at_)), nullptr, -1});
      at_ = percent;
      if (at_ < text_.size()) field();
    }
    return std::move(pieces_);
  }

 private:
  // The name after the %, as far as it could be one.
  std::string_view candidate() const {
    const std::string_view rest = text_.substr(at_ + 1);
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_name);
    return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  }

  // at_ is at a %; afterwards it is behind what belongs to it.
  void field() {
    const std::size_t begin = at_;
    const std::string_view name = candidate();
    std::size_t length = name.size();
    while (length > 0 && !find_field(name.substr(0, length))) --length;
    at_ = begin + 1 + (length > 0 ? length : name.size());
    if (length == 0) return unknown(begin, name);
    const Field& found = *find_field(name.substr(0, length));
    OutputPiece piece{std::string(found.name), &found, -1};
    if (length < name.size() && is_word(name[length])) warn_of_glue(begin, found, name);
    if (argument(begin, piece)) pieces_.push_back(std::move(piece));
  }

  void unknown(std::size_t begin, std::string_view name) {
    const language::Span span{begin, 1 + name.size()};
    if (name.empty()) {
      report_.error(span, "after '%' there must be the name of a field", "a percent sign cannot be printed");
    } else if (is_digit(name.front())) {
      report_.error(span, "widths in outputs (%10proc.name) are not supported yet");
    } else if (text_.substr(begin + 1 + name.size(), 1) == "(") {
      report_.error(span, "functions in outputs are not supported yet");
    } else {
      const std::string_view trimmed = name.substr(0, name.find_last_not_of('.') + 1);
      const UnknownField unknown = unknown_field(trimmed);
      report_.error({begin, 1 + trimmed.size()}, unknown.message, unknown.hint);
    }
  }

  void warn_of_glue(std::size_t begin, const Field& found, std::string_view name) {
    const std::string_view rest = name.substr(found.name.size());
    report_.warning({begin, 1 + name.size()},
                    "field " + quote(found.name) + " is followed by the text " + quote(rest) + " without a blank",
                    suggestion(name, field_names()));
  }

  // The bracket behind a field that can have one.
  bool argument(std::size_t begin, OutputPiece& piece) {
    if (piece.field->argument == Argument::None) return true;
    const bool open = at_ < text_.size() && text_[at_] == '[';
    if (!open) {
      if (piece.field->argument == Argument::Optional) return true;
      report_.error({begin, at_ - begin}, "field " + quote(piece.text) + " needs an argument",
                    "write " + quote("%" + piece.text + "[1]"));
      return false;
    }
    const std::size_t close = text_.find(']', at_);
    if (close == std::string_view::npos) {
      report_.error({at_, 1}, "this '[' is not closed");
      ++at_;
      return false;
    }
    const std::string_view number = text_.substr(at_ + 1, close - at_ - 1);
    const auto index = parse_index(number);
    at_ = close + 1;
    if (!index) report_.error({begin, at_ - begin}, quote(number) + " is not a number");
    piece.index = index.value_or(-1);
    piece.text = text_.substr(begin + 1, at_ - begin - 1);
    return index.has_value();
  }

  Report& report_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<OutputPiece> pieces_;
};

}  // namespace

std::vector<OutputPiece> parse_output(Report& report) { return Template(report).run(); }

}  // namespace picket
