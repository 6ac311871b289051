// SPDX-License-Identifier: Apache-2.0
//
// The YAML parser tells where a scalar begins, not where its bytes went. But all that YAML does to a scalar is to drop,
// fold or add blanks, and to resolve escapes. So the bytes that are not blank stand in the file in the same order: one
// walk over both texts finds them.
#include "rules/policy/places.h"

#include <algorithm>
#include <cstddef>

namespace picket::policy {
namespace {

bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

// How many bytes an escape takes in the file and how many it makes.
struct Escape {
  std::size_t taken, made;
};

std::size_t utf8_size(std::uint32_t code_point) {
  return code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
}

Escape numeric_escape(std::string_view digits) {
  std::uint32_t number = 0;
  for (char digit : digits) {
    const bool decimal = digit >= '0' && digit <= '9';
    number = number << 4 | static_cast<std::uint32_t>(decimal ? digit - '0' : (digit | 0x20) - 'a' + 10);
  }
  return {2 + digits.size(), utf8_size(number)};
}

// The escape whose backslash is the first byte. An escaped line end makes nothing and takes the next line's
// indentation.
Escape read_escape(std::string_view text) {
  const char letter = text.size() > 1 ? text[1] : '\0';
  switch (letter) {
    case 'x':
      return numeric_escape(text.substr(2, 2));
    case 'u':
      return numeric_escape(text.substr(2, 4));
    case 'U':
      return numeric_escape(text.substr(2, 8));
    case 'N':
      return {2, utf8_size(0x85)};
    case '_':
      return {2, utf8_size(0xa0)};
    case 'L':
      return {2, utf8_size(0x2028)};
    case 'P':
      return {2, utf8_size(0x2029)};
    case '\r':
    case '\n': {
      const auto next = std::find_if_not(text.begin() + 1, text.end(), is_blank);
      return {static_cast<std::size_t>(next - text.begin()), 0};
    }
    default:
      return {2, 1};
  }
}

class Walk {
 public:
  Walk(std::string_view file, std::uint32_t start, std::string_view value) : file_(file), at_(start), value_(value) {
    places_.reserve(value.size());
  }

  std::vector<std::uint32_t> plain() { return simple('\0'); }
  std::vector<std::uint32_t> block();
  std::vector<std::uint32_t> single_quoted();
  std::vector<std::uint32_t> double_quoted();

 private:
  bool done() const { return places_.size() == value_.size() || at_ >= file_.size(); }
  char next() const { return value_[places_.size()]; }

  std::vector<std::uint32_t> simple(char doubled);
  void skip_blanks() {
    while (at_ < file_.size() && is_blank(file_[at_])) ++at_;
  }
  void emit(std::size_t bytes) { places_.insert(places_.end(), std::min(bytes, left()), place()); }
  std::size_t left() const { return value_.size() - places_.size(); }
  std::uint32_t place() const {
    return static_cast<std::uint32_t>(std::min(at_, file_.empty() ? 0 : file_.size() - 1));
  }
  void fold();

  // Both texts should end together. Should they not, the rest stands where the walk ended.
  std::vector<std::uint32_t> finish() {
    emit(left());
    return std::move(places_);
  }

  std::string_view file_;
  std::size_t at_;
  std::string_view value_;
  std::vector<std::uint32_t> places_;
};

// Scalars without escapes; `doubled` is the byte that the file has twice for one.
std::vector<std::uint32_t> Walk::simple(char doubled) {
  while (!done()) {
    if (is_blank(next())) {
      const bool blank = is_blank(file_[at_]);
      emit(1);
      if (blank) ++at_;
      continue;
    }
    skip_blanks();
    if (done() || next() != file_[at_]) break;
    at_ += doubled != '\0' && file_[at_] == doubled ? 1 : 0;
    emit(1);
    ++at_;
  }
  return finish();
}

std::vector<std::uint32_t> Walk::single_quoted() {
  ++at_;
  return simple('\'');
}

// Behind | or > and its indicators there may be a comment; the text begins on the next line.
std::vector<std::uint32_t> Walk::block() {
  at_ = std::min(file_.find('\n', at_), file_.size());
  if (at_ < file_.size()) ++at_;
  return simple('\0');
}

std::vector<std::uint32_t> Walk::double_quoted() {
  ++at_;
  while (!done()) {
    if (file_[at_] == '\\') {
      const Escape escape = read_escape(file_.substr(at_));
      emit(escape.made);
      at_ += escape.taken;
    } else if (is_blank(file_[at_])) {
      fold();
    } else if (file_[at_] == next()) {
      emit(1);
      ++at_;
    } else {
      break;
    }
  }
  return finish();
}

// A run of blanks. Within a line it stands for itself; one line end makes a blank, more make one line end less.
void Walk::fold() {
  const std::size_t begin = at_;
  skip_blanks();
  const std::string_view run = file_.substr(begin, at_ - begin);
  const auto ends = static_cast<std::size_t>(std::count(run.begin(), run.end(), '\n'));
  const std::size_t made = ends == 0 ? run.size() : ends == 1 ? 1 : ends - 1;
  const std::size_t last = std::min(places_.size() + made, value_.size());
  for (std::size_t i = begin; places_.size() < last && is_blank(next()); ++i) {
    places_.push_back(static_cast<std::uint32_t>(i));
  }
}

// Behind an anchor or a tag. A tag ends at the first byte that cannot be part of one, blank or not; !<...> is one as it
// stands.
std::size_t end_of_property(std::string_view file, std::size_t at) {
  constexpr std::string_view kInTag = "-#;/?:@&=+$_.~*'()%!";
  const bool anchor = file[at] == '&', verbatim = file.substr(at).starts_with("!<");
  const auto inside = [&](char byte) {
    const bool word = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    return anchor || verbatim ? !is_blank(byte) : word || kInTag.find(byte) != kInTag.npos;
  };
  while (at < file.size() && inside(file[at])) ++at;
  return at;
}

// To the parser a carriage return without a newline is no blank: a plain scalar begins there, whatever is behind it.
bool follows_lone_return(std::string_view file, std::size_t start) {
  for (std::size_t at = start; at > 0 && is_blank(file[at - 1]) && file[at - 1] != '\n'; --at) {
    if (file[at - 1] == '\r' && (at == file.size() || file[at] != '\n')) return true;
  }
  return false;
}

}  // namespace

std::uint32_t skip_properties(std::string_view file, std::uint32_t start) {
  std::size_t at = std::min<std::size_t>(start, file.size());
  bool property = true;
  while (property && at < file.size()) {
    const char sign = file[at];
    property = sign == '&' || sign == '!';
    if (property) at = end_of_property(file, at);
    while (at < file.size() && (is_blank(file[at]) || (property && file[at] == '#'))) {
      at = file[at] == '#' ? std::min(file.find('\n', at), file.size()) : at + 1;
    }
  }
  return static_cast<std::uint32_t>(at);
}

std::vector<std::uint32_t> places_of(std::string_view file, std::uint32_t start, std::string_view value) {
  Walk walk(file, start, value);
  if (follows_lone_return(file, start)) return walk.plain();
  switch (start < file.size() ? file[start] : '\0') {
    case '"':
      return walk.double_quoted();
    case '\'':
      return walk.single_quoted();
    case '|':
    case '>':
      return walk.block();
    default:
      return walk.plain();
  }
}

}  // namespace picket::policy
