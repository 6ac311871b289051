// SPDX-License-Identifier: Apache-2.0
//
// A spool in a directory of the test's own, and short words for what tests do with it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/spool/frame.h"
#include "exporters/spool/spool.h"
#include "tests/support/temporary_directory.h"

namespace picket {

class SpoolCase : public testing::Test {
 protected:
  SpoolCase() { options_.directory = root_ + "/spool"; }
  ~SpoolCase() override { spool_.reset(); }

  Spool& open() {
    spool_.reset();
    auto opened = Spool::open(options_);
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      std::abort();
    }
    spool_ = std::move(*opened);
    return *spool_;
  }
  void close() { spool_.reset(); }

  std::string open_error() {
    auto opened = Spool::open(options_);
    return opened ? "" : opened.error().message;
  }

  void put(std::string_view payload, Priority priority = Priority::Notice) {
    ASSERT_EQ(spool_->put(priority, ++time_, payload), Spool::Put::Taken) << payload << ": " << spool_->state().error;
  }

  // Hands out all that is readable; says that it arrived, too.
  std::vector<std::string> drain(bool deliver = true) {
    std::vector<std::string> payloads;
    while (const auto record = spool_->next()) {
      payloads.emplace_back(record->payload);
      if (deliver) {
        EXPECT_TRUE(spool_->delivered(record->position));
      }
    }
    return payloads;
  }

  // What a sensor that is killed now leaves behind: a copy of the directory, which becomes the spool's.
  void crash() {
    const std::string copy = root_ + "/crashed-" + std::to_string(++crashes_);
    std::filesystem::copy(options_.directory, copy);
    spool_.reset();
    options_.directory = copy;
  }

  std::vector<std::string> segments() const {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(options_.directory))
      if (entry.path().extension() == ".segment") paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  static std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write_file(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  // In memory where there is such a place: thousands of synchronised writes are no burden for it.
  test::TemporaryDirectory temporary_{std::filesystem::exists("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                                          : std::filesystem::temp_directory_path()};
  const std::string root_ = temporary_.path();
  SpoolOptions options_;
  std::unique_ptr<Spool> spool_;
  std::uint64_t time_ = 0;
  int crashes_ = 0;
};

}  // namespace picket
