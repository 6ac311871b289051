// SPDX-License-Identifier: Apache-2.0
//
// The keys of lists, macros and rules: how each is read, and what `override` can do with it. Private to rules/policy.
#pragma once

#include <iterator>
#include <string_view>
#include <utility>

#include "rules/policy/exceptions.h"
#include "rules/policy/values.h"

namespace picket::policy {

enum class Need {
  Required,
  Optional,
  Unsupported,  // a key that means something which we do not do: silence would be a lie
};

template <class Item>
struct Key {
  using Change = void (*)(Values& values, Item& into, Item& written);

  std::string_view name;
  Need need;
  void (*read)(Values& values, const Text& key, const TreeNode& value, Item& item) = nullptr;
  Change replace = nullptr;  // null: `override` cannot name it
  Change append = nullptr;   // null: `override` can only replace it
};

// ---- what is done with the members of items ----

template <auto member>
constexpr auto kText =
    [](Values& values, const Text& key, const TreeNode& value, auto& item) { values.text(key, value, item.*member); };

template <auto member>
constexpr auto kTexts =
    [](Values& values, const Text& key, const TreeNode& value, auto& item) { values.texts(key, value, item.*member); };

template <auto member>
constexpr auto kTruth =
    [](Values& values, const Text& key, const TreeNode& value, auto& item) { values.truth(key, value, item.*member); };

template <auto member>
constexpr auto kReplace = [](Values&, auto& into, auto& written) { into.*member = std::move(written.*member); };

template <auto member>
constexpr auto kAppendText = [](Values&, auto& into, auto& written) {
  append_made(into.*member, " ", written.*member);
  append(into.*member, written.*member);
};

template <auto member>
constexpr auto kAppendTexts = [](Values&, auto& into, auto& written) {
  std::move((written.*member).begin(), (written.*member).end(), std::back_inserter(into.*member));
};

inline constexpr Key<List> kListKeys[] = {
    {"list", Need::Required, kText<&List::name>},
    {"items", Need::Required, kTexts<&List::items>, kReplace<&List::items>, kAppendTexts<&List::items>},
};

inline constexpr Key<Macro> kMacroKeys[] = {
    {"macro", Need::Required, kText<&Macro::name>},
    {"condition", Need::Required, kText<&Macro::condition>, kReplace<&Macro::condition>,
     kAppendText<&Macro::condition>},
};

// For keys that say something about a thing Picket does not have, so that nothing has to be done.
inline constexpr auto kNoChange = [](Values&, RuleItem&, RuleItem&) {};

inline constexpr auto kPlainTruth = [](Values& values, const Text& key, const TreeNode& value, RuleItem&) {
  bool ignored = false;
  values.truth(key, value, ignored);
};

inline constexpr Key<RuleItem> kRuleKeys[] = {
    {"rule", Need::Required, kText<&RuleItem::name>},
    {"desc", Need::Required, kText<&RuleItem::description>, kReplace<&RuleItem::description>,
     kAppendText<&RuleItem::description>},
    {"condition", Need::Required, kText<&RuleItem::condition>, kReplace<&RuleItem::condition>,
     kAppendText<&RuleItem::condition>},
    {"output", Need::Required, kText<&RuleItem::output>, kReplace<&RuleItem::output>, kAppendText<&RuleItem::output>},
    {"priority", Need::Required, kText<&RuleItem::priority>, kReplace<&RuleItem::priority>},
    {"source", Need::Optional, kText<&RuleItem::source>},
    {"tags", Need::Optional, kTexts<&RuleItem::tags>, kReplace<&RuleItem::tags>, kAppendTexts<&RuleItem::tags>},
    {"exceptions", Need::Optional,
     [](Values& values, const Text& key, const TreeNode& value, RuleItem& rule) {
       read_exceptions(values, key, value, rule.exceptions);
     },
     [](Values& values, RuleItem& into, RuleItem& written) {
       define_exceptions(values, into.exceptions, written.exceptions);
     },
     [](Values& values, RuleItem& into, RuleItem& written) {
       append_exceptions(values, into.exceptions, written.exceptions);
     }},
    {"enabled", Need::Optional, kTruth<&RuleItem::enabled>, kReplace<&RuleItem::enabled>},
    {"skip-if-unknown-filter", Need::Optional, kTruth<&RuleItem::skip_if_unknown>,
     kReplace<&RuleItem::skip_if_unknown>},
    // Falco warns of rules about many types of event, since it looks at each event with them. Here they cost no more.
    {"warn_evttypes", Need::Optional, kPlainTruth, kNoChange},
    {"capture", Need::Optional,
     [](Values& values, const Text& key, const TreeNode& value, RuleItem&) {
       bool wanted = false;
       values.truth(key, value, wanted);
       if (wanted) values.warning(key, "Picket writes no capture files: 'capture' is ignored");
     },
     kNoChange},
    {"capture_duration", Need::Optional,
     [](Values& values, const Text& key, const TreeNode& value, RuleItem&) {
       Text ignored;
       values.text(key, value, ignored);
     },
     kNoChange},
    {"action", Need::Unsupported},
    {"errno", Need::Unsupported},
    {"mode", Need::Unsupported},
};

}  // namespace picket::policy
