// SPDX-License-Identifier: Apache-2.0
//
// Exceptions, in two shapes:
//
//   - name: known_parents                       - name: known_pairs
//     fields: proc.pname                          fields: [proc.name, fd.directory]
//     comps: in                                   comps: [=, in]
//     values: [cron, anacron]                     values:
//                                                   - [apt, [/var/lib, /var/cache]]
//                                                   - [yum, /var/lib/yum]
//
// say  and not proc.pname in (cron, anacron)    and not ((proc.name = apt and fd.directory in (/var/lib, /var/cache))
//                                                     or (proc.name = yum and fd.directory in (/var/lib/yum)))
//
// Without comps one field is compared with `in`, several with `=`. A rule keeps its exceptions apart from its
// condition, since later files add values; the condition is put together as text at the end. Every byte of it that a
// file has keeps its place there, so that errors are shown where they were written.
#include "rules/policy/exceptions.h"

#include <algorithm>
#include <iterator>

#include "rules/event/text.h"

namespace picket::policy {
namespace {

constexpr std::string_view kListComparisons[] = {"in", "pmatch", "intersects"};
constexpr std::string_view kModifiers[] = {" oneof", " anyof", " allof"};

// Whether what stands behind it is a list.
bool takes_list(std::string_view comparison) {
  const auto modified = [comparison](std::string_view modifier) { return comparison.ends_with(modifier); };
  return std::find(std::begin(kListComparisons), std::end(kListComparisons), comparison) !=
             std::end(kListComparisons) ||
         std::any_of(std::begin(kModifiers), std::end(kModifiers), modified);
}

// ---- reading ----

ExceptionValue read_value(Values& values, const TreeNode& node) {
  ExceptionValue value;
  value.several = node.kind == TreeNode::Kind::Sequence;
  const Text place = values.text_of(node);
  if (value.several) {
    for (const TreeNode* word : node.children) {
      if (word->kind != TreeNode::Kind::Scalar) values.error(values.text_of(*word), "a value must be a text here");
      value.words.push_back(values.text_of(*word));
    }
  } else if (node.kind == TreeNode::Kind::Scalar) {
    value.words.push_back(place);
  } else {
    values.error(place, "a value must be a text or a list of texts", "an empty text needs quotes");
  }
  return value;
}

// `values` of either shape; whether it fits the fields is checked with them at hand.
void read_tuples(Values& values, const Text& key, const TreeNode& node, Exception& into) {
  if (node.kind == TreeNode::Kind::Null) return;
  if (node.kind != TreeNode::Kind::Sequence) return values.error(key, "'values' must be a list");
  for (const TreeNode* tuple : node.children) {
    if (values.repeats_too_much()) return;
    auto& [parts, word] = into.values.emplace_back();
    word = tuple->kind != TreeNode::Kind::Sequence;
    if (word) {
      parts.push_back(read_value(values, *tuple));
      continue;
    }
    for (const TreeNode* part : tuple->children) parts.push_back(read_value(values, *part));
    if (parts.empty()) values.error(values.text_of(*tuple), "these values are empty");
  }
}

struct Part {
  std::string_view name;
  void (*read)(Values& values, const Text& key, const TreeNode& value, Exception& into);
};

constexpr Part kParts[] = {
    {"name",
     [](Values& values, const Text& key, const TreeNode& node, Exception& into) { values.text(key, node, into.name); }},
    {"fields",
     [](Values& values, const Text& key, const TreeNode& node, Exception& into) {
       into.one_field = node.kind != TreeNode::Kind::Sequence;
       values.words(key, node, into.fields);
     }},
    {"comps", [](Values& values, const Text& key, const TreeNode& node,
                 Exception& into) { values.words(key, node, into.comparisons); }},
    {"values", read_tuples},
};

void read_exception(Values& values, const TreeNode& node, std::vector<Exception>& into) {
  if (node.kind != TreeNode::Kind::Map) {
    return values.error(values.text_of(node), "an exception must have a name", "write {name: ..., fields: ...}");
  }
  Exception exception;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Text key = values.text_of(*node.children[i]);
    const auto* part = std::find_if(std::begin(kParts), std::end(kParts),
                                    [&key](const Part& known) { return known.name == key.value; });
    if (part != std::end(kParts)) {
      part->read(values, key, *node.children[i + 1], exception);
      continue;
    }
    std::vector<std::string_view> names;
    for (const Part& known : kParts) names.push_back(known.name);
    values.warning(key, "unknown key " + quote(key.value) + " is ignored", suggestion(key.value, names),
                   Finding::UnknownKey);
  }
  if (!exception.name.file) return values.error(values.text_of(node), "an exception without 'name'");
  into.push_back(std::move(exception));
}

// ---- checks, once fields and values are together ----

void complete_comparisons(Values& values, Exception& exception) {
  auto& comparisons = exception.comparisons;
  if (comparisons.empty()) {
    for (const Text& field : exception.fields) {
      append_made(comparisons.emplace_back(), exception.one_field ? "in" : "=", field);
    }
  }
  if (comparisons.size() != exception.fields.size()) {
    return values.error(exception.name, "exception " + quote(exception.name.value) + " has " +
                                            std::to_string(exception.fields.size()) + " fields and " +
                                            std::to_string(comparisons.size()) + " comparisons");
  }
  if (exception.one_field && !takes_list(comparisons.front().value)) {
    values.error(comparisons.front(),
                 "one field is compared with a list: " + quote(comparisons.front().value) + " takes one value",
                 "in, pmatch, intersects, or an operator with oneof, anyof or allof; or write fields: [...]");
  }
}

void check_values(Values& values, const Exception& exception, const std::vector<ExceptionTuple>& added) {
  const std::string subject = "exception " + quote(exception.name.value);
  for (const auto& [parts, word] : added) {
    const bool shown = !parts.empty() && !parts.front().words.empty();
    const Text& first = shown ? parts.front().words.front() : exception.name;
    if (exception.one_field && !word) {
      values.error(first, subject + " compares one field: its values are words", "write values: [first, second]");
    } else if (!exception.one_field && (word || parts.size() != exception.fields.size())) {
      values.error(first,
                   subject + " has " + std::to_string(exception.fields.size()) + " fields, but here are " +
                       std::to_string(parts.size()) + " values",
                   word ? "write values: [[first, second]]" : "");
    }
  }
}

// Checks what was said and gives it its comparisons.
void define(Values& values, Exception& exception) {
  if (exception.fields.empty()) {
    return values.error(exception.name, "exception " + quote(exception.name.value) + " without 'fields'");
  }
  complete_comparisons(values, exception);
  check_values(values, exception, exception.values);
}

auto find(std::vector<Exception>& exceptions, const Text& name) {
  return std::find_if(exceptions.begin(), exceptions.end(),
                      [&name](const Exception& known) { return known.name.value == name.value; });
}

void add_values(Values& values, Exception& known, Exception& written) {
  if (!written.fields.empty() || !written.comparisons.empty()) {
    return values.error(written.name, "exception " + quote(written.name.value) + " exists: its fields cannot change",
                        "give its name and 'values' only");
  }
  if (written.values.empty()) {
    values.warning(written.name, "exception " + quote(written.name.value) + " is given no values to add", {},
                   Finding::NothingAppended);
  }
  check_values(values, known, written.values);
  std::move(written.values.begin(), written.values.end(), std::back_inserter(known.values));
}

// ---- the condition ----

void append_word(Text& text, const Text& word) {
  const std::string& value = word.value;
  const bool written = !value.empty() && (value[0] == '"' || value[0] == '\'');
  const bool quotes = value.empty() || (!written && value.find(' ') != std::string::npos);
  if (quotes) append_made(text, "\"", word);
  append(text, word);
  if (quotes) append_made(text, "\"", word);
}

// A word that stands for a list is taken as it is: it may be the name of one, or a whole list "(a, b)".
void append_list_word(Text& text, const Text& word) {
  const bool brackets = !word.value.starts_with('(');
  if (brackets) append_made(text, "(", word);
  append(text, word);
  if (brackets) append_made(text, ")", word);
}

void append_value(Text& text, const ExceptionValue& value, std::string_view comparison, const Text& cause) {
  const auto& words = value.words;
  if (!value.several)
    return takes_list(comparison) ? append_list_word(text, words.front()) : append_word(text, words.front());
  append_made(text, "(", cause);
  for (const Text& word : words) {
    if (&word != &words.front()) append_made(text, ", ", cause);
    append_word(text, word);
  }
  append_made(text, ")", cause);
}

// FIELD COMPARISON
void append_comparison(Text& text, const Exception& exception, std::size_t index) {
  const Text& field = exception.fields[index];
  append(text, field);
  append_made(text, " ", field);
  append(text, exception.comparisons[index]);
  append_made(text, " ", field);
}

void append_flat(Text& text, const Exception& exception) {
  append_comparison(text, exception, 0);
  append_made(text, "(", exception.name);
  for (const ExceptionTuple& tuple : exception.values) {
    if (&tuple != &exception.values.front()) append_made(text, ", ", exception.name);
    append_word(text, tuple.values.front().words.front());
  }
  append_made(text, ")", exception.name);
}

void append_tuples(Text& text, const Exception& exception) {
  append_made(text, "(", exception.name);
  for (const ExceptionTuple& tuple : exception.values) {
    if (&tuple != &exception.values.front()) append_made(text, " or ", exception.name);
    append_made(text, "(", exception.name);
    for (std::size_t i = 0; i < tuple.values.size(); ++i) {
      if (i > 0) append_made(text, " and ", exception.name);
      append_comparison(text, exception, i);
      append_value(text, tuple.values[i], exception.comparisons[i].value, exception.name);
    }
    append_made(text, ")", exception.name);
  }
  append_made(text, ")", exception.name);
}

}  // namespace

