// SPDX-License-Identifier: Apache-2.0
//
// Names that change while they are looked up: a thread links, renames and exchanges names of a file that nobody may
// open, others open it by all its names meanwhile. At each moment the file has a name that the rule knows, so that no
// open may ever get it; each that was refused is an alert with its errno.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/kernel/support/counted.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/scale.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

constexpr const char* kName = "no opening";
constexpr int kRefused = ENOTUNIQ;  // no call of these fails with it by itself
constexpr std::size_t kOpeners = 2;

// Where the file is, how the rule knows that place, and where no rule looks.
struct Place {
  std::string kept;
  std::string file = kept + "/file", other = kept + "/other";  // the rule knows both names
  std::string moved = kept + "-moved";                         // and what lies here
  std::string outside = kept.substr(0, kept.rfind('/')) + "/outside";
  std::string link = outside + "/link", second = outside + "/second", away = outside + "/away/link";
  std::string bait = outside + "/bait", symbolic = outside + "/symbolic";

  std::vector<std::string> names() const { return {file, other, moved + "/file", link, second, away, bait, symbolic}; }
};

constexpr std::array kPlaces = {"/run/race/exact/kept", "/run/race/below/kept"};

// The one place by whole names, the other by directories.
std::string rule() {
  const Place exact{kPlaces[0]}, below{kPlaces[1]};
  std::string names;
  for (const std::string& directory : {exact.kept, exact.moved}) {
    for (const char* name : {"/file", "/other"}) names += (names.empty() ? "" : ", ") + directory + name;
  }
  return deny(kName,
              "(open.path in (" + names + ") or open.path startswith " + below.kept + "/ or open.path startswith " +
                  below.moved + "/)",
              "  errno: ENOTUNIQ\n");
}

// What the thread does over and over; afterwards all is as it was before.
struct Move {
  const char* what;
  void (*act)(const Place&);
};

void swap_names(const std::string& one, const std::string& other, unsigned flags = 0) {
  renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), flags);
  renameat2(AT_FDCWD, other.c_str(), AT_FDCWD, one.c_str(), flags);
}

void walk_by_links(const std::string& from, const std::string& to) {
  if (link(from.c_str(), to.c_str()) == 0) unlink(from.c_str());
  if (link(to.c_str(), from.c_str()) == 0) unlink(to.c_str());
}

constexpr Move kMoves[] = {
    {"another link comes and goes",
     [](const Place& at) {
       if (link(at.file.c_str(), at.second.c_str()) == 0) unlink(at.second.c_str());
     }},
    {"the link is renamed", [](const Place& at) { swap_names(at.link, at.second); }},
    {"the link is renamed to another directory", [](const Place& at) { swap_names(at.link, at.away); }},
    {"the link is exchanged with another file", [](const Place& at) { swap_names(at.link, at.bait, RENAME_EXCHANGE); }},
    {"the link moves on by link and unlink", [](const Place& at) { walk_by_links(at.link, at.second); }},
    {"the file itself is renamed", [](const Place& at) { swap_names(at.file, at.other); }},
    {"the file itself moves on by link and unlink", [](const Place& at) { walk_by_links(at.file, at.other); }},
    {"its directory is renamed", [](const Place& at) { swap_names(at.kept, at.moved); }},
    {"a symbolic link to it comes and goes",
     [](const Place& at) {
       if (symlink(at.file.c_str(), at.symbolic.c_str()) == 0) unlink(at.symbolic.c_str());
     }},
};

struct Opened {
  std::atomic<long> refused = 0, absent = 0, others = 0, failed_otherwise = 0;
  std::array<std::atomic<long>, 8> got_it{};  // by the place of the name in Place::names()
};

void open_by(const std::string& name, std::size_t number, Opened& opened) {
  const int file = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    ++(errno == kRefused ? opened.refused : errno == ENOENT ? opened.absent : opened.failed_otherwise);
    return;
  }
  char text[8] = {};
  const ssize_t size = read(file, text, sizeof text);
  ++(std::string_view(text, size < 0 ? 0 : static_cast<std::size_t>(size)) == "secret" ? opened.got_it[number]
                                                                                       : opened.others);
  close(file);
}

void race(const Place& at, const Move& move, long rounds, Opened& opened) {
  const std::vector<std::string> names = at.names();
  std::atomic<bool> over = false;
  std::jthread mover([&] {
    while (!over) move.act(at);
  });
  {
    std::vector<std::jthread> openers;
    for (std::size_t i = 0; i < kOpeners; ++i) {
      openers.emplace_back([&] {
        for (long round = 0; round < rounds; ++round) {
          for (std::size_t n = 0; n < names.size(); ++n) open_by(names[n], n, opened);
        }
      });
    }
  }
  over = true;
}

void make(const Place& at) {
  std::filesystem::create_directories(at.kept);
  std::filesystem::create_directories(at.outside + "/away");
  write_file(at.file, "secret");
  write_file(at.bait, "bait");
  ASSERT_EQ(0, link(at.file.c_str(), at.link.c_str()));
}

}  // namespace

TEST(EvasionRace, NamesThatChangeMeanwhile) {
  const long rounds = scaled("rounds", 40);
  for (const char* const kept : kPlaces) make({kept});
  Counted alerts({kName}, "\"errno\":" + std::to_string(kRefused));
  Sensor sensor({.rules = rule(), .arguments = {"--ring-bytes", "67108864"}, .standard_output = alerts.pipe()});
  long refused = 0;
  for (const char* const kept : kPlaces) {
    for (const Move& move : kMoves) {
      SCOPED_TRACE(std::string(kept) + ": " + move.what);
      Opened opened;
      race({kept}, move, rounds, opened);
      for (std::size_t n = 0; n < opened.got_it.size(); ++n) EXPECT_EQ(0, opened.got_it[n]) << Place{kept}.names()[n];
      EXPECT_EQ(0, opened.failed_otherwise);
      EXPECT_GT(opened.refused, rounds);
      refused += opened.refused;
      std::printf("race: %s, %s: %ld refused, %ld absent, %ld others\n", kept, move.what, opened.refused.load(),
                  opened.absent.load(), opened.others.load());
    }
  }
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  const std::uint64_t told = alerts.of(kName);
  EXPECT_LE(told, static_cast<std::uint64_t>(refused)) << sensor.log();
  EXPECT_GE(told + sensor.lost(), static_cast<std::uint64_t>(refused)) << sensor.log();
  // From there on the kernel may skip a program, of any kind of event, and counts that.
  if (kernel_release() < KernelRelease{7, 0}) {
    EXPECT_EQ(0u, sensor.lost()) << sensor.log();
  }
  std::filesystem::remove_all("/run/race");
}

}  // namespace picket::test
