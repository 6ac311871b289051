// SPDX-License-Identifier: Apache-2.0
//
// One rule file: tree -> lists, macros and rules. What an item may hold is told by the tables of keys below.
#include <algorithm>
#include <span>

#include "rules/policy/documents.h"
#include "rules/policy/limits.h"
#include "rules/policy/places.h"
#include "rules/policy/tree.h"

namespace picket::policy {
namespace {

class Reader;

enum class Need {
  Required,
  Optional,
  Unsupported,  // a key that means something which we do not do: silence would be a lie
};

template <class Item>
struct Key {
  std::string_view name;
  Need need;
  void (*read)(Reader& reader, const Text& key, const TreeNode& value, Item& item) = nullptr;
};

bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

// Drops blanks at both ends: `>` and `|` leave a line end there, which nobody means.
void trim(Text& text) {
  const auto& value = text.value;
  const auto begin = std::find_if_not(value.begin(), value.end(), is_blank) - value.begin();
  const auto end = value.rend() - std::find_if_not(value.rbegin(), value.rend() - begin, is_blank);
  text.value = value.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  text.places = {text.places.begin() + begin, text.places.begin() + end};
  if (!text.places.empty()) text.start = text.places.front();
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

class Reader {
 public:
  Reader(std::shared_ptr<const SourceFile> file, Documents& documents)
      : file_(std::move(file)), documents_(documents), first_diagnostic_(documents.diagnostics.size()) {}

  void read();

  // Readers of values, used by the tables of keys.
  void text(const Text& key, const TreeNode& value, Text& into);
  void texts(const Text& key, const TreeNode& value, std::vector<Text>& into);
  void truth(const Text& key, const TreeNode& value, bool& into);
  void source(const Text& value);

 private:
  bool is_text_file();
  void read_item(const TreeNode& node);
  template <class Item>
  void read_keys(const TreeNode& node, std::span<const Key<Item>> keys, std::vector<Item>& into);
  void unknown_key(const Text& key, const std::vector<std::string_view>& known);

  Text text_of(const TreeNode& node);
  void report(Severity severity, const Text& text, std::string message, std::string hint = {});
  void error(const Text& text, std::string message, std::string hint = {}) {
    ++errors_;
    report(Severity::Error, text, std::move(message), std::move(hint));
  }
  // Only aliases can make more text than the file has.
  bool repeats_too_much() const { return copied_ > 2 * file_->text.size() + 64; }
  bool gave_up() const { return documents_.diagnostics.size() - first_diagnostic_ > kMaxDiagnostics; }

  std::shared_ptr<const SourceFile> file_;
  Documents& documents_;
  std::size_t first_diagnostic_;
  std::size_t errors_ = 0;
  std::size_t copied_ = 0;  // bytes of texts made so far
};

// ---- the keys of items ----

template <auto member>
constexpr auto kText =
    [](Reader& reader, const Text& key, const TreeNode& value, auto& item) { reader.text(key, value, item.*member); };

template <auto member>
constexpr auto kTexts =
    [](Reader& reader, const Text& key, const TreeNode& value, auto& item) { reader.texts(key, value, item.*member); };

constexpr Key<List> kListKeys[] = {
    {"list", Need::Required, kText<&List::name>},
    {"items", Need::Required, kTexts<&List::items>},
    {"append", Need::Unsupported},
    {"override", Need::Unsupported},
};

constexpr Key<Macro> kMacroKeys[] = {
    {"macro", Need::Required, kText<&Macro::name>},
    {"condition", Need::Required, kText<&Macro::condition>},
    {"append", Need::Unsupported},
    {"override", Need::Unsupported},
};

constexpr Key<RuleItem> kRuleKeys[] = {
    {"rule", Need::Required, kText<&RuleItem::name>},
    {"desc", Need::Required, kText<&RuleItem::description>},
    {"condition", Need::Required, kText<&RuleItem::condition>},
    {"output", Need::Required, kText<&RuleItem::output>},
    {"priority", Need::Required, kText<&RuleItem::priority>},
    {"tags", Need::Optional, kTexts<&RuleItem::tags>},
    {"enabled", Need::Optional,
     [](Reader& reader, const Text& key, const TreeNode& value, RuleItem& rule) {
       reader.truth(key, value, rule.enabled);
     }},
    {"source", Need::Optional,
     [](Reader& reader, const Text& key, const TreeNode& value, RuleItem&) {
       Text source;
       reader.text(key, value, source);
       reader.source(source);
     }},
    {"action", Need::Unsupported},
    {"append", Need::Unsupported},
    {"capture", Need::Unsupported},
    {"capture_duration", Need::Unsupported},
    {"errno", Need::Unsupported},
    {"exceptions", Need::Unsupported},
    {"mode", Need::Unsupported},
    {"override", Need::Unsupported},
    {"skip-if-unknown-filter", Need::Unsupported},
    {"warn_evttypes", Need::Unsupported},
};

// Items that stand for themselves and that we do not know how to honour.
constexpr std::string_view kUnsupportedItems[] = {"required_engine_version", "required_plugin_versions"};

// ---- values ----

void Reader::report(Severity severity, const Text& text, std::string message, std::string hint) {
  if (gave_up()) return;
  documents_.diagnostics.push_back(diagnose(severity, text, std::move(message), std::move(hint)));
  if (gave_up()) {
    documents_.diagnostics.push_back(
        {Severity::Error, {file_->path}, {}, "too many findings; the rest of this file was not read", {}});
  }
}

// The text of a scalar; of anything else, an empty text that knows its place.
Text Reader::text_of(const TreeNode& node) {
  Text text{{}, file_, node.start, {}};
  if (node.kind == TreeNode::Kind::Scalar && !repeats_too_much()) {
    text.value = node.value;
    text.start = skip_properties(file_->text, node.start);
    text.places = places_of(file_->text, text.start, node.value);
  }
  copied_ += node.value.size() + 1;
  return text;
}

void Reader::text(const Text& key, const TreeNode& value, Text& into) {
  into = text_of(value);
  trim(into);
  if (value.kind == TreeNode::Kind::Sequence || value.kind == TreeNode::Kind::Map) {
    error(into, quoted(key.value) + " must be a text");
  } else if (into.value.empty()) {
    error(key, quoted(key.value) + " is empty");
  }
}

void Reader::texts(const Text& key, const TreeNode& value, std::vector<Text>& into) {
  if (value.kind != TreeNode::Kind::Sequence) {
    return error(key, quoted(key.value) + " must be a list of texts", "write " + key.value + ": [first, second]");
  }
  for (const TreeNode* item : value.children) {
    if (repeats_too_much()) return;
    Text text = text_of(*item);
    if (item->kind != TreeNode::Kind::Scalar) {
      error(text, "each of " + quoted(key.value) + " must be a text", "an empty text or the word null needs quotes");
    }
    into.push_back(std::move(text));
  }
}

void Reader::truth(const Text& key, const TreeNode& value, bool& into) {
  Text text;
  this->text(key, value, text);
  into = text.value == "true";
  if (!text.value.empty() && text.value != "true" && text.value != "false") {
    error(text, quoted(key.value) + " must be true or false");
  }
}

void Reader::source(const Text& value) {
  if (!value.value.empty() && value.value != "syscall") error(value, "no source but 'syscall' is supported yet");
}

// ---- items ----

void Reader::unknown_key(const Text& key, const std::vector<std::string_view>& known) {
  const std::string_view near = nearest(key.value, known);
  report(Severity::Warning, key, "unknown key " + quoted(key.value) + " is ignored",
         near.empty() ? std::string() : "did you mean " + quoted(near) + "?");
}

// The item goes to `into` when nothing was wrong with it.
template <class Item>
void Reader::read_keys(const TreeNode& node, std::span<const Key<Item>> keys, std::vector<Item>& into) {
  const std::size_t errors_before = errors_;
  Item item;
  std::vector<std::string_view> names, seen;
  for (const auto& key : keys) names.push_back(key.name);

  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Text name = text_of(*node.children[i]);
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const auto& row) { return row.name == name.value; });
    if (key == keys.end()) {
      unknown_key(name, names);
    } else if (key->need == Need::Unsupported) {
      error(name, quoted(name.value) + " is not supported yet");
    } else if (std::find(seen.begin(), seen.end(), key->name) != seen.end()) {
      error(name, quoted(name.value) + " is given twice");
    } else {
      seen.push_back(key->name);
      key->read(*this, name, *node.children[i + 1], item);
    }
  }

