// SPDX-License-Identifier: Apache-2.0
//
// When lines reach the sinks.
#include "sensor/pipeline/outputs.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace picket {
namespace {

// Keeps what each call brought.
class Calls final : public Sink {
 public:
  explicit Calls(std::vector<std::string>& calls) : calls_(calls) {}
  void write(std::string_view lines, std::size_t count) override {
    EXPECT_EQ(static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')), count);
    if (!lines.empty()) calls_.emplace_back(lines);
  }
  void flush() override {}
  const SinkCounters& counters() const override { return counters_; }
  std::string_view name() const override { return "calls"; }

 private:
  std::vector<std::string>& calls_;
  SinkCounters counters_;
};

class OutputsTest : public testing::Test {
 protected:
  static Outputs outputs(std::vector<std::string>& json, std::vector<std::string>& human) {
    std::vector<std::unique_ptr<Sink>> first, second;
    first.push_back(std::make_unique<Calls>(json));
    second.push_back(std::make_unique<Calls>(human));
    return Outputs(Host{"host", "b007"}, std::move(first), std::move(second), false);
  }

  void write(std::string_view from = "enforce") {
    outputs_.write(EnforcementChange{.from = from, .to = "off", .cause = "command"}, scratch_);
  }

  static std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

  std::vector<std::string> json_, human_;
  Outputs outputs_ = outputs(json_, human_);
  Scratch scratch_;
};

TEST_F(OutputsTest, AtOnce) {
  write();
  write();
  ASSERT_EQ(json_.size(), 2u);
  ASSERT_EQ(human_.size(), 2u);
  EXPECT_EQ(lines(json_[0]), 1);
  EXPECT_EQ(lines(human_[1]), 1);
}

TEST_F(OutputsTest, TogetherWhenHeld) {
  outputs_.hold();
  for (int i = 0; i < 3; ++i) write();
  EXPECT_TRUE(json_.empty());
  EXPECT_TRUE(human_.empty());
  outputs_.flush();
  ASSERT_EQ(json_.size(), 1u);
  ASSERT_EQ(human_.size(), 1u);
  EXPECT_EQ(lines(json_[0]), 3);
  EXPECT_EQ(lines(human_[0]), 3);
  write();
  EXPECT_EQ(json_.size(), 2u) << "a flush ends it";
}

TEST_F(OutputsTest, SomeHundredKilobytesAtMost) {
  outputs_.hold();
  const std::string long_text(5000, 'x');
  for (int i = 0; i < 100; ++i) write(long_text);
  outputs_.flush();
  ASSERT_GT(json_.size(), 2u);
  std::ptrdiff_t all = 0;
  for (const std::string& call : json_) {
    EXPECT_LT(call.size(), 192u << 10);
    all += lines(call);
  }
  EXPECT_EQ(all, 100);
}

TEST_F(OutputsTest, InTheFormatThatWasChosen) {
  std::vector<std::string> lines;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<Calls>(lines));
  Outputs outputs(Host{"host", "b007"}, std::move(sinks), {}, false, *find_format("falco"));
  outputs.write(EnforcementChange{.from = "enforce", .to = "off", .cause = "command"}, scratch_);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find(R"("rule":"Picket internal: enforcement changed")"), std::string::npos) << lines[0];
}

TEST_F(OutputsTest, NothingToFlush) {
  outputs_.hold();
  outputs_.flush();
  outputs_.flush();
  EXPECT_TRUE(json_.empty());
}

}  // namespace
}  // namespace picket
