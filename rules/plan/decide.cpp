// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/decide.h"

#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "rules/event/outcome.h"
#include "rules/match/check.h"
#include "rules/plan/paths.h"

namespace picket::planning {
namespace {

using language::Literal;
using language::Node;
using language::Operator;

// Fields whose value the kind decides, and in some kinds the call.
constexpr std::string_view kOfKind[] = {"evt.type",       "syscall.type", "evt.category",    "evt.source",
                                        "evt.dir",        "evt.is_async", "evt.asynctype",   "evt.is_io",
                                        "evt.is_io_read", "evt.io_dir",   "evt.is_io_write", "evt.is_io_uring"};

constexpr WhyRow kReasons[] = {
#define WHY(id, reason, hint) {reason, hint},
#include "rules/plan/reasons.def"
#undef WHY
};

bool is_missing(const Node& check, Kind kind) {
  bool missing = false;
  for_each_field(check, [&](const Field& field) { missing = missing || !field.kinds.contains(kind); });
  return missing;
}

Why why_of(const Node& check) {
  const Field* field = check.left.plain_field();
  if (field == nullptr || check.right) return Why::Computed;
  if (field->asks_outcome) return Why::Outcome;
  if (field->name.starts_with("container.") || field->name.starts_with("k8s.")) return Why::Container;
  const bool of_user = field->name.starts_with("user.") || field->name.starts_with("group.");
  if (of_user && field->type == Type::Text) return Why::Names;
  return Why::Field;
}

// Nothing else has a part in it: whatever the operator, user space answers once for each container.
bool is_of_container(const Node& check, Kind kind) {
  bool some = false, all = true;
  for_each_field(check, [&](const Field& field) {
    const auto how = dependence(field, kind);
    some = true;
    all = all && how && how->lane == kContainerLane;
  });
  return some && all;
}

bool is_membership(Operator op) {
  return op == Operator::Equal || op == Operator::NotEqual || op == Operator::In || op == Operator::Intersects ||
         op == Operator::Exists;
}

Decision user_space(Why why) { return {Decision::Is::UserSpace, {}, why}; }

}  // namespace

const WhyRow& row(Why why) { return kReasons[static_cast<std::size_t>(why)]; }

void Decider::begin(Kind kind, std::span<const Node* const> checks) {
  kind_ = kind;
  sample_ = std::make_unique<Sample>(kind);
  std::map<Lane, std::vector<NumberKeys::Asked>> asked;
  std::vector<const Node*> of_addresses;
  for (const Node* check : checks) {
    const Field* field = check->left.plain_field();
    if (field == nullptr || check->right || is_missing(*check, kind)) continue;
    const auto how = dependence(*field, kind);
    if (how && how->shape == Shape::Address && is_membership(check->op)) of_addresses.push_back(check);
    if (!how || keys_of(how->lane) != Keys::Numbers || !is_number_check(*check, *how)) continue;
    asked[how->lane].push_back({check, *how});
    if (how->shape != Shape::IpNumber) continue;
    asked[family_lane(kind)].push_back({&made(check->left, Operator::Exists, {}), {family_lane(kind), Shape::Named}});
  }
  numbers_.clear();
  for (const auto& [lane, of_lane] : asked) numbers_.emplace(lane, NumberKeys(kind, lane, of_lane));
  numbers_.emplace(kCallLane, NumberKeys::of_calls(kind));
  networks_ = NetworkKeys(of_addresses);
}

Decision Decider::decide(const Node& check) {
  if (is_missing(check, kind_)) return {Decision::Is::Never, {}};
  const Field* field = check.left.plain_field();
  if (is_of_container(check, kind_)) return {Decision::Is::Lanes, {predicates_.check(kind_, kContainerLane, check)}};
  if (field == nullptr || check.right) return user_space(why_of(check));
  if (std::find(std::begin(kOfKind), std::end(kOfKind), field->name) != std::end(kOfKind)) return by_kind(check);
  const auto how = dependence(*field, kind_);
  if (!how) return by_nothing(check);
  switch (keys_of(how->lane)) {
    case Keys::Numbers:
      return by_number(check, *how);
    case Keys::Names:
      return by_text(check, *how);
    case Keys::Networks:
      return by_network(check);
    case Keys::Directories:
    case Keys::Classes:  // has been looked at
      break;
  }
  return by_path(check, *how);
}

// Asked of an event by each call that there is.
Decision Decider::by_kind(const Node& check) {
  const NumberKeys& calls = numbers_[kCallLane];
  const auto holds = [&](std::uint64_t call) {
    sample_->set_number(kCallLane, call);
    return check_holds(check, sample_->event(), scratch_);
  };
  const bool other = holds(calls.other());
  const bool same =
      std::all_of(calls.keys().begin(), calls.keys().end(), [&](std::uint64_t call) { return holds(call) == other; });
  sample_->set_number(kCallLane, calls.other());
  scratch_.clear();
  if (same) return {other ? Decision::Is::Always : Decision::Is::Never, {}};
  if (!has_call(kind_)) return user_space(Why::Call);
  return {Decision::Is::Lanes, {predicates_.check(kind_, kCallLane, check)}};
}

Decision Decider::by_network(const Node& check) {
  if (!is_membership(check.op)) return user_space(Why::Operator);
  if (!networks_.decides(check)) return user_space(Why::Networks);
  return {Decision::Is::Lanes, {predicates_.check(kind_, kAddressLane, check)}};
}

// What is known of an outcome says that of the sample: it is presumed to be a success.
Decision Decider::by_nothing(const Node& check) {
  Decision decision = user_space(why_of(check));
  decision.presumed = decision.why == Why::Outcome && check_holds(check, sample_->event(), scratch_);
  scratch_.clear();
  return decision;
}

Decision Decider::by_number(const Node& check, const Dependence& how) {
  if (!is_number_check(check, how)) return user_space(Why::Operator);
  if (!numbers_[how.lane].decides(check)) return user_space(Why::Range);
  const bool family = how.shape == Shape::Family;
  if (family && holds_for(check, AF_INET6, true) != holds_for(check, AF_INET6)) return by_address(check);
  Decision decision{Decision::Is::Lanes, {predicates_.check(kind_, how.lane, check)}};
  if (how.shape != Shape::IpNumber) return decision;
  decision.predicates.push_back(predicates_.check(kind_, family_lane(kind_), made(check.left, Operator::Exists, {})));
  return decision;
}

bool Decider::holds_for(const Node& check, int family, bool mapped) {
  sample_->set_number(family_lane(kind_), static_cast<std::uint64_t>(family));
  sample_->set_mapped_address(mapped);
  const bool holds = check_holds(check, sample_->event(), scratch_);
  sample_->set_mapped_address(false);
  sample_->reset_number(family_lane(kind_));
  return holds;
}

// It tells IPv4 inside IPv6 from IPv6, as the family alone does not. When it holds for no other sockets, they are IP.
Decision Decider::by_address(const Node& check) {
  Decision decision = user_space(Why::Address);
  if (holds_for(check, AF_UNIX) || holds_for(check, AF_UNSPEC)) return decision;
  language::Term family;
  family.name = "fd.sockfamily";
  family.field = find_field(family.name);
  const Node& is_ip = made(family, Operator::Equal, {"ip"});
  decision.predicates.push_back(predicates_.check(kind_, family_lane(kind_), is_ip));
  return decision;
}

// A digest that cannot be had has the row of those that nobody names, so that `exists` is nothing to ask of it.
Decision Decider::by_text(const Node& check, const Dependence& how) {
  switch (check.op) {
    case Operator::Exists:
      if (how.lane == kDigestLane) return user_space(Why::Operator);
      [[fallthrough]];
    case Operator::Equal:
    case Operator::NotEqual:
    case Operator::In:
    case Operator::Intersects:
      return {Decision::Is::Lanes, {predicates_.check(kind_, how.lane, check)}};
    default:
      return user_space(Why::Operator);
  }
}

Decision Decider::by_path(const Node& check, const Dependence& how) {
  const auto all = [&check](auto names) {
    return std::all_of(check.literals.begin(), check.literals.end(),
                       [&names](const Literal& literal) { return names(literal).has_value(); });
  };
  const bool whole = how.shape == Shape::Path, last = how.shape == Shape::LastOf;
  const bool by_name = check.op == Operator::Exists ? last : (whole || last) && all([&](const Literal& literal) {
                                                               return named_file(check, literal, whole);
                                                             });
  const bool by_directory = check.op == Operator::Exists
                                ? !last
                                : !last && all([&](const Literal& literal) { return named_directory(check, literal); });
  if (by_name || by_directory) {
    const Lane lane = how.lane + (by_directory ? 0 : 1);
    return {Decision::Is::Lanes, {predicates_.check(kind_, lane, check)}};
  }
  Decision decision = user_space(Why::Operator);
  if (check.op == Operator::StartsWith || check.op == Operator::EndsWith) decision.why = Why::PathText;
  if (check.op == Operator::Glob || check.op == Operator::PathMatch) decision.why = Why::Pattern;
  if (check.op == Operator::Equal || check.op == Operator::NotEqual || check.op == Operator::In) {
    decision.why = Why::PathLiteral;
  }
  if (whole) add_implied(check, how, decision);
  return decision;
}

void Decider::add_implied(const Node& check, const Dependence& how, Decision& decision) {
  Implied found = implied(check);
  if (!found.beginnings.empty()) {
    const Node& below = made(check.left, Operator::StartsWith, std::move(found.beginnings));
    decision.predicates.push_back(predicates_.check(kind_, how.lane, below));
  }
  if (!found.ends.empty()) {
    const Node& named = made(check.left, Operator::EndsWith, std::move(found.ends));
    decision.predicates.push_back(predicates_.check(kind_, how.lane + 1, named));
  }
  const unsigned path = (how.lane - kPathLane) / 2;
  if (!found.ways.empty() && !is_subject(how.lane) && has_way(kind_, path)) {
    const Node& passes = made(check.left, Operator::Contains, std::move(found.ways));
    decision.predicates.push_back(predicates_.check(kind_, kWayLane + path, passes));
  }
}

// A check that no rule has.
const Node& Decider::made(const language::Term& left, Operator op, std::vector<std::string> texts) {
  auto node = std::make_unique<Node>();
  node->left = left;
  node->op = op;
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  if (texts.size() > 1) node->modifier = language::Modifier::AnyOf;
  node->literals.resize(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Literal& literal = node->literals[i];
    literal.text = std::move(texts[i]);
    literal.bound.value = std::string_view(literal.text);
  }
  return *made_.try_emplace(print(*node), std::move(node)).first->second;
}

}  // namespace picket::planning
