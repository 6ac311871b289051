// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/obstacle.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "rules/event/text.h"

namespace picket::planning {
namespace {

using NodeKind = language::Node::Kind;

// Errors that make the kernel do the operation once more instead of failing: do_filp_open() in fs/namei.c tries again
// after ECHILD (without RCU) and ESTALE, and so do the callers of the path hooks after ESTALE (retry_estale()).
struct Retried {
  int error;
  KindSet kinds;
};
const Retried kRetried[] = {
    {ECHILD, {Kind::open}},
    {ESTALE,
     {Kind::open, Kind::create, Kind::unlink, Kind::rmdir, Kind::rename, Kind::link, Kind::symlink, Kind::mkdir,
      Kind::mknod, Kind::chmod, Kind::chown, Kind::truncate, Kind::setxattr, Kind::chroot}},
};

std::optional<Obstacle> of_response(const Rule& rule) {
  if (rule.threshold.count > 0) {
    return Obstacle{"its threshold is counted in user space, after the fact", "take out `threshold`"};
  }
  if (!rule.sequence.after.empty()) {
    return Obstacle{"its sequence is followed in user space, after the fact", "take out `sequence`"};
  }
  for (const Retried& row : kRetried) {
    if (!rule.response.deny || rule.response.error != row.error || (row.kinds & rule.kinds).empty()) continue;
    return Obstacle{
        std::string("errno ") + strerrorname_np(row.error) + " makes the kernel try again instead of failing",
        "use EPERM or EACCES"};
  }
  return std::nullopt;
}

std::optional<Obstacle> of_kinds(const Rule& rule) {
  for (unsigned number = 0; number < kKindEnd; ++number) {
    const auto kind = static_cast<Kind>(number);
    if (!rule.kinds.contains(kind) || kRefusableKinds.contains(kind)) continue;
    return Obstacle{"it can match events of the kind " + quote(kind_name(kind)) + ", which cannot be refused",
                    "name the calls it is about with evt.type"};
  }
  return std::nullopt;
}

std::string call_list(Kind kind) {
  std::string list;
  const auto names = call_names(kind);
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) == name) list.append(list.empty() ? "" : ", ").append(*name);
  }
  return list;
}

// A field in it that says itself why the kernel cannot decide by it.
const Field* undecidable(NodeId id, const Draft& draft) {
  const SharedConditions::Node& node = draft.shared.nodes()[id];
  const Field* found = nullptr;
  if (node.check != nullptr) {
    language::for_each_field(*node.check, [&found](const Field& field) {
      if (found == nullptr && !field.why_not_denied.empty()) found = &field;
    });
    return found;
  }
  for (const NodeId child : draft.shared.children(node)) {
    if (found == nullptr) found = undecidable(child, draft);
  }
  return found;
}

Obstacle of_left(const Left& left, Kind kind, const Draft& draft) {
  if (const Field* field = undecidable(left.node, draft)) {
    return {quote(field->name) + " cannot be decided in the kernel: " + std::string(field->why_not_denied),
            "take the action out and let the rule alert, or compare the path instead: proc.exepath, fd.name"};
  }
  const WhyRow& why = row(left.why);
  std::string hint(why.hint);
  if (left.why == Why::Call) hint = "name all of the kind: evt.type in (" + call_list(kind) + ")";
  return {quote(print(left, draft)) + " " + std::string(why.reason), std::move(hint)};
}

}  // namespace

std::string print(const Left& left, const Draft& draft) {
  const SharedConditions::Node& node = draft.shared.nodes()[left.node];
  std::string text;
  if (node.check != nullptr) {
    text = language::print(*node.check);
  } else if (node.kind == NodeKind::Not) {
    return print(Left{draft.shared.children(node).front(), !left.negated, left.why}, draft);
  } else {
    for (const NodeId child : draft.shared.children(node)) {
      if (!text.empty()) text += node.kind == NodeKind::And ? " and " : " or ";
      const bool inner = draft.shared.nodes()[child].check == nullptr;
      const std::string part = print(Left{child, false, left.why}, draft);
      text += inner ? "(" + part + ")" : part;
    }
    text = left.negated ? "(" + text + ")" : text;
  }
  return left.negated ? "not " + text : text;
}

std::optional<Obstacle> obstacle(const Rule& rule, const Draft& draft, const std::vector<const Drafted*>& conjuncts) {
  if (auto found = of_response(rule)) return found;
  for (const Drafted* one : conjuncts) {
    if (const Left* left = one->undecided()) return of_left(*left, one->kind, draft);
  }
  if (auto found = of_kinds(rule)) return found;
  for (const Drafted* one : conjuncts) {
    if (!one->unplaced.empty()) {
      const WhyRow& why = row(Why::Room);
      return Obstacle{quote(draft.predicates.print(one->unplaced.front())) + " " + std::string(why.reason),
                      std::string(why.hint)};
    }
    if (one->shared) {
      return Obstacle{"there are more rules that deny about " + quote(kind_name(one->kind)) + " than the kernel holds",
                      "use fewer rules"};
    }
  }
  return std::nullopt;
}

}  // namespace picket::planning
