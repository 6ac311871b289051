// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/counted.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace picket::test {
namespace {

std::string as_it_stands(const std::string& rule) { return "\"rule\":\"" + rule + "\""; }

}  // namespace

Counted::Counted(const std::vector<std::string>& rules, std::string also) : also_(std::move(also)) {
  for (const std::string& rule : rules) counts_[as_it_stands(rule)] = 0;
  EXPECT_EQ(0, mkfifo(pipe_.c_str(), 0600));
  reader_ = std::thread([this] { read_all(); });
}

Counted::~Counted() { finish(); }

void Counted::finish() {
  if (reader_.joinable()) reader_.join();
}

std::uint64_t Counted::of(const std::string& rule) {
  finish();
  return counts_.at(as_it_stands(rule));
}

std::uint64_t Counted::all() {
  finish();
  std::uint64_t sum = 0;
  for (const auto& [text, count] : counts_) sum += count;
  return sum;
}

void Counted::count(std::string_view line) {
  if (line.find(also_) == line.npos) return;
  for (auto& [text, count] : counts_) {
    if (line.find(text) != line.npos) {
      ++count;
      return;
    }
  }
}

void Counted::read_all() {
  const int file = open(pipe_.c_str(), O_RDONLY | O_CLOEXEC);
  std::string left;
  std::string piece(1 << 16, '\0');
  for (ssize_t got; (got = read(file, piece.data(), piece.size())) > 0;) {
    left.append(piece, 0, static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end; (end = left.find('\n', begin)) != left.npos; begin = end + 1) {
      count(std::string_view(left).substr(begin, end - begin));
    }
    left.erase(0, begin);
  }
  close(file);
}

}  // namespace picket::test
