// SPDX-License-Identifier: Apache-2.0
//
// Manifests: their text, what is none, and how files differ from one.
#include "sensor/trust/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sensor/trust/encoding.h"

namespace picket::trust {
namespace {

using testing::HasSubstr;

const std::string kDigest = sha256("a");

std::string parsed(const std::string& text) {
  const auto manifest = parse_manifest("file", text, 3);
  const auto* wrong = std::get_if<Diagnostic>(&manifest);
  return wrong == nullptr ? "" : render(*wrong);
}

TEST(Manifest, IsWrittenAndReadBack) {
  const std::vector<PolicyFile> files = {{"/etc/picket/rules.d/b.yaml", "a"}, {"a b.yml", ""}, {"x/b.yaml", "c"}};
  const auto made = make_manifest(files, 18446744073709551615u);
  ASSERT_TRUE(std::holds_alternative<Manifest>(made));
  const std::string text = print(std::get<Manifest>(made));
  EXPECT_EQ(text,
            "version 18446744073709551615\n"
            "file " +
                sha256("a") +
                " b.yaml\n"
                "file " +
                sha256("") +
                " a b.yml\n"
                "file " +
                sha256("c") + " b.yaml\n");
  const auto read = parse_manifest("file", text, 3);
  ASSERT_TRUE(std::holds_alternative<Manifest>(read));
  EXPECT_EQ(print(std::get<Manifest>(read)), text);
}

TEST(Manifest, EveryWrongLineIsAnswered) {
  const std::string version = "version 1\n", file = "file " + kDigest + " a.yaml\n";
  std::string many = version;
  for (std::size_t i = 0; i < kMostFiles; ++i) many += file;
  const struct {
    std::string text;
    std::string answer;
  } rows[] = {
      {version + file, ""},
      {many, ""},
      {many + file, "file: error: more than 4096 rule files"},
      {"", "expected 'version' and a number"},
      {file, "file:3:1: error: expected 'version' and a number"},
      {"version \n" + file, "file:3:1: error: expected 'version' and a number"},
      {"version 01\n" + file, "file:3:9: error: expected 'version' and a number"},
      {"version 1 \n" + file, "file:3:9: error: expected 'version' and a number"},
      {"version 18446744073709551616\n" + file, "file:3:9: error: expected 'version' and a number"},
      {version, "expected the lines of the files to follow"},
      {version + file.substr(0, file.size() - 1), "expected the lines of the files to follow"},
      {version + "\n" + file, "file:4:1: error: expected 'file', a SHA-256 and a name"},
      {version + file + "\n", "file:5:1: error: expected 'file', a SHA-256 and a name"},
      {version + file + version, "file:5:1: error: expected 'file', a SHA-256 and a name"},
      {version + "file " + kDigest + "\n", "file:4:6: error: expected a SHA-256 and a name"},
      {version + "file " + kDigest + " \n", "file:4:6: error: expected a SHA-256 and a name"},
      {version + "file " + kDigest.substr(1) + " a\n", "file:4:6: error: expected a SHA-256 and a name"},
      {version + "file  " + kDigest + " a\n", "file:4:6: error: expected a SHA-256 and a name"},
      {version + "file " + kDigest + " a/b\n", "file:4:71: error: expected the name of a file"},
      {version + "file " + kDigest + " a\r\n", "it has Windows line ends"},
      {version + "file " + kDigest + " a\x1b\n", "file:4:71: error: expected the name of a file"},
      {version + "file " + kDigest + " " + std::string(256, 'x') + "\n", "expected the name of a file"},
  };
  for (const auto& row : rows) {
    const std::string said = parsed(row.text);
    if (row.answer.empty()) {
      EXPECT_EQ(said, "");
    } else {
      EXPECT_THAT(said, HasSubstr(row.answer)) << row.text.substr(0, 300);
    }
  }
}

TEST(Manifest, OfStrangeFilesIsNotMade) {
  const auto said = [](const std::vector<PolicyFile>& files) {
    const auto made = make_manifest(files, 1);
    const auto* wrong = std::get_if<Diagnostic>(&made);
    return wrong == nullptr ? "" : render(*wrong);
  };
  EXPECT_THAT(said({}), HasSubstr("there is no rule file to sign"));
  EXPECT_THAT(said({{"a\nfile.yaml", ""}}), HasSubstr("a file of such a name cannot be signed"));
  EXPECT_THAT(said({{"a/", ""}}), HasSubstr("a file of such a name cannot be signed"));
  EXPECT_THAT(said(std::vector<PolicyFile>(kMostFiles + 1, {"a", ""})), HasSubstr("more than 4096 rule files"));
  EXPECT_EQ(said(std::vector<PolicyFile>(kMostFiles, {"a", ""})), "");
}

// The largest that can be made can be read: docs say 4096 files.
TEST(Manifest, TheLargestHasRoomInAFile) {
  const std::string name(255, 'x');
  const auto made = make_manifest(std::vector<PolicyFile>(kMostFiles, {name, ""}), 1);
  EXPECT_LT(print(std::get<Manifest>(made)).size() + 1024, kLargestSignature);
}

TEST(Manifest, SaysHowFilesDiffer) {
  const std::vector<PolicyFile> whole = {{"1/a.yaml", "A"}, {"1/b.yaml", "B"}, {"2/a.yaml", "C"}};
  const Manifest manifest = std::get<Manifest>(make_manifest(whole, 1));
  const struct {
    const char* what;
    std::vector<PolicyFile> files;
    std::vector<std::string> answers;
  } rows[] = {
      {"nothing", whole, {}},
      {"other directories", {{"a.yaml", "A"}, {"/x/b.yaml", "B"}, {"../a.yaml", "C"}}, {}},
      {"altered",
       {whole[0], {"1/b.yaml", "X"}, whole[2]},
       {"1/b.yaml: error: altered since it was signed: its SHA-256"}},
      {"emptied", {whole[0], {"1/b.yaml", ""}, whole[2]}, {"1/b.yaml: error: altered since it was signed"}},
      {"renamed",
       {whole[0], {"1/c.yaml", "B"}, whole[2]},
       {"1/c.yaml: error: not part of the signed policy",
        "policy.sig: error: the rule file 'b.yaml' was signed and is not there"}},
      {"added", {whole[0], whole[1], {"1/c.yaml", "B"}, whole[2]}, {"1/c.yaml: error: not part of the signed policy"}},
      {"added twice", {whole[0], whole[0], whole[1], whole[2]}, {"altered", "2/a.yaml: error: not part"}},
      {"removed", {whole[0], whole[2]}, {"policy.sig: error: the rule file 'b.yaml' was signed and is not there"}},
      {"none", {}, {"'a.yaml' was signed", "'b.yaml' was signed", "'a.yaml' was signed"}},
      {"reordered", {whole[1], whole[0], whole[2]}, {"1/a.yaml: error: number 2 of the rule files, and number 1 of"}},
      {"exchanged",
       {{"1/a.yaml", "B"}, {"1/b.yaml", "A"}, whole[2]},
       {"1/a.yaml: error: altered", "1/b.yaml: error: alt"}},
      {"directories reordered",
       {whole[2], whole[0], whole[1]},
       {"2/a.yaml: error: altered", "1/a.yaml: error: altered"}},
  };
  for (const auto& row : rows) {
    const auto found = compare(manifest, "policy.sig", row.files);
    ASSERT_EQ(found.size(), row.answers.size()) << row.what;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_THAT(render(found[i]), HasSubstr(row.answers[i])) << row.what;
    }
  }
}

}  // namespace
}  // namespace picket::trust
