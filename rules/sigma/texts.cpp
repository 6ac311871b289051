// SPDX-License-Identifier: Apache-2.0
//
// Texts are compared without regard to case unless the rule says `cased`: tolower() of the field with texts in lower
// case. Wildcards at the ends become startswith, endswith and contains; others a glob; ? a regular expression, since it
// is one character and not one byte.
#include "rules/sigma/texts.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "rules/compile/literals.h"
#include "rules/event/catalogue.h"
#include "rules/event/text.h"
#include "rules/sigma/regex.h"

namespace picket::sigma {
namespace {

using language::Modifier;
using language::Operator;
using policy::TreeNode;
using Kind = Piece::Kind;

// ---- one pattern ----

struct Comparison {
  Operator op;  // Exists: any text will do
  std::string text;
};

std::string glob_of(const Pattern& pattern) {
  std::string glob;
  for (const Piece& piece : pattern) {
    if (piece.kind == Kind::AnyText) glob += '*';
    for (const char byte : piece.text) {
      if (std::string_view("*?[\\").find(byte) != std::string_view::npos) glob += '\\';
      glob += byte;
    }
  }
  return glob;
}

Comparison comparison_of(const Pattern& pattern, bool any_case) {
  const auto is = [&pattern](std::size_t i, Kind kind) { return pattern[i].kind == kind; };
  const auto text = [&](std::size_t i) { return any_case ? lowered(pattern[i].text) : pattern[i].text; };
  if (pattern.empty()) return {Operator::Equal, ""};
  if (std::any_of(pattern.begin(), pattern.end(), [](const Piece& one) { return one.kind == Kind::AnyCharacter; })) {
    return {Operator::Regex, regex_of(pattern, any_case)};
  }
  const std::size_t size = pattern.size();
  if (size == 1) return is(0, Kind::Text) ? Comparison{Operator::Equal, text(0)} : Comparison{Operator::Exists, ""};
  if (size == 2)
    return is(0, Kind::Text) ? Comparison{Operator::StartsWith, text(0)} : Comparison{Operator::EndsWith, text(1)};
  if (size == 3 && is(1, Kind::Text)) return {Operator::Contains, text(1)};
  return {Operator::Glob, any_case ? lowered(glob_of(pattern)) : glob_of(pattern)};
}

// Why no text of an event can be compared with it, or nothing.
std::string trouble_with(const Pattern& pattern, const FieldUse& field, bool cased) {
  for (const Piece& piece : pattern) {
    if (piece.text.find('\0') != std::string::npos) return "no text of an event has a NUL byte";
    if (!cased && !folds_as_ascii(piece.text)) {
      return "letters beyond ASCII cannot be compared without regard to case";
    }
    if (cased && field.lower_case && lowered(piece.text) != piece.text) {
      return "the case in which it was written is not known: the field is in lower case";
    }
  }
  return "";
}

// ---- many of them ----

// In this order they are written.
constexpr Operator kOrder[] = {Operator::Exists,   Operator::Equal, Operator::StartsWith, Operator::EndsWith,
                               Operator::Contains, Operator::Glob,  Operator::Regex};

void add_checks(const std::string& term, Operator op, std::vector<std::string> texts, bool all,
                std::vector<NodePtr>& out) {
  if (texts.empty()) return;
  if (op == Operator::Exists) return out.push_back(exists(term));
  if (op == Operator::Equal && all) {
    for (std::string& text : texts) out.push_back(compare(term, op, {std::move(text)}));
    return;
  }
  out.push_back(compare(term, op == Operator::Equal ? Operator::In : op, std::move(texts),
                        all ? Modifier::AllOf : Modifier::AnyOf));
}

// The same of numbers and addresses.
void add_values(const std::string& term, std::vector<std::string> values, bool all, std::vector<NodePtr>& out) {
  if (values.empty()) return;
  if (!all) return out.push_back(among(term, std::move(values)));
  for (std::string& value : values) out.push_back(among(term, {std::move(value)}));
}

// The patterns against one term.
NodePtr compare_term(const std::string& term, const std::vector<Pattern>& patterns, bool any_case, bool folded,
                     bool all) {
  const std::string compared = any_case && !folded ? "tolower(" + term + ")" : term;
  std::vector<Comparison> comparisons;
  comparisons.reserve(patterns.size());
  for (const Pattern& pattern : patterns) comparisons.push_back(comparison_of(pattern, any_case));
  std::vector<NodePtr> parts;
  for (const Operator op : kOrder) {
    std::vector<std::string> texts;
    std::set<std::string_view> known;
    for (const Comparison& one : comparisons) {
      if (one.op == op && known.insert(one.text).second) texts.push_back(one.text);
    }
    const bool whole = op == Operator::Regex || op == Operator::Exists;  // the expression has both cases itself
    add_checks(whole ? term : compared, op, std::move(texts), all, parts);
  }
  return joined(all, std::move(parts));
}

// One of the terms, whichever has a value, passes.
template <class Compare>
NodePtr over_terms(const FieldUse& field, Compare compare_one) {
  std::vector<NodePtr> parts;
  for (const std::string& term : field.terms) parts.push_back(compare_one(term));
  return any_of(std::move(parts));
}

NodePtr present_in(const FieldUse& field) {
  return over_terms(field, [](const std::string& term) { return exists(term); });
}

NodePtr missing(const FieldUse& field) { return none_of(present_in(field)); }

// ---- the converter ----

class Comparer {
 public:
  Comparer(const FieldUse& field, const ItemKey& key, const ValueNodes& values, Findings& findings)
      : field_(field), key_(key), values_(values), findings_(findings) {}

