// SPDX-License-Identifier: Apache-2.0
//
// Reading of values, one function for each shape.
#include "rules/policy/values.h"

#include <algorithm>

#include "rules/event/text.h"
#include "rules/policy/limits.h"
#include "rules/policy/places.h"

namespace picket::policy {
namespace {

// Drops blanks at both ends: `>` and `|` leave a line end there, which nobody means.
void trim(Text& text) {
  const auto& value = text.value;
  const auto begin = std::find_if_not(value.begin(), value.end(), is_blank) - value.begin();
  const auto end = value.rend() - std::find_if_not(value.rbegin(), value.rend() - begin, is_blank);
  text.value = value.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  text.places = {text.places.begin() + begin, text.places.begin() + end};
  if (!text.places.empty()) text.start = text.places.front();
}

}  // namespace

bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

bool Values::gave_up() const { return documents_.diagnostics.size() - first_diagnostic_ > kMaxDiagnostics; }

void Values::report(Severity severity, Finding finding, const Text& text, std::string message, std::string hint) {
  if (gave_up()) return;
  documents_.diagnostics.push_back(diagnose(severity, finding, text, std::move(message), std::move(hint)));
  if (gave_up()) {
    documents_.diagnostics.push_back(
        {Severity::Error, {file_->path}, {}, "too many findings; the rest of this file was not read", {}});
  }
}

Text Values::text_of(const TreeNode& node) {
  Text text = place(node.start);
  if (node.kind == TreeNode::Kind::Scalar && !repeats_too_much()) {
    text.value = node.value;
    text.start = skip_properties(file_->text, node.start);
    text.places = places_of(file_->text, text.start, node.value);
  }
  copied_ += node.value.size() + 1;
  return text;
}

void Values::text(const Text& key, const TreeNode& value, Text& into) {
  into = text_of(value);
  trim(into);
  if (value.kind == TreeNode::Kind::Sequence || value.kind == TreeNode::Kind::Map) {
    error(into, quote(key.value) + " must be a text");
  } else if (into.value.empty()) {
    error(key, quote(key.value) + " is empty");
  }
}

void Values::texts(const Text& key, const TreeNode& value, std::vector<Text>& into) {
  if (value.kind != TreeNode::Kind::Sequence) {
    return error(key, quote(key.value) + " must be a list of texts", "write " + key.value + ": [first, second]");
  }
  for (const TreeNode* item : value.children) {
    if (repeats_too_much()) return;
    Text text = text_of(*item);
    if (item->kind != TreeNode::Kind::Scalar) {
      error(text, "each of " + quote(key.value) + " must be a text", "an empty text or the word null needs quotes");
    }
    into.push_back(std::move(text));
  }
}

void Values::words(const Text& key, const TreeNode& value, std::vector<Text>& into) {
  if (value.kind == TreeNode::Kind::Sequence) return texts(key, value, into);
  text(key, value, into.emplace_back());
}

void Values::truth(const Text& key, const TreeNode& value, bool& into) {
  Text text;
  this->text(key, value, text);
  into = text.value == "true";
  if (!text.value.empty() && text.value != "true" && text.value != "false") {
    error(text, quote(key.value) + " must be true or false");
  }
}

Written Values::written(const TreeNode& value) {
  Written written;
  written.text = text_of(value);
  if (repeats_too_much()) return written;  // the reader of the file says so
  switch (value.kind) {
    case TreeNode::Kind::Null:
      break;
    case TreeNode::Kind::Scalar:
      written.kind = Written::Kind::Word;
      break;
    case TreeNode::Kind::Sequence:
      written.kind = Written::Kind::List;
      for (const TreeNode* item : value.children) written.items.push_back(this->written(*item));
      break;
    case TreeNode::Kind::Map:
      written.kind = Written::Kind::Map;
      for (std::size_t i = 0; i + 1 < value.children.size(); i += 2) {
        Text name = text_of(*value.children[i]);
        const bool twice = std::any_of(written.members.begin(), written.members.end(),
                                       [&name](const auto& member) { return member.name.value == name.value; });
        if (twice) error(name, quote(name.value) + " is given twice");
        written.members.push_back({std::move(name), this->written(*value.children[i + 1])});
      }
      break;
  }
  return written;
}

}  // namespace picket::policy
