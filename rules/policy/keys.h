// SPDX-License-Identifier: Apache-2.0
//
// The keys of lists, macros and rules: how each is read, and what `override` can do with it. Private to rules/policy.
#pragma once

#include <iterator>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "rules/policy/blocks.h"
#include "rules/policy/exceptions.h"
#include "rules/policy/values.h"

namespace picket::policy {

enum class Need {
  Required,
  Optional,
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

template <auto member, const auto& rows>
constexpr auto kBlock = [](Values& values, const Text& key, const TreeNode& value, auto& item) {
  using Block = std::remove_cvref_t<decltype(item.*member)>;
  read_block(values, key, value, std::span<const BlockKey<Block>>(rows), item.*member);
};

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

// How the older action was to be done says nothing of the new one. The rows of errno, mode and exempt come behind this
// one, so that what is written of them is still there.
inline void replace_action(Values&, RuleItem& into, RuleItem& written) {
  into.actions = std::move(written.actions);
  into.action_key = std::move(written.action_key);
  if (!written.error.file) into.error = {};
  if (!written.mode.file) into.mode = {};
  if (!written.exempt.file) into.exempt = {};
}

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
    {"action", Need::Optional,
     [](Values& values, const Text& key, const TreeNode& value, RuleItem& rule) {
       rule.action_key = key;
       values.words(key, value, rule.actions);
     },
     replace_action},
    {"errno", Need::Optional, kText<&RuleItem::error>, kReplace<&RuleItem::error>},
    {"mode", Need::Optional, kText<&RuleItem::mode>, kReplace<&RuleItem::mode>},
    {"exempt", Need::Optional, kText<&RuleItem::exempt>, kReplace<&RuleItem::exempt>},
    {"severity", Need::Optional, kText<&RuleItem::severity>, kReplace<&RuleItem::severity>},
    {"throttle", Need::Optional, kBlock<&RuleItem::throttle, kThrottleKeys>, kReplace<&RuleItem::throttle>},
    {"tests", Need::Optional,
     [](Values& values, const Text& key, const TreeNode& value, RuleItem& rule) {
       Written tests = values.written(value);
       if (tests.kind != Written::Kind::List) {
         return values.error(key, "'tests' must be a list", "begin each test with '- match:' or '- miss:'");
       }
       rule.tests = std::move(tests.items);
     },
     kReplace<&RuleItem::tests>, kAppendTexts<&RuleItem::tests>},
    {"sequence", Need::Optional, kBlock<&RuleItem::sequence, kSequenceKeys>, kReplace<&RuleItem::sequence>},
    {"threshold", Need::Optional, kBlock<&RuleItem::threshold, kThresholdKeys>, kReplace<&RuleItem::threshold>},
};

}  // namespace picket::policy
