// SPDX-License-Identifier: Apache-2.0
//
// What `picket check-config --connect` says of outputs whose other side is not there. Brokers that refuse: tests/kafka.
#include <gtest/gtest.h>

#include "sensor/cli/commands.h"

namespace picket::cli {
namespace {

constexpr const char* kText = R"(output:
  sinks:
    - type: file
      path: /var/log/picket/alerts.json
    - type: kafka
      name: siem
      brokers: 127.0.0.1:1
      properties: {sasl.password: hunter2}
)";

class CheckConfigTest : public testing::Test {
 protected:
  CheckConfigTest() { EXPECT_TRUE(read_config_text("picket.yaml", kText, config_).empty()); }
  Config config_;
};

TEST_F(CheckConfigTest, AsksNobodyUnlessToldTo) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(check_config(config_, "picket.yaml", std::nullopt), ExitCode::Ok);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "picket.yaml: all right\n");
}

TEST_F(CheckConfigTest, ABrokerThatIsNotThere) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(check_config(config_, "picket.yaml", 1), ExitCode::Unreachable);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(said.rfind("picket.yaml:5: error: output siem: kafka: no broker answers", 0), 0u) << said;
  EXPECT_NE(said.find("hint:"), std::string::npos) << said;
  EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
}

}  // namespace
}  // namespace picket::cli
