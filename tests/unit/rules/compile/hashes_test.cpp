// SPDX-License-Identifier: Apache-2.0
//
// Rules with hashes: which events they make wait, and what is said of those that are wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/event/hashed_file.h"
#include "tests/support/compile.h"

namespace picket {
namespace {

using test::compile_text;
using test::rendered;
using testing::HasSubstr;

const std::string kDigest(64, 'a');

std::string rule(const std::string& condition, const std::string& more = "", const std::string& output = "x") {
  return "- rule: r\n  desc: d\n  condition: " + condition + "\n  output: '" + output + "'\n  priority: INFO\n" + more;
}

Compiled compile_wrong(const std::string& text) {
  policy::Documents documents;
  policy::load_text("site.yaml", text, documents);
  return compile(documents);
}

TEST(HashRules, OnlyKindsThatCanMatchWait) {
  const auto policy = [](const std::string& text) { return compile_text(text).policy; };
  const Policy none = policy(rule("evt.type = execve"));
  EXPECT_TRUE(none.executable_hashes.empty());
  EXPECT_TRUE(none.file_hashes.empty());
  const Policy exec = policy(rule("evt.type = execve and proc.exe_hash.sha256 = " + kDigest));
  EXPECT_EQ(KindSet{Kind::exec}, exec.executable_hashes);
  EXPECT_TRUE(exec.file_hashes.empty());
  const Policy file = policy(rule("file.hash.sha256 = " + kDigest));
  EXPECT_EQ(kHashedKinds, file.file_hashes);
  EXPECT_EQ(kHashedKinds, file.kinds);
  EXPECT_TRUE(file.executable_hashes.empty());
  const Policy shown = policy(rule("evt.type = openat", "", "%proc.exe_hash.sha256"));
  EXPECT_EQ(KindSet{Kind::open} | (shown.rules[0].kinds), shown.executable_hashes);
  EXPECT_TRUE(shown.rules[0].shown_hashes.executable);
  const Policy counted =
      policy(rule("evt.type = openat and fd.name = /x", "  threshold: {count: 2, within: 1s, by: file.hash.sha256}\n"));
  EXPECT_EQ(KindSet{Kind::open}, counted.file_hashes);
  EXPECT_TRUE(counted.rules[0].shown_hashes.file);
}

TEST(HashRules, ADigestIsChecked) {
  for (const std::string& wrong : {std::string(64, 'A'), "sha256:" + kDigest, std::string(63, 'a'), std::string("x")}) {
    const std::string said = rendered(compile_wrong(rule("file.hash.sha256 in (" + kDigest + ", '" + wrong + "')")));
    EXPECT_THAT(said, HasSubstr("error: '" + wrong + "' is not a SHA-256")) << said;
    EXPECT_THAT(said, HasSubstr("64 hexadecimal digits, in lower case"));
  }
  compile_text(rule("file.hash.sha256 startswith ab"));
}

TEST(HashRules, TheirTestsNameHashes) {
  const std::string tests =
      "  tests:\n"
      "    - match: {kind: exec, by: {exepath: /tmp/x, sha256: " +
      kDigest +
      "}}\n"
      "    - miss: {kind: exec, by: {exepath: /tmp/x, sha256: " +
      std::string(64, 'b') +
      "}}\n"
      "    - miss: {kind: exec, by: /tmp/x}\n";
  compile_text(rule("evt.type = execve and proc.exe_hash.sha256 = " + kDigest, tests));
  compile_text(rule("file.hash.sha256 = " + kDigest,
                    "  tests:\n    - match: {kind: open, path: /tmp/x, file.hash.sha256: " + kDigest + "}\n"));
  EXPECT_THAT(
      rendered(compile_wrong(rule("evt.type = execve", "  tests:\n    - match: {kind: exec, by: {sha256: 12}}\n"))),
      HasSubstr("expected a SHA-256: 64 hexadecimal digits, in lower case"));
  EXPECT_THAT(rendered(compile_wrong(
                  rule("evt.type = unlink", "  tests:\n    - match: {kind: unlink, sha256: " + kDigest + "}\n"))),
              HasSubstr("no file is hashed for these events"));
}

}  // namespace
}  // namespace picket
