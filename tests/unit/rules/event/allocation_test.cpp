// SPDX-License-Identifier: Apache-2.0
//
// Accessors run for every event: once scratch has grown, none of them may allocate.
#include <gtest/gtest.h>

#include <vector>

#include "rules/event/catalogue.h"
#include "tests/support/allocations.h"
#include "tests/support/every_kind.h"
#include "tests/support/record.h"

namespace picket {
namespace {

void touch_every_field(const Event& event, Scratch& scratch, std::string& text) {
  for (const Field& field : all_fields()) {
    for (int index : {-1, 0, 1}) append_text(text, field.get(event, index, scratch));
    if (field.get_named) append_text(text, field.get_named(event, "A*", scratch));
    if (field.get_each) append_text(text, field.get_each(event, 0, scratch));
  }
  append_text(text, call_name(event));
  text.clear();
  scratch.clear();
}

TEST(Accessors, DoNotAllocate) {
  Process parent, process;
  parent.known = process.known = true;
  parent.comm = process.comm = "name";
  parent.argv = process.argv = std::string("a\0b\0", 4);
  parent.cmdline = process.cmdline = "a b";
  parent.env = process.env = std::string("A=1\0", 4);
  process.parent = &parent;
  process.session = process.process_group = process.pid = 7;
  process.start_time = 1;
  Container container;
  container.labels = container.pod.labels = {{"A", "1"}};
  container.mounts = {{"A", "/data", "ro", "rprivate", false}};
  test::FakeNames names;
  test::Record<pk_connect> connect(Kind::connect);
  connect->family = 10;
  test::Record<pk_connect> abstract(Kind::connect);
  abstract->family = 1;
  abstract.text(&pk_connect::path, std::string("\0name", 5));
  std::vector<Event> events = {connect.event(process, &names), abstract.event(process, &names)};
  const auto records = test::one_of_every_kind();
  for (const auto& record : records) events.push_back(record->event(process, &names));
  for (Event& event : events) event.container = &container;

  Scratch scratch;
  std::string text;
  const auto all = [&] {
    for (const Event& event : events) touch_every_field(event, scratch, text);
  };
  all();
  const std::size_t before = test::allocations;
  for (int i = 0; i < 10; ++i) all();
  EXPECT_EQ(test::allocations - before, 0u);
}

}  // namespace
}  // namespace picket
