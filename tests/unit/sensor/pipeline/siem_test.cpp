// SPDX-License-Identifier: Apache-2.0
//
// packaging: the configurations for other programs are the YAML that they have to be, and the configurations of ours in
// pages and manifests are taken without a complaint.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <iterator>

#include "sensor/pipeline/config.h"

namespace picket {
namespace {

const std::string kPackaging = PICKET_SOURCE_DIR "/packaging/";

std::string read(const std::string& name) {
  std::ifstream file(kPackaging + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

Config taken(const std::string& name, const std::string& text) {
  Config config;
  for (const Diagnostic& diagnostic : read_config_text(name, text, config)) ADD_FAILURE() << render(diagnostic);
  EXPECT_FALSE(contradiction(config)) << name;
  return config;
}

TEST(Packaging, ConfigurationsOfOtherProgramsAreYaml) {
  const YAML::Node vector = YAML::Load(read("siem/vector.yaml"));
  for (const char* section : {"sources", "transforms", "sinks"}) EXPECT_TRUE(vector[section].IsMap()) << section;
  // Every input is a source or a transform.
  for (const char* section : {"transforms", "sinks"}) {
    for (const auto& component : vector[section]) {
      for (const auto& input : component.second["inputs"]) {
        const std::string name = input.Scalar();
        EXPECT_TRUE(vector["sources"][name] || vector["transforms"][name]) << name;
      }
    }
  }
  const YAML::Node fluent = YAML::Load(read("siem/fluent-bit.yaml"));
  EXPECT_EQ(fluent["parsers"][0]["name"].Scalar(), fluent["pipeline"]["inputs"][0]["parser"].Scalar());
  EXPECT_EQ(fluent["pipeline"]["inputs"][0]["tag"].Scalar(), fluent["pipeline"]["outputs"][0]["match"].Scalar());
}

TEST(Packaging, TheConfigurationForTheSiemIsTaken) {
  const std::string page = read("siem/README.md"), fence = "```yaml\n";
  const std::size_t begin = page.find(fence), end = page.find("```\n", begin + fence.size());
  ASSERT_NE(end, page.npos);
  const Config config = taken("README.md", page.substr(begin + fence.size(), end - begin - fence.size()));
  ASSERT_EQ(config.sinks.size(), 1u);
  EXPECT_EQ(config.sinks[0].type->name, "kafka");
  EXPECT_TRUE(config.metrics_listen);
}

TEST(Packaging, TheInstalledConfigurationIsTheDefault) {
  const Config config = taken("picket.yaml", read("picket.yaml"));
  EXPECT_FALSE(config.metrics_listen);
  EXPECT_FALSE(config.metrics_kernel);
}

// The DaemonSet's probes ask at the address that its configuration says.
TEST(Packaging, ProbesAskWhereTheSensorListens) {
  Config config;
  YAML::Node container;
  for (const YAML::Node& document : YAML::LoadAll(read("kubernetes/picket.yaml"))) {
    if (document["kind"].Scalar() == "ConfigMap")
      config = taken("picket.yaml", document["data"]["picket.yaml"].Scalar());
    if (document["kind"].Scalar() == "DaemonSet") container = document["spec"]["template"]["spec"]["containers"][0];
  }
  ASSERT_TRUE(config.metrics_listen);
  const YAML::Node port = container["ports"][0];
  EXPECT_EQ(port["containerPort"].as<int>(), port_of(*config.metrics_listen));
  struct Row {
    const char *probe, *path;
  };
  for (const Row& row :
       {Row{"startupProbe", "/readyz"}, Row{"readinessProbe", "/readyz"}, Row{"livenessProbe", "/healthz"}}) {
    const YAML::Node get = container[row.probe]["httpGet"];
    ASSERT_TRUE(get) << row.probe;
    EXPECT_EQ(get["path"].Scalar(), row.path);
    EXPECT_EQ(get["port"].Scalar(), port["name"].Scalar());
  }
}

}  // namespace
}  // namespace picket
