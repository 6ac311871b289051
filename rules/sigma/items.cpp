// SPDX-License-Identifier: Apache-2.0
#include "rules/sigma/items.h"

#include <algorithm>
#include <iterator>

#include "rules/event/text.h"
#include "rules/sigma/audit.h"
#include "rules/sigma/document.h"
#include "rules/sigma/modifiers.h"
#include "rules/sigma/texts.h"

namespace picket::sigma {
namespace {

using language::Operator;
using policy::TreeNode;

// ---- values ----

// The values of an item: one, or a list. Nothing when it has been reported.
std::optional<ValueNodes> values_of(const TreeNode& value, Findings& findings) {
  ValueNodes values = {&value};
  if (value.kind == TreeNode::Kind::Sequence) values = value.children;
  if (values.empty()) {
    findings.wrong(value, "a list without values");
    return std::nullopt;
  }
  if (!findings.spend(value, values.size())) return std::nullopt;
  for (const TreeNode* one : values) {
    if (one->kind == TreeNode::Kind::Scalar || one->kind == TreeNode::Kind::Null) continue;
    findings.wrong(*one, "a value must be a text, a number or null");
    return std::nullopt;
  }
  return values;
}

// ---- fields whose values are conditions ----

NodePtr convert_choice(const TreeNode& at, const ItemKey& key, const ValueNodes& values, Scope& scope) {
  if (key.match != Match::Text || !key.transforms.empty() || (key.all && values.size() > 1)) {
    scope.findings.unsaid(at, quote(key.field) + " is compared with whole values only");
    return nullptr;
  }
  std::vector<NodePtr> choices;
  for (const TreeNode* value : values) {
    const ChoiceRow* row = find_choice(scope.source, key.field, value->value);
    if (row == nullptr) {
      scope.findings.unsaid(
          *value, "Picket has nothing that " + std::string(key.field) + " " + quote(value->value) + " stands for");
      return nullptr;
    }
    choices.push_back(parsed(row->condition));
  }
  return negated_if(key.negated, any_of(std::move(choices)));
}

// ---- references to fields ----

// What `transforms` make of an equality.
std::optional<Operator> operator_of(const ItemKey& key) {
  constexpr Operator kNone = Operator::Equal;
  if (key.transforms.empty()) return kNone;
  if (key.transforms.size() > 1) return std::nullopt;
  const Transform only = key.transforms.front();
  if (only == make_contains) return Operator::Contains;
  if (only == make_startswith) return Operator::StartsWith;
  if (only == make_endswith) return Operator::EndsWith;
  return std::nullopt;
}

NodePtr convert_reference(const FieldUse& field, const TreeNode& at, const ItemKey& key, const ValueNodes& values,
                          Scope& scope) {
  const auto op = operator_of(key);
  if (!op) return scope.findings.wrong(at, "these modifiers do not go together"), nullptr;
  std::vector<NodePtr> parts;
  for (const TreeNode* value : values) {
    const FieldRow* row = find_field_row(scope.source, value->value);
    if (row == nullptr) {
      scope.findings.unsaid(*value, "Picket has no field for " + quote(value->value) + " of this log source",
                            suggestion(value->value, names_of_fields(scope.source)));
      return nullptr;
    }
    const FieldUse other = use_of(*row);
    if (other.type != field.type || (field.type != Type::Text && *op != Operator::Equal)) {
      scope.findings.unsaid(*value, quote(key.field) + " and " + quote(value->value) + " are of different types here");
      return nullptr;
    }
    const std::string function = field.type == Type::Text && !key.cased ? "tolower(" : "val(";
    std::vector<NodePtr> pairs;
    for (const std::string& left : field.terms) {
      for (const std::string& right : other.terms) {
        const std::string term = function == "val(" ? left : function + left + ")";
        pairs.push_back(compare_terms(term, *op, function + right + ")"));
      }
    }
    parts.push_back(any_of(std::move(pairs)));
  }
  return negated_if(key.negated, joined(key.all, std::move(parts)));
}

// ---- items ----

// Keywords are looked for in the whole log message. Of auditd's records that is the command line; elsewhere there is no
// one text to look into.
NodePtr convert_keywords(const TreeNode& at, ItemKey key, const ValueNodes& values, Scope& scope) {
  if (scope.source.service != kAuditd) {
    scope.findings.unsaid(at, "keywords are looked for in a log message, and events are none",
                          "name a field: CommandLine|contains");
    return nullptr;
  }
  if (key.match == Match::Text) key.transforms.push_back(make_contains);
  key.field = "keywords";
  NodePtr found = compare_field(use_of(std::string(kArguments), Empty::Missing), key, values, scope.findings);
  return found == nullptr ? nullptr : guarded(*found, kExecuted);
}

NodePtr no_field(const TreeNode& at, const ItemKey& key, Scope& scope) {
  const Place place{at, 0, key.field.size()};
  const std::string field = quote(key.field);
  if (const MissingRow* row = find_missing(key.field)) {
    scope.findings.unsaid(place, "there is no field for " + field + ": " + std::string(row->why),
                          std::string(row->hint));
  } else {
    scope.findings.unsaid(place, "Picket has no field for " + field + " of this log source",
                          suggestion(key.field, names_of_fields(scope.source)));
  }
  return nullptr;
}

NodePtr convert_item(const TreeNode& at, const TreeNode& value, const TreeNode& map, Scope& scope) {
  if (at.kind != TreeNode::Kind::Scalar) return scope.findings.wrong(at, "a field must be a text"), nullptr;
  const auto key = read_key(at, scope.findings);
  if (!key) return nullptr;
  const auto values = values_of(value, scope.findings);
  if (!values) return nullptr;
  if (key->field.empty()) return convert_keywords(at, *key, *values, scope);

  const bool audit = scope.source.service == kAuditd;
  const auto argument = audit ? argument_number(key->field) : std::nullopt;
  if (argument && key->match != Match::Field) return convert_argument(*argument, at, *key, *values, map, scope);
  if (audit && is_system_call(key->field)) return convert_system_call(at, *key, *values, scope);
  if (is_choice(scope.source, key->field)) return convert_choice(at, *key, *values, scope);
  const FieldRow* row = find_field_row(scope.source, key->field);
  if (row == nullptr) return no_field(at, *key, scope);
  const FieldUse field = audit && key->field == "name" ? use_of_name(*row, scope) : use_of(*row);
  if (key->match == Match::Field) return convert_reference(field, at, *key, *values, scope);
  return compare_field(field, *key, *values, scope.findings);
}

// `type` says nothing when another item of the map holds for records of that type only.
struct Implied {
  std::string_view type, by;
};
constexpr Implied kImplied[] = {{"PATH", "name"}, {"PATH", "nametype"}, {"SYSCALL", "SYSCALL"}, {"SYSCALL", "syscall"}};

// One text or several, none of them empty.
bool says_texts(const TreeNode& value) {
  const auto is_text = [](const TreeNode* one) { return one->kind == TreeNode::Kind::Scalar && !one->value.empty(); };
  if (value.kind != TreeNode::Kind::Sequence) return is_text(&value);
  return !value.children.empty() && std::all_of(value.children.begin(), value.children.end(), is_text);
}

// Whether the item holds only where the field has a value.
bool asks_for_value(const TreeNode& key, const TreeNode& value, std::string_view field) {
  const std::string_view text = key.value;
  const std::string_view modifiers = text.substr(std::min(text.find('|'), text.size()));
  const bool negative = modifiers.find("|neq") != modifiers.npos || modifiers.find("|exists") != modifiers.npos;
  return text.substr(0, text.size() - modifiers.size()) == field && !negative && says_texts(value);
}

bool is_implied(const TreeNode& key, const TreeNode& value, const TreeNode& map) {
  if (key.value != "type" || value.kind != TreeNode::Kind::Scalar) return false;
  for (const Implied& row : kImplied) {
    if (lowered(row.type) != lowered(value.value)) continue;
    for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
      if (asks_for_value(*map.children[i], *map.children[i + 1], row.by)) return true;
    }
  }
  return false;
}

NodePtr convert_map(const TreeNode& map, Scope& scope) {
  if (has_duplicates(map, scope.findings)) return nullptr;
  std::vector<NodePtr> items;
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    const bool audit = scope.source.service == kAuditd;
    if (audit && is_implied(*map.children[i], *map.children[i + 1], map)) continue;
    NodePtr item = convert_item(*map.children[i], *map.children[i + 1], map, scope);
    if (item == nullptr) return nullptr;
    items.push_back(std::move(item));
  }
  if (items.empty()) return scope.findings.wrong(map, "a map without fields"), nullptr;
  return all_of(std::move(items));
}

