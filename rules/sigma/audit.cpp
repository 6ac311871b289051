// SPDX-License-Identifier: Apache-2.0
#include "rules/sigma/audit.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

#include "rules/event/text.h"

namespace picket::sigma {
namespace {

using policy::TreeNode;

constexpr unsigned kMostArguments = 1000;

// The calls that are events, with their numbers on x86-64, which is what rules mean by a number.
struct Call {
  std::string_view name;
  int number;
};
constexpr int NO = -1;
constexpr Call kCalls[] = {
#define CALL(kind, name, x86_64, x32, i386, arm64, arm) {#name, x86_64},
#include "rules/event/syscalls.def"
#undef CALL
};

// Words of our own for what is no call, and the ring, which is one among many ways.
constexpr std::string_view kNoCalls[] = {"io_uring", "open_trunc"};

const Call* find_call(std::string_view text) {
  const std::string name = lowered(text);
  int number = NO;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = failure == std::errc() && end == text.data() + text.size() && number >= 0;
  const auto* call = std::find_if(std::begin(kCalls), std::end(kCalls), [&](const Call& one) {
    const bool own = std::find(std::begin(kNoCalls), std::end(kNoCalls), one.name) != std::end(kNoCalls);
    return !own && one.number != NO && (is_number ? one.number == number : one.name == name);
  });
  return call == std::end(kCalls) ? nullptr : call;
}

// Arguments of calls that events have as they are. The numbers in records are hexadecimal.
struct CallArgument {
  std::string_view call;
  unsigned number;
  const char* field;
};
constexpr CallArgument kCallArguments[] = {
    {"socket", 0, "socket.family"},
    {"socket", 2, "socket.protocol"},
};

// The texts of a value or of a list of them.
std::vector<std::string> texts_of(const TreeNode* value) {
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  if (value->kind == TreeNode::Kind::Scalar) texts.push_back(value->value);
  if (value->kind != TreeNode::Kind::Sequence) return texts;
  for (const TreeNode* one : value->children) {
    if (one->kind == TreeNode::Kind::Scalar) texts.push_back(one->value);
  }
  return texts;
}

std::string upper(std::string_view text) {
  std::string high(text);
  for (char& byte : high) {
    if (byte >= 'a' && byte <= 'z') byte = static_cast<char>(byte - 'a' + 'A');
  }
  return high;
}

void add_values(const TreeNode& map, std::string_view key, std::set<std::string>& into) {
  for (const std::string& text : texts_of(policy::value_of(map, key))) into.insert(upper(text));
}

// The record types that a map can be about: its own, else those of the whole rule.
std::set<std::string> types_in(const TreeNode& map, const Scope& scope) {
  std::set<std::string> types;
  add_values(map, "type", types);
  return types.empty() ? scope.records.types : types;
}

// The call that the map names, when it is one.
const Call* only_call(const TreeNode& map) {
  std::vector<std::string> names = texts_of(policy::value_of(map, "SYSCALL"));
  if (names.empty()) names = texts_of(policy::value_of(map, "syscall"));
  return names.size() == 1 ? find_call(names.front()) : nullptr;
}

NodePtr call_argument(unsigned number, const TreeNode& at, const ItemKey& key, const ValueNodes& values,
                      const TreeNode& map, Scope& scope) {
  const Call* call = only_call(map);
  const auto* row = std::find_if(std::begin(kCallArguments), std::end(kCallArguments), [&](const CallArgument& one) {
    return call != nullptr && one.call == call->name && one.number == number;
  });
  if (row == std::end(kCallArguments)) {
    scope.findings.unsaid(at,
                          "arguments of system calls are numbers that events do not keep, but for the family and "
                          "protocol of 'socket'");
    return nullptr;
  }
  const bool plain = key.match == Match::Text && key.transforms.empty() && !key.all;
  std::vector<std::string> numbers;
  for (const TreeNode* value : values) {
    std::uint32_t wanted = 0;
    const std::string& text = value->value;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), wanted, 16);
    if (failure == std::errc() && end == text.data() + text.size()) numbers.push_back(std::to_string(wanted));
  }
  if (plain && numbers.size() == values.size()) return negated_if(key.negated, among(row->field, std::move(numbers)));
  scope.findings.unsaid(at, "an argument of a system call is compared with whole hexadecimal numbers only");
  return nullptr;
}

}  // namespace