  NodePtr run() {
    const auto* null = find_null();
    if (null != nullptr && (key_.match != Match::Text || !key_.transforms.empty())) {
      return fail_wrong(*null, "these modifiers need a value, not null");
    }
    switch (key_.match) {
      case Match::Text:
        return field_.type == Type::Text ? texts() : plain_values();
      case Match::Regex:
        return regexes();
      case Match::Network:
        return networks();
      case Match::Exists:
        return existence();
      case Match::Less:
        return number(Operator::Less);
      case Match::LessEqual:
        return number(Operator::LessEqual);
      case Match::Greater:
        return number(Operator::Greater);
      case Match::GreaterEqual:
        return number(Operator::GreaterEqual);
      case Match::Field:
        break;  // needs the log source: items.cpp
    }
    return nullptr;
  }

 private:
  NodePtr fail(const TreeNode& at, std::string why, std::string hint = {}) {
    findings_.unsaid(at, std::move(why), std::move(hint));
    return nullptr;
  }
  NodePtr fail_wrong(const TreeNode& at, std::string why, std::string hint = {}) {
    findings_.wrong(at, std::move(why), std::move(hint));
    return nullptr;
  }
  const TreeNode* find_null() const {
    const auto null = std::find_if(values_.begin(), values_.end(), is_null);
    return null == values_.end() ? nullptr : *null;
  }
  static bool is_null(const TreeNode* node) { return node->kind == TreeNode::Kind::Null; }
  NodePtr needs_text(std::string_view what) {
    return fail(*values_.front(), quote(key_.field) + " is of type " + quote(type_name(field_.type)) + " here, and " +
                                      std::string(what) + " is about texts");
  }

  NodePtr texts();
  NodePtr plain_values();
  NodePtr regexes();
  NodePtr networks();
  NodePtr existence();
  NodePtr number(Operator op);
  std::string network_of_prefix(const Pattern& pattern) const;

