// SPDX-License-Identifier: Apache-2.0
//
// What an item may hold is told by the tables of keys.h. An item is read whole first; then it either defines
// something, or changes what an earlier item has defined:
//
//   override: {condition: append, output: replace}    for each key of the item, what is to be done with it
//   append: true                                      Falco's older word: items, condition and exceptions are appended
//   rule: NAME and enabled: true, nothing else        Falco's older way to switch a rule on or off
//
// Conditions and texts are appended as text, with a blank between: with `a or b` and `and c` that gives `a or (b and
// c)`.
#include "rules/policy/item.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "rules/event/text.h"
#include "rules/policy/keys.h"
#include "rules/policy/versions.h"

namespace picket::policy {
namespace {

// ---- one sort of item ----

template <class Item>
struct Override {
  Text key;
  const Key<Item>* row;
  bool append;
};

// Reads one item and does what it says.
template <class Item>
class ItemReader {
 public:
  ItemReader(Values& values, std::span<const Key<Item>> keys, std::string_view sort, Items<Item>& items)
      : values_(values), keys_(keys), sort_(sort), items_(items) {}

  void read(const TreeNode& node) {
    const std::size_t errors = values_.errors();
    read_keys(node);
    if (!item_.name.file) return;
    const bool changes = given("override") || append_;
    if (!changes && !is_switch()) require_keys();
    if (values_.errors() != errors) return;
    // A copy: an item with errors changes nothing.
    const Item* known = items_.find(item_.name.value);
    Item changed;
    if (known != nullptr) changed = *known;
    if (known == nullptr) changed.name = item_.name;
    if (is_switch()) {
      switch_rule(known, changed);
    } else if (!changes) {
      define(known, changed);
    } else {
      change(known, changed);
    }
    if (values_.errors() == errors) put(std::move(changed));
  }

 private:
  void read_keys(const TreeNode& node);
  void read_override(const Text& key, const TreeNode& node);
  void require_keys();
  void define(const Item* known, Item& changed);
  void change(const Item* known, Item& changed);
  void check_overrides();
  void put(Item item);
  bool is_switch() const;
  void switch_rule(const Item* known, Item& changed);

  // The row of a key, or nullptr.
  const Key<Item>* find(std::string_view name) const {
    const auto row = std::find_if(keys_.begin(), keys_.end(), [name](const auto& known) { return known.name == name; });
    return row == keys_.end() ? nullptr : &*row;
  }
  bool given(std::string_view name) const { return given_key(name) != nullptr; }
  const Text* given_key(std::string_view name) const {
    const auto key = std::find_if(given_.begin(), given_.end(), [name](const Text& one) { return one.value == name; });
    return key == given_.end() ? nullptr : &*key;
  }
  std::string subject() const { return std::string(sort_) + " " + quote(item_.name.value); }

