// SPDX-License-Identifier: Apache-2.0
//
// The catalogue as a whole: names, types and kinds are true for every row.
#include "rules/event/catalogue.h"

#include <gmock/gmock.h>

#include <cctype>
#include <set>

#include "rules/event/endpoints.h"
#include "rules/event/hashed_file.h"
#include "rules/event/outcome.h"
#include "tests/support/every_kind.h"
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

// Fields that stand for several values.
constexpr std::string_view kSeveral[] = {
    "evt.type",   "syscall.type", "evt.arg.res", "evt.rawres",       "fd.num",           "fd.ip",
    "fd.port",    "fd.net",       "dns.answers", "container.labels", "container.mounts", "k8s.pod.labels",
    "proc.aname", "proc.apid",    "proc.aexe",   "proc.aexepath",    "proc.acmdline",    "proc.aenv"};

bool is_in(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

TEST(Catalogue, EveryRowIsWhole) {
  for (const Field& field : all_fields()) {
    EXPECT_TRUE(field.doc.ends_with('.') || field.kinds.size() == 1 || field.name.starts_with("header.")) << field.name;
    EXPECT_FALSE(field.doc.empty()) << field.name;
    EXPECT_FALSE(field.kinds.empty()) << field.name;
    EXPECT_NE(field.get, nullptr) << field.name;
    EXPECT_EQ(field.get_each != nullptr, is_in(field.name, kSeveral)) << field.name;
    const bool by_name = field.argument == Argument::OptionalName || field.argument == Argument::RequiredName;
    EXPECT_EQ(field.get_named != nullptr, by_name) << field.name;
    EXPECT_FALSE(field.name.ends_with("reserved")) << field.name;
  }
}

// What the rules that Falco ships use (5.1.0, incubating 6.0.1, sandbox 6.1.0), but evt.buffer, which cannot be known.
constexpr std::string_view kOfStockRules[] = {
    "container.id",
    "container.image.repository",
    "container.mount.dest",
    "container.mounts",
    "container.privileged",
    "container.start_ts",
    "evt.arg.cmd",
    "evt.arg.domain",
    "evt.arg.fd",
    "evt.arg.filename",
    "evt.arg.flags",
    "evt.arg.linkpath",
    "evt.arg.mode",
    "evt.arg.name",
    "evt.arg.newpath",
    "evt.arg.oldpath",
    "evt.arg.path",
    "evt.arg.request",
    "evt.arg.target",
    "evt.arg.uid",
    "evt.args",
    "evt.is_open_exec",
    "evt.is_open_read",
    "evt.is_open_write",
    "evt.num",
    "evt.rawres",
    "evt.res",
    "evt.type",
    "fd.cip",
    "fd.cip.name",
    "fd.cnet",
    "fd.connected",
    "fd.directory",
    "fd.filename",
    "fd.ip",
    "fd.l4proto",
    "fd.lip.name",
    "fd.lport",
    "fd.name",
    "fd.name_changed",
    "fd.nameraw",
    "fd.net",
    "fd.num",
    "fd.port",
    "fd.rip",
    "fd.rip.name",
    "fd.rnet",
    "fd.rport",
    "fd.sip",
    "fd.sip.name",
    "fd.snet",
    "fd.sockfamily",
    "fd.sport",
    "fd.type",
    "fd.typechar",
    "group.gid",
    "group.name",
    "k8s.ns.name",
    "k8s.pod.name",
    "proc.aexe",
    "proc.aexepath",
    "proc.aname",
    "proc.args",
    "proc.cmdline",
    "proc.cwd",
    "proc.duration",
    "proc.env",
    "proc.exe",
    "proc.exe_ino.ctime",
    "proc.exe_ino.ctime_duration_proc_start",
    "proc.exe_ino.mtime",
    "proc.exepath",
    "proc.is_exe_from_memfd",
    "proc.is_exe_upper_layer",
    "proc.is_vpgid_leader",
    "proc.name",
    "proc.pcmdline",
    "proc.pexe",
    "proc.pexepath",
    "proc.pname",
    "proc.sname",
    "proc.tty",
    "proc.vpid",
    "thread.cap_effective",
    "thread.cap_permitted",
    "user.loginname",
    "user.loginuid",
    "user.name",
    "user.uid",
};

TEST(Catalogue, HasWhatStockRulesUse) {
  for (const std::string_view name : kOfStockRules) EXPECT_NE(find_field(name), nullptr) << name;
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
  constexpr std::size_t kIndex[] = {1, 2, 3, 4, 5, 5};  // of Type's values in Value
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
    inside_.id = inside_.full_id = inside_.name = inside_.cgroup_path = "x";
    inside_.image = {"x", "x", "x", "x", "x"};
    inside_.labels = {{"a", "b"}};
    inside_.privileged = false;
    inside_.mounts = {{"/a", "/b", "ro", "private", false}};
    inside_.created = 1;
    inside_.cgroup = 1;
    inside_.pod = {"x", "x", "x", "x", "x", {{"a", "b"}}};
  }

  static void fill(Process& process) {
    process.known = true;
    process.comm = process.exe_path = process.filename = process.cwd = "x";
    process.argv = std::string("x\0y\0", 4);
    process.cmdline = "x y";
    process.pid = process.vpid = process.session = 1;
    process.start_time = process.inode = process.exe_mtime = process.exe_ctime = 1;
    process.env = std::string("A=1\0", 4);
    process.login_uid = 0;
    process.process_group = 1;
    process.exe_hash = FileHash::known({1, 2, 3});
  }

  std::vector<Event> events() {
    std::vector<Event> all;
    for (const auto& record : records_) {
      all.push_back(record->event(process_, &names_));
      const Kind kind = all.back().kind();
      if (kMadeBefore.contains(kind)) all.back().result = 0;
      if (!KindSet{Kind::loss, Kind::policy, Kind::result, Kind::other_name}.contains(kind))
        all.back().container = &inside_;
      if (kHashedKinds.contains(kind)) all.back().file_hash = &file_hash_;
      if (kRemoteKinds.contains(kind)) all.back().host_name = "far.test";
      all.back().local_name = "near.test";
      all.back().reached_by = "/mnt/file";
      all.back().number = 1;
    }
    return all;
  }

  const FileHash file_hash_ = FileHash::known({1, 2, 3});
  Process process_, parent_;
  test::FakeNames names_;
  const std::vector<std::unique_ptr<test::AnyRecord>> records_ = test::one_of_every_kind();
  Container inside_;
};