Records records_of(const TreeNode& detection) {
  Records records;
  const auto read = [&records](const TreeNode& map) {
    add_values(map, "type", records.types);
    add_values(map, "nametype", records.name_types);
  };
  for (const TreeNode* definition : detection.children) {
    if (definition->kind == TreeNode::Kind::Map) read(*definition);
    if (definition->kind != TreeNode::Kind::Sequence) continue;
    for (const TreeNode* map : definition->children) {
      if (map->kind == TreeNode::Kind::Map) read(*map);
    }
  }
  return records;
}

std::optional<unsigned> argument_number(std::string_view field) {
  unsigned number = 0;
  if (field.size() < 2 || field.front() != 'a') return std::nullopt;
  const auto [end, failure] = std::from_chars(field.data() + 1, field.data() + field.size(), number);
  const bool whole = failure == std::errc() && end == field.data() + field.size();
  return whole && number < kMostArguments ? std::optional(number) : std::nullopt;
}

NodePtr convert_argument(unsigned number, const TreeNode& at, const ItemKey& key, const ValueNodes& values,
                         const TreeNode& map, Scope& scope) {
  const std::set<std::string> types = types_in(map, scope);
  const bool of_call = types.count("SYSCALL") > 0 || (types.empty() && only_call(map) != nullptr);
  if (of_call && types.count("EXECVE") > 0) {
    scope.findings.unsaid(at, "it is not said whether these are arguments of a program or of a system call",
                          "give each map its own 'type'");
    return nullptr;
  }
  if (of_call) return call_argument(number, at, key, values, map, scope);
  const FieldUse argument = number == 0 ? use_of("proc.exe", Empty::Missing)
                                        : use_of("proc.args[" + std::to_string(number - 1) + "]", Empty::Distinct);
  NodePtr compared = compare_field(argument, key, values, scope.findings);
  return compared == nullptr ? nullptr : guarded(*compared, kExecuted);
}

bool is_system_call(std::string_view field) { return field == "SYSCALL" || field == "syscall"; }

NodePtr convert_system_call(const TreeNode& at, const ItemKey& key, const ValueNodes& values, Scope& scope) {
  if (key.match != Match::Text || !key.transforms.empty() || (key.all && values.size() > 1)) {
    scope.findings.unsaid(at, "a system call is compared with whole names only");
    return nullptr;
  }
  std::vector<std::string> calls;
  for (const TreeNode* value : values) {
    const Call* call = find_call(value->value);
    if (call == nullptr) {
      scope.findings.unsaid(*value, "Picket has no event of the system call " + quote(value->value));
      return nullptr;
    }
    calls.emplace_back(call->name);
  }
  return negated_if(key.negated, among("evt.type", std::move(calls)));
}

// A rename has two paths: the new one is created, the old one deleted.
FieldUse use_of_name(const FieldRow& row, const Scope& scope) {
  FieldUse use = use_of(row);
  const auto& types = scope.records.name_types;
  if (types.size() != 1) return use;
  const std::string_view other = types.count("CREATE") > 0 ? "evt.abspath.src" : "evt.abspath.dst";
  const auto drop = [other](const std::string& term) { return term == other || term == "exec.path"; };
  use.terms.erase(std::remove_if(use.terms.begin(), use.terms.end(), drop), use.terms.end());
  return use;
}

std::string trouble_with_records(const language::Node& condition, const Scope& scope) {
  for (const ChoiceRow& choice : scope.source.choices) {
    const bool of_record = choice.field == "type" || choice.field == "nametype";
    if (of_record && negates(condition, choice.condition)) {
      return "it is said which record is not meant; one event has records of several types";
    }
  }
  const auto& names = scope.records.name_types;
  if (names.empty()) return "";
  const ChoiceRow* only = names.size() == 1 ? find_choice(scope.source, "nametype", *names.begin()) : nullptr;
  if (only != nullptr && implies(condition, only->condition)) return "";
  return "'nametype' is not one for the whole rule; one event has paths of several such types";
}

}  // namespace picket::sigma
