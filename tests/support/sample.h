// SPDX-License-Identifier: Apache-2.0
//
// One alert in full, for tests and benchmarks of formats: cat, started by a shell over ssh, reads /etc/shadow.
#pragma once

#include <fcntl.h>

#include <string>
#include <string_view>
#include <vector>

#include "exporters/format/native.h"
#include "rules/event/alert.h"
#include "tests/support/every_kind.h"
#include "tests/support/record.h"

namespace picket::test {

inline constexpr std::string_view kNul("\0", 1);

class SampleAlert {
 public:
  SampleAlert() : open(Kind::open), host{"web-1", "0123456789abcdef0123456789abcdef"} {
    fill(init, 1, "systemd", "/usr/lib/systemd/systemd", "", nullptr);
    fill(sshd, 600, "sshd", "/usr/sbin/sshd", "-D", &init);
    fill(shell, 640, "bash", "/usr/bin/bash", "-i", &sshd);
    fill(process, 812, "cat", "/usr/bin/cat", "/etc/shadow", &shell);
    fill(container);
    process.exec_time = 62'500'000'000;
    open->header.time = 63'123'456'789;
    open->header.process = process.key;
    open->header.tid = 812;
    open->header.cpu = 1;
    open->header.sequence = 4711;
    open->header.syscall = 257;
    open->inode = 1234567;
    open->device = 8u << 20 | 1;
    open->flags = O_RDONLY | O_CLOEXEC;
    open->file_mode = 1;
    open->mode = 0100640;
    open->links = 1;
    open.text(&pk_open::path, "/etc/shadow");
    for (const std::string_view name : {"proc.cmdline", "fd.name", "user.name", "evt.time", "proc.pid"}) {
      output.push_back({name == "proc.cmdline" ? "Sensitive file read by " : " ", nullptr, -1});
      output.push_back({std::string(name), find_field(name), -1});
    }
  }

  SampleAlert(const SampleAlert&) = delete;

  // For an event of any kind. Valid until the next call.
  template <class Struct>
  const Alert& alert(Record<Struct>& record) {
    event_ = record.event(process, &names);
    event_.wall_clock_offset = 1'785'000'000'000'000'000;
    if (container_known) event_.container = &container;
    if (file_hash.is_known()) event_.file_hash = &file_hash;
    alert_ = {&event_, rule,     description, Priority::Critical, tags, output, message, AlertSeverity::Critical,
              attacks, throttled};
    alert_.id = id;
    return alert_;
  }
  const Alert& alert(AnyRecord& record) {
    event_ = record.event(process, &names);
    alert_ = {&event_, rule,     description, Priority::Critical, tags, output, message, AlertSeverity::Critical,
              attacks, throttled};
    alert_.id = id;
    return alert_;
  }
  const Alert& alert() { return alert(open); }

  // From here on what is written of the processes may be kept: until they are changed, and this is called again.
  void revise() {
    for (Process* each : {&init, &sshd, &shell, &process}) each->revision.renew();
  }

  Process init, sshd, shell, process;
  Container container;
  bool container_known = false;  // whether the event has it
  FileHash file_hash;            // of the file that the event is about
  Record<pk_open> open;
  Host host;
  FakeNames names;
  Scratch scratch;
  std::string rule = "Read of credential file by untrusted program";
  std::string description = "A program that has no business there read a file with password hashes.";
  std::string message = "Credential file read (file=/etc/shadow command=cat /etc/shadow user=root)";
  std::vector<std::string> tags = {"host", "mitre_credential_access", "T1003.008"};
  std::vector<Attack> attacks = attacks_of(tags);
  std::uint64_t throttled = 0;
  std::uint64_t id = 0x033f9c2e8a200001;
  std::vector<OutputPiece> output;

 private:
  static void fill(Process& process, std::uint32_t pid, std::string_view comm, std::string_view exe,
                   std::string_view argument, const Process* parent) {
    process.start_time = 60'000'000'000 + pid * 1'000'000ULL;
    process.key = pk_process_key(pid, process.start_time);
    process.parent = parent;
    process.pid = process.vpid = pid;
    process.known = true;
    process.comm = comm;
    process.exe_path = exe;
    process.filename = exe;
    process.cwd = "/root";
    process.argv = std::string(comm) + std::string(kNul);
    process.cmdline = comm;
    if (!argument.empty()) {
      process.argv += std::string(argument) + std::string(kNul);
      process.cmdline += " " + std::string(argument);
    }
    process.login_uid = 1000;
    process.tty = 34816;
    process.session = process.process_group = 640;
    process.inode = 1000 + pid;
    process.device = 8u << 20 | 1;
    process.exe_mode = 0100755;
    process.exe_flags = PK_EXE_writable;
    process.exe_mtime = 1'780'000'000'123'456'789;
    process.exe_ctime = 1'780'000'001'000'000'000;
    process.cap_permitted = process.cap_effective = 0x1ffffffffff;
    process.env = std::string("LD_PRELOAD=/tmp/x.so") + std::string(kNul);
    process.stdin_mode = process.stdout_mode = process.stderr_mode = 020620;
    process.pid_namespace = 4026531836;
    process.mount_namespace = 4026531841;
    process.net_namespace = 4026531840;
    process.user_namespace = 4026531837;
    process.cgroup_namespace = 4026531835;
    process.cgroup = 5151;
  }

  // A container of a pod, about which everything is known.
  static void fill(Container& container) {
    container.full_id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    container.id = short_id(container.full_id);
    container.runtime = Runtime::Containerd;
    container.metadata = Metadata::Complete;
    container.name = "nginx";
    container.image = parse_image("registry:5000/shop/web:1.2@sha256:" + container.full_id);
    container.image.id = container.full_id;
    container.labels = {{"app", "demo"}, {"tier", "web"}};
    container.privileged = false;
    container.mounts = {{"/srv/data", "/data", "rbind,ro", "rprivate", false}, {"/run", "/run", "", "", true}};
    container.rootfs = "/var/lib/rootfs";
    container.created = 1'785'000'000'000'000'000;
    container.start_time = 61'000'000'000;
    container.cgroup = 5151;
    container.cgroup_path = "/kubepods/pod1/" + container.full_id;
    container.pod = {"web-0",           "shop",  "11111111-2222-3333-4444-555555555555",
                     container.full_id, "nginx", {{"app", "web"}}};
  }

  Event event_;
  Alert alert_;
};

}  // namespace picket::test
