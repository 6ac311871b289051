// SPDX-License-Identifier: Apache-2.0
//
// Shortcuts of the image: small numbers have the row that they have by their hash, and the summary of a kind with one
// word is that word, so that whether anybody wants an event is known without judging it.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "rules/plan/plan.h"
#include "tests/support/compile.h"

namespace picket {
namespace {

constexpr auto kSocket = static_cast<unsigned>(Kind::socket);

std::string rule(const std::string& name, const std::string& condition) {
  return "- rule: " + name + "\n  desc: d\n  output: x\n  priority: INFO\n  condition: evt.type = socket and " +
         condition + "\n";
}

Plan plan_of(int packets) {
  std::string text = rule("first", "socket.family = 17 and not socket.type in (3, 7)");
  for (int i = 0; i < packets; ++i) {
    const std::string number = std::to_string(i);
    text += rule("R" + number, "socket.protocol = " + number + " and user.uid = " + number);
  }
  return plan(test::compile_some(text).policy, {Mode::Enforce, 1});
}

TEST(Small, NumbersHaveTheRowOfTheirHash) {
  const Plan made = plan_of(40);
  const pk_kind_plan& kind = made.image->kinds[kSocket];
  std::minstd_rand random(1);
  std::set<std::uint32_t> rows;
  for (const pk_number_lane* lane : {&kind.numbers[0], &kind.numbers[1], &kind.numbers[2], &kind.user}) {
    ASSERT_GT(lane->used, PK_NONE);
    for (int i = 0; i < 1000; ++i) {
      const std::uint64_t value = i < 100 ? static_cast<unsigned>(i) : random();
      const std::uint32_t row = pk_member_row(made.image.get(), lane, value);
      EXPECT_EQ(row, pk_number_row(made.image.get(), lane, value)) << value;
      rows.insert(row);
    }
  }
  EXPECT_GT(rows.size(), 40u);  // protocols, and users, of whom the same rules are
}

TEST(Small, ASummaryOfOneWordIsTheWord) {
  const Plan one = plan_of(40), several = plan_of(100);
  ASSERT_EQ(one.image->kinds[kSocket].words, 1u);
  ASSERT_EQ(several.image->kinds[kSocket].words, 2u);
  const auto words = [](const Plan& made, std::uint64_t protocol) {
    const std::uint32_t row = pk_member_row(made.image.get(), &made.image->kinds[kSocket].numbers[2], protocol);
    return std::span<const __u64>(made.image->bits).subspan(row, 3);
  };
  EXPECT_EQ(words(one, 5)[0], words(one, 5)[1]);
  EXPECT_EQ(words(one, 5)[0], 1u | 1u << 6);  // who asks for no protocol, and who asks for this one
  EXPECT_EQ(words(several, 5)[0], (words(several, 5)[1] != 0 ? 1u : 0u) | (words(several, 5)[2] != 0 ? 2u : 0u));
}

// What is known without judging is what judging finds.
TEST(Small, NothingIsLeftOfWhatNobodyWants) {
  const Plan made = plan_of(40);
  const pk_image& image = *made.image;
  const pk_kind_plan& kind = image.kinds[kSocket];
  pk_subject_rows subject{};
  subject.live = ~0ull;
  subject.unsure = PK_NONE;
  int wanted = 0;
  for (unsigned family = 15; family < 19; ++family) {
    for (unsigned type = 0; type < 10; ++type) {
      for (unsigned user = 0; user < 45; ++user) {
        __u32 rows[PK_EVENT_ROWS]{};
        rows[0] = pk_member_row(&image, &kind.numbers[0], family);
        rows[1] = pk_member_row(&image, &kind.numbers[1], type);
        rows[2] = pk_member_row(&image, &kind.numbers[2], user % 44);
        rows[PK_EVENT_USER] = pk_member_row(&image, &kind.user, user);
        std::uint64_t left = pk_begin(&image, &kind, &subject, subject.live);
        for (const __u32 row : rows) left &= pk_word(&image, row);
        const bool expected = (family == 17 && type != 3 && type != 7) || user < 40;
        EXPECT_EQ(left != 0, expected) << family << ' ' << type << ' ' << user;
        EXPECT_EQ(pk_judge(&image, &kind, &subject, rows, left, pk_each_word).wanted != 0, expected);
        wanted += expected ? 1 : 0;
      }
    }
  }
  EXPECT_GT(wanted, 0);
}

}  // namespace
}  // namespace picket
