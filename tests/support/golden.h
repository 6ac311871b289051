// SPDX-License-Identifier: Apache-2.0
//
// A text against the file in tests/golden that has what it is to be. After a change that is meant:
//
//   PICKET_WRITE_GOLDEN=1 ctest -R Golden
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace picket::test {

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = PICKET_SOURCE_DIR "/tests/golden/" + name;
  if (std::getenv("PICKET_WRITE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
  std::ifstream file(path, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, expected) << path;
}

}  // namespace picket::test
