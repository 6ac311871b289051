// SPDX-License-Identifier: Apache-2.0
//
// What of pins and notes needs no kernel: names.
#include "sensor/kernel/pins.h"

#include <gtest/gtest.h>

#include <string>

#include "sensor/kernel/notes.h"

namespace picket {
namespace {

TEST(Pins, OnlyNamesOfItsOwnAreRemoved) {
  const struct {
    const char* name;
    Pin kind;
  } rows[] = {
      {"link-file_open", Pin::Link}, {"images", Pin::Map},          {"image-1", Pin::Map},      {"notes-12", Pin::Map},
      {"ring-0", Pin::Map},          {"images2", Pin::Foreign},     {"counters", Pin::Foreign}, {"", Pin::Foreign},
      {"xlink-", Pin::Foreign},      {"progs.debug", Pin::Foreign},
  };
  for (const auto& row : rows) EXPECT_EQ(row.kind, kind_of_pin(row.name)) << row.name;
}

TEST(Notes, LongNamesAreCut) {
  EXPECT_EQ("short", noted_name("short"));
  EXPECT_EQ(std::string(239, 'x'), noted_name(std::string(500, 'x')));
}

TEST(Notes, TheLayoutOfRecordsHasANumber) {
  EXPECT_NE(0u, record_layout());
  EXPECT_EQ(record_layout(), record_layout());
}

}  // namespace
}  // namespace picket
