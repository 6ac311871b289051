// SPDX-License-Identifier: Apache-2.0
//
// More rules of a kind than a word has bits: each of them refuses what is its own, whichever word it is in.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/kernel/support/files.h"
#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/suite.h"

namespace picket::test {
namespace {

constexpr int kFiles = 150;

std::string file_of(int number) { return "/run/enforce-many/" + std::to_string(number); }

class EnforceMany : public SharedSensor<EnforceMany> {
 public:
  static std::string rules() {
    std::string all;
    for (int i = 0; i < kFiles; ++i) all += deny("not " + std::to_string(i), "open.path = " + file_of(i));
    return all;
  }
  static void SetUpTestSuite() {
    std::filesystem::create_directory("/run/enforce-many");
    for (int i = 0; i <= kFiles; ++i) write_file(file_of(i), "");
    SharedSensor::SetUpTestSuite();
  }
  static void TearDownTestSuite() {
    SharedSensor::TearDownTestSuite();
    std::filesystem::remove_all("/run/enforce-many");
  }
};

TEST_F(EnforceMany, EachRefusesItsOwn) {
  for (int i = 0; i < kFiles; ++i) EXPECT_FALSE(std::ifstream(file_of(i)).is_open()) << i;
  EXPECT_TRUE(std::ifstream(file_of(kFiles)).is_open());
  for (const int i : {0, 70, kFiles - 1}) {
    const Json alert = sensor().next_alert("not " + std::to_string(i));
    ASSERT_FALSE(alert.is_null()) << i;
    EXPECT_EQ("denied", alert.at("event").at("decision")) << i;
  }
}

}  // namespace
}  // namespace picket::test
