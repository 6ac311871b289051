// SPDX-License-Identifier: Apache-2.0
//
// What the output keeps of processes, against what it would write anew, while processes, names and clocks change: the
// same bytes.
#include "exporters/format/lineage.h"

#include <gtest/gtest.h>

#include "exporters/format/lineage_texts.h"
#include "sensor/pipeline/hash_waits.h"
#include "sensor/process/users.h"
#include "tests/support/process_storm.h"

namespace picket {
namespace {

constexpr std::string_view kBootId = "0123456789abcdef0123456789abcdef";

// As an alert's, behind other members.
std::string written_anew(const Lineage& lineage) {
  TextBuffer out;
  JsonWriter json(out);
  json.open('{').member("rule", 0);
  const std::size_t before = json.size();
  append_lineage(json, lineage, kBootId);
  return std::string(json.since(before));
}

class Subject {
 public:
  explicit Subject(unsigned seed) : storm_(seed), table_(seed % 2 == 0 ? 20 : 500) {}

  void run() {
    for (int step = 0; step < 2000; ++step) {
      storm_.next(table_);
      if (storm_.below(50) == 0) change_names();
      if (storm_.below(100) == 0) ++offset_;
      if (storm_.below(4) == 0) hold();
      for (int i = 0; i < 6; ++i) {
        if (const Process* process = table_.find(storm_.some())) expect_same(*process);
      }
      if (::testing::Test::HasFatalFailure()) return;
    }
  }

  std::size_t kept() const { return kept_; }

 private:
  void change_names() {
    const Account account{"name" + std::to_string(storm_.below(1000)), "", ""};
    if (storm_.below(4) == 0) names_.clear();
    names_.add_user(static_cast<std::uint32_t>(storm_.below(2)), account);
    names_.add_group(static_cast<std::uint32_t>(storm_.below(2)), account);
  }

  // An event that waits for the hash of its program keeps its process as it was, and then has the hash.
  void hold() {
    const Process* process = table_.find(storm_.some());
    if (process == nullptr) return;
    expect_same(*process);
    test::Record<pk_open> record(Kind::open);
    record->header.process = process->key;
    HashWait* const wait = waits_.hold(record.event(*process), {true, false}, 0);
    ASSERT_NE(wait, nullptr);
    const auto above = [wait, this] { return wait->parent == 0 ? nullptr : table_.find(wait->parent); };
    expect_same(*wait->event(above()).process);
    for (std::size_t steps = storm_.below(10); steps > 0; --steps) storm_.next(table_);
    expect_same(*wait->event(above()).process);
    ASSERT_EQ(waits_.give({wait->ticket(true), {}, FileHash::known({0x12, 0x34})}), wait);
    expect_same(*wait->event(above()).process);
    if (const Process* now = table_.find(wait->process.key)) expect_same(*now);
    waits_.release(*wait);
  }

  void expect_same(const Process& process) {
    const Lineage lineage{process, names_, offset_};
    const std::string anew = written_anew(lineage);
    const std::string_view text = texts_.find(lineage);
    if (text.empty()) return texts_.keep(lineage, anew);
    ASSERT_EQ(text, anew);
    ++kept_;
  }

  test::ProcessStorm storm_;
  ProcessTable table_;
  RecordedNames names_;
  HashWaits waits_;
  LineageTexts texts_;
  std::int64_t offset_ = 1'785'000'000'000'000'000;
  std::size_t kept_ = 0;
};

TEST(Lineage, WhatIsKeptIsWhatWouldBeWritten) {
  std::size_t kept = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Subject subject(seed);
    ASSERT_NO_FATAL_FAILURE(subject.run()) << seed;
    kept += subject.kept();
  }
  EXPECT_GT(kept, 5000u);  // or nothing was compared
}

}  // namespace
}  // namespace picket
