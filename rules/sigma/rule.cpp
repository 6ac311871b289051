// SPDX-License-Identifier: Apache-2.0
//
// The keys of a Sigma rule.
#include "rules/sigma/rule.h"

#include <algorithm>
#include <iterator>

#include "rules/event/text.h"
#include "rules/sigma/condition.h"
#include "rules/sigma/document.h"
#include "rules/sigma/fields.h"
#include "rules/sigma/pattern.h"

namespace picket::sigma {
namespace {

using policy::TreeNode;

struct Level {
  std::string_view sigma, priority;
};
constexpr Level kLevels[] = {{"informational", "INFORMATIONAL"},
                             {"low", "NOTICE"},
                             {"medium", "WARNING"},
                             {"high", "ERROR"},
                             {"critical", "CRITICAL"}};
constexpr std::string_view kNoLevel = "NOTICE";

// Keys that become remarks, in this order.
constexpr std::string_view kRemarks[] = {"id",       "status",  "author",     "date",
                                         "modified", "license", "references", "falsepositives"};

// Documents that are no rules about single events.
struct OtherDocument {
  std::string_view key, why;
};
constexpr OtherDocument kOtherDocuments[] = {
    {"correlation", "it is a correlation of several events"},
    {"filter", "it is a filter for other rules"},
};

// attack.t1059.004 -> T1059.004, attack.privilege-escalation -> mitre_privilege_escalation; others as they are.
std::string tag_of(std::string tag) {
  constexpr std::string_view kAttack = "attack.";
  if (!lowered(tag).starts_with(kAttack) || tag.size() == kAttack.size()) return tag;
  std::string name = lowered(tag.substr(kAttack.size()));
  const auto is_digit = [](char byte) { return byte >= '0' && byte <= '9'; };
  const bool coded = name.size() > 1 && name[0] >= 'a' && name[0] <= 'z' && is_digit(name[1]);  // t1059, g0016, s0002
  if (coded) {
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
    return name;
  }
  std::replace(name.begin(), name.end(), '-', '_');
  return "mitre_" + name;
}

std::vector<std::string> tags_of(const TreeNode* node) {
  std::vector<std::string> tags;
  for (const std::string& line : lines_of(node)) {
    std::string tag = tag_of(line);
    if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(std::move(tag));
  }
  return tags;
}

std::optional<std::string> priority_of(const TreeNode& document, Findings& findings) {
  const TreeNode* level = policy::value_of(document, "level");
  if (level == nullptr) return std::string(kNoLevel);
  const std::string name = lowered(line_of(level));
  std::vector<std::string_view> names;
  for (const Level& row : kLevels) {
    if (row.sigma == name) return std::string(row.priority);
    names.push_back(row.sigma);
  }
  findings.wrong(*level, "unknown level " + quote(name), suggestion(name, names));
  return std::nullopt;
}

std::vector<std::string> remarks_of(const TreeNode& document) {
  std::vector<std::string> remarks;
  for (const std::string_view key : kRemarks) {
    for (const std::string& line : lines_of(policy::value_of(document, key))) {
      if (!line.empty()) remarks.push_back(std::string(key) + ": " + line);
    }
  }
  return remarks;
}

// In an output a percent sign would begin a field.
std::string without_percent(std::string text) {
  for (std::size_t at = text.find('%'); at != text.npos; at = text.find('%')) text.replace(at, 1, " percent");
  return text;
}

// The text of a key of the log source; null and absent are the same.
std::string source_part(const TreeNode& logsource, std::string_view key) {
  return line_of(policy::value_of(logsource, key));
}

const LogSource* no_source(const TreeNode& at, const std::string& name, Findings& findings) {
  if (const MissingRow* row = find_missing_source(name)) {
    findings.unsaid(at, "log source " + quote(name) + ": " + std::string(row->why), std::string(row->hint));
  } else {
    findings.unsaid(at, "Picket has no events of the log source " + quote(name));
  }
  return nullptr;
}

const LogSource* source_of(const TreeNode& document, Findings& findings) {
  const TreeNode* node = policy::value_of(document, "logsource");
  if (node == nullptr || node->kind != TreeNode::Kind::Map) {
    findings.wrong(node == nullptr ? document : *node, "a rule needs 'logsource', a map");
    return nullptr;
  }
  const std::string product = source_part(*node, "product");
  const std::string category = source_part(*node, "category"), service = source_part(*node, "service");
  if (!product.empty() && lowered(product) != "linux") {
    findings.unsaid(*policy::value_of(*node, "product"), "it is about " + quote(product) + ", not about Linux");
    return nullptr;
  }
  if (category.empty() && service.empty()) {
    findings.unsaid(*node, "its log source is all logs of Linux, and Picket reads no logs");
    return nullptr;
  }
  if (const LogSource* source = find_source(category, service)) return source;
  const std::string& name = category.empty() ? service : category;
  return no_source(*policy::value_of(*node, category.empty() ? "service" : "category"), name, findings);
}

}  // namespace

std::optional<ConvertedRule> convert_rule(const TreeNode& document, Findings& findings) {
  const TreeNode* title = policy::value_of(document, "title");
  ConvertedRule rule;
  rule.name = line_of(title);
  findings.begin_rule(rule.name);
  if (rule.name.empty()) {
    findings.wrong(title == nullptr ? document : *title, "a rule needs 'title', a text");
    return std::nullopt;
  }
  if (has_duplicates(document, findings)) return std::nullopt;
  for (const OtherDocument& other : kOtherDocuments) {
    const TreeNode* key = policy::value_of(document, other.key);
    if (key == nullptr) continue;
    findings.unsaid(*key, std::string(other.why));
    return std::nullopt;
  }
  const LogSource* source = source_of(document, findings);
  if (source == nullptr) return std::nullopt;
  const TreeNode* detection = policy::value_of(document, "detection");
  if (detection == nullptr) {
    findings.wrong(document, "a rule needs 'detection'");
    return std::nullopt;
  }
  Scope scope{*source, records_of(*detection), findings};
  rule.condition = convert_detection(*detection, scope);
  if (rule.condition == nullptr) return std::nullopt;
  const auto priority = priority_of(document, findings);
  if (!priority) return std::nullopt;
  rule.priority = *priority;
  rule.id = line_of(policy::value_of(document, "id"));
  rule.description = line_of(policy::value_of(document, "description"));
  if (rule.description.empty()) rule.description = rule.name;
  rule.output = without_percent(rule.name) + " " + std::string(source->output);
  rule.tags = tags_of(policy::value_of(document, "tags"));
  rule.remarks = remarks_of(document);
  return rule;
}

}  // namespace picket::sigma