// Maps and keywords, any of them.
NodePtr convert_list(const TreeNode& list, Scope& scope) {
  std::vector<NodePtr> parts;
  ValueNodes keywords;
  for (const TreeNode* one : list.children) {
    if (one->kind == TreeNode::Kind::Scalar) {
      keywords.push_back(one);
      continue;
    }
    if (one->kind != TreeNode::Kind::Map) return scope.findings.wrong(*one, "a map or a text must stand here"), nullptr;
    NodePtr part = convert_map(*one, scope);
    if (part == nullptr) return nullptr;
    parts.push_back(std::move(part));
  }
  if (!keywords.empty()) {
    if (!scope.findings.spend(list, keywords.size())) return nullptr;
    NodePtr part = convert_keywords(*keywords.front(), {}, keywords, scope);
    if (part == nullptr) return nullptr;
    parts.push_back(std::move(part));
  }
  if (parts.empty()) return scope.findings.wrong(list, "a list without values"), nullptr;
  return any_of(std::move(parts));
}

}  // namespace

NodePtr convert_identifier(const TreeNode& definition, Scope& scope) {
  switch (definition.kind) {
    case TreeNode::Kind::Map:
      return convert_map(definition, scope);
    case TreeNode::Kind::Sequence:
      return convert_list(definition, scope);
    case TreeNode::Kind::Scalar:
      return convert_keywords(definition, {}, {&definition}, scope);
    case TreeNode::Kind::Null:
      break;
  }
  scope.findings.wrong(definition, "a search identifier without a definition");
  return nullptr;
}

}  // namespace picket::sigma
