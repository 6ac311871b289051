// SPDX-License-Identifier: Apache-2.0
//
// Runs the cases and leaves one file for each in the directory that PICKET_CASES names: its first word is PASSED,
// FAILED or SKIPPED, what failed follows. ctest reads those from the host; a case without a file did not run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace picket::test {
namespace {

class CaseFiles : public testing::EmptyTestEventListener {
 public:
  explicit CaseFiles(std::string directory) : directory_(std::move(directory)) {}

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
  }

 private:
  std::string directory_;
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
  if (const char* directory = std::getenv("PICKET_CASES")) {
    testing::UnitTest::GetInstance()->listeners().Append(new CaseFiles(directory));
  }
  const int result = RUN_ALL_TESTS();
  return failed_between_cases() ? 2 : result;
}

}  // namespace picket::test

int main(int argc, char** argv) { return picket::test::run(argc, argv); }
