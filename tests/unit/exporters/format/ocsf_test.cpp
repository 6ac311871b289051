// SPDX-License-Identifier: Apache-2.0
//
// OCSF against its own schemas, compiled to JSON Schema (they lie beside the source tree), and what goes where.
#include "exporters/format/ocsf.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/golden.h"
#include "tests/support/hostile.h"
#include "tests/support/sample.h"
#include "tests/support/shared_schema.h"

namespace picket {
namespace {

using nlohmann::json;
using test::JsonSchema;
using test::Record;
using test::SampleAlert;

template <class Subject>
std::string line_of(SampleAlert& sample, const Subject& subject) {
  TextBuffer out;
  append_ocsf(out, subject, sample.host, sample.scratch);
  return std::string(out.view());
}

template <class Subject>
json parse(SampleAlert& sample, const Subject& subject) {
  return json::parse(line_of(sample, subject));
}

TEST(Ocsf, Golden) {
  SampleAlert sample;
  test::expect_golden("ocsf_alert.json", line_of(sample, sample.alert()));
}

// ---- validity ----

// The schema of the class that a record says it is of: plain, and with captions and profiles pinned.
class Schemas {
 public:
  bool there() const { return test::shared_json("ocsf/facts.json").has_value(); }

  std::string complaint(const json& record) {
    const int uid = record.at("class_uid");
    if (!schemas_.contains(uid)) load(uid);
    for (const JsonSchema& schema : schemas_.at(uid)) {
      std::string why = schema.complaint(record);
      if (!why.empty()) return why;
    }
    return "";
  }

 private:
  void load(int uid) {
    if (facts_.is_null()) facts_ = *test::shared_json("ocsf/facts.json");
    for (const auto& [name, facts] : facts_["classes"].items()) {
      if (facts["uid"] != uid) continue;
      for (const std::string folder : {"ocsf/", "ocsf/strict/"}) {
        schemas_[uid].push_back(test::shared_schema(folder + name + ".schema.json").value());
      }
    }
  }

  json facts_;
  std::map<int, std::vector<JsonSchema>> schemas_;
};

class OcsfSchema : public testing::Test {
 protected:
  void SetUp() override {
    if (!schemas_.there()) GTEST_SKIP() << test::kNoSchemas;
  }

  template <class Subject>
  void expect_valid(SampleAlert& sample, const Subject& subject) {
    const json record = parse(sample, subject);
    EXPECT_EQ(schemas_.complaint(record), "") << record.dump(2);
  }

  // Of every kind the event and its alert, all else as it is in the sample.
  void expect_all_valid(SampleAlert& sample, std::string_view text = test::every_kind::kText) {
    for (const auto& record : test::one_of_every_kind(text)) {
      Event event = record->event(sample.process, &sample.names);
      if (sample.container_known) event.container = &sample.container;
      if (sample.file_hash.is_known()) event.file_hash = &sample.file_hash;
      event.result = result_;
      expect_valid(sample, event);
      Alert alert = sample.alert(*record);
      alert.event = &event;
      expect_valid(sample, alert);
    }
  }