  for (const auto& key : keys) {
    const bool missing = key.need == Need::Required && std::find(seen.begin(), seen.end(), key.name) == seen.end();
    if (missing) error(item.name, quoted(keys.front().name) + " without " + quoted(key.name));
  }
  if (errors_ == errors_before) into.push_back(std::move(item));
}

bool has_key(const TreeNode& map, std::string_view name) {
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    if (map.children[i]->kind == TreeNode::Kind::Scalar && map.children[i]->value == name) return true;
  }
  return false;
}

void Reader::read_item(const TreeNode& node) {
  if (node.kind == TreeNode::Kind::Null) return;
  if (node.kind != TreeNode::Kind::Map) {
    return error(text_of(node), "an item must begin with 'rule:', 'macro:' or 'list:'");
  }
  for (std::string_view name : kUnsupportedItems) {
    if (has_key(node, name)) return error(text_of(*node.children.front()), quoted(name) + " is not supported yet");
  }
  if (has_key(node, "list")) return read_keys<List>(node, kListKeys, documents_.lists);
  if (has_key(node, "macro")) return read_keys<Macro>(node, kMacroKeys, documents_.macros);
  if (has_key(node, "rule")) return read_keys<RuleItem>(node, kRuleKeys, documents_.rules);

  const Text first = node.children.empty() ? text_of(node) : text_of(*node.children.front());
  const std::string_view near = nearest(first.value, {"rule", "macro", "list"});
  report(Severity::Warning, first, "unknown item is ignored: it has no 'rule', 'macro' or 'list'",
         near.empty() ? std::string() : "did you mean " + quoted(near) + "?");
}