  Values& values_;
  std::span<const Key<Item>> keys_;
  std::string_view sort_;
  Items<Item>& items_;
  Item item_;
  std::vector<Text> given_;  // the keys of the item
  bool append_ = false;      // `append: true`
  std::vector<Override<Item>> overrides_;
};

template <class Item>
void ItemReader<Item>::read_keys(const TreeNode& node) {
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Text name = values_.text_of(*node.children[i]);
    const TreeNode& value = *node.children[i + 1];
    const Key<Item>* row = find(name.value);
    if (given(name.value)) {
      values_.error(name, quote(name.value) + " is given twice");
    } else if (name.value == "override") {
      read_override(name, value);
    } else if (name.value == "append") {
      values_.truth(name, value, append_);
    } else if (row == nullptr) {
      std::vector<std::string_view> names = {"override"};
      for (const auto& known : keys_) names.push_back(known.name);
      values_.warning(name, "unknown key " + quote(name.value) + " is ignored", suggestion(name.value, names),
                      Finding::UnknownKey);
      continue;
    } else {
      row->read(values_, name, value, item_);
    }
    given_.push_back(name);
  }
}

template <class Item>
void ItemReader<Item>::require_keys() {
  for (const auto& key : keys_) {
    if (key.need != Need::Required || given(key.name)) continue;
    values_.error(item_.name, quote(sort_) + " without " + quote(key.name));
  }
}

// ---- definitions ----

template <class Item>
void ItemReader<Item>::define(const Item* known, Item& changed) {
  if constexpr (std::is_same_v<Item, RuleItem>) {
    const auto source = [](const Item& rule) {
      return rule.source.file ? std::string_view(rule.source.value) : kSource;
    };
    if (known != nullptr && source(*known) != source(item_)) {
      values_.error(item_.name, subject() + " was defined with source " + quote(source(*known)));
    }
    if (of_other_source(item_)) {
      values_.warning(item_.source, "unknown source " + quote(item_.source.value) + ": the rule is skipped", {},
                      Finding::UnknownSource);
    }
    auto written = std::move(item_.exceptions);
    define_exceptions(values_, item_.exceptions, written);
  }
  changed = std::move(item_);
}

// Falco's older way: a rule with `enabled` and nothing that a definition needs.
template <class Item>
bool ItemReader<Item>::is_switch() const {
  if constexpr (std::is_same_v<Item, RuleItem>) {
    const auto needed = [this](const Key<Item>& key) {
      return key.need == Need::Required && key.name != sort_ && given(key.name);
    };
    return given("enabled") && !given("override") && !append_ && std::none_of(keys_.begin(), keys_.end(), needed);
  }
  return false;
}

template <class Item>
void ItemReader<Item>::switch_rule(const Item* known, Item& changed) {
  if constexpr (std::is_same_v<Item, RuleItem>) {
    values_.warning(*given_key("enabled"), "'enabled' without the rest of the rule is deprecated",
                    "add override: {enabled: replace}", Finding::Deprecated);
    if (known == nullptr)
      return values_.error(item_.name, "there is no rule " + quote(item_.name.value) + " before this", {},
                           Finding::Invalid);
    changed.enabled = item_.enabled;
  }
}

// ---- changes ----

template <class Item>
void ItemReader<Item>::read_override(const Text& key, const TreeNode& node) {
  if (node.kind != TreeNode::Kind::Map) {
    return values_.error(key, "'override' must say what is done with each key", "write override: {condition: append}");
  }
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    Text name = values_.text_of(*node.children[i]);
    const Text operation = values_.text_of(*node.children[i + 1]);
    const Key<Item>* row = find(name.value);
    const bool append = operation.value == "append";
    if (row == nullptr || row->replace == nullptr) {
      values_.error(name, "key " + quote(name.value) + " cannot be overridden");
    } else if (!append && operation.value != "replace") {
      values_.error(operation, "expected 'append' or 'replace'");
    } else if (append && row->append == nullptr) {
      values_.error(operation, "key " + quote(name.value) + " can be replaced only");
    } else {
      overrides_.push_back({std::move(name), row, append});
    }
  }
}

// Each key that is named is there, and each that is there is named.
template <class Item>
void ItemReader<Item>::check_overrides() {
  for (const auto& wanted : overrides_) {
    if (!given(wanted.key.value)) values_.error(wanted.key, "'override' names this key, but it is not given");
  }
  for (const Text& key : given_) {
    const Key<Item>* row = find(key.value);
    const auto named = [row](const Override<Item>& one) { return one.row == row; };
    if (row == nullptr || row->replace == nullptr) continue;
    if (std::any_of(overrides_.begin(), overrides_.end(), named)) continue;
    values_.error(key, "unexpected key " + quote(key.value), "'override' must say what is done with it");
  }
}

