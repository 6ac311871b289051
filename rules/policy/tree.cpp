// SPDX-License-Identifier: Apache-2.0
#include "rules/policy/tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

namespace picket::policy {
namespace {

// Puts the nodes together as the parser reports them. Throws on a broken limit, to stop the parser.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(Tree& tree) : tree_(tree) {}

  // The parser does not take a sign that cannot begin a node, and finds a document there again and again.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos == document_) throw YAML::ParserException(mark, "nothing can begin like this");
    document_ = mark.pos;
    anchors_.clear();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(TreeNode::Kind::Null, mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string& value) override {
    add(TreeNode::Kind::Scalar, mark, anchor).value = value;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(TreeNode::Kind::Sequence, mark, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(TreeNode::Kind::Map, mark, anchor);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  TreeNode& add(TreeNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor);
  void open(TreeNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor);
  void attach(const TreeNode& node);

  Tree& tree_;
  int document_ = -1;            // where the one we are in begins
  std::vector<TreeNode*> open_;  // the sequences and maps we are in
  std::map<YAML::anchor_t, const TreeNode*> anchors_;
};

TreeNode& Builder::add(TreeNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (tree_.nodes.size() >= kMaxNodes) throw YAML::ParserException(mark, "the file has too many parts");
  TreeNode& node = tree_.nodes.emplace_back();
  node.kind = kind;
  node.start = static_cast<std::uint32_t>(mark.pos);
  if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
  attach(node);
  return node;
}

void Builder::open(TreeNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
  if (open_.size() >= kMaxDepth) throw YAML::ParserException(mark, "nested too deeply");
  open_.push_back(&add(kind, mark, anchor));
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) throw YAML::ParserException(mark, "this alias has no anchor");
  const bool inside_itself = std::find(open_.begin(), open_.end(), found->second) != open_.end();
  if (inside_itself) throw YAML::ParserException(mark, "this alias stands inside what it repeats");
  attach(*found->second);
}

void Builder::attach(const TreeNode& node) {
  if (!open_.empty()) {
    open_.back()->children.push_back(&node);
  } else if (node.kind != TreeNode::Kind::Null) {
    tree_.documents.push_back(&node);
  }
}

}  // namespace

const TreeNode* value_of(const TreeNode& map, std::string_view key) {
  for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
    if (map.children[i]->kind == TreeNode::Kind::Scalar && map.children[i]->value == key) return map.children[i + 1];
  }
  return nullptr;
}

std::variant<Tree, TreeError> parse_tree(std::string_view text) {
  Tree tree;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(tree);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    const std::size_t place = error.mark.is_null() ? 0 : static_cast<std::size_t>(error.mark.pos);
    return TreeError{static_cast<std::uint32_t>(std::min(place, text.size())), error.msg};
  } catch (const std::exception& error) {
    return TreeError{0, error.what()};
  }
  return tree;
}

}  // namespace picket::policy
