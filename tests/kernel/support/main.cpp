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

}  // namespace
}  // namespace picket::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (const char* directory = std::getenv("PICKET_CASES")) {
    testing::UnitTest::GetInstance()->listeners().Append(new picket::test::CaseFiles(directory));
  }
  return RUN_ALL_TESTS();
}
