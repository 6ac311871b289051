// SPDX-License-Identifier: Apache-2.0
//
// picket check-config --connect against Apache Kafka: the command itself, every byte that it prints, and its exit code.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/kafka/broker.h"
#include "tests/support/temporary_directory.h"

namespace picket {
namespace {

[[maybe_unused]] const Broker& started = Broker::get();

class CheckConfig : public testing::Test {
 protected:
  CheckConfig() {
    topic_ = std::string("picket.") + testing::UnitTest::GetInstance()->current_test_info()->name();
    broker_.make_topic(topic_, 1);
  }

  struct Answer {
    int exit_code;
    std::string out, err;
  };

  // Of a configuration with a file, which is not asked, and a topic at this broker, in lines 4 and 5.
  Answer ask(const std::string& brokers, const std::string& topic,
             const std::map<std::string, std::string>& properties) const {
    std::ofstream config(config_);
    config << "output:\n  sinks:\n    - {type: file, path: " << root_ << "/alerts.json}\n"
           << "    - type: kafka\n      brokers: " << brokers << "\n      topic: " << topic << "\n"
           << "      properties:\n";
    for (const auto& [name, value] : properties) config << "        " << name << ": '" << value << "'\n";
    config.close();
    const std::string command = std::string(PICKET_COMMAND) + " check-config --config " + config_ +
                                " --connect --wait 5s >" + root_ + "/out 2>" + root_ + "/err";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_all("out"), read_all("err")};
  }

  std::string read_all(const char* name) const {
    std::ifstream file(root_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // "FILE:4: error: output NAME: MESSAGE" and "hint: HINT", where the middle of MESSAGE is librdkafka's.
  void expect_error(const Answer& answer, const std::string& begins, const std::string& has,
                    const std::string& hint) const {
    EXPECT_EQ(answer.exit_code, 10);
    EXPECT_EQ(answer.out, "");
    const std::string first = config_ + ":4: error: output kafka: kafka: " + begins;
    EXPECT_EQ(answer.err.substr(0, first.size()), first) << answer.err;
    EXPECT_NE(answer.err.find(has), std::string::npos) << answer.err;
    const std::string last = "\nhint: " + hint + "\n";
    EXPECT_TRUE(answer.err.ends_with(last)) << answer.err;
    EXPECT_EQ(answer.err.find(broker_.password()), std::string::npos);
  }

  Broker& broker_ = Broker::get();
  test::TemporaryDirectory temporary_;
  const std::string root_ = temporary_.path();
  const std::string config_ = root_ + "/picket.yaml";
  std::string topic_;
};

constexpr const char* kHint = "check brokers, security.protocol, certificates and credentials";

TEST_F(CheckConfig, AllIsRight) {
  const Answer answer = ask(broker_.address(), topic_, broker_.properties());
  EXPECT_EQ(answer.exit_code, 0);
  EXPECT_EQ(answer.out, config_ + ": all right; 1 outputs were asked and take messages\n");
  EXPECT_EQ(answer.err, "");
}

TEST_F(CheckConfig, WrongCredentials) {
  auto properties = broker_.properties();
  properties["sasl.password"] = "not-this-one";
  const Answer answer = ask(broker_.address(), topic_, properties);
  expect_error(answer, "no broker answers: ",
               "Authentication failed during authentication due to invalid credentials with SASL mechanism "
               "SCRAM-SHA-512",
               kHint);
  EXPECT_EQ(answer.err.find("not-this-one"), std::string::npos) << answer.err;
}

TEST_F(CheckConfig, WrongAuthority) {
  std::filesystem::copy(broker_.directory + "/client.pem", root_ + "/other.pem");
  auto properties = broker_.properties();
  properties["ssl.ca.location"] = root_ + "/other.pem";
  expect_error(ask(broker_.address(), topic_, properties), "no broker answers: ", "certificate verify failed", kHint);
}

TEST_F(CheckConfig, NoBroker) {
  expect_error(ask("localhost:1", topic_, broker_.properties()), "no broker answers: ", "Connection refused", kHint);
}

TEST_F(CheckConfig, NoTopic) {
  const Answer answer = ask(broker_.address(), "not.there", broker_.properties());
  EXPECT_EQ(answer.exit_code, 10);
  EXPECT_EQ(answer.out, "");
  EXPECT_EQ(answer.err, config_ +
                            ":4: error: output kafka: kafka: topic 'not.there' does not exist\n"
                            "hint: create it; docs/kafka.md has recommended settings\n");
}

}  // namespace
}  // namespace picket
