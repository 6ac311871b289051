// SPDX-License-Identifier: Apache-2.0
//
// One rule file: a stream of YAML documents, each a list of items.
#include <algorithm>

#include "rules/policy/documents.h"
#include "rules/policy/item.h"
#include "rules/policy/limits.h"
#include "rules/policy/tree.h"
#include "rules/policy/values.h"

namespace picket::policy {
namespace {

// YAML allows no control bytes, and the parser takes one of them for the end of the file: rules behind it would be lost
// without a word.
bool is_text_file(Values& values) {
  const std::string_view text = values.file().text;
  if (text.size() > kMaxFileSize) {
    values.error(values.place(0), "larger than " + std::to_string(kMaxFileSize) + " bytes");
    return false;
  }
  const auto is_control = [](char byte) {
    return (static_cast<unsigned char>(byte) < 0x20 && !is_blank(byte)) || byte == 0x7f;
  };
  const auto found = std::find_if(text.begin(), text.end(), is_control);
  if (found == text.end()) return true;
  values.error(values.place(static_cast<std::size_t>(found - text.begin())), "not YAML: a control byte",
               "rule files are UTF-8 text; in double quotes, \\x1b is such a byte");
  return false;
}

void read_document(Values& values, const TreeNode& document) {
  if (document.kind != TreeNode::Kind::Sequence) {
    return values.error(values.text_of(document), "a rule file must be a list of items",
                        "begin each item with '- rule:'");
  }
  for (const TreeNode* item : document.children) {
    if (values.gave_up()) return;
    read_item(values, *item);
    if (values.repeats_too_much()) return values.error(values.text_of(*item), "aliases repeat too much text here");
  }
}

void read(Values& values) {
  if (!is_text_file(values)) return;
  const auto parsed = parse_tree(values.file().text);
  if (const auto* failed = std::get_if<TreeError>(&parsed)) {
    return values.error(values.place(failed->place), "not YAML: " + failed->message, {}, Finding::NotYaml);
  }
  const auto& documents = std::get<Tree>(parsed).documents;
  if (documents.empty()) values.warning(values.place(0), "this file holds no items");
  for (const TreeNode* document : documents) read_document(values, *document);
}

}  // namespace

void load_text(std::string path, std::string text, Documents& documents) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  auto file = std::make_shared<const SourceFile>(std::move(path), std::move(text));
  documents.files.push_back(file->path);
  Values values(std::move(file), documents);
  read(values);
}

}  // namespace picket::policy
