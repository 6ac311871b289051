// SPDX-License-Identifier: Apache-2.0
//
// What the cases of tests/kernel/evasion_*_test.cpp share: a way round is gone twice, by a child of the one user under
// rules that only alert, and by a child of another user under the same rules with `action: deny`.
//
//   TEST_F(Evasion, SymbolicLinks) {
//     go({.act = [](const Scene& scene) { return overwrite(open(a_link_to(scene.file).c_str(), O_WRONLY)); }});
//   }
//
// The first time the call must succeed, its effect be there, and the alert be about the file itself. The second time
// the call must fail with the rule's errno, the effect not be there, and the alert say who refused.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>

#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {

// No call of these cases fails with it by itself.
constexpr int kRefused = ENOTUNIQ;

constexpr const char* kProtected = "/run/evasion";            // the rules are about what lies below
constexpr const char* kProtectedMemory = "/dev/shm/evasion";  // and here, where programs are

// Where one go takes place.
struct Scene {
  explicit Scene(const std::string& where);
  ~Scene();
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  std::string directory;  // below what is protected, new
  std::string file;       // in it, with the text "text"
  std::string program;    // in it, a copy of touch
  Directory outside;      // where no rule looks; everybody may write there
  std::string proof;      // a file there that is not there yet
};

using Act = std::function<int(const Scene&)>;

struct Way {
  std::string rule = "open";
  std::function<void(Scene&)> prepare = {};  // by the test itself, whom no rule is about
  Act act;                                   // in a child, with all capabilities: 0, or the errno that came of it
  std::function<bool(const Scene&)> happened = {};  // without one: the file has another text
  int refused = kRefused;                           // what `act` returns when it is refused
  bool names_the_place = true;                      // the alert's object lies below the scene's directory
};

// Writes to the descriptor, for ways to open a file; a negative one is a failure.
int overwrite(int descriptor);

// Executes the scene's program by whatever name or descriptor; returns only when that fails.
int run(const std::string& path, const Scene& scene);
bool is_proven(const Scene& scene);  // the proof is there

// A child of the child, which must end with 0 or an errno; that is returned.
int in_child(const std::function<int()>& act);

std::string descriptor_link(int descriptor);

// A file with the text "TEXT" where no rule looks; made by a child.
std::string bait(const Scene& scene);

// Cases with one sensor, whose rules are about whatever lies below kProtected.
class Evasion : public testing::Test {
 public:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

 protected:
  static void go(const Way& way);
};

}  // namespace picket::test
