// SPDX-License-Identifier: Apache-2.0
//
// Names and paths as an attacker would choose them, in every place that has any.
#pragma once

#include <string>
#include <string_view>

#include "tests/support/sample.h"

namespace picket::test {

// JSON's own marks, control bytes, what is no UTF-8 (cut, overlong, a surrogate), and what is, but rare.
inline constexpr std::string_view kHostile[] = {
    "\",\"x\":\"",
    "\\",
    "\n\r\t\b\f\x01\x1f\x7f",
    "\xff\xfe",
    "\xc0\xaf",
    "\xed\xa0\x80",
    "\xe2\x82",
    "\xf0\x9f\x92\xa9\xe2\x80\xa8",
    "</script>${jndi:x}%s",
    "\xf4\x90\x80\x80",
};

inline void make_hostile(SampleAlert& sample, std::string_view bytes) {
  for (Process* process : {&sample.init, &sample.sshd, &sample.shell, &sample.process}) {
    for (std::string Process::*text : {&Process::comm, &Process::exe_path, &Process::filename, &Process::interpreter,
                                       &Process::cwd, &Process::argv, &Process::env, &Process::cmdline}) {
      process->*text = bytes;
    }
  }
  sample.rule = sample.description = sample.message = sample.host.name = bytes;
  sample.tags = {std::string(bytes), "x", std::string(bytes)};
  Container& container = sample.container;
  for (std::string* text :
       {&container.full_id, &container.id, &container.name, &container.rootfs, &container.cgroup_path,
        &container.image.name, &container.image.repository, &container.image.tag, &container.image.digest,
        &container.image.id, &container.pod.name, &container.pod.name_space, &container.pod.uid,
        &container.pod.sandbox_id, &container.pod.container_name}) {
    *text = bytes;
  }
  container.labels = {{std::string(bytes), std::string(bytes)}};
  container.mounts[0].source = container.mounts[0].destination = bytes;
  sample.container_known = true;
}

}  // namespace picket::test
