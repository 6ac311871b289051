// SPDX-License-Identifier: Apache-2.0
//
//   condition    or                          (a list of conditions: any of them)
//   or           and ('or' and)*
//   and          not ('and' not)*
//   not          'not' not | '(' or ')' | quantity 'of' which | identifier
//   quantity     'all' | 'any' | a number: so many at least
//   which        'them' (all that do not begin with _) | an identifier, in which * is any text
//
// Words are told apart without regard to case. What stands behind a | (Sigma's old aggregations) is not converted.
#include "rules/sigma/condition.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "rules/event/text.h"
#include "rules/sigma/audit.h"
#include "rules/sigma/document.h"
#include "rules/sigma/pattern.h"

namespace picket::sigma {
namespace {

using policy::TreeNode;

constexpr int kMostNesting = 100;
constexpr std::size_t kMostCombinations = 500;

bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

// The keys of `detection` that are no search identifiers.
bool is_keyword(std::string_view key) { return key == "condition" || key == "timeframe"; }

// Only * is special.
bool fits(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == pattern.npos) return pattern == name;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  for (std::size_t from = star; from <= name.size(); ++from) {
    if (fits(pattern.substr(star + 1), name.substr(from))) return true;
  }
  return false;
}

// The search identifiers, each converted when it is first asked for.
class Identifiers {
 public:
  Identifiers(const TreeNode& detection, Scope& scope) : detection_(detection), scope_(scope) {}

  // Nothing when there is no such identifier.
  const TreeNode* find(std::string_view name) const {
    return is_keyword(name) ? nullptr : policy::value_of(detection_, name);
  }

  std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i + 1 < detection_.children.size(); i += 2) {
      const TreeNode& key = *detection_.children[i];
      if (key.kind == TreeNode::Kind::Scalar && !is_keyword(key.value)) names.push_back(key.value);
    }
    return names;
  }

  std::vector<std::string_view> fitting(std::string_view pattern) const {
    std::vector<std::string_view> found = names();
    const bool them = lowered(pattern) == "them";
    const auto other = [&](std::string_view name) {
      const bool hidden = name.starts_with('_') && !pattern.starts_with('_');
      return hidden || (!them && !fits(pattern, name));
    };
    found.erase(std::remove_if(found.begin(), found.end(), other), found.end());
    return found;
  }

  NodePtr convert(std::string_view name) {
    const TreeNode& definition = *find(name);
    auto& [node, size] = converted_[name];
    if (node == nullptr) {
      node = convert_identifier(definition, scope_);
      if (node == nullptr) return nullptr;
      size = size_of(*node);
    }
    if (!scope_.findings.spend(definition, size)) return nullptr;
    return language::clone(*node);
  }

 private:
  struct Converted {
    NodePtr node;
    std::size_t size = 0;
  };

  static std::size_t size_of(const language::Node& node) {
    std::size_t size = 1 + node.literals.size();
    for (const NodePtr& child : node.children) size += size_of(*child);
    return size;
  }

  const TreeNode& detection_;
  Scope& scope_;
  std::map<std::string_view, Converted> converted_;
};

class ConditionParser {
 public:
  ConditionParser(const TreeNode& text, Identifiers& identifiers, Findings& findings)
      : node_(text), text_(text.value), identifiers_(identifiers), findings_(findings) {
    advance();
  }

  NodePtr run() {
    if (word_.empty()) return fail("the condition is empty");
    NodePtr condition = disjunction();
    if (condition == nullptr || word_.empty()) return condition;
    return fail("'and', 'or' or the end must stand here, not " + quote(word_));
  }

 private:
  // Takes the next word: a parenthesis, a bar or a run of other bytes. Empty at the end.
  void advance() {
    begin_ = end_;
    while (begin_ < text_.size() && is_blank(text_[begin_])) ++begin_;
    static constexpr std::string_view kSigns = "()|";
    const auto is_sign = [](char byte) { return kSigns.find(byte) != kSigns.npos; };
    end_ = begin_;
    if (begin_ < text_.size() && is_sign(text_[begin_])) {
      ++end_;
    } else {
      while (end_ < text_.size() && !is_blank(text_[end_]) && !is_sign(text_[end_])) ++end_;
    }
    word_ = text_.substr(begin_, end_ - begin_);
  }

  bool at(std::string_view word) const { return lowered(word_) == word; }
  bool take(std::string_view word) {
    if (!at(word)) return false;
    advance();
    return true;
  }

  NodePtr fail(std::string why, std::string hint = {}) {
    findings_.wrong({node_, begin_, word_.size()}, std::move(why), std::move(hint));
    return nullptr;
  }

  NodePtr disjunction();
  NodePtr conjunction();
  NodePtr negation();
  NodePtr primary();
  NodePtr quantified(std::string_view quantity);
  NodePtr at_least(std::size_t count, const std::vector<std::string_view>& names);
  NodePtr all_named(const std::vector<std::string_view>& names, bool all);

  const TreeNode& node_;
  std::string_view text_;
  Identifiers& identifiers_;
  Findings& findings_;
  std::size_t begin_ = 0, end_ = 0;
  std::string_view word_;
  int depth_ = 0;
};

NodePtr ConditionParser::disjunction() {
  std::vector<NodePtr> parts;
  do {
    NodePtr part = conjunction();
    if (part == nullptr) return nullptr;
    parts.push_back(std::move(part));
  } while (take("or"));
  return any_of(std::move(parts));
}

