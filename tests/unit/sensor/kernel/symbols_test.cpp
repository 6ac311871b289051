// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/symbols.h"

#include <gtest/gtest.h>

#include <sstream>

namespace picket {
namespace {

TEST(Symbols, FromTheFormOfKallsyms) {
  std::istringstream text(
      "ffffffff81000000 T _text\n"
      "ffffffff82a3b4c0 D page_offset_base\n"
      "0000000000000000 D vmemmap_base_not\n"
      "odd\n\n"
      "ffffffffc0123450 d wanted\t[module]\n"
      "ffffffff82a3b4c8 D vmemmap_base\n");
  const KernelSymbols symbols = find_symbols({"vmemmap_base", "page_offset_base", "wanted", "absent"}, text);
  EXPECT_EQ(symbols.at("page_offset_base"), 0xffffffff82a3b4c0u);
  EXPECT_EQ(symbols.at("vmemmap_base"), 0xffffffff82a3b4c8u);
  EXPECT_EQ(symbols.at("wanted"), 0xffffffffc0123450u);
  EXPECT_EQ(symbols.at("absent"), 0u);
}

}  // namespace
}  // namespace picket