template <class Item>
void ItemReader<Item>::change(const Item* known, Item& changed) {
  const Text* older = append_ ? given_key("append") : nullptr;
  if (older != nullptr && given("override")) return values_.error(*older, "'append' and 'override' exclude each other");
  if (older != nullptr) {
    values_.warning(
        *older, "'append' is deprecated",
        std::is_same_v<Item, List> ? "write override: {items: append}" : "write override: {condition: append}",
        Finding::Deprecated);
    for (const std::string_view name : {"items", "condition", "exceptions"}) {
      if (const Text* key = given_key(name)) overrides_.push_back({*key, find(name), true});
    }
    if (overrides_.empty()) return values_.error(*older, subject() + " is given nothing to append");
  } else {
    check_overrides();
  }
  const bool appends = std::any_of(overrides_.begin(), overrides_.end(), [](const auto& one) { return one.append; });
  const bool rule = std::is_same_v<Item, RuleItem>;
  if (known == nullptr && (appends || rule)) {
    return values_.error(item_.name,
                         "there is no " + subject() + " before this to " + (appends ? "append to" : "change"), {},
                         Finding::Invalid);
  }
  if constexpr (std::is_same_v<Item, RuleItem>) {
    const std::string_view source = known->source.file ? std::string_view(known->source.value) : kSource;
    if (given("source") && item_.source.value != source) {
      values_.error(item_.source, subject() + " was defined with source " + quote(source));
    }
  }
  // What is appended first; then in the order of the table.
  std::stable_sort(overrides_.begin(), overrides_.end(), [](const auto& one, const auto& other) {
    return one.append != other.append ? one.append : one.row < other.row;
  });
  for (const auto& wanted : overrides_)
    (wanted.append ? wanted.row->append : wanted.row->replace)(values_, changed, item_);
}

// ---- names ----

bool is_letter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }
bool is_word(char byte) { return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '_'; }

template <class Item>
void ItemReader<Item>::put(Item item) {
  const std::string& name = item.name.value;
  if constexpr (std::is_same_v<Item, List>) {
    item.visible = items_.size();
    if (name.find_first_of("()\"' \t\r\n=,") != std::string::npos) {
      values_.warning(item.name, "a list of this name cannot be used in a condition",
                      "names of lists have no blanks, quotes, parentheses, commas or =", Finding::ListName);
    }
  }
  if constexpr (std::is_same_v<Item, Macro>) {
    if (!is_letter(name[0]) || !std::all_of(name.begin(), name.end(), is_word)) {
      values_.warning(item.name, "a macro of this name cannot be used in a condition",
                      "names of macros are letters, digits and _, and begin with a letter", Finding::MacroName);
    }
  }
  items_.put(std::move(item));
}

// ---- sorts of items ----

void unknown_item(Values& values, const TreeNode& node) {
  const Text first = node.children.empty() ? values.text_of(node) : values.text_of(*node.children.front());
  values.warning(first, "unknown item is ignored: it has no 'rule', 'macro' or 'list'",
                 suggestion(first.value, {"rule", "macro", "list", "required_engine_version"}), Finding::UnknownItem);
}

// In the order in which the first key of an item is looked for.
struct Sort {
  std::string_view key;
  void (*read)(Values& values, const Text& key, const TreeNode& item, const TreeNode& value);
};

constexpr Sort kSorts[] = {
    {"required_engine_version", [](Values& values, const Text& key, const TreeNode&,
                                   const TreeNode& value) { check_engine_version(values, key, value); }},
    {"required_plugin_versions", [](Values& values, const Text& key, const TreeNode&,
                                    const TreeNode& value) { check_plugin_versions(values, key, value); }},
    {"list",
     [](Values& values, const Text& key, const TreeNode& item, const TreeNode&) {
       ItemReader<List>(values, kListKeys, key.value, values.documents().lists).read(item);
     }},
    {"macro",
     [](Values& values, const Text& key, const TreeNode& item, const TreeNode&) {
       ItemReader<Macro>(values, kMacroKeys, key.value, values.documents().macros).read(item);
     }},
    {"rule",
     [](Values& values, const Text& key, const TreeNode& item, const TreeNode&) {
       ItemReader<RuleItem>(values, kRuleKeys, key.value, values.documents().rules).read(item);
     }},
};

}  // namespace

void read_item(Values& values, const TreeNode& node) {
  if (node.kind == TreeNode::Kind::Null) return;
  if (node.kind != TreeNode::Kind::Map) {
    return values.error(values.text_of(node), "an item must begin with 'rule:', 'macro:' or 'list:'");
  }
  for (const Sort& sort : kSorts) {
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const TreeNode& key = *node.children[i];
      if (key.kind != TreeNode::Kind::Scalar || key.value != sort.key) continue;
      return sort.read(values, values.text_of(key), node, *node.children[i + 1]);
    }
  }
  unknown_item(values, node);
}

}  // namespace picket::policy
