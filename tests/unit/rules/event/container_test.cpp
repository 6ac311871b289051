// SPDX-License-Identifier: Apache-2.0
//
// Image names, ids, and the fields of containers by example.
#include "rules/event/container.h"

#include <gtest/gtest.h>

#include "rules/event/catalogue.h"
#include "tests/support/fields.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using test::expect;
using test::show;

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(ContainerImage, Parts) {
  const struct {
    std::string name, repository, tag, digest, id;
  } rows[] = {
      {"", "", "", "", ""},
      {"busybox", "busybox", "latest", "", ""},
      {"busybox:1.36", "busybox", "1.36", "", ""},
      {"localhost/busybox:1", "localhost/busybox", "1", "", ""},
      {"registry:5000/shop/web", "registry:5000/shop/web", "latest", "", ""},
      {"registry:5000/shop/web:1.2", "registry:5000/shop/web", "1.2", "", ""},
      {"web@sha256:" + kId, "web", "", "sha256:" + kId, ""},
      {"r:5000/web:2@sha256:" + kId, "r:5000/web", "2", "sha256:" + kId, ""},
      {"sha256:" + kId, "", "", "", kId},
      {kId, "", "", "", kId},
      {"@", "", "", "", ""},
      {":", "", "", "", ""},
  };
  for (const auto& row : rows) {
    const Image image = parse_image(row.name);
    EXPECT_EQ(image.name, row.name);
    EXPECT_EQ(image.repository, row.repository) << row.name;
    EXPECT_EQ(image.tag, row.tag) << row.name;
    EXPECT_EQ(image.digest, row.digest) << row.name;
    EXPECT_EQ(image.id, row.id) << row.name;
  }
}

TEST(ContainerId, Short) {
  EXPECT_EQ(short_id(kId), "0123456789ab");
  EXPECT_EQ(short_id("my-long-container-name"), "my-long-container-name");
  EXPECT_EQ(short_id(""), "");
}

TEST(ContainerFields, Host) {
  const Process process;
  test::Record<pk_exit> exit(Kind::exit);
  const Event event = exit.event(process);
  expect(event, {{"container.id", "host"}, {"container.name", "host"}});
  for (const Field& field : all_fields()) {
    const bool about = field.name.starts_with("container.") || field.name.starts_with("k8s.");
    if (!about || field.name == "container.id" || field.name == "container.name") continue;
    EXPECT_EQ(show(field.name, event), "<NA>") << field.name;
  }
}

TEST(ContainerFields, Inside) {
  Container container;
  container.id = "abc";
  container.runtime = Runtime::CriO;
  container.labels = {{"app", "demo"}, {"tier", ""}};
  container.mounts = {{"/srv", "/data", "ro", "rprivate", false}, {"/run", "/run", "", "", true}};
  container.start_time = 5;
  const Process process;
  test::Record<pk_exit> exit(Kind::exit);
  exit->header.time = 12;
  Event event = exit.event(process);
  event.container = &container;
  event.wall_clock_offset = 1000;
  expect(event, {{"container.id", "abc"},
                 {"container.name", "<NA>"},
                 {"container.type", "cri-o"},
                 {"container.labels", "app:demo,tier:"},
                 {"container.mounts", "/srv:/data:ro:false:rprivate,/run:/run::true:"},
                 {"container.privileged", "<NA>"},
                 {"container.start_ts", "1005"},
                 {"container.duration", "7"}});
  container.start_time = 0;
  container.created = 1000;
  expect(event, {{"container.start_ts", "1000"}, {"container.duration", "12"}});
  EXPECT_EQ(test::show_each("container.labels", event), "app:demo tier: ");
}

TEST(ContainerFields, LabelsAndMountsByName) {
  Container container;
  container.labels = {{"app", "demo"}, {"tier", ""}};
  container.pod.labels = {{"app", "web"}};
  container.mounts = {{"/srv/www", "/data", "ro", "rprivate", false},
                      {"/var/run/docker.sock", "/run/docker.sock", "rw", "", true}};
  const Process process;
  test::Record<pk_exit> exit(Kind::exit);
  Event event = exit.event(process);
  expect(event, {{"container.label[app]", "<NA>"}, {"container.mount[0]", "<NA>"}});
  event.container = &container;
  expect(event, {{"container.label[app]", "demo"},
                 {"container.label[tier]", ""},
                 {"container.label[ap]", "<NA>"},
                 {"k8s.pod.label[app]", "web"},
                 {"k8s.pod.label[tier]", "<NA>"},
                 {"container.mount[0]", "/srv/www:/data:ro:false:rprivate"},
                 {"container.mount[2]", "<NA>"},
                 {"container.mount[/srv*]", "/srv/www:/data:ro:false:rprivate"},
                 {"container.mount[/srv]", "<NA>"},
                 {"container.mount.dest[/var/run/docker.sock]", "/run/docker.sock"},
                 {"container.mount.dest[/data]", "<NA>"},
                 {"container.mount.source[/data]", "/srv/www"},
                 {"container.mount.source[1]", "/var/run/docker.sock"},
                 {"container.mount.mode[/srv/*]", "ro"},
                 {"container.mount.rdwr[/srv/www]", "false"},
                 {"container.mount.rdwr[1]", "true"},
                 {"container.mount.propagation[0]", "rprivate"},
                 {"container.mount.propagation[1]", ""}});
}

TEST(ContainerFields, Pod) {
  Container container;
  container.pod = {"web-0", "shop", "11111111-2222", kId, "nginx", {{"app", "web"}, {"tier", "front"}}};
  const Process process;
  test::Record<pk_exit> exit(Kind::exit);
  Event event = exit.event(process);
  event.container = &container;
  expect(event, {{"k8s.pod.name", "web-0"},
                 {"k8s.ns.name", "shop"},
                 {"k8s.pod.uid", "11111111-2222"},
                 {"k8s.pod.id", "11111111-2222"},
                 {"k8s.pod.sandbox_id", "0123456789ab"},
                 {"k8s.pod.full_sandbox_id", kId},
                 {"k8s.pod.labels", "app:web,tier:front"}});
}

}  // namespace
}  // namespace picket
