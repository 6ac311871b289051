// SPDX-License-Identifier: Apache-2.0
//
// The record format against its printed form in tests/golden/wire_layout.txt, so that whoever reviews a change of a row
// sees which bytes move. After a change that is meant:
//
//   PICKET_WRITE_GOLDEN=1 ctest -R Layout
#include "rules/event/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <vector>

namespace picket {
namespace {

const std::string kGolden = PICKET_SOURCE_DIR "/tests/golden/wire_layout.txt";

void print(std::ostream& out, std::string_view name, std::size_t begin, const Layout& layout) {
  out << '\n' << name << ": " << layout.size << " bytes\n";
  if (begin > 0) out << "  " << std::setw(6) << 0 << std::setw(6) << begin << "  header\n";
  for (const Member& member : layout.members) {
    out << "  " << std::setw(6) << member.offset << std::setw(6) << member.size << "  " << member.type << ' '
        << member.name << '\n';
  }
}

std::string printed() {
  std::ostringstream out;
  out << "The records that cross from the kernel programs to the sensor: offset, size, type and name of each member.\n"
         "Made from bpf/shared/fields/ by tests/unit/rules/event/layout_test.cpp, which says how to write it anew.\n";
  print(out, "header", 0, header_layout());
  for (unsigned kind = 1; kind < kKindEnd; ++kind) {
    const Layout& layout = layout_of(kind);
    if (layout.size == 0) continue;
    const std::string name(kind_name(static_cast<Kind>(kind)));
    print(out, name + " (kind " + std::to_string(kind) + ")", sizeof(pk_header), layout);
  }
  return out.str();
}

TEST(Layout, IsTheGoldenOne) {
  if (std::getenv("PICKET_WRITE_GOLDEN")) std::ofstream(kGolden) << printed();
  std::ostringstream golden;
  golden << std::ifstream(kGolden).rdbuf();
  EXPECT_EQ(printed(), golden.str()) << "if the change is meant: PICKET_WRITE_GOLDEN=1 ctest -R Layout";
}

TEST(Layout, TextsAreThoseOfTheMembers) {
  for (unsigned kind = 0; kind < kKindEnd; ++kind) {
    std::vector<std::size_t> texts;
    for (const Member& member : layout_of(kind).members) {
      if (member.is_text) texts.push_back(member.offset);
    }
    const auto& known = layout_of(kind).texts;
    EXPECT_TRUE(std::equal(texts.begin(), texts.end(), known.begin(), known.end())) << kind;
  }
}

TEST(Layout, UnknownKindsHaveNone) {
  for (unsigned kind : {0u, kKindEnd, 65535u}) EXPECT_EQ(layout_of(kind).size, 0u) << kind;
}

}  // namespace
}  // namespace picket