void read_exceptions(Values& values, const Text& key, const TreeNode& node, std::vector<Exception>& into) {
  if (node.kind == TreeNode::Kind::Null) return;
  if (node.kind != TreeNode::Kind::Sequence) return values.error(key, "'exceptions' must be a list");
  for (const TreeNode* exception : node.children) read_exception(values, *exception, into);
}

void define_exceptions(Values& values, std::vector<Exception>& into, std::vector<Exception>& written) {
  into.clear();
  for (Exception& exception : written) {
    if (find(into, exception.name) != into.end()) {
      values.warning(exception.name, "there is another exception " + quote(exception.name.value) + " in this rule", {},
                     Finding::NameNotUnique);
    }
    define(values, exception);
    into.push_back(std::move(exception));
  }
}

void append_exceptions(Values& values, std::vector<Exception>& into, std::vector<Exception>& written) {
  for (Exception& exception : written) {
    const auto known = find(into, exception.name);
    if (known != into.end()) {
      add_values(values, *known, exception);
      continue;
    }
    if (exception.values.empty()) {
      values.error(exception.name, "exception " + quote(exception.name.value) + " is new and without 'values'");
    }
    define(values, exception);
    into.push_back(std::move(exception));
  }
}

Text whole_condition(const RuleItem& rule) {
  const auto said = [](const Exception& exception) { return !exception.values.empty(); };
  if (std::none_of(rule.exceptions.begin(), rule.exceptions.end(), said)) return rule.condition;
  Text text;
  append_made(text, "(", rule.condition);
  append(text, rule.condition);
  append_made(text, ")", rule.condition);
  for (const Exception& exception : rule.exceptions) {
    if (!said(exception)) continue;
    append_made(text, " and not ", exception.name);
    exception.one_field ? append_flat(text, exception) : append_tuples(text, exception);
  }
  return text;
}

}  // namespace picket::policy
