// SPDX-License-Identifier: Apache-2.0
//
// Runs the cases and leaves one file for each in the directory that PICKET_CASES names: its first word is PASSED,
// FAILED or SKIPPED, what failed follows. ctest reads those from the host; a case without a file did not run.
//
// A case that looked at every wire field of a kind, and passed, leaves an empty file of the kind's name in the
// directory that PICKET_KINDS names. tests/kernel/kinds-table reads those.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

class CaseFiles : public testing::EmptyTestEventListener {
 public:
  CaseFiles(std::string directory, std::string kinds) : directory_(std::move(directory)), kinds_(std::move(kinds)) {}

  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.passed()) return;
    messages_ << (result.file_name() ? result.file_name() : "?") << ":" << result.line_number() << "\n"
              << result.message() << "\n";
  }

  void OnTestEnd(const testing::TestInfo& test) override {
    const testing::TestResult& result = *test.result();
    std::ofstream file(directory_ + "/" + test.test_suite_name() + "." + test.name());
    file << (result.Failed()    ? "FAILED"
             : result.Skipped() ? "SKIPPED"
                                : "PASSED")
         << " after " << result.elapsed_time() << " ms\n"
         << messages_.str();
    messages_.str("");

    for (const std::string& kind : take_checked_kinds()) {
      if (result.Passed()) std::ofstream(kinds_ + "/" + kind);
    }
  }

 private:
  std::string directory_;
  std::string kinds_;
  std::ostringstream messages_;
};

// What failed while a suite was set up or ended belongs to no case, so that no file would tell.
bool failed_between_cases() {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  bool failed = all.ad_hoc_test_result().Failed();
  for (int i = 0; i < all.total_test_suite_count(); ++i) failed |= all.GetTestSuite(i)->ad_hoc_test_result().Failed();
  return failed;
}

}  // namespace

int run(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const char* cases = std::getenv("PICKET_CASES");
  const char* kinds = std::getenv("PICKET_KINDS");
  if (cases != nullptr && kinds != nullptr) {
    testing::UnitTest::GetInstance()->listeners().Append(new CaseFiles(cases, kinds));
  }
  const int result = RUN_ALL_TESTS();
  return failed_between_cases() ? 2 : result;
}

}  // namespace picket::test

int main(int argc, char** argv) { return picket::test::run(argc, argv); }
