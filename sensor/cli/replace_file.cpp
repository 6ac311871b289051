// SPDX-License-Identifier: Apache-2.0
#include "sensor/cli/replace_file.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace picket::cli {

bool replace_file(const std::string& path, const std::string& text) {
  const std::string made = path + ".new";
  std::ofstream file(made, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(made, path, error);
  if (file && !error) return true;
  std::filesystem::remove(made, error);
  std::fprintf(stderr, "picket: cannot write %s\n", path.c_str());
  return false;
}

}  // namespace picket::cli
