// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/paths.h"

#include <algorithm>

#include "bpf/shared/policy.h"

namespace picket::planning {
namespace {

using language::Literal;
using language::Node;
using language::Operator;

constexpr std::size_t kMostName = 255;  // NAME_MAX
constexpr std::string_view kWild = "*?[\\";

bool compares(Operator op) {
  return op == Operator::Equal || op == Operator::NotEqual || op == Operator::In || op == Operator::Intersects;
}

std::string_view text_of(const Literal& literal) { return std::get<std::string_view>(literal.bound.value); }

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMostName && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == name.npos;
}

// pmatch does not count slashes in a row and at the end.
std::string without_spare_slashes(std::string_view path) {
  std::string text;
  for (const char byte : path) {
    if (byte != '/' || !text.ends_with('/')) text += byte;
  }
  if (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

// Of a pattern, or a text, up to the last slash before anything wild.
std::string beginning(std::string_view text, bool pattern) {
  const std::string_view plain = pattern ? text.substr(0, text.find_first_of(kWild)) : text;
  const std::size_t slash = plain.rfind('/');
  const std::string_view directory = plain.substr(0, slash == plain.npos ? 0 : slash);
  return is_key_path(directory) && directory != "/" ? std::string(directory) + "/" : std::string();
}

std::string end(std::string_view text, bool pattern) {
  const std::size_t slash = text.rfind('/');
  if (slash == text.npos) return {};
  const std::string_view name = text.substr(slash + 1);
  const bool wild = pattern && text.find_first_of(kWild, slash) != text.npos;
  return is_key_name(name) && !wild ? "/" + std::string(name) : std::string();
}

// Of a text that is contained: the name in it that the fewest paths should have. Names that begin with a dot are rarer
// than others, and long ones than short ones.
std::string way(std::string_view text) {
  std::string_view best;
  const auto rank = [](std::string_view name) { return std::pair(name.starts_with('.'), name.size()); };
  std::size_t begin = text.find('/');
  while (begin != text.npos) {
    const std::size_t end = text.find('/', begin + 1);
    if (end == text.npos) break;
    const std::string_view name = text.substr(begin + 1, end - begin - 1);
    if (is_key_name(name) && rank(name) > rank(best)) best = name;
    begin = end;
  }
  return best.empty() ? std::string() : "/" + std::string(best) + "/";
}

}  // namespace

bool is_key_path(std::string_view path) {
  if (path == "/") return true;
  if (!path.starts_with('/')) return false;
  for (unsigned depth = 0; !path.empty(); ++depth) {
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find('/'));
    if (depth == PK_PATH_DEPTH || !is_name(name)) return false;
    path.remove_prefix(name.size());
  }
  return true;
}

bool is_key_name(std::string_view name) { return is_name(name) && name.find(':') == name.npos; }

std::optional<std::string> named_directory(const Node& check, const Literal& literal) {
  std::string text(text_of(literal));
  if (check.op == Operator::PathMatch) {
    if (text.find_first_of(kWild) != text.npos) return std::nullopt;
    text = without_spare_slashes(text);
  } else if (check.op == Operator::StartsWith) {
    if (!text.ends_with('/')) return std::nullopt;
    if (text.size() > 1) text.pop_back();
  } else if (!compares(check.op)) {
    return std::nullopt;
  }
  return is_key_path(text) ? std::optional(std::move(text)) : std::nullopt;
}

std::optional<std::string> named_file(const Node& check, const Literal& literal, bool whole) {
  std::string_view text = text_of(literal);
  if (whole) {
    if (check.op != Operator::EndsWith || !text.starts_with('/')) return std::nullopt;
    text.remove_prefix(1);
  } else if (!compares(check.op)) {
    return std::nullopt;
  }
  return is_key_name(text) ? std::optional<std::string>(text) : std::nullopt;
}

Implied implied(const Node& check) {
  const bool pattern = check.op == Operator::Glob || check.op == Operator::PathMatch;
  const bool same = check.op == Operator::Equal || check.op == Operator::In || check.op == Operator::Intersects;
  const bool begins = same || pattern || check.op == Operator::StartsWith;
  const bool ends = same || check.op == Operator::Glob || check.op == Operator::EndsWith;
  Implied found;
  if (check.literals.empty() || check.right) return found;
  for (const Literal& literal : check.literals) {
    found.beginnings.push_back(begins ? beginning(text_of(literal), pattern) : std::string());
    found.ends.push_back(ends ? end(text_of(literal), pattern) : std::string());
    found.ways.push_back(check.op == Operator::Contains ? way(text_of(literal)) : std::string());
  }
  // One of the literals is met: each of them has to say something.
  for (auto* const all : {&found.beginnings, &found.ends, &found.ways}) {
    if (std::any_of(all->begin(), all->end(), [](const std::string& one) { return one.empty(); })) all->clear();
  }
  return found;
}

}  // namespace picket::planning
