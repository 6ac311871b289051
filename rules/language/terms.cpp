// SPDX-License-Identifier: Apache-2.0
//
// The functions of the language, one row each. What they can be applied to was checked by rules/compile.
#include "rules/language/terms.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <utility>

#include "rules/event/text.h"

namespace picket::language {
namespace {

std::string_view text_in(const Value& value) {
  const auto* text = std::get_if<std::string_view>(&value);
  if (!text) std::abort();  // an accessor yields its field's type
  return *text;
}

// ---- functions of one text ----

template <char from, char to>
Value in_case(std::string_view text, Scratch& scratch) {
  char* const copy = scratch.room(text.size());
  std::transform(text.begin(), text.end(), copy, [](char byte) {
    return byte >= from && byte < from + 26 ? static_cast<char>(byte - from + to) : byte;
  });
  return std::string_view(copy, text.size());
}

Value base_name(std::string_view text, Scratch&) { return text.substr(text.rfind('/') + 1); }

constexpr std::array<std::int8_t, 256> kSixBits = [] {
  std::array<std::int8_t, 256> bits{};
  bits.fill(-1);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    bits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return bits;
}();

Value decode(std::string_view text, Scratch& scratch) {
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  if (text.size() % 4 == 1) return {};
  char* const bytes = scratch.room(text.size());
  char* out = bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char letter : text) {
    const std::int8_t six = kSixBits[static_cast<unsigned char>(letter)];
    if (six < 0) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(six);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    *out++ = static_cast<char>(bits >> count & 0xff);
  }
  return std::string_view(bytes, static_cast<std::size_t>(out - bytes));
}

struct OfText {
  Function id;
  Value (*apply)(std::string_view text, Scratch& scratch);
};

constexpr OfText kOfText[] = {{Function::ToLower, in_case<'A', 'a'>},
                              {Function::ToUpper, in_case<'a', 'A'>},
                              {Function::BaseName, base_name},
                              {Function::Base64, decode}};

const OfText* of_text(const Term& call) {
  const auto* found = std::find_if(std::begin(kOfText), std::end(kOfText),
                                   [&call](const OfText& row) { return row.id == call.function; });
  return found == std::end(kOfText) ? nullptr : found;
}

Value apply(const OfText& function, const Value& value, Scratch& scratch) {
  return present(value) ? function.apply(text_in(value), scratch) : Value{};
}

// ---- functions of several values ----

// Calls `use` with each value of a list. False when one is missing, or the list as a whole.
template <class Use>
bool for_each(const Term& list, const Event& event, Scratch& scratch, Use use) {
  if (list.kind == Term::Kind::List) {
    for (const Term& element : list.terms) {
      const Value value = value_of(element, event, scratch);
      if (!present(value)) return false;
      use(value);
    }
    return true;
  }
  if (!present(value_of(list, event, scratch))) return false;
  for (int position = 0;; ++position) {
    const Value value = value_at(list, event, position, scratch);
    if (!present(value)) return true;
    use(value);
  }
}

Value length(const Term& call, const Event& event, Scratch& scratch) {
  const Term& of = call.terms.front();
  if (of.many) {
    std::uint64_t count = 0;
    return for_each(of, event, scratch, [&count](const Value&) { ++count; }) ? Value{count} : Value{};
  }
  const Value value = value_of(of, event, scratch);
  if (!present(value)) return {};
  const std::string_view text = text_in(value);
  return std::uint64_t{std::min(text.find('\0'), text.size())};
}

// Puts the values of a list one after another: once to measure, once to write.
Value joined(std::string_view between, const Term& list, const Event& event, Scratch& scratch) {
  std::size_t size = 0, count = 0;
  const bool whole = for_each(list, event, scratch, [&](const Value& value) {
    size += text_in(value).size();
    ++count;
  });
  if (!whole) return {};
  char* const text = scratch.room(size + between.size() * count);
  char* at = text;
  for_each(list, event, scratch, [&, first = true](const Value& value) mutable {
    if (!first) at += between.copy(at, between.size());
    first = false;
    at += text_in(value).copy(at, text_in(value).size());
  });
  return std::string_view(text, static_cast<std::size_t>(at - text));
}

Value join(const Term& call, const Event& event, Scratch& scratch) {
  const Value between = value_of(call.terms[0], event, scratch);
  return present(between) ? joined(text_in(between), call.terms[1], event, scratch) : Value{};
}

Value concat(const Term& call, const Event& event, Scratch& scratch) {
  std::size_t size = 0;
  for (const Term& term : call.terms) {
    const Value value = value_of(term, event, scratch);
    if (!present(value)) return {};
    size += text_in(value).size();
  }
  char* const text = scratch.room(size);
  char* at = text;
  for (const Term& term : call.terms) {
    const std::string_view part = text_in(value_of(term, event, scratch));
    at += part.copy(at, part.size());
  }
  return std::string_view(text, size);
}

// ---- getopt ----

// The words of a list, or those of a text between its blanks.
class Words {
 public:
  Words(const Term& term, const Event& event, Scratch& scratch) : term_(term), event_(event), scratch_(scratch) {
    if (term.many) return;
    const Value value = value_of(term, event, scratch);
    if (present(value)) rest_ = text_in(value);
  }

