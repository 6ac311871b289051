// SPDX-License-Identifier: Apache-2.0
//
// Names of any bytes and paths of any length, in the kinds that change names: whole, or flagged.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

const std::string kMark = "marked-by-names-test";

constexpr const char* kRules = R"(
- rule: mkdir
  desc: The last directory of the way.
  condition: mkdir.path endswith marked-by-names-test
  output: "path=%mkdir.path\nflags=%header.flags"
  priority: DEBUG
- rule: rename
  desc: To the mark.
  condition: rename.new_path endswith marked-by-names-test
  output: "path=%rename.new_path\nold=%rename.old_path\nflags=%header.flags"
  priority: DEBUG
- rule: unlink
  desc: The mark.
  condition: unlink.path endswith marked-by-names-test
  output: "path=%unlink.path\nflags=%header.flags"
  priority: DEBUG
)";

class Names : public SharedSensor<Names> {
 public:
  static std::string rules() { return kRules; }

 protected:
  // Goes down the way, then makes a directory, removes it, makes a file, renames it to the mark and unlinks it. Hands
  // what was seen of each to `check`, with the path of the directory at the end of the way.
  void descend(const std::vector<std::string>& way,
               const std::function<void(const Fields& fields, const std::string& path)>& check) {
    std::string path = directory_.path();
    for (const std::string& name : way) path += "/" + name;
    Child child([&] {
      if (chdir(directory_.path().c_str()) != 0) return 1;
      for (const std::string& name : way) {
        if (mkdir(name.c_str(), 0755) != 0 || chdir(name.c_str()) != 0) return 1;
      }
      if (mkdir(kMark.c_str(), 0755) != 0 || rmdir(kMark.c_str()) != 0) return 1;
      close(open(kOld, O_WRONLY | O_CREAT, 0644));
      return rename(kOld, kMark.c_str()) != 0 || unlink((path + "/" + kMark).c_str()) != 0 ? 1 : 0;
    });
    EXPECT_EQ(0, child.wait());
    for (const char* kind : {"mkdir", "rename", "unlink"}) {
      SCOPED_TRACE(kind);
      check(wire_fields(sensor().next_alert(kind, child.pid())), path);
    }
  }

  void expect_whole(const std::vector<std::string>& way) {
    descend(way, [](const Fields& fields, const std::string& path) {
      EXPECT_EQ(path + "/" + kMark, fields.at("path"));
      EXPECT_EQ("0", fields.at("flags"));
      if (fields.contains("old")) {
        EXPECT_EQ(path + "/" + kOld, fields.at("old"));
      }
    });
  }

  static constexpr const char* kOld = "old";
  Directory directory_;
};

TEST_F(Names, AHundredAndThirtyDirectoriesDeep) {
  std::vector<std::string> way;
  for (int i = 0; i < 130; ++i) way.push_back("directory-" + std::to_string(i));
  expect_whole(way);
}

TEST_F(Names, Of4095Bytes) {
  std::vector<std::string> way;
  std::size_t left = PATH_MAX - 1 - directory_.path().size() - 1 - kMark.size();
  while (left > 0) {
    const std::size_t size = std::min<std::size_t>(left - 1, left > 256 && left < 260 ? 200 : 255);
    way.emplace_back(size, static_cast<char>('a' + way.size()));
    left -= size + 1;
  }
  expect_whole(way);
}

struct NameRow {
  std::string bytes, text;  // on disk, in JSON
};

TEST_F(Names, OfAnyBytes) {
  for (const NameRow& name :
       {NameRow{"new\nline", "new\nline"}, NameRow{"quo\"te\\", "quo\"te\\"}, NameRow{"bad\xff\xfe", "bad\ufffd\ufffd"},
        NameRow{"\x01\x1b[2J\x7f", "\x01\x1b[2J\x7f"}, NameRow{"gr\u00fcn", "gr\u00fcn"}}) {
    SCOPED_TRACE(name.text);
    const std::string before = directory_ / name.bytes;
    const std::string after = before + kMark;
    Child child([&] {
      close(open(before.c_str(), O_WRONLY | O_CREAT, 0644));
      return rename(before.c_str(), after.c_str()) != 0 || unlink(after.c_str()) != 0 ? 1 : 0;
    });
    EXPECT_EQ(0, child.wait());
    const Json renamed = sensor().next_alert("rename", child.pid()).at("event").at("rename");
    EXPECT_EQ(directory_ / name.text, renamed.at("old_path"));
    EXPECT_EQ(directory_ / name.text + kMark, renamed.at("new_path"));
    EXPECT_EQ(name.bytes != name.text, renamed.contains("old_path_base64"));
    EXPECT_EQ(name.bytes != name.text, renamed.contains("new_path_base64"));
    const Json unlinked = sensor().next_alert("unlink", child.pid()).at("event").at("unlink");
    EXPECT_EQ(directory_ / name.text + kMark, unlinked.at("path"));
    EXPECT_EQ(name.bytes != name.text, unlinked.contains("path_base64"));
  }
}

}  // namespace
}  // namespace picket::test
