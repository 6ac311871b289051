// SPDX-License-Identifier: Apache-2.0
//
// The stream of a task iterator, made by hand: records of any size, cut anywhere by read().
#include "sensor/kernel/snapshot.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/record.h"

namespace picket {
namespace {

void append(std::string& stream, std::uint32_t tid, std::size_t cwd_bytes) {
  test::Record<pk_exec> record(Kind::exec);
  record->header.tid = tid;
  record.text(&pk_exec::cwd, std::string(cwd_bytes, 'x'));
  const auto bytes = record.bytes();
  stream.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  stream.append((8 - bytes.size() % 8) % 8, '\0');
}

struct Seen {
  std::uint32_t tid;
  std::size_t size;
  bool operator==(const Seen&) const = default;
};

struct Outcome {
  bool good;
  std::vector<Seen> records;
};

// Writes the stream into a pipe in pieces and reads it back as a snapshot.
Outcome read_back(const std::string& stream, std::size_t piece) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  std::thread writer([&] {
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      const std::string part = stream.substr(at, piece);
      if (::write(ends[1], part.data(), part.size()) < 0) break;
    }
    ::close(ends[1]);
  });
  Outcome outcome{};
  outcome.good = static_cast<bool>(read_snapshot(ends[0], [&](std::span<const std::byte> record) {
    const auto* header = reinterpret_cast<const pk_header*>(record.data());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(header) % 8, 0u);
    outcome.records.push_back({header->tid, record.size()});
  }));
  std::string rest(4096, '\0');
  while (::read(ends[0], rest.data(), rest.size()) > 0) continue;
  writer.join();
  ::close(ends[0]);
  return outcome;
}

TEST(Snapshot, HandsOutEveryRecordHoweverTheStreamIsCut) {
  std::string stream;
  std::vector<Seen> expected;
  for (std::uint32_t tid = 1; tid <= 40; ++tid) {
    const std::size_t cwd = tid * 97 % 4096;
    append(stream, tid, cwd);
    expected.push_back({tid, sizeof(pk_exec) + cwd});
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, stream.size()}) {
    const Outcome outcome = read_back(stream, piece);
    EXPECT_TRUE(outcome.good) << piece;
    EXPECT_EQ(outcome.records, expected) << piece;
  }
}

TEST(Snapshot, EmptyIsFine) {
  const Outcome outcome = read_back("", 1);
  EXPECT_TRUE(outcome.good);
  EXPECT_TRUE(outcome.records.empty());
}

TEST(Snapshot, RefusesWhatCannotBeRecords) {
  std::string whole;
  append(whole, 1, 10);
  pk_header tiny = {};
  tiny.size = sizeof(pk_header) - 1;
  pk_header huge = {};
  huge.size = 0xffffffff;
  const std::string rows[] = {
      whole.substr(0, whole.size() - 8),                                        // cut within a record
      whole + std::string(8, 'x'),                                              // cut within a header
      whole + std::string(reinterpret_cast<const char*>(&tiny), sizeof(tiny)),  // shorter than its header
      whole + std::string(reinterpret_cast<const char*>(&huge), sizeof(huge)),  // longer than any record
  };
  for (const std::string& row : rows) EXPECT_FALSE(read_back(row, 4096).good) << row.size();
}

}  // namespace
}  // namespace picket
