// SPDX-License-Identifier: Apache-2.0
#include "rules/match/anchors.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <utility>

#include "rules/language/regex.h"
#include "rules/match/glob.h"
#include "rules/match/postings.h"

namespace picket {
namespace {

using language::Literal;
using language::Modifier;
using language::Operator;
using NodeKind = language::Node::Kind;

constexpr double kNever = std::numeric_limits<double>::infinity();  // the cost of what is no anchor
constexpr std::size_t kLeastRequired = 3;  // bytes that a text of a regular expression must have

std::string_view text_of(const Literal& literal) { return std::get<std::string_view>(literal.bound.value); }

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), folded);
  return lower;
}

// ---- one literal of each operator: what all have that pass; nothing when any value may ----

using Alternatives = std::vector<Anchor>;
using MakeAnchors = Alternatives (*)(const Literal& literal);

// A text that is empty tells nothing, but that of Whole.
Alternatives text_anchor(Lookup lookup, std::string text) {
  if (text.empty() && lookup != Lookup::Whole) return {};
  return {Anchor{0, lookup, std::move(text)}};
}

template <Lookup lookup>
Alternatives plain(const Literal& literal) {
  return text_anchor(lookup, std::string(text_of(literal)));
}

Alternatives fragment(const Literal& literal) { return text_anchor(Lookup::Fragment, in_lower_case(text_of(literal))); }

Alternatives regex(const Literal& literal) {
  Anchor anchor{0, Lookup::Pattern, {}};
  anchor.regex = literal.bound.regex;
  return {anchor};
}

// The stretches of a glob that stand for themselves. What begins with a bracket is left alone.
struct Stretches {
  std::string first;             // at the very front
  std::vector<std::string> all;  // none empty
  bool whole = false;            // the pattern has nothing else
};

Stretches stretches_of(std::string_view pattern) {
  Stretches found;
  std::string open;
  bool front = true;
  const auto close = [&] {
    if (std::exchange(front, false)) found.first = open;
    if (!open.empty()) found.all.push_back(std::exchange(open, {}));
  };
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char byte = pattern[at];
    if (byte == '[' || (byte == '\\' && at + 1 == pattern.size())) {
      close();
      return found;
    }
    if (byte == '*' || byte == '?') {
      close();
    } else {
      open += byte == '\\' ? pattern[++at] : byte;
    }
  }
  found.whole = front;
  close();
  return found;
}

void append(Alternatives& all, Alternatives more) { std::move(more.begin(), more.end(), std::back_inserter(all)); }

Alternatives folded_glob(const Literal& literal) {
  Alternatives all;
  for (const std::string& text : stretches_of(text_of(literal)).all) {
    append(all, text_anchor(Lookup::Fragment, in_lower_case(text)));
  }
  return all;
}

Alternatives glob(const Literal& literal) {
  Stretches found = stretches_of(text_of(literal));
  if (found.whole) return text_anchor(Lookup::Whole, std::move(found.first));
  Alternatives all = text_anchor(Lookup::Prefix, std::move(found.first));
  append(all, folded_glob(literal));
  return all;
}

// Slashes in a row and at the end do not count, so that no fragment has one.
Alternatives path(const Literal& literal) {
  Stretches found = stretches_of(text_of(literal));
  while (found.first.ends_with('/')) found.first.pop_back();
  const std::size_t begin = std::min(found.first.find_first_not_of('/'), found.first.size());
  if (begin > 1) found.first.erase(1, begin - 1);
  Alternatives all = text_anchor(Lookup::PathPrefix, std::move(found.first));
  for (const std::string_view text : found.all) {
    for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
      end = std::min(text.find('/', at), text.size());
      append(all, text_anchor(Lookup::Fragment, in_lower_case(text.substr(at, end - at))));
    }
  }
  return all;
}

struct Row {
  Operator op;
  MakeAnchors make;
};

constexpr Row kTextRows[] = {
    {Operator::Equal, plain<Lookup::Whole>},
    {Operator::In, plain<Lookup::Whole>},
    {Operator::Intersects, plain<Lookup::Whole>},
    {Operator::StartsWith, plain<Lookup::Prefix>},
    {Operator::BytesStartWith, plain<Lookup::Prefix>},
    {Operator::EndsWith, plain<Lookup::Suffix>},
    {Operator::Contains, fragment},
    {Operator::IContains, fragment},
    {Operator::BytesContain, fragment},
    {Operator::Glob, glob},
    {Operator::IGlob, folded_glob},
    {Operator::PathMatch, path},
    {Operator::Regex, regex},
};

