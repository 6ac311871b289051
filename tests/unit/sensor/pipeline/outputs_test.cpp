// SPDX-License-Identifier: Apache-2.0
//
// When lines reach the sinks, and which.
#include "sensor/pipeline/outputs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/memory_sink.h"

namespace picket {
namespace {

// Keeps what each call brought, as one text.
class Calls final : public Destination {
 public:
  explicit Calls(std::vector<std::string>& calls) : calls_(calls) {}
  std::size_t send(std::span<const Message> messages, Ledger& ledger) override {
    std::string& call = calls_.emplace_back();
    for (const Message& message : messages) call += message.text;
    ledger.delivered(messages.size());
    return messages.size();
  }
  void poll(Ledger&, std::chrono::milliseconds) override {}
  bool flush(Ledger&, std::chrono::milliseconds) override { return true; }

 private:
  std::vector<std::string>& calls_;
};

std::unique_ptr<Sink> calls_sink(std::vector<std::string>& calls, SinkTraits traits) {
  return std::make_unique<Sink>(std::move(traits), std::make_unique<Calls>(calls));
}

class OutputsTest : public testing::Test {
 protected:
  static Outputs outputs(std::vector<std::string>& json, std::vector<std::string>& human) {
    test::Sinks sinks;
    sinks.push_back(calls_sink(json, {.name = "json"}));
    sinks.push_back(calls_sink(human, {.name = "human", .format = nullptr}));
    return Outputs(Host{"host", "b007"}, std::move(sinks));
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
  test::Sinks sinks;
  sinks.push_back(calls_sink(lines, {.name = "falco", .format = find_format("falco")}));
  Outputs outputs(Host{"host", "b007"}, std::move(sinks));
  outputs.write(EnforcementChange{.from = "enforce", .to = "off", .cause = "command"}, scratch_);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find(R"("rule":"Picket internal: enforcement changed")"), std::string::npos) << lines[0];
}

// Of one format, each sink gets what its filter lets pass, with its labels.
TEST_F(OutputsTest, EachSinkWhatItWants) {
  struct Got {
    std::string rule, kind, text;
    bool operator==(const Got&) const = default;
  };
  std::vector<Got> got;
  std::vector<std::string> all, shells;
  test::Sinks sinks = test::call_sinks(
      [&got](const Message& message) {
        got.push_back({std::string(message.rule), std::string(message.kind), std::string(message.text)});
      },
      {.name = "labels", .labels = true});
  sinks.push_back(calls_sink(all, {.name = "all"}));
  sinks.push_back(calls_sink(shells, {.name = "shells", .filter = {.rules = {"Shell*"}}}));
  Outputs outputs(Host{"host", "b007"}, std::move(sinks));
  outputs.hold();
  for (std::string rule : {"Shell one", "Other", "Shell two"}) {
    outputs.write(Throttled{.rule = rule, .key = {}, .count = 1}, scratch_);
    rule.assign(rule.size(), '?');  // who made it does not keep it
  }
  write("enforce");
  outputs.flush();
  EXPECT_TRUE(shells.empty()) << "what the sensor says is of no rule";
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(lines(all[0]), 3);
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[1].rule, "Other");
  EXPECT_EQ(got[1].kind, "throttled");
  EXPECT_NE(got[2].text.find("Shell two"), std::string::npos);
}

// Once a minute at most, in every output, and only what is new.
TEST_F(OutputsTest, ReportsWhatWasDropped) {
  constexpr std::uint64_t kSecond = 1'000'000'000, kBegin = 1000 * kSecond;
  std::vector<std::string> calls;
  bool fails = true;
  class Failing final : public Destination {
   public:
    explicit Failing(const bool& fails) : fails_(fails) {}
    std::size_t send(std::span<const Message> messages, Ledger& ledger) override {
      if (fails_) ledger.dropped(DropCause::sink_error, messages.size());
      if (!fails_) ledger.delivered(messages.size());
      return messages.size();
    }
    void poll(Ledger&, std::chrono::milliseconds) override {}
    bool flush(Ledger&, std::chrono::milliseconds) override { return true; }

   private:
    const bool& fails_;
  };
  test::Sinks sinks;
  sinks.push_back(std::make_unique<Sink>(SinkTraits{.name = "bad"}, std::make_unique<Failing>(fails)));
  sinks.push_back(calls_sink(calls, {.name = "good"}));
  Outputs outputs(Host{"host", "b007"}, std::move(sinks));
  outputs.tick(kBegin, 0);
  for (int i = 0; i < 3; ++i) outputs.write(Throttled{.rule = "r", .key = {}, .count = 1}, scratch_);
  calls.clear();
  fails = false;
  for (std::uint64_t second = 1; second < 60; ++second) outputs.tick(kBegin + second * kSecond, 0);
  EXPECT_TRUE(calls.empty()) << "not yet";
  outputs.tick(kBegin + 60 * kSecond, 0);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_NE(calls[0].find("3 messages for 'bad' were dropped between "), std::string::npos) << calls[0];
  EXPECT_NE(calls[0].find(R"("causes":{"sink_error":3})"), std::string::npos) << calls[0];
  for (std::uint64_t second = 61; second < 200; ++second) outputs.tick(kBegin + second * kSecond, 0);
  EXPECT_EQ(calls.size(), 1u) << "said once";
  fails = true;
  outputs.write(Throttled{.rule = "r", .key = {}, .count = 1}, scratch_);
  calls.clear();
  outputs.finish();
  ASSERT_EQ(calls.size(), 1u) << "the end does not wait for the minute";
  EXPECT_NE(calls[0].find(R"("causes":{"sink_error":1})"), std::string::npos) << calls[0];
}

TEST_F(OutputsTest, SaysWhatSinksLost) {
  EXPECT_TRUE(outputs_.losses().empty());
  test::Sinks sinks;
  class Full final : public Destination {
    std::size_t send(std::span<const Message> messages, Ledger& ledger) override {
      ledger.delivered(1);
      ledger.dropped(DropCause::too_large, messages.size() - 1);
      ledger.set_error("no room");
      return messages.size();
    }
    void poll(Ledger&, std::chrono::milliseconds) override {}
    bool flush(Ledger&, std::chrono::milliseconds) override { return true; }
  };
  sinks.push_back(std::make_unique<Sink>(SinkTraits{.name = "small"}, std::make_unique<Full>()));
  Outputs outputs(Host{"host", "b007"}, std::move(sinks));
  outputs.hold();
  for (int i = 0; i < 3; ++i) outputs.write(Throttled{.rule = "r", .key = {}, .count = 1}, scratch_);
  outputs.flush();
  EXPECT_EQ(outputs.dropped(), 2u);
  EXPECT_EQ(outputs.losses(), std::vector<std::string>{"small lost 2 of 3 lines: they were too large (2); no room"});
}

TEST_F(OutputsTest, NothingToFlush) {
  outputs_.hold();
  outputs_.flush();
  outputs_.flush();
  EXPECT_TRUE(json_.empty());
}

}  // namespace
}  // namespace picket
