// SPDX-License-Identifier: Apache-2.0
//
// What `picket check-config` says of the settings of outputs, and with --connect of outputs whose other side is not
// there. Brokers that refuse: tests/kafka.
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

struct Row {
  const char* settings;  // of the output
  const char* message;
  const char* hint;
};

const Row kMistakes[] = {
    {"properties: {sasl.pasword: hunter2}", "property 'sasl.pasword': No such configuration property: \"sasl.pasword\"",
     "did you mean 'sasl.password'?"},
    {"properties: {compression.type: zip}", "property 'compression.type': Invalid value \"zip\"",
     "the properties are those of librdkafka"},
    {"properties: {transactional.id: x}", "property 'transactional.id' cannot be set: the sensor sets it itself", ""},
    {"properties: {security.protocol: sasl_ssl}", "it is not said how the brokers let us in", "sasl.mechanism: "},
    {"spool: {mode: durable}", "spool.mode needs spool.directory", "spool: "},
};

// With --connect, too: nobody is asked.
TEST_F(CheckConfigTest, WhatNoSettingShowsAlone) {
  for (const Row& row : kMistakes) {
    SCOPED_TRACE(row.settings);
    Config config;
    const std::string text = "output:\n  sinks:\n    - type: kafka\n      brokers: 127.0.0.1:1\n      ";
    ASSERT_TRUE(read_config_text("picket.yaml", text + row.settings + "\n", config).empty());
    for (const auto seconds : {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(600)}) {
      testing::internal::CaptureStderr();
      EXPECT_EQ(check_config(config, "picket.yaml", seconds), ExitCode::Usage);
      const std::string said = testing::internal::GetCapturedStderr();
      EXPECT_EQ(said.rfind(std::string("picket.yaml:3: error: output kafka: kafka: ") + row.message, 0), 0u) << said;
      EXPECT_NE(said.find(row.hint), std::string::npos) << said;
      EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
    }
  }
}

// They are on the machine of the sensor.
TEST_F(CheckConfigTest, FilesThatAreNotThereAreNoMistake) {
  Config config;
  ASSERT_TRUE(read_config_text("picket.yaml", R"(output:
  sinks:
    - type: kafka
      brokers: 127.0.0.1:1
      properties:
        security.protocol: sasl_ssl
        ssl.ca.location: /none/ca.pem
        sasl.mechanism: OAUTHBEARER
        sasl.oauthbearer.token.endpoint.url: file:///none/token
)",
                               config)
                  .empty());
  testing::internal::CaptureStdout();
  EXPECT_EQ(check_config(config, "picket.yaml", std::nullopt), ExitCode::Ok);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "picket.yaml: all right\n");
}

}  // namespace
}  // namespace picket::cli
