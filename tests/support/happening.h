// SPDX-License-Identifier: Apache-2.0
//
// What a sensor is told while things happen: records, names of users, containers, losses, the clocks. Always the same.
#pragma once

#include <string>

#include "sensor/recording/inputs.h"
#include "tests/support/activity.h"

namespace picket::test {

// Some of everything: processes, containers that become known late, losses, clocks that are set, users that
// change.
inline void happen(Inputs& to, KindSet kinds) {
  Activity activity(42);
  const auto use = [&](std::span<const std::byte> record) {
    const auto kind = static_cast<Kind>(reinterpret_cast<const pk_header*>(record.data())->kind);
    if (kinds.contains(kind)) to.record(record);
  };
  const auto names = [&](std::string_view root) {
    to.forget_names();
    to.user(0, {std::string(root), "/root", "/bin/bash"});
    to.user(1000, {"user", "/home/user", ""});
    to.group(0, {"wheel", "", ""});
  };
  names("root");
  activity.begin([&](std::span<const std::byte> record) { to.snapshot(record); });
  to.cgroup(101, "/machine.slice/libpod-" + std::string(64, 'a') + ".scope", activity.time());
  to.cgroup(102, "/system.slice/cron.service", activity.time());
  to.ready(activity.time(), true);
  for (int i = 0; i < 20'000; ++i) {
    activity.next(use);
    if (i % 50 == 0) to.time(activity.time());
    if (i == 7000) {
      Resolver::Answer answer;
      answer.serial = 1;
      answer.is_container = true;
      answer.container.full_id = std::string(64, 'a');
      answer.container.id = short_id(answer.container.full_id);
      answer.container.name = "web";
      answer.container.metadata = Metadata::Complete;
      to.answer(answer);
    }
    if (i % 1000 != 999) continue;
    if (i == 4999) to.loss(Kind::open, 12, activity.time() - 500, activity.time());
    to.tick(activity.time(), 1'785'000'000'000'000'000 + i);
    if (i == 9999) names("admin");
  }
  to.tick(activity.time(), 1'785'000'000'000'000'000);
  to.finish();
}

}  // namespace picket::test