  Schemas schemas_;
  std::optional<std::int64_t> result_;
};

TEST_F(OcsfSchema, EveryKindIsValid) {
  SampleAlert sample;
  expect_all_valid(sample);
}

TEST_F(OcsfSchema, WithAllThatIsKnown) {
  SampleAlert sample;
  sample.container_known = true;
  sample.process.exe_hash = FileHash::known({0xab, 1});
  sample.file_hash = FileHash::known({0xcd, 2});
  sample.host.machine_id = "b08dfa6083e7567a1921a715000001fb";
  sample.host.kernel = "6.12.0";
  sample.throttled = 17;
  for (const std::optional<std::int64_t> result :
       {std::optional<std::int64_t>(0), std::optional<std::int64_t>(-EACCES)}) {
    result_ = result;
    expect_all_valid(sample);
  }
}

TEST_F(OcsfSchema, WithNothingThatIsKnown) {
  SampleAlert sample;
  sample.process = Process{};
  sample.container = Container{};
  sample.container_known = true;
  sample.description.clear();
  sample.tags.clear();
  sample.attacks.clear();
  expect_all_valid(sample, "");
}

TEST_F(OcsfSchema, WithHostileBytes) {
  for (const std::string_view bytes : test::kHostile) {
    SampleAlert sample;
    test::make_hostile(sample, bytes);
    expect_all_valid(sample, bytes);
  }
}

TEST_F(OcsfSchema, EveryDecisionIsValid) {
  for (const int decision : {PK_ALLOWED, PK_DENIED, PK_WOULD_DENY, PK_KILLED, PK_WOULD_KILL}) {
    for (const int error : {0, -EPERM}) {
      SampleAlert sample;
      sample.open->header.decision = static_cast<pk_u16>(decision);
      sample.open->header.error = error;
      expect_valid(sample, sample.alert());
      expect_valid(sample, *sample.alert().event);
    }
  }
}

// What one record of each kind does not show: the other rows of its kind, and members that are empty or zero.
TEST_F(OcsfSchema, EveryVariantIsValid) {
  const auto expect_both = [this](auto& record, std::optional<std::int64_t> result = std::nullopt) {
    SampleAlert sample;
    Event event = record.event(sample.process, &sample.names);
    event.result = result;
    expect_valid(sample, event);
    Alert alert = sample.alert(record);
    alert.event = &event;
    expect_valid(sample, alert);
  };
  Record<pk_connect> connect(Kind::connect);
  for (const pk_u16 family : {0, 1, 2, 10, 16}) {
    connect->family = family;
    for (const int result : {0, -ECONNREFUSED, -ENETUNREACH}) expect_both(connect, result);
  }
  Record<pk_accept> accept(Kind::accept);
  Record<pk_close> close(Kind::close);
  Record<pk_dns> dns(Kind::dns);
  Record<pk_dup> dup(Kind::dup);
  for (const pk_u16 family : {0, 1, 2, 10}) {
    accept->family = close->family = dns->family = dup->family = family;
    close->role = family;
    expect_both(accept);
    expect_both(close);
    expect_both(dns);
    expect_both(dup);
  }
  Record<pk_signal> signal(Kind::signal);
  expect_both(signal);
  Record<pk_exit> exit(Kind::exit);
  exit->status = SIGKILL;
  expect_both(exit);
  Record<pk_mmap> mmap(Kind::mmap);
  expect_both(mmap);
  Record<pk_module> module(Kind::module);
  expect_both(module);
  Record<pk_setxattr> setxattr(Kind::setxattr);
  setxattr.text(&pk_setxattr::name, "security.capability");
  expect_both(setxattr);
  Record<pk_bpf> bpf(Kind::bpf);
  for (const pk_u32 command : {0u, 5u, 8u, 28u}) {
    bpf->command = command;
    expect_both(bpf);
  }
  Record<pk_container> container(Kind::container);
  for (const pk_u32 action : {1u, 2u, 3u}) {
    container->action = action;
    expect_both(container);
  }
}

TEST_F(OcsfSchema, TheSensorsOwnAreValid) {
  SampleAlert sample;
  const Undelivered::Cause causes[] = {{"queue_full", "its queue was full", 2}};
  expect_valid(sample, Undelivered{"kafka", 2, causes, 60'000'000'000, 63'000'000'000, 0});
  expect_valid(sample, Throttled{"Shell", "proc.name=cat", 2, 60'000'000'000, 63'000'000'000, 0});
  const RefusedMeanwhile rules[] = {{.rule = "one", .denied = 5}};
  const Meanwhile meanwhile{.since = 1, .until = 2, .refused = 12, .recorded = 10, .rules = rules};
  for (const std::string_view to : {"enforce", "audit", "observe", "off", "lapsed"}) {
    expect_valid(sample, EnforcementChange{.from = "enforce", .to = to, .cause = "dead_man"});
    expect_valid(sample, EnforcementChange{.from = "enforce",
                                           .to = to,
                                           .cause = "command",
                                           .until = 7,
                                           .pid = 812,
                                           .process = "/usr/bin/picket",
                                           .key = "k",
                                           .meanwhile = &meanwhile});
  }
}

// A validator that says yes to everything would pass the tests above.
TEST_F(OcsfSchema, AnythingElseIsInvalid) {
  SampleAlert sample;
  const json alert = parse(sample, sample.alert());
  json changed = alert;
  changed["surplus"] = 1;
  EXPECT_NE(schemas_.complaint(changed), "");
  changed = alert;
  changed["evidences"][0]["actor"]["process"]["user"]["uid"] = 0;
  EXPECT_NE(schemas_.complaint(changed), "") << "a number for a string";
  changed = alert;
  changed["type_uid"] = 200402;
  EXPECT_NE(schemas_.complaint(changed), "") << "of another activity";
  changed = alert;
  changed["action"] = "Denied";
  EXPECT_NE(schemas_.complaint(changed), "") << "a caption of another number";
  changed = alert;
  changed["finding_info"].erase("uid");
  EXPECT_NE(schemas_.complaint(changed), "");
}

// ---- what each kind is ----

struct KindRow {
  Kind kind;
  int type_uid;
  const char* activity;
  const char* object;  // what it was done to
};
const KindRow kKinds[] = {
    {Kind::fork, 100701, "Launch", "process"},
    {Kind::exec, 100701, "Launch", "process"},
    {Kind::exit, 100702, "Terminate", "process"},
    {Kind::open, 100114, "Open", "file"},
    {Kind::connect, 400101, "Open", "dst_endpoint"},
    {Kind::loss, 600801, "General Error", "count"},
    {Kind::setuid, 100705, "Set User ID", "process"},
    {Kind::setgid, 100799, "Set Group ID", "process"},
    {Kind::capset, 100799, "Set Capabilities", "requested_permissions"},
    {Kind::ptrace, 100703, "Open", "process"},
    {Kind::signal, 100702, "Terminate", "process"},  // signal 1 is HUP
    {Kind::setns, 100799, "Join Namespaces", "process"},
    {Kind::unshare, 100799, "Leave Namespaces", "process"},
    {Kind::userns, 100799, "Create User Namespace", "process"},
    {Kind::chroot, 100799, "Change Root", "process"},
    {Kind::mmap, 100501, "Load", "module"},
    {Kind::mprotect, 100402, "Modify Page", "base_address"},
    {Kind::memfd, 100101, "Create", "file"},
    {Kind::create, 100101, "Create", "file"},
    {Kind::unlink, 100104, "Delete", "file"},
    {Kind::rmdir, 100104, "Delete", "file"},
    {Kind::rename, 100105, "Rename", "file_result"},
    {Kind::link, 100199, "Link", "file_result"},
    {Kind::symlink, 100101, "Create", "file"},
    {Kind::mkdir, 100101, "Create", "file"},
    {Kind::mknod, 100101, "Create", "file"},
    {Kind::chmod, 100107, "Set Security", "file_result"},
    {Kind::chown, 100107, "Set Security", "file_result"},
    {Kind::truncate, 100103, "Update", "file"},
    {Kind::setxattr, 100106, "Set Attributes", "file"},
    {Kind::open_failed, 100114, "Open", "file"},
    {Kind::mount, 100112, "Mount", "file"},
    {Kind::move_mount, 100199, "Move Mount", "file_result"},
    {Kind::umount, 100113, "Unmount", "file"},
    {Kind::pivot_root, 100199, "Pivot Root", "file_result"},
    {Kind::socket, 400199, "Socket", "src_endpoint"},
    {Kind::bind, 400199, "Bind", "dst_endpoint"},
    {Kind::listen, 400107, "Listen", "dst_endpoint"},
    {Kind::accept, 400101, "Open", "src_endpoint"},
    {Kind::send, 400106, "Traffic", "traffic"},
    {Kind::close, 400102, "Close", "traffic"},
    {Kind::dns, 400302, "Response", "answers"},
    {Kind::dup, 400199, "Duplicate Descriptor", "src_endpoint"},
    {Kind::module, 100201, "Load", "driver"},
    {Kind::kexec, 100399, "Load Kernel", "kernel"},
    {Kind::bpf, 100399, "BPF Command", "kernel"},
    {Kind::perf_event, 100301, "Create", "kernel"},
    {Kind::io_uring, 100301, "Create", "kernel"},
    {Kind::userfaultfd, 100301, "Create", "kernel"},
    {Kind::cgroup_mkdir, 100301, "Create", "kernel"},
    {Kind::cgroup_rmdir, 100303, "Delete", "kernel"},
    {Kind::container, 600203, "Start", "app"},
    {Kind::lockdown, 100399, "Lockdown", "kernel"},
    {Kind::policy, 600208, "Update", "app"},
    {Kind::result, 99, "Result", "metadata"},
    {Kind::other_name, 99, "Other Name", "metadata"},
};

TEST(Ocsf, EveryKindHasItsClass) {
  const auto records = test::one_of_every_kind();
  EXPECT_EQ(records.size(), std::size(kKinds));
  SampleAlert sample;
  for (const auto& record : records) {
    const Event event = record->event(sample.process, &sample.names);
    const auto* const row = std::find_if(std::begin(kKinds), std::end(kKinds),
                                         [&event](const KindRow& kind) { return kind.kind == event.kind(); });
    ASSERT_NE(row, std::end(kKinds)) << kind_name(event.kind());
    const json shown = parse(sample, event);
    EXPECT_EQ(shown["type_uid"], row->type_uid) << kind_name(event.kind());
    EXPECT_EQ(shown["class_uid"], row->type_uid / 100) << kind_name(event.kind());
    EXPECT_EQ(shown["activity_name"], row->activity) << kind_name(event.kind());
    EXPECT_TRUE(shown.contains(row->object)) << kind_name(event.kind());
    EXPECT_EQ(shown["unmapped"]["kind"], kind_name(event.kind()));
    const json finding = parse(sample, sample.alert(*record));
    EXPECT_EQ(finding["class_uid"], 2004);
    EXPECT_EQ(finding["finding_info"]["related_events"][0]["type_uid"], row->type_uid);
    EXPECT_EQ(finding["finding_info"]["related_events"][0]["uid"], shown["metadata"]["uid"]);
    EXPECT_EQ(finding["evidences"][0]["data"][kind_name(event.kind())], shown["unmapped"][kind_name(event.kind())]);
  }
}

template <class Struct>
json shown(Record<Struct>& record, std::optional<std::int64_t> result = std::nullopt) {
  SampleAlert sample;
  Event event = record.event(sample.process, &sample.names);
  event.result = result;
  return parse(sample, event);
}

// Where the kind alone does not decide.
TEST(Ocsf, ActivitiesByWhatHappened) {
  Record<pk_connect> connect(Kind::connect);
  connect->family = 2;
  EXPECT_EQ(shown(connect, 0)["activity_name"], "Open");
  EXPECT_EQ(shown(connect, -EINPROGRESS)["activity_name"], "Open");
  EXPECT_EQ(shown(connect, -ECONNREFUSED)["activity_name"], "Refuse");
  EXPECT_EQ(shown(connect, -ENETUNREACH)["activity_name"], "Fail");

  Record<pk_signal> signal(Kind::signal);
  for (const auto& [number, name] : {std::pair{SIGKILL, "Terminate"}, {SIGTERM, "Terminate"}, {SIGUSR1, "Signal"}}) {
    signal->signal = static_cast<pk_u32>(number);
    EXPECT_EQ(shown(signal)["activity_name"], name);
  }

  Record<pk_mmap> mmap(Kind::mmap);
  EXPECT_EQ(shown(mmap)["class_uid"], 1004) << "anonymous memory";
  mmap->inode = 7;
  EXPECT_EQ(shown(mmap)["class_uid"], 1005) << "a file";

  Record<pk_setxattr> setxattr(Kind::setxattr);
  for (const auto& [name, activity] : {std::pair{"user.note", "Set Attributes"},
                                       {"security.capability", "Set Security"},
                                       {"system.posix_acl_access", "Set Security"}}) {
    setxattr.text(&pk_setxattr::name, name);
    EXPECT_EQ(shown(setxattr)["activity_name"], activity) << name;
  }

  Record<pk_dup> dup(Kind::dup);
  EXPECT_EQ(shown(dup)["class_uid"], 1001);
  dup->family = 2;
  EXPECT_EQ(shown(dup)["class_uid"], 4001);

  Record<pk_bpf> bpf(Kind::bpf);
  for (const auto& [command, activity] :
       {std::pair{0u, "Create"}, {5u, "Create"}, {8u, "Invoke"}, {28u, "Invoke"}, {1u, "BPF Command"}}) {
    bpf->command = command;
    EXPECT_EQ(shown(bpf)["activity_name"], activity) << command;
  }

  Record<pk_container> container(Kind::container);
  for (const auto& [action, activity] : {std::pair{1u, "Start"}, {2u, "Stop"}, {3u, "Running"}}) {
    container->action = action;
    EXPECT_EQ(shown(container)["activity_name"], activity) << action;
  }
}

TEST(Ocsf, StatusIsHowTheCallEnded) {
  Record<pk_unlink> unlink(Kind::unlink);
  EXPECT_EQ(shown(unlink)["status_id"], 0);
  EXPECT_EQ(shown(unlink, 0)["status_id"], 1);
  const json failed = shown(unlink, -EACCES);
  EXPECT_EQ(failed["status_id"], 2);
  EXPECT_EQ(failed["status_code"], "EACCES");
}

TEST(Ocsf, DecisionsAreActionsAndDispositions) {
  struct Row {
    pk_u16 decision;
    int error, action, disposition;
    json applied;
  };
  const Row rows[] = {{PK_ALLOWED, 0, 3, 15, nullptr},  {PK_DENIED, -EPERM, 2, 2, true},
                      {PK_WOULD_DENY, 0, 3, 15, false}, {PK_KILLED, -EPERM, 2, 2, true},
                      {PK_KILLED, 0, 4, 11, true},      {PK_WOULD_KILL, 0, 3, 15, false}};
  for (const Row& row : rows) {
    SampleAlert sample;
    sample.open->header.decision = row.decision;
    sample.open->header.error = row.error;
    const json alert = parse(sample, sample.alert());
    EXPECT_EQ(alert["action_id"], row.action) << row.decision;
    EXPECT_EQ(alert["disposition_id"], row.disposition) << row.decision;
    EXPECT_EQ(alert.value("/policy/is_applied"_json_pointer, json()), row.applied) << row.decision;
  }
}

TEST(Ocsf, ExitCodes) {
  Record<pk_exit> exit(Kind::exit);
  for (const auto& [status, code] : {std::pair{0u, 0}, {3u << 8, 3}, {9u, 137}, {11u | 128, 139}}) {
    exit->status = status;
    EXPECT_EQ(shown(exit)["exit_code"], code) << status;
  }
}

TEST(Ocsf, EndsOfConnections) {
  Record<pk_accept> accept(Kind::accept);
  accept->family = 2;
  accept->address.bytes[0] = 10;
  accept->local_address.bytes[0] = 192;
  const json accepted = shown(accept);
  EXPECT_EQ(accepted["src_endpoint"]["ip"], "10.0.0.0");
  EXPECT_EQ(accepted["dst_endpoint"]["ip"], "192.0.0.0");
  EXPECT_EQ(accepted["connection_info"]["direction_id"], 1);

  Record<pk_connect> connect(Kind::connect);
  connect->family = 1;
  connect.text(&pk_connect::path, "/run/docker.sock");
  const json connected = shown(connect);
  EXPECT_EQ(connected["dst_endpoint"]["svc_name"], "/run/docker.sock");
  EXPECT_EQ(connected["connection_info"]["direction_id"], 4);
}

TEST(Ocsf, BytesThatAreNotTextAreExactElsewhere) {
  SampleAlert sample;
  sample.process.comm = "\xff";
  sample.shell.comm = "\xfe";
  sample.open.text(&pk_open::path, "/tmp/\xc0\xaf");
  const json alert = parse(sample, sample.alert());
  const json& evidence = alert["evidences"][0];
  EXPECT_EQ(evidence["actor"]["process"]["name"], "\xef\xbf\xbd");
  EXPECT_EQ(evidence["actor"]["process"]["xattributes"]["name_base64"], "/w==");
  EXPECT_EQ(evidence["actor"]["process"]["parent_process"]["xattributes"]["name_base64"], "/g==");
  EXPECT_EQ(evidence["data"]["open"]["path_base64"], "L3RtcC/Arw==");
}

TEST(Ocsf, ProfilesAreThoseThatAreUsed) {
  SampleAlert sample;
  const json open = parse(sample, *sample.alert().event);
  EXPECT_EQ(open["metadata"]["profiles"], json({"host", "datetime", "linux/linux_users"}));
  sample.container_known = true;
  const json alert = parse(sample, sample.alert());
  EXPECT_EQ(alert["metadata"]["profiles"],
            json({"host", "datetime", "linux/linux_users", "container", "security_control"}));
}

}  // namespace
}  // namespace picket