// YAML allows no control bytes, and the parser takes one of them for the end of the file: rules behind it would be lost
// without a word.
bool Reader::is_text_file() {
  const std::string_view text = file_->text;
  if (text.size() > kMaxFileSize) {
    error({"", file_, 0, {}}, "larger than " + std::to_string(kMaxFileSize) + " bytes");
    return false;
  }
  const auto is_control = [](char byte) {
    return (static_cast<unsigned char>(byte) < 0x20 && !is_blank(byte)) || byte == 0x7f;
  };
  const auto found = std::find_if(text.begin(), text.end(), is_control);
  if (found == text.end()) return true;
  error({"", file_, static_cast<std::uint32_t>(found - text.begin()), {}}, "not YAML: a control byte",
        "rule files are UTF-8 text; in double quotes, \\x1b is such a byte");
  return false;
}

void Reader::read() {
  if (!is_text_file()) return;
  const auto parsed = parse_tree(file_->text);
  if (const auto* failed = std::get_if<TreeError>(&parsed)) {
    return error({"", file_, failed->place, {}}, "not YAML: " + failed->message);
  }
  const auto& documents = std::get<Tree>(parsed).documents;
  if (documents.empty()) {
    report(Severity::Warning, {"", file_, 0, {}}, "this file holds no items");
  }
  for (const TreeNode* document : documents) {
    if (document->kind != TreeNode::Kind::Sequence) {
      error(text_of(*document), "a rule file must be a list of items", "begin each item with '- rule:'");
      continue;
    }
    for (const TreeNode* item : document->children) {
      if (gave_up()) return;
      read_item(*item);
      if (repeats_too_much()) return error(text_of(*item), "aliases repeat too much text here");
    }
  }
}

}  // namespace

void load_text(std::string path, std::string text, Documents& documents) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  auto file = std::make_shared<const SourceFile>(SourceFile{std::move(path), std::move(text)});
  Reader(std::move(file), documents).read();
}

}  // namespace picket::policy
