// SPDX-License-Identifier: Apache-2.0
//
// The catalogue as a whole: names, types and kinds are true for every row.
#include "rules/event/catalogue.h"

#include <gmock/gmock.h>

#include <cctype>
#include <set>

#include "tests/support/record.h"

namespace picket {
namespace {

TEST(Catalogue, NamesAreUniqueAndFound) {
  std::set<std::string_view> names;
  for (const Field& field : all_fields()) {
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    EXPECT_EQ(find_field(field.name), &field);
  }
  EXPECT_EQ(find_field("proc.nmae"), nullptr);
  EXPECT_EQ(find_field(""), nullptr);
}

// Fields without an argument that stand for several values.
constexpr std::string_view kSeveral[] = {"evt.type", "fd.ip", "fd.port", "dns.answers"};

TEST(Catalogue, EveryRowIsWhole) {
  for (const Field& field : all_fields()) {
    EXPECT_FALSE(field.doc.empty()) << field.name;
    EXPECT_FALSE(field.kinds.empty()) << field.name;
    EXPECT_NE(field.get, nullptr) << field.name;
    const bool several = field.argument == Argument::Optional ||
                         std::find(std::begin(kSeveral), std::end(kSeveral), field.name) != std::end(kSeveral);
    EXPECT_EQ(field.get_each != nullptr, several) << field.name;
    EXPECT_FALSE(field.name.ends_with("reserved")) << field.name;
  }
}

TEST(Catalogue, WireFieldsComeFromTheRows) {
  const struct {
    const char* name;
    Type type;
  } rows[] = {
      {"open.path", Type::Text},      {"open.file_mode", Type::Unsigned}, {"connect.address", Type::Address},
      {"exec.comm", Type::Text},      {"exec.parent", Type::Text},        {"exec.start_time", Type::Unsigned},
      {"header.error", Type::Signed}, {"exit.status", Type::Unsigned},    {"fork.vpid", Type::Unsigned},
      {"loss.count", Type::Unsigned},
  };
  for (const auto& row : rows) {
    const Field* field = find_field(row.name);
    ASSERT_NE(field, nullptr) << row.name;
    EXPECT_EQ(field->type, row.type) << row.name;
  }
}

bool has_type(const Value& value, Type type) {
  constexpr std::size_t kIndex[] = {1, 2, 3, 4, 5};  // of Type's values in Value
  return value.index() == kIndex[static_cast<std::size_t>(type)];
}

// A record of each kind with every member set, and a process that knows everything.
class Everything : public ::testing::Test {
 protected:
  Everything() {
    parent_.key = pk_process_key(1, 0);
    fill(parent_);
    fill(process_);
    process_.parent = &parent_;
    exec_.text(&pk_exec::path, "/bin/x")
        .text(&pk_exec::filename, "x")
        .text(&pk_exec::cwd, "/")
        .text(&pk_exec::argv, "x");
    exec_->comm.bytes[0] = 'x';
    open_.text(&pk_open::path, "/etc/passwd");
    open_->inode = 7;
    connect_.text(&pk_connect::path, "x");
    connect_->family = 2;
    connect_->protocol = 6;
  }

  static void fill(Process& process) {
    process.known = true;
    process.comm = process.exe_path = process.filename = process.cwd = "x";
    process.argv = std::string("x\0y\0", 4);
    process.cmdline = "x y";
    process.pid = process.vpid = process.session = 1;
    process.start_time = process.inode = 1;
    process.login_uid = 0;
  }

  std::vector<Event> events() {
    Event connect = connect_.event(process_, &names_);
    connect.host_name = "far.test";
    return {fork_.event(process_, &names_),
            exec_.event(process_, &names_),
            exit_.event(process_, &names_),
            open_.event(process_, &names_),
            connect,
            loss_.event(process_, &names_)};
  }

  Process process_, parent_;
  test::FakeNames names_;
  test::Record<pk_fork> fork_{Kind::fork};
  test::Record<pk_exec> exec_{Kind::exec};
  test::Record<pk_exit> exit_{Kind::exit};
  test::Record<pk_open> open_{Kind::open};
  test::Record<pk_connect> connect_{Kind::connect};
  test::Record<pk_loss> loss_{Kind::loss};
};

TEST_F(Everything, FieldsHaveTheirTypeWithinTheirKindsAndAreMissingElsewhere) {
  Scratch scratch;
  for (const Field& field : all_fields()) {
    for (const Event& event : events()) {
      const Value value = field.get(event, -1, scratch);
      const bool within = field.kinds.contains(event.kind());
      const bool right = within ? has_type(value, field.type) : !present(value);
      EXPECT_TRUE(right) << field.name << " in " << kind_name(event.kind());
    }
  }
}

TEST_F(Everything, NothingIsKnownOfAPlaceholder) {
  Process placeholder;
  Scratch scratch;
  const Event event = open_.event(placeholder, &names_);
  for (const Field& field : all_fields()) {
    if (!field.name.starts_with("proc.") || field.name == "proc.pid") continue;
    EXPECT_FALSE(present(field.get(event, -1, scratch))) << field.name;
    EXPECT_FALSE(field.get_each && present(field.get_each(event, 0, scratch))) << field.name;
  }
}

}  // namespace
}  // namespace picket