Alternatives number(const Literal& literal) {
  Anchor anchor{0, Lookup::Number, {}};
  const auto* natural = std::get_if<std::uint64_t>(&literal.bound.value);
  anchor.number = natural ? *natural : static_cast<std::uint64_t>(std::get<std::int64_t>(literal.bound.value));
  return {anchor};
}

Alternatives network(const Literal& literal) {
  Anchor anchor{0, Lookup::Network, {}};
  anchor.address = std::get<Address>(literal.bound.value);
  anchor.prefix = literal.bound.prefix;
  return {anchor};
}

Alternatives address(const Literal& literal) {
  Alternatives all = network(literal);
  all.front().prefix = all.front().address.family == 4 ? 32 : 128;
  return all;
}

MakeAnchors maker(const language::Node& check) {
  if (check.left.type == Type::Text) {
    const auto* row = std::find_if(std::begin(kTextRows), std::end(kTextRows),
                                   [&check](const Row& each) { return each.op == check.op; });
    return row == std::end(kTextRows) ? nullptr : row->make;
  }
  const bool equality = check.op == Operator::Equal || check.op == Operator::In || check.op == Operator::Intersects;
  if (!equality || check.left.type == Type::Bool) return nullptr;
  if (check.left.type == Type::Address) return address;
  return check.left.type == Type::Network ? network : number;
}

// What kind of event it is was looked at before. A hash is looked at last: a file may have to be read for it.
bool is_no_anchor(const language::Node& check) {
  const Field* field = check.left.plain_field();
  if (field != nullptr && field->name == "evt.type") return true;
  bool hashed = false;
  for_each_field(check.left, [&hashed](const Field& each) { hashed = hashed || each.hashes.any(); });
  return hashed;
}

std::uint64_t hash_of(const Anchor& anchor) {
  std::uint64_t hash = hash_with(kEmptyHash, static_cast<char>(anchor.lookup));
  for (const char byte : anchor.text) hash = hash_with(hash, byte);
  for (const std::uint8_t byte : anchor.address.bytes) hash = hash_with(hash, static_cast<char>(byte));
  hash = hash_with(hash, static_cast<char>(anchor.prefix));
  hash ^= spread(anchor.number) ^ spread(reinterpret_cast<std::uintptr_t>(anchor.regex.get()));
  return spread(hash + anchor.term);
}

// How often it is met, about, as against a whole text.
double rarity(const Anchor& anchor) {
  switch (anchor.lookup) {
    case Lookup::Whole:
      return 1;
    case Lookup::Number:
      return 16;
    case Lookup::Pattern:
      return 8;
    case Lookup::Network:
      return anchor.prefix >= 32 ? 1 : 16;
    default:
      return 1 + (256 >> std::min<std::size_t>(anchor.text.size(), 8));
  }
}

}  // namespace

std::string print(const Anchor& anchor, const SharedConditions& conditions) {
  // In the order of Lookup. A fragment is met whatever the case of its letters.
  constexpr std::array kWords = {"=", "startswith", "pmatch", "endswith", "icontains", "regex", "=", "in"};
  const language::Term& term = *conditions.terms()[anchor.term];
  std::string text = print(term) + " " + kWords[static_cast<std::size_t>(anchor.lookup)] + " ";
  switch (anchor.lookup) {
    case Lookup::Number:
      append_text(text, term.type == Type::Signed ? Value(static_cast<std::int64_t>(anchor.number)) : anchor.number);
      return text;
    case Lookup::Network:
      append_text(text, anchor.address);
      return text + "/" + std::to_string(anchor.prefix);
    case Lookup::Pattern:
      return text + anchor.regex->pattern();
    default:
      return text + anchor.text;
  }
}

Anchors::Anchors(const SharedConditions& conditions, std::span<const NodeId> rules) : conditions_(conditions) {
  const auto nodes = conditions.nodes();
  for (NodeId id = 0; id < nodes.size(); ++id) {
    if (nodes[id].kind == NodeKind::Check) choose(id);
  }
  std::vector<std::uint32_t> seen_by(nodes.size());
  std::uint32_t rule = 0;
  for (const NodeId condition : rules) count(condition, ++rule, seen_by);

  costs_.assign(nodes.size(), kNever);
  for (NodeId id = 0; id < nodes.size(); ++id) {  // children come before their parents
    const auto children = conditions.children(nodes[id]);
    if (nodes[id].kind == NodeKind::Check) {
      const auto choice = choices_.find(id);
      if (choice != choices_.end()) costs_[id] = cost_of(choice->second);
    } else if (nodes[id].kind == NodeKind::And) {
      for (const NodeId child : children) costs_[id] = std::min(costs_[id], costs_[child]);
    } else if (nodes[id].kind == NodeKind::Or) {
      costs_[id] = 0;
      for (const NodeId child : children) costs_[id] += costs_[child];
    }
  }
}