  std::optional<std::string_view> next() {
    if (term_.many) {
      const Value value = value_at(term_, event_, position_++, scratch_);
      return present(value) ? std::optional(text_in(value)) : std::nullopt;
    }
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    if (rest_.empty()) return std::nullopt;
    const std::string_view word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }

 private:
  const Term& term_;
  const Event& event_;
  Scratch& scratch_;
  std::string_view rest_;
  int position_ = 0;
};

// The options among the words, one after another, as getopt(3) finds them: words that are no options are passed over,
// `--` ends, long options are no options.
class Options {
 public:
  Options(Words words, std::string_view known) : words_(words), known_(known) {}

  struct Option {
    std::string_view letter, value;
  };

  std::optional<Option> next() {
    for (;;) {
      if (cluster_.empty() && !next_cluster()) return std::nullopt;
      const std::string_view letter = cluster_.substr(0, 1);
      cluster_.remove_prefix(1);
      const std::size_t place = letter == ":" ? known_.npos : known_.find(letter);
      if (place == known_.npos) continue;
      const std::string_view behind = known_.substr(place + 1);
      if (!behind.starts_with(':')) return Option{letter, {}};
      std::string_view value = std::exchange(cluster_, {});
      if (value.empty() && !behind.starts_with("::")) value = words_.next().value_or(std::string_view());
      return Option{letter, value};
    }
  }

 private:
  bool next_cluster() {
    while (const auto word = words_.next()) {
      if (*word == "--") return false;
      if (word->size() < 2 || !word->starts_with('-') || word->starts_with("--")) continue;
      cluster_ = word->substr(1);
      return true;
    }
    return false;
  }

  Words words_;
  std::string_view known_;    // as in getopt(3): a colon behind a letter that has a value, two when it may have none
  std::string_view cluster_;  // letters of the same word that are left
};

// Without a letter, the letters that are there; with one, the values of that option.
Value option_at(const Term& call, const Event& event, int position, Scratch& scratch) {
  Options options(Words(call.terms[0], event, scratch), call.terms[1].name);
  while (const auto option = options.next()) {
    if (call.has_argument && option->letter != call.argument) continue;
    if (position-- == 0) return call.has_argument ? option->value : option->letter;
  }
  return {};
}

Value field_value(const Term& term, const Event& event, Scratch& scratch) {
  if (term.has_argument && term.field->get_named) return term.field->get_named(event, term.argument, scratch);
  return term.field->get(event, term.index, scratch);
}

Value call_value(const Term& call, const Event& event, Scratch& scratch) {
  if (const OfText* function = of_text(call)) {
    return apply(*function, value_of(call.terms.front(), event, scratch), scratch);
  }
  switch (call.function) {
    case Function::Length:
      return length(call, event, scratch);
    case Function::Join:
      return join(call, event, scratch);
    case Function::Concat:
      return concat(call, event, scratch);
    case Function::GetOpt:
      return option_at(call, event, 0, scratch);
    default:
      return value_of(call.terms.front(), event, scratch);  // val
  }
}

}  // namespace

Value value_of(const Term& term, const Event& event, Scratch& scratch) {
  switch (term.kind) {
    case Term::Kind::Field:
      return field_value(term, event, scratch);
    case Term::Kind::Call:
      return call_value(term, event, scratch);
    case Term::Kind::Text:
      return std::string_view(term.name);
    case Term::Kind::List:
      return value_at(term, event, 0, scratch);
  }
  std::abort();
}

Value value_at(const Term& term, const Event& event, int position, Scratch& scratch) {
  if (term.kind == Term::Kind::Field) return term.field->get_each(event, position, scratch);
  if (term.kind == Term::Kind::List) {
    const auto index = static_cast<std::size_t>(position);
    return index < term.terms.size() ? value_of(term.terms[index], event, scratch) : Value{};
  }
  if (term.function == Function::GetOpt) return option_at(term, event, position, scratch);
  const Value value = value_at(term.terms.front(), event, position, scratch);
  const OfText* function = of_text(term);
  return function ? apply(*function, value, scratch) : value;  // otherwise val
}

void append_text(std::string& out, const Term& term, const Event& event, Scratch& scratch) {
  if (!term.many || term.several != Several::List) return picket::append_text(out, value_of(term, event, scratch));
  Value value = value_at(term, event, 0, scratch);
  if (!present(value)) return picket::append_text(out, value);
  out += '(';
  for (int position = 0; present(value); value = value_at(term, event, ++position, scratch)) {
    if (position > 0) out += ',';
    picket::append_text(out, value);
  }
  out += ')';
}

}  // namespace picket::language