  const FieldUse& field_;
  const ItemKey& key_;
  const ValueNodes& values_;
  Findings& findings_;
};

NodePtr Comparer::texts() {
  std::vector<NodePtr> parts;
  std::vector<Pattern> patterns;
  bool null = find_null() != nullptr;
  for (const TreeNode* value : values_) {
    if (is_null(value)) continue;
    std::vector<Pattern> made = {parse_pattern(value->value)};
    for (const Transform transform : key_.transforms) {
      if (const auto why = transform(made)) return fail(*value, *why);
    }
    if (!findings_.spend(*value, made.size())) return nullptr;
    for (Pattern& pattern : made) {
      const std::string why = trouble_with(pattern, field_, key_.cased);
      if (!why.empty()) return fail(*value, why);
      const bool none = pattern.empty() && field_.empty == Empty::Missing;
      null = null || none;
      if (!none) patterns.push_back(std::move(pattern));
    }
  }
  if (null) parts.push_back(missing(field_));
  if (!patterns.empty()) {
    parts.push_back(over_terms(field_, [&](const std::string& term) {
      return compare_term(term, patterns, !key_.cased, field_.lower_case, key_.all);
    }));
  }
  return joined(key_.all, std::move(parts));
}

// "10.0." stands for 10.0.0.0/16; empty when the pattern is no such thing.
std::string Comparer::network_of_prefix(const Pattern& pattern) const {
  const bool prefix = pattern.size() == 2 && pattern[0].kind == Kind::Text && pattern[1].kind == Kind::AnyText;
  if (!prefix || field_.network.empty() || !pattern[0].text.ends_with('.')) return "";
  const auto octets = std::count(pattern[0].text.begin(), pattern[0].text.end(), '.');
  if (octets > 3) return "";
  std::string address = pattern[0].text;
  for (auto i = octets; i < 4; ++i) address += i == 3 ? "0" : "0.";
  return parse_value(Type::Address, address) ? address + "/" + std::to_string(8 * octets) : "";
}

// Numbers and addresses.
NodePtr Comparer::plain_values() {
  std::vector<std::string> whole, networks;
  std::vector<NodePtr> parts;
  for (const TreeNode* value : values_) {
    if (is_null(value)) {
      parts.push_back(missing(field_));
      continue;
    }
    std::vector<Pattern> made = {parse_pattern(value->value)};
    for (const Transform transform : key_.transforms) {
      if (const auto why = transform(made)) return fail(*value, *why);
    }
    for (const Pattern& pattern : made) {
      if (!findings_.spend(*value, 1)) return nullptr;
      std::string network = network_of_prefix(pattern);
      auto text = plain_text(pattern);
      if (text && !field_.unset.empty() && *text == field_.unset) text = "-1";
      if (!network.empty()) {
        networks.push_back(std::move(network));
      } else if (text && parse_value(field_.type, *text)) {
        whole.push_back(*std::move(text));
      } else {
        return fail(*value, quote(key_.field) + " takes " + std::string(value_notation(field_.type)) + " here",
                    field_.network.empty() ? "" : "a network is written FIELD|cidr: 10.0.0.0/8");
      }
    }
  }
  add_values(field_.terms.front(), std::move(whole), key_.all, parts);
  add_values(field_.network, std::move(networks), key_.all, parts);
  return joined(key_.all, std::move(parts));
}

NodePtr Comparer::regexes() {
  if (field_.type != Type::Text) return needs_text("a regular expression");
  std::vector<std::string> expressions;
  for (const TreeNode* value : values_) {
    if (!findings_.spend(*value, 1)) return nullptr;
    auto text = translate_regex(value->value, {key_.any_case, key_.by_line, key_.dot_takes_newline});
    if (text && text->find('\0') != std::string::npos) text = Error{"a NUL byte cannot be matched", ""};
    if (!text) return fail(*value, "the regular expression: " + text.error().message);
    expressions.push_back(*std::move(text));
  }
  return over_terms(field_, [&](const std::string& term) {
    return compare(term, Operator::Regex, expressions, key_.all ? Modifier::AllOf : Modifier::AnyOf);
  });
}

NodePtr Comparer::networks() {
  if (field_.network.empty()) return fail(*values_.front(), quote(key_.field) + " is no address here");
  std::vector<NodePtr> parts;
  std::vector<std::string> networks;
  for (const TreeNode* value : values_) {
    if (!findings_.spend(*value, 1)) return nullptr;
    if (!parse_operand(Type::Network, value->value))
      return fail_wrong(*value, quote(value->value) + " is not a network");
    networks.push_back(value->value);
  }
  add_values(field_.network, std::move(networks), key_.all, parts);
  return joined(key_.all, std::move(parts));
}

NodePtr Comparer::existence() {
  std::vector<NodePtr> parts;
  for (const TreeNode* value : values_) {
    const std::string wanted = lowered(value->value);
    if (wanted != "true" && wanted != "false") return fail_wrong(*value, "'exists' takes true or false");
    parts.push_back(wanted == "true" ? present_in(field_) : missing(field_));
  }
  return joined(key_.all, std::move(parts));
}

NodePtr Comparer::number(Operator op) {
  if (field_.type != Type::Signed && field_.type != Type::Unsigned) {
    return fail(*values_.front(), quote(key_.field) + " is of type " + quote(type_name(field_.type)) +
                                      " here; only numbers are below or above others");
  }
  std::vector<NodePtr> parts;
  for (const TreeNode* value : values_) {
    if (!findings_.spend(*value, 1)) return nullptr;
    if (!parse_value(field_.type, value->value)) {
      return fail(*value, quote(key_.field) + " takes " + std::string(value_notation(field_.type)) + " here");
    }
    parts.push_back(compare_number(field_.terms.front(), op, value->value));
  }
  return joined(key_.all, std::move(parts));
}

}  // namespace

FieldUse use_of(const FieldRow& row) {
  FieldUse use{{}, Type::Text, row.empty, std::string(row.network), row.lower_case, row.unset};
  for (const std::string_view term : row.terms) {
    if (!term.empty()) use.terms.emplace_back(term);
  }
  const std::string_view first = row.terms.front();
  use.type = find_field(first.substr(0, first.find('[')))->type;
  return use;
}

FieldUse use_of(std::string term, Empty empty) {
  FieldUse use;
  use.type = find_field(std::string_view(term).substr(0, term.find('[')))->type;
  use.terms.push_back(std::move(term));
  use.empty = empty;
  return use;
}

NodePtr negated_if(bool negated, NodePtr condition) {
  return negated && condition != nullptr ? none_of(std::move(condition)) : std::move(condition);
}

NodePtr joined(bool all, std::vector<NodePtr> parts) {
  return all ? all_of(std::move(parts)) : any_of(std::move(parts));
}

NodePtr compare_field(const FieldUse& field, const ItemKey& key, const ValueNodes& values, Findings& findings) {
  return negated_if(key.negated, Comparer(field, key, values, findings).run());
}

}  // namespace picket::sigma
