// SPDX-License-Identifier: Apache-2.0
//
// OCSF: what goes where. That it is valid: ocsf_schema_test.cpp.
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/support/format_lines.h"
#include "tests/support/golden.h"

namespace picket {
namespace {

using nlohmann::json;
using test::Record;
using test::SampleAlert;
using Lines = test::Lines<test::Ocsf>;

TEST(Ocsf, Golden) {
  SampleAlert sample;
  test::expect_golden("ocsf_alert.json", Lines::line_of(sample, sample.alert()));
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
    {Kind::unix_connect, 100199, "Connect", "file"},
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
    const json shown = Lines::parse(sample, event);
    EXPECT_EQ(shown["type_uid"], row->type_uid) << kind_name(event.kind());
    EXPECT_EQ(shown["class_uid"], row->type_uid / 100) << kind_name(event.kind());
    EXPECT_EQ(shown["activity_name"], row->activity) << kind_name(event.kind());
    EXPECT_TRUE(shown.contains(row->object)) << kind_name(event.kind());
    EXPECT_EQ(shown["unmapped"]["kind"], kind_name(event.kind()));
    const json finding = Lines::parse(sample, sample.alert(*record));
    EXPECT_EQ(finding["class_uid"], 2004);
    EXPECT_EQ(finding["finding_info"]["related_events"][0]["type_uid"], row->type_uid);
    EXPECT_EQ(finding["finding_info"]["related_events"][0]["uid"], shown["metadata"]["uid"]);
    EXPECT_EQ(finding["evidences"][0]["data"][kind_name(event.kind())], shown["unmapped"][kind_name(event.kind())]);
  }
}

// Where the kind alone does not decide.
TEST(Ocsf, ActivitiesByWhatHappened) {
  Record<pk_connect> connect(Kind::connect);
  connect->family = 2;
  EXPECT_EQ(Lines::shown(connect, 0)["activity_name"], "Open");
  EXPECT_EQ(Lines::shown(connect, -EINPROGRESS)["activity_name"], "Open");
  EXPECT_EQ(Lines::shown(connect, -ECONNREFUSED)["activity_name"], "Refuse");
  EXPECT_EQ(Lines::shown(connect, -ENETUNREACH)["activity_name"], "Fail");

  Record<pk_signal> signal(Kind::signal);
  for (const auto& [number, name] : {std::pair{SIGKILL, "Terminate"}, {SIGTERM, "Terminate"}, {SIGUSR1, "Signal"}}) {
    signal->signal = static_cast<pk_u32>(number);
    EXPECT_EQ(Lines::shown(signal)["activity_name"], name);
  }

  Record<pk_mmap> mmap(Kind::mmap);
  EXPECT_EQ(Lines::shown(mmap)["class_uid"], 1004) << "anonymous memory";
  mmap->inode = 7;
  EXPECT_EQ(Lines::shown(mmap)["class_uid"], 1005) << "a file";

  Record<pk_setxattr> setxattr(Kind::setxattr);
  for (const auto& [name, activity] : {std::pair{"user.note", "Set Attributes"},
                                       {"security.capability", "Set Security"},
                                       {"system.posix_acl_access", "Set Security"}}) {
    setxattr.text(&pk_setxattr::name, name);
    EXPECT_EQ(Lines::shown(setxattr)["activity_name"], activity) << name;
  }

  Record<pk_dup> dup(Kind::dup);
  EXPECT_EQ(Lines::shown(dup)["class_uid"], 1001);
  dup->family = 2;
  EXPECT_EQ(Lines::shown(dup)["class_uid"], 4001);

  Record<pk_bpf> bpf(Kind::bpf);
  for (const auto& [command, activity] :
       {std::pair{0u, "Create"}, {5u, "Create"}, {8u, "Invoke"}, {28u, "Invoke"}, {1u, "BPF Command"}}) {
    bpf->command = command;
    EXPECT_EQ(Lines::shown(bpf)["activity_name"], activity) << command;
  }

  Record<pk_container> container(Kind::container);
  for (const auto& [action, activity] : {std::pair{1u, "Start"}, {2u, "Stop"}, {3u, "Running"}}) {
    container->action = action;
    EXPECT_EQ(Lines::shown(container)["activity_name"], activity) << action;
  }
}

TEST(Ocsf, StatusIsHowTheCallEnded) {
  Record<pk_unlink> unlink(Kind::unlink);
  EXPECT_EQ(Lines::shown(unlink)["status_id"], 0);
  EXPECT_EQ(Lines::shown(unlink, 0)["status_id"], 1);
  const json failed = Lines::shown(unlink, -EACCES);
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
    const json alert = Lines::parse(sample, sample.alert());
    EXPECT_EQ(alert["action_id"], row.action) << row.decision;
    EXPECT_EQ(alert["disposition_id"], row.disposition) << row.decision;
    EXPECT_EQ(alert.value("/policy/is_applied"_json_pointer, json()), row.applied) << row.decision;
  }
}

TEST(Ocsf, ExitCodes) {
  Record<pk_exit> exit(Kind::exit);
  for (const auto& [status, code] : {std::pair{0u, 0}, {3u << 8, 3}, {9u, 137}, {11u | 128, 139}}) {
    exit->status = status;
    EXPECT_EQ(Lines::shown(exit)["exit_code"], code) << status;
  }
}

TEST(Ocsf, EndsOfConnections) {
  Record<pk_accept> accept(Kind::accept);
  accept->family = 2;
  accept->address.bytes[0] = 10;
  accept->local_address.bytes[0] = 192;
  const json accepted = Lines::shown(accept);
  EXPECT_EQ(accepted["src_endpoint"]["ip"], "10.0.0.0");
  EXPECT_EQ(accepted["dst_endpoint"]["ip"], "192.0.0.0");
  EXPECT_EQ(accepted["connection_info"]["direction_id"], 1);

  Record<pk_connect> connect(Kind::connect);
  connect->family = 1;
  connect.text(&pk_connect::path, "/run/docker.sock");
  const json connected = Lines::shown(connect);
  EXPECT_EQ(connected["dst_endpoint"]["svc_name"], "/run/docker.sock");
  EXPECT_EQ(connected["connection_info"]["direction_id"], 4);
}

TEST(Ocsf, BytesThatAreNotTextAreExactElsewhere) {
  SampleAlert sample;
  sample.process.comm = "\xff";
  sample.shell.comm = "\xfe";
  sample.open.text(&pk_open::path, "/tmp/\xc0\xaf");
  const json alert = Lines::parse(sample, sample.alert());
  const json& evidence = alert["evidences"][0];
  EXPECT_EQ(evidence["actor"]["process"]["name"], "\xef\xbf\xbd");
  EXPECT_EQ(evidence["actor"]["process"]["xattributes"]["name_base64"], "/w==");
  EXPECT_EQ(evidence["actor"]["process"]["parent_process"]["xattributes"]["name_base64"], "/g==");
  EXPECT_EQ(evidence["data"]["open"]["path_base64"], "L3RtcC/Arw==");
}

TEST(Ocsf, ProfilesAreThoseThatAreUsed) {
  SampleAlert sample;
  const json open = Lines::parse(sample, *sample.alert().event);
  EXPECT_EQ(open["metadata"]["profiles"], json({"host", "datetime", "linux/linux_users"}));
  sample.container_known = true;
  const json alert = Lines::parse(sample, sample.alert());
  EXPECT_EQ(alert["metadata"]["profiles"],
            json({"host", "datetime", "linux/linux_users", "container", "security_control"}));
}

}  // namespace
}  // namespace picket
