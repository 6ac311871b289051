// SPDX-License-Identifier: Apache-2.0
//
// Classes of containers: what of a container is known decides what may be refused; equal ones share a class; images
// that are full say so.
#include "rules/plan/containers.h"

#include <gtest/gtest.h>

#include "rules/plan/judge.h"
#include "rules/plan/plan.h"
#include "rules/plan/sample.h"
#include "tests/support/compile.h"

namespace picket {
namespace {

std::string rule(const std::string& name, const std::string& condition) {
  return "- rule: " + name + "\n  desc: d\n  output: x\n  priority: INFO\n  action: deny\n  condition: >\n    " +
         condition + "\n";
}

struct Planned {
  Compiled compiled;
  Plan plan;
};

Planned planned(const std::string& rules, UnknownContainer unknown = UnknownContainer::Allow) {
  Planned made{test::compile_text(rules), {}};
  made.plan = plan(made.compiled.policy, {.mode = Mode::Enforce, .seed = 1, .unknown_container = unknown});
  return made;
}

Container web(Metadata metadata) {
  Container container;
  container.full_id = container.id = "web";
  container.metadata = metadata;
  if (metadata == Metadata::Complete) container.image.repository = "shop/web";
  return container;
}

// What is done about unlinking /x there: "refused", "reported", or nothing.
std::string done(const Plan& plan, std::uint32_t number, const Container* container) {
  planning::Sample sample(Kind::unlink);
  sample.set_path(planning::kPathLane, "/x");
  sample.set_container(container);
  const pk_verdict verdict = judge(*plan.image, sample.event(), number);
  return verdict.enforce != 0 ? "refused" : verdict.wanted != 0 ? "reported" : "";
}

struct Row {
  std::string condition;
  std::string complete, pending, unknown, host;  // that container, its cgroup alone, any cgroup, none
};

const Row kRows[] = {
    {"container.id != host", "refused", "refused", "reported", ""},
    {"container.id = host", "", "", "reported", "refused"},
    {"container.id = web", "refused", "refused", "reported", ""},
    {"container.image.repository = shop/web", "refused", "reported", "reported", ""},
    {"container.image.repository = another", "", "reported", "reported", ""},
    {"not container.image.repository = another", "refused", "reported", "reported", "refused"},
    {"container.id != host and not container.image.repository = another", "refused", "reported", "reported", ""},
    {"container.id = other and container.image.repository = shop/web", "", "", "reported", ""},
    {"(container.id = web or container.image.repository = shop/web)", "refused", "refused", "reported", ""},
    {"unlink.path exists", "refused", "refused", "refused", "refused"},
};

TEST(Containers, WhatIsNotKnownRefusesNothing) {
  for (const Row& row : kRows) {
    const Planned made = planned(rule("A", "unlink.path = /x and " + row.condition));
    ContainerClasses& classes = *made.plan.containers;
    const Container complete = web(Metadata::Complete), pending = web(Metadata::Pending);
    const auto done_in = [&](const Container* container) {
      return done(made.plan, classes.class_of(container, *made.plan.image), container);
    };
    EXPECT_EQ(done_in(&complete), row.complete) << row.condition;
    EXPECT_EQ(done_in(&pending), row.pending) << row.condition;
    EXPECT_EQ(done(made.plan, PK_CLASS_UNKNOWN, nullptr), row.unknown) << row.condition;
    EXPECT_EQ(done_in(nullptr), row.host) << row.condition;
  }
}

// What may be met refuses; what is known not to be met does not.
TEST(Containers, OrAsThoughItMatched) {
  for (const Row& row : kRows) {
    const Planned made = planned(rule("A", "unlink.path = /x and " + row.condition), UnknownContainer::Deny);
    ContainerClasses& classes = *made.plan.containers;
    const Container pending = web(Metadata::Unavailable);
    const auto denied = [](const std::string& as_allowed) { return as_allowed == "reported" ? "refused" : as_allowed; };
    EXPECT_EQ(done(made.plan, classes.class_of(&pending, *made.plan.image), &pending), denied(row.pending))
        << row.condition;
    EXPECT_EQ(done(made.plan, PK_CLASS_UNKNOWN, nullptr), denied(row.unknown)) << row.condition;
    EXPECT_EQ(done(made.plan, classes.class_of(nullptr, *made.plan.image), nullptr), row.host) << row.condition;
  }
}

// What may turn out to be something else is reported for all that it may be, and refused what it most likely is.
TEST(Containers, WhatIsSupposedRefusesAsItsClass) {
  for (const Row& row : kRows) {
    const Planned made = planned(rule("A", "unlink.path = /x and " + row.condition));
    const Container complete = web(Metadata::Complete);
    const std::uint32_t number = made.plan.containers->class_of(&complete, *made.plan.image);
    const auto doubted = [](const std::string& certain) { return certain.empty() ? "reported" : certain; };
    EXPECT_EQ(done(made.plan, number | PK_SUPPOSED, &complete), doubted(row.complete)) << row.condition;
    EXPECT_EQ(done(made.plan, PK_CLASS_HOST | PK_SUPPOSED, nullptr), doubted(row.host)) << row.condition;
  }
}

TEST(Containers, WithoutQuestionsThereAreNoClasses) {
  const Planned made = planned(rule("A", "unlink.path = /x"));
  const Container container = web(Metadata::Complete);
  EXPECT_FALSE(made.plan.containers->any());
  EXPECT_EQ(made.plan.containers->class_of(&container, *made.plan.image), PK_CLASS_UNKNOWN);
  EXPECT_EQ(made.plan.image->subject.by_container, 0u);
}

// The host's class is nobody else's, though all says the same of a container: a new cgroup below tells them apart.
TEST(Containers, EqualOnesAreOneClass) {
  const Planned made = planned(rule("A", "unlink.path = /x and container.image.repository in (a, b)"));
  const auto class_of = [&](const std::string& image) {
    Container container = web(Metadata::Complete);
    container.image.repository = image;
    return made.plan.containers->class_of(&container, *made.plan.image);
  };
  EXPECT_EQ(class_of("a"), class_of("b"));
  EXPECT_EQ(class_of("c"), class_of("d"));
  EXPECT_NE(class_of("a"), class_of("c"));
  EXPECT_GT(class_of("c"), static_cast<unsigned>(PK_CLASS_HOST));
  EXPECT_EQ(made.plan.containers->class_of(nullptr, *made.plan.image), static_cast<unsigned>(PK_CLASS_HOST));
  EXPECT_EQ(made.plan.image->subject.classes, 4u);
}

// A copy of the image takes its place: what is added to it is found there.
TEST(Containers, AreAddedToACopy) {
  const Planned made = planned(rule("A", "unlink.path = /x and container.image.repository = shop/web"));
  const auto copy = std::make_unique<pk_image>(*made.plan.image);
  const Container container = web(Metadata::Complete);
  const std::uint32_t number = made.plan.containers->class_of(&container, *copy);
  planning::Sample sample(Kind::unlink);
  sample.set_path(planning::kPathLane, "/x");
  EXPECT_NE(judge(*copy, sample.event(), number).enforce, 0u);
}

// 11 questions of which each container answers some with yes.
TEST(Containers, AFullImageHasNoMoreClasses) {
  std::string rules;
  for (int bit = 0; bit < 11; ++bit) {
    rules += rule("R" + std::to_string(bit), "unlink.path = /x and container.label[l" + std::to_string(bit) + "] = y");
  }
  const Planned made = planned(rules);
  std::uint32_t last = PK_CLASS_HOST;
  for (unsigned number = 0; number < 2048; ++number) {
    Container container = web(Metadata::Complete);
    for (unsigned bit = 0; bit < 11; ++bit) {
      container.labels.emplace_back("l" + std::to_string(bit), number >> bit & 1 ? "y" : "n");
    }
    const std::uint32_t found = made.plan.containers->class_of(&container, *made.plan.image);
    EXPECT_EQ(found, number < PK_CONTAINERS - 2 ? last + 1 : PK_CLASS_UNKNOWN) << number;
    last = found;
  }
  EXPECT_LE(made.plan.image->used, static_cast<unsigned>(PK_BITS));
}

}  // namespace
}  // namespace picket