// What not every record of its kinds tells: a call's number or its end, one of two ways to say it, a role.
constexpr std::string_view kSometimes[] = {"evt.arg.fd",   "evt.arg.ret", "evt.arg.request",  "evt.arg.sig",
                                           "syscall.type", "thread.vtid", "proc.loginshellid"};

TEST_F(Everything, FieldsHaveTheirTypeWithinTheirKindsAndAreMissingElsewhere) {
  Scratch scratch;
  for (const Field& field : all_fields()) {
    for (const Event& event : events()) {
      const Value value = field.argument == Argument::RequiredName ? field.get_named(event, "0", scratch)
                                                                   : field.get(event, -1, scratch);
      const bool within = field.kinds.contains(event.kind());
      const bool label = field.name.ends_with(".label");  // there is none of that name
      const bool unknown =
          (field.asks_outcome || !field.needs.empty() || label || is_in(field.name, kSometimes)) && !present(value);
      const bool right = within ? unknown || has_type(value, field.type) : !present(value);
      EXPECT_TRUE(right) << field.name << " in " << kind_name(event.kind());
    }
  }
}

TEST_F(Everything, NothingIsKnownOfAPlaceholder) {
  Process placeholder;
  Scratch scratch;
  test::Record<pk_open> open(Kind::open);
  const Event event = open.event(placeholder, &names_);
  for (const Field& field : all_fields()) {
    if (!field.name.starts_with("proc.") || field.name == "proc.pid") continue;
    EXPECT_FALSE(present(field.get(event, -1, scratch))) << field.name;
    EXPECT_FALSE(field.get_each && present(field.get_each(event, 0, scratch))) << field.name;
  }
}

}  // namespace
}  // namespace picket
