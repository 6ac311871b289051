// SPDX-License-Identifier: Apache-2.0
//
// Tags as tactics and techniques, and priorities as severities.
#include "rules/event/attack.h"

#include <gtest/gtest.h>

#include "rules/event/alert.h"

namespace picket {
namespace {

// "Execution:T1059/T1059.004 ..."
std::string shown(const std::vector<std::string>& tags) {
  std::string text;
  for (const Attack& attack : attacks_of(tags)) {
    if (!text.empty()) text += ' ';
    if (attack.tactic != nullptr) text.append(attack.tactic->uid).append("=").append(attack.tactic->name);
    if (!attack.technique.empty()) text += ":" + attack.technique;
    if (!attack.sub_technique.empty()) text += "/" + attack.sub_technique;
  }
  return text;
}

TEST(Attack, TagsAreRecognised) {
  const struct {
    std::vector<std::string> tags;
    const char* expected;
  } rows[] = {
      {{}, ""},
      {{"host", "container", "T105", "T10590", "T1059.04", "T1059x004", "TA9999", "mitre_remote_access"}, ""},
      {{"T1059"}, ":T1059"},
      {{"T1059.004"}, ":T1059/T1059.004"},
      {{"t1059.004"}, ":T1059/T1059.004"},
      {{"mitre_t1059"}, ":T1059"},
      {{"attack.t1059.001", "attack.execution"}, "TA0002=Execution:T1059/T1059.001"},
      {{"mitre_execution"}, "TA0002=Execution"},
      {{"MITRE_TA0002"}, "TA0002=Execution"},
      {{"TA0011"}, "TA0011=Command and Control"},
      {{"attack.defense-evasion"}, "TA0005=Defense Evasion"},
      {{"execution"}, ""},  // a word like any other
      {{"mitre_mitre_execution"}, ""},
      {{"T1003.008", "T1552", "mitre_credential_access"},
       "TA0006=Credential Access:T1003/T1003.008 TA0006=Credential Access:T1552"},
      {{"T1059", "mitre_execution", "mitre_impact"}, "TA0002=Execution TA0040=Impact :T1059"},
      {{"TA0002", "mitre_execution", "T1059", "t1059"}, "TA0002=Execution:T1059"},
  };
  for (const auto& row : rows) EXPECT_EQ(shown(row.tags), row.expected) << testing::PrintToString(row.tags);
}

TEST(Severity, PrioritiesHaveTheirDefault) {
  const struct {
    Priority priority;
    int severity;
    const char* name;
  } rows[] = {
      {Priority::Emergency, 5, "Critical"},
      {Priority::Alert, 5, "Critical"},
      {Priority::Critical, 5, "Critical"},
      {Priority::Error, 4, "High"},
      {Priority::Warning, 3, "Medium"},
      {Priority::Notice, 2, "Low"},
      {Priority::Informational, 1, "Informational"},
      {Priority::Debug, 1, "Informational"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(static_cast<int>(severity_of(row.priority)), row.severity);
    EXPECT_EQ(severity_name(severity_of(row.priority)), row.name);
  }
}

}  // namespace
}  // namespace picket
