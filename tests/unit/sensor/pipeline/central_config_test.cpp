// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/central_config.h"

#include <gtest/gtest.h>

#include "sensor/pipeline/config.h"

namespace picket {
namespace {

using Properties = std::vector<std::pair<std::string, std::string>>;

TEST(CentralConfiguration, EverySetting) {
  Config config;
  const auto diagnostics = read_config_text("c.yaml", R"(
central:
  from: kafka://k1:9093/alerts
  group: hunt
  properties:
    security.protocol: ssl
    ssl: {ca: {location: /etc/ca.pem}}
)",
                                            config);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(config.central.from, "kafka://k1:9093/alerts");
  EXPECT_EQ(config.central.group, "hunt");
  EXPECT_EQ(config.central.properties, (Properties{{"security.protocol", "ssl"}, {"ssl.ca.location", "/etc/ca.pem"}}));
}

TEST(CentralConfiguration, NothingIsNeeded) {
  Config config;
  EXPECT_TRUE(read_config_text("c.yaml", "central:\n", config).empty());
  EXPECT_EQ(config.central.group, "picket-central");
}

TEST(CentralConfiguration, Mistakes) {
  const struct {
    const char* text;
    const char* said;
  } rows[] = {
      {"central: x\n", "central: expected keys and values, as group: NAME"},
      {"central: {grup: x}\n", "unknown setting 'central.grup'"},
      {"central: {group: [x]}\n", "central.group: expected a name"},
      {"central: {group: ''}\n", "central.group: expected a name"},
      {"central: {from: {}}\n", "central.from: expected kafka://HOST:PORT[,HOST:PORT].../TOPIC"},
      {"central: {properties: x}\n", "central.properties: expected names and values of librdkafka's properties"},
      {"central: {properties: {a: [1]}}\n", "central.properties.a: expected one value"},
  };
  for (const auto& row : rows) {
    Config config;
    const auto diagnostics = read_config_text("c.yaml", row.text, config);
    ASSERT_EQ(diagnostics.size(), 1u) << row.text;
    EXPECT_EQ(diagnostics[0].message, row.said);
  }
}

}  // namespace
}  // namespace picket
