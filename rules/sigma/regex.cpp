// SPDX-License-Identifier: Apache-2.0
//
// Picket's `regex` is about the whole text and has no signs for its beginning and end. So `.*` for any text is written
// where the expression is open, in front and behind, and moves into alternatives, where each may have its anchor:
//
//   foo         ANY foo ANY            ^foo|bar$     (foo ANY|ANY bar)
//   (^|;)foo    (|ANY;)foo ANY
#include "rules/sigma/regex.h"

#include "rules/language/regex.h"
#include "rules/sigma/regex_tree.h"

namespace picket::sigma {
namespace {

using Kind = RegexNode::Kind;

constexpr std::string_view kAny = "(.|\\n)*";

bool has_anchor(const RegexNode& node) {
  if (node.kind == Kind::Begin || node.kind == Kind::End) return true;
  for (const RegexNode& child : node.children) {
    if (has_anchor(child)) return true;
  }
  return false;
}

class Writer {
 public:
  Result<std::string> run(const RegexNode& node) {
    std::string out;
    if (!write(node, true, true, out)) {
      return Error{"'^' or '$' stands inside the expression, not at its front or end", ""};
    }
    return out;
  }

 private:
  // `front`, `back`: nothing has been written there yet, so that any text may stand before, behind. False when an
  // anchor stands where it cannot be written.
  bool write(const RegexNode& node, bool front, bool back, std::string& out) {
    if ((front || back) && (node.kind == Kind::Alternatives || node.kind == Kind::Sequence)) {
      return node.kind == Kind::Sequence ? sequence(node, front, back, out) : alternatives(node, front, back, out);
    }
    if (has_anchor(node)) return anchor(node, front, back, out);
    if (front) out += kAny;
    plain(node, out);
    if (back) out += kAny;
    return true;
  }

  bool anchor(const RegexNode& node, bool front, bool back, std::string& out) {
    if (node.kind == Kind::Begin && front) return back ? (out += kAny, true) : true;
    if (node.kind != Kind::End || !back) return false;
    out += front ? std::string(kAny) : std::string("\\n?");
    return true;
  }

  bool alternatives(const RegexNode& node, bool front, bool back, std::string& out) {
    if (!has_anchor(node)) {
      if (front) out += kAny;
      plain(node, out);
      if (back) out += kAny;
      return true;
    }
    out += '(';
    for (const RegexNode& child : node.children) {
      if (&child != &node.children.front()) out += '|';
      if (!write(child, front, back, out)) return false;
    }
    out += ')';
    return true;
  }

  bool sequence(const RegexNode& node, bool front, bool back, std::string& out) {
    const auto& parts = node.children;
    if (parts.empty()) return out += kAny, true;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (!write(parts[i], front && i == 0, back && i + 1 == parts.size(), out)) return false;
    }
    return true;
  }

  // Without anchors.
  void plain(const RegexNode& node, std::string& out) {
    switch (node.kind) {
      case Kind::Alternatives:
        out += '(';
        for (const RegexNode& child : node.children) {
          if (&child != &node.children.front()) out += '|';
          plain(child, out);
        }
        out += ')';
        return;
      case Kind::Sequence:
        for (const RegexNode& child : node.children) plain(child, out);
        return;
      case Kind::Repeat:
        plain(node.children.front(), out);
        out += node.text;
        return;
      case Kind::One:
        out += node.text;
        return;
      case Kind::Begin:
      case Kind::End:
        return;
    }
  }
};

}  // namespace

Result<std::string> translate_regex(std::string_view pcre, RegexOptions options) {
  const auto tree = read_regex(pcre, options);
  if (!tree) return tree.error();
  auto text = Writer().run(*tree);
  if (!text) return text.error();
  const auto compiled = language::Regex::compile(*text);
  if (!compiled) return Error{"RE2 does not take it: " + compiled.error().message, ""};
  return text;
}

std::string regex_of(const Pattern& pattern, bool any_case) {
  std::string out;
  for (const Piece& piece : pattern) {
    if (piece.kind == Piece::Kind::AnyText) out += kAny;
    if (piece.kind == Piece::Kind::AnyCharacter) out += "(.|\\n)";
    std::string_view rest = piece.text;
    while (!rest.empty()) {
      const std::size_t size = std::max<std::size_t>(first_character(rest).size, 1);
      out += regex_character(rest.substr(0, size), any_case);
      rest.remove_prefix(size);
    }
  }
  return out;
}

}  // namespace picket::sigma
