// SPDX-License-Identifier: Apache-2.0
//
// Texts that are kept of processes. That the process table tells of every change is tests/unit/sensor/process/
// revision_test.cpp; that the output stays the same, tests/unit/sensor/pipeline/lineage_test.cpp.
#include "exporters/format/lineage_texts.h"

#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "tests/support/record.h"

namespace picket {
namespace {

constexpr std::int64_t kOffset = 7;

class LineageTextsTest : public testing::Test {
 protected:
  // A process with so many ancestors.
  explicit LineageTextsTest(std::size_t ancestors = 3) : processes_(ancestors + 1) {
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      processes_[i].key = pk_process_key(static_cast<std::uint32_t>(i + 1), 0);
      if (i + 1 < processes_.size()) processes_[i].parent = &processes_[i + 1];
      processes_[i].revision.renew();
    }
  }

  Lineage lineage(std::int64_t offset = kOffset) { return {processes_[0], names_, offset}; }
  bool kept() { return texts_.find(lineage()) == "text"; }

  struct ChangingNames : test::FakeNames {
    void change() { changed(); }
  };

  std::deque<Process> processes_;
  ChangingNames names_;
  LineageTexts texts_;
};

TEST_F(LineageTextsTest, WhatWasKept) {
  EXPECT_EQ(texts_.find(lineage()), "");
  texts_.keep(lineage(), "text");
  EXPECT_TRUE(kept());
  EXPECT_TRUE(kept());
}

// Everything that a text is made of, and what was kept before it was changed.
TEST_F(LineageTextsTest, NothingThatHasChanged) {
  Process other;
  other.revision.renew();
  Process copy = processes_[0];
  struct Row {
    const char* what;
    std::function<std::string_view()> find;
  };
  const auto renewed = [this](Process& process) {
    process.revision.renew();
    return texts_.find(lineage());
  };
  const Row rows[] = {
      {"the process", [&] { return renewed(processes_[0]); }},
      {"its parent", [&] { return renewed(processes_[1]); }},
      {"the last ancestor", [&] { return renewed(processes_[3]); }},
      {"names", [&] { return names_.change(), texts_.find(lineage()); }},
      {"the clock", [&] { return texts_.find(lineage(kOffset + 1)); }},
      {"another process",
       [&] {
         return texts_.find({other, names_, kOffset});
       }},
      {"a copy",
       [&] {
         return texts_.find({copy, names_, kOffset});
       }},
      {"other names",
       [&] {
         return texts_.find({processes_[0], *std::make_unique<ChangingNames>(), kOffset});
       }},
  };
  for (const Row& row : rows) {
    texts_.keep(lineage(), "text");
    ASSERT_TRUE(kept());
    EXPECT_EQ(row.find(), "") << row.what;
  }
}

// An ancestor that is not shown may change; the last that is may not.
TEST_F(LineageTextsTest, AsFarUpAsIsShown) {
  processes_.resize(1 + kShownAncestors + 2);
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    processes_[i].parent = i + 1 < processes_.size() ? &processes_[i + 1] : nullptr;
    processes_[i].revision.renew();
  }
  texts_.keep(lineage(), "text");
  processes_[kShownAncestors + 1].revision.renew();
  EXPECT_TRUE(kept());
  processes_[kShownAncestors].revision.renew();
  EXPECT_FALSE(kept());
}

TEST_F(LineageTextsTest, NothingOfThoseThatDoNotTell) {
  struct Silent : Names {
    std::string_view user(std::uint32_t) override { return ""; }
    std::string_view home(std::uint32_t) override { return ""; }
    std::string_view shell(std::uint32_t) override { return ""; }
    std::string_view group(std::uint32_t) override { return ""; }
  };
  Silent silent;
  ASSERT_EQ(silent.revision(), 0u);
  texts_.keep({processes_[0], silent, kOffset}, "text");
  EXPECT_EQ(texts_.find({processes_[0], silent, kOffset}), "");

  const Process copy = processes_[0];
  EXPECT_EQ(copy.revision.number(), 0u);
  texts_.keep({copy, names_, kOffset}, "text");
  EXPECT_EQ(texts_.find({copy, names_, kOffset}), "");

  processes_[3] = Process(processes_[3]);
  texts_.keep(lineage(), "text");
  EXPECT_FALSE(kept());
}

TEST_F(LineageTextsTest, NothingTooLong) {
  texts_.keep(lineage(), "text");
  texts_.keep(lineage(), std::string(LineageTexts::kLongest + 1, 'x'));
  EXPECT_EQ(texts_.find(lineage()), "");
  const std::string longest(LineageTexts::kLongest, 'x');
  texts_.keep(lineage(), longest);
  EXPECT_EQ(texts_.find(lineage()), longest);
}

// More processes than there are places.
TEST_F(LineageTextsTest, EachProcessItsOwn) {
  processes_.resize(4 * LineageTexts::kPlaces);
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    processes_[i].key = pk_process_key(static_cast<std::uint32_t>(i + 1), 0);
    processes_[i].parent = nullptr;
    processes_[i].revision.renew();
  }
  std::size_t found = 0;
  for (int round = 0; round < 2; ++round) {
    for (const Process& process : processes_) {
      const Lineage lineage{process, names_, kOffset};
      const std::string text = std::to_string(process.key);
      const std::string_view kept = texts_.find(lineage);
      EXPECT_TRUE(kept.empty() || kept == text);
      texts_.keep(lineage, text);
      EXPECT_EQ(texts_.find(lineage), text);
    }
  }
  for (const Process& process : processes_) found += !texts_.find({process, names_, kOffset}).empty();
  EXPECT_GT(found, LineageTexts::kPlaces / 2);
  EXPECT_LE(found, LineageTexts::kPlaces);
}

}  // namespace
}  // namespace picket