NodePtr ConditionParser::conjunction() {
  std::vector<NodePtr> parts;
  do {
    NodePtr part = negation();
    if (part == nullptr) return nullptr;
    parts.push_back(std::move(part));
  } while (take("and"));
  if (word_ != "|") return all_of(std::move(parts));
  findings_.unsaid({node_, begin_, 1}, "it counts events ('|'), which is an aggregation");
  return nullptr;
}

NodePtr ConditionParser::negation() {
  if (!at("not")) return primary();
  if (++depth_ > kMostNesting) return fail("the condition is nested too deeply");
  advance();
  NodePtr inner = negation();
  --depth_;
  return inner == nullptr ? nullptr : none_of(std::move(inner));
}

NodePtr ConditionParser::primary() {
  if (word_.empty()) return fail("a search identifier is missing at the end");
  if (take("(")) {
    if (++depth_ > kMostNesting) return fail("the condition is nested too deeply");
    NodePtr inner = disjunction();
    --depth_;
    if (inner != nullptr && !take(")")) return fail("a ')' is missing");
    return inner;
  }
  const std::string_view name = word_;
  const std::size_t begin = begin_;
  if (identifiers_.find(name) == nullptr || at("all") || at("any")) {
    advance();
    if (take("of")) return quantified(name);
    findings_.wrong({node_, begin, name.size()}, "there is no search identifier " + quote(name),
                    suggestion(name, identifiers_.names()));
    return nullptr;
  }
  advance();
  if (at("of")) {
    advance();
    return quantified(name);
  }
  return identifiers_.convert(name);
}

// At word_ stands which; `quantity` has been taken.
NodePtr ConditionParser::quantified(std::string_view quantity) {
  const std::vector<std::string_view> names = identifiers_.fitting(word_);
  if (names.empty()) return fail("no search identifier fits " + quote(word_), suggestion(word_, identifiers_.names()));
  std::size_t count = 0;
  const auto [end, failure] = std::from_chars(quantity.data(), quantity.data() + quantity.size(), count);
  const bool number = failure == std::errc() && end == quantity.data() + quantity.size();
  if (lowered(quantity) == "all") {
    count = names.size();
  } else if (lowered(quantity) == "any") {
    count = 1;
  } else if (!number || count == 0) {
    return fail("'of' follows 'all', 'any' or a number, not " + quote(quantity));
  }
  if (count > names.size())
    return fail("only " + std::to_string(names.size()) + " search identifiers fit " + quote(word_));
  advance();
  if (count == 1 || count == names.size()) return all_named(names, count == names.size());
  return at_least(count, names);
}

NodePtr ConditionParser::all_named(const std::vector<std::string_view>& names, bool all) {
  std::vector<NodePtr> parts;
  for (const std::string_view name : names) {
    NodePtr part = identifiers_.convert(name);
    if (part == nullptr) return nullptr;
    parts.push_back(std::move(part));
  }
  return all ? all_of(std::move(parts)) : any_of(std::move(parts));
}

// Every choice of so many of them.
NodePtr ConditionParser::at_least(std::size_t count, const std::vector<std::string_view>& names) {
  std::vector<bool> chosen(names.size(), false);
  std::fill(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(count), true);
  std::vector<NodePtr> choices;
  do {
    std::vector<std::string_view> some;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (chosen[i]) some.push_back(names[i]);
    }
    NodePtr choice = all_named(some, true);
    if (choice == nullptr) return nullptr;
    choices.push_back(std::move(choice));
    if (choices.size() > kMostCombinations) {
      findings_.unsaid(node_, "there are too many ways to choose " + std::to_string(count) + " of " +
                                  std::to_string(names.size()) + " search identifiers");
      return nullptr;
    }
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  return any_of(std::move(choices));
}

NodePtr convert_condition(const TreeNode& condition, Identifiers& identifiers, Findings& findings) {
  if (condition.kind == TreeNode::Kind::Scalar) return ConditionParser(condition, identifiers, findings).run();
  if (condition.kind != TreeNode::Kind::Sequence || condition.children.empty()) {
    return findings.wrong(condition, "'condition' must be a text or a list of texts"), nullptr;
  }
  std::vector<NodePtr> parts;
  for (const TreeNode* one : condition.children) {
    if (one->kind != TreeNode::Kind::Scalar) return findings.wrong(*one, "a condition must be a text"), nullptr;
    NodePtr part = ConditionParser(*one, identifiers, findings).run();
    if (part == nullptr) return nullptr;
    parts.push_back(std::move(part));
  }
  return any_of(std::move(parts));
}

}  // namespace

NodePtr convert_detection(const TreeNode& detection, Scope& scope) {
  if (detection.kind != TreeNode::Kind::Map) {
    return scope.findings.wrong(detection, "'detection' must be a map of search identifiers"), nullptr;
  }
  if (has_duplicates(detection, scope.findings)) return nullptr;
  if (const TreeNode* frame = policy::value_of(detection, "timeframe")) {
    return scope.findings.unsaid(*frame, "it counts events within a time, which is an aggregation"), nullptr;
  }
  const TreeNode* condition = policy::value_of(detection, "condition");
  if (condition == nullptr) return scope.findings.wrong(detection, "'detection' without 'condition'"), nullptr;
  Identifiers identifiers(detection, scope);
  NodePtr converted = convert_condition(*condition, identifiers, scope.findings);
  if (converted == nullptr) return nullptr;
  if (!scope.source.guard.empty()) return guarded(*converted, scope.source.guard);
  // Of auditd: programs that are executed are asked about once.
  if (implies(*converted, kExecuted)) converted = guarded(*converted, kExecuted);
  const std::string why = trouble_with_records(*converted, scope);
  if (why.empty()) return converted;
  return scope.findings.unsaid(*condition, why), nullptr;
}

}  // namespace picket::sigma