void Anchors::choose(NodeId id) {
  const auto& node = conditions_.nodes()[id];
  const language::Node& check = *node.check;
  const MakeAnchors make = check.right || is_no_anchor(check) ? nullptr : maker(check);
  if (make == nullptr) return;
  Choice choice;
  choice.all = check.modifier == Modifier::AllOf;
  for (const Literal& literal : check.literals) {
    Alternatives anchors = make(literal);
    for (Anchor& anchor : anchors) anchor.term = node.term;
    if (!anchors.empty()) choice.literals.push_back(std::move(anchors));
  }
  // Of all that must pass, one that tells something will do.
  const bool enough = choice.all ? !choice.literals.empty() : choice.literals.size() == check.literals.size();
  if (enough) choices_.emplace(id, std::move(choice));
}

// Each anchor of a rule's condition counts once, wherever in it no `not` stands above. Rules are numbered from 1;
// `seen_by` has the last one that has the node.
void Anchors::count(NodeId condition, std::uint32_t rule, std::vector<std::uint32_t>& seen_by) {
  std::vector<NodeId> open = {condition};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (std::exchange(seen_by[id], rule) == rule) continue;
    const auto& node = conditions_.nodes()[id];
    if (node.kind == NodeKind::Not) continue;
    const auto children = conditions_.children(node);
    open.insert(open.end(), children.begin(), children.end());
    const auto choice = choices_.find(id);
    if (choice == choices_.end()) continue;
    for (const auto& literal : choice->second.literals) {
      for (const Anchor& anchor : literal) ++rules_of_[hash_of(anchor)];
    }
  }
}

double Anchors::cost_of(const Anchor& anchor) const {
  const auto rules = rules_of_.find(hash_of(anchor));
  return rarity(anchor) * (rules == rules_of_.end() ? 1 : rules->second);
}

const Anchor& Anchors::rarest(const std::vector<Anchor>& alternatives) const {
  return *std::min_element(alternatives.begin(), alternatives.end(),
                           [this](const Anchor& a, const Anchor& b) { return cost_of(a) < cost_of(b); });
}

double Anchors::cost_of(const Choice& choice) const {
  double cost = choice.all ? kNever : 0;
  for (const auto& literal : choice.literals) {
    const double one = cost_of(rarest(literal));
    cost = choice.all ? std::min(cost, one) : cost + one;
  }
  return cost;
}

std::vector<Anchor> Anchors::of(NodeId condition) {
  std::vector<Anchor> anchors;
  if (costs_[condition] != kNever) collect(condition, anchors);
  return anchors;
}

void Anchors::collect(NodeId id, std::vector<Anchor>& into) {
  const auto& node = conditions_.nodes()[id];
  const auto cheaper = [this](NodeId a, NodeId b) { return costs_[a] < costs_[b]; };
  const auto children = conditions_.children(node);
  if (node.kind == NodeKind::And) return collect(*std::min_element(children.begin(), children.end(), cheaper), into);
  for (const NodeId child : children) collect(child, into);
  if (node.kind != NodeKind::Check) return;
  const Choice& choice = choices_.at(id);
  if (!choice.all) {
    for (const auto& literal : choice.literals) add(rarest(literal), into);
    return;
  }
  std::vector<Anchor> each;
  for (const auto& literal : choice.literals) each.push_back(rarest(literal));
  add(rarest(each), into);
}

// A regular expression stands for the texts that it requires, if there are any.
void Anchors::add(const Anchor& anchor, std::vector<Anchor>& into) {
  if (anchor.lookup != Lookup::Pattern) return into.push_back(anchor);
  const auto [known, added] = required_.try_emplace(anchor.regex.get());
  if (added) known->second = anchor.regex->required(kLeastRequired);
  if (known->second.empty()) return into.push_back(anchor);
  for (const std::string& text : known->second) into.push_back({anchor.term, Lookup::Fragment, text});
}

}  // namespace picket
