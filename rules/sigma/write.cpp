// SPDX-License-Identifier: Apache-2.0
//
// Scalars are plain where they can be, else in double quotes. Conditions are folded blocks, broken between checks.
#include "rules/sigma/write.h"

#include <algorithm>
#include <string_view>

namespace picket::sigma {
namespace {

constexpr std::size_t kWidth = 110;  // of a line of a condition

bool is_plain(std::string_view text) {
  const auto letter = [](char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); };
  const auto harmless = [&letter](char byte) {
    return letter(byte) || (byte >= '0' && byte <= '9') ||
           std::string_view(" _-./()+").find(byte) != std::string_view::npos;
  };
  constexpr std::string_view kWords[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  const bool word = std::any_of(std::begin(kWords), std::end(kWords), [text](std::string_view one) {
    return std::equal(one.begin(), one.end(), text.begin(), text.end(), [](char a, char b) { return a == (b | 0x20); });
  });
  return !text.empty() && letter(text.front()) && text.back() != ' ' && !word &&
         std::all_of(text.begin(), text.end(), harmless);
}

std::string scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') quoted += '\\';
    quoted += byte;
  }
  return quoted + "\"";
}

// Where the line that begins at `begin` can end: at the last blank before the width that stands between checks, or the
// first behind it. Blanks in quotes are text.
std::size_t break_of(std::string_view text, std::size_t begin) {
  std::size_t last = text.size();
  bool quoted = false;
  for (std::size_t at = begin; at < text.size(); ++at) {
    if (quoted && text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    } else if (text[at] == ' ' && !quoted && at > begin) {
      if (at - begin > kWidth) return last == text.size() ? at : last;
      const std::string_view rest = text.substr(at + 1);
      if (rest.starts_with("and ") || rest.starts_with("or ") || text[at - 1] == ',') last = at;
    }
  }
  return text.size() - begin <= kWidth ? text.size() : last;
}

std::string folded(std::string_view text) {
  std::string out = ">\n";
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = break_of(text, begin);
    out.append("    ").append(text.substr(begin, end - begin)).append("\n");
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string write_rule(const ConvertedRule& rule, const std::string& origin) {
  std::string out = "# Sigma rule of " + origin + "\n";
  for (const std::string& remark : rule.remarks) out += "#   " + remark + "\n";
  out += "- rule: " + scalar(rule.name) + "\n";
  out += "  desc: " + scalar(rule.description) + "\n";
  out += "  condition: " + folded(print(*rule.condition));
  out += "  output: " + scalar(rule.output) + "\n";
  out += "  priority: " + rule.priority + "\n";
  if (rule.tags.empty()) return out;
  out += "  tags: [";
  for (const std::string& tag : rule.tags) {
    if (&tag != &rule.tags.front()) out += ", ";
    out += scalar(tag);
  }
  return out + "]\n";
}

}  // namespace picket::sigma
